//! A part of a message: its header and its body, in the bounds of hostile input.
//!
//! The header is mail-parser's to read; what stands inside what is not, because its reader goes
//! as deep as the message says. Nothing here calls itself.

use mail_parser::decoders::{base64::base64_decode, quoted_printable::quoted_printable_decode};
use mail_parser::{ContentType, HeaderName, HeaderValue, Message, MessageParser, MimeHeaders};
use std::borrow::Cow;

/// Longer headers are cut here.
const LONGEST_HEADER: usize = 64 * 1024;
/// Parts of one multipart that are looked at.
const MOST_PARTS: usize = 32;

/// A message, or a part of one.
pub(super) struct Part<'a> {
    header: Option<Message<'a>>,
    body: &'a [u8],
}

impl<'a> Part<'a> {
    /// Reads a header; what follows the first empty line is the body.
    pub(super) fn read(bytes: &'a [u8]) -> Self {
        let (header, body) = split(bytes);
        let header = &header[..header.len().min(LONGEST_HEADER)];
        let parser =
            MessageParser::new().header_content_type(HeaderName::ContentType).default_header_raw();
        Self { header: parser.parse_headers(header), body }
    }

    /// The values of a field, in order, as they stand there.
    pub(super) fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        let headers = self.header.iter().flat_map(Message::headers);
        headers.filter(move |header| header.name().eq_ignore_ascii_case(name)).filter_map(
            |header| match header.value() {
                HeaderValue::Text(text) => Some(text.as_ref()),
                HeaderValue::Address(_)
                | HeaderValue::TextList(_)
                | HeaderValue::DateTime(_)
                | HeaderValue::ContentType(_)
                | HeaderValue::Received(_)
                | HeaderValue::Empty => None,
            },
        )
    }

    /// Whether there is a header at all.
    pub(super) fn has_header(&self) -> bool {
        let mut headers = self.header.iter().flat_map(Message::headers);
        headers.any(|header| *header.value() != HeaderValue::Empty)
    }

    /// Whether it is of this type.
    pub(super) fn is(&self, kind: &str, subtype: &str) -> bool {
        self.header.as_ref().is_some_and(|header| header.is_content_type(kind, subtype))
    }

    /// A parameter of the content type.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.content_type()?.attribute(name)
    }

    fn content_type(&self) -> Option<&ContentType<'_>> {
        self.header.as_ref()?.content_type()
    }

    /// The parts of a multipart; none where it is none.
    pub(super) fn parts(&self) -> Vec<Part<'a>> {
        let multipart = self.content_type().is_some_and(|what| what.c_type == "multipart");
        match self.parameter("boundary") {
            Some(boundary) if multipart => cut(self.body, boundary.as_bytes()),
            Some(_) | None => Vec::new(),
        }
    }

    /// The body as it was before it was encoded for its way. One that can't be decoded is
    /// returned as it is.
    pub(super) fn decoded(&self) -> Cow<'a, [u8]> {
        let encoding = self.values("Content-Transfer-Encoding").next().unwrap_or_default().trim();
        let decoded = if encoding.eq_ignore_ascii_case("base64") {
            base64_decode(self.body)
        } else if encoding.eq_ignore_ascii_case("quoted-printable") {
            quoted_printable_decode(self.body)
        } else {
            None
        };
        decoded.map_or(Cow::Borrowed(self.body), Cow::Owned)
    }
}

/// Header and body: the first empty line is neither's.
fn split(bytes: &[u8]) -> (&[u8], &[u8]) {
    let mut at = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        if matches!(line, b"\n" | b"\r\n") {
            return (&bytes[..at], &bytes[at + line.len()..]);
        }
        at += line.len();
    }
    (bytes, &[])
}

/// The parts between the lines `--boundary` (RFC 2046, section 5.1.1). The last may be cut off.
fn cut<'a>(body: &'a [u8], boundary: &[u8]) -> Vec<Part<'a>> {
    let (mut parts, mut begin, mut at) = (Vec::new(), None, 0);
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        let after = line.strip_prefix(b"--").and_then(|line| line.strip_prefix(boundary));
        let closes = match after.map(<[u8]>::trim_ascii_end) {
            Some(b"") => Some(false),
            Some(b"--") => Some(true),
            Some(_) | None => None,
        };
        if let Some(closes) = closes {
            if let Some(begin) = begin {
                parts.push(Part::read(&body[begin..at]));
            }
            if closes || parts.len() == MOST_PARTS {
                return parts;
            }
            begin = Some(at + line.len());
        }
        at += line.len();
    }
    if let Some(begin) = begin {
        parts.push(Part::read(&body[begin..]));
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    const MULTIPART: &str = "Content-Type: multipart/mixed;\r\n boundary=\"a=b\"\r\nX-A: 1\r\n\
        x-a: 2\r\n\r\npreamble\r\n--a=b\r\nContent-Type: text/plain\r\n\r\n--a=bc\r\n\
        --a=b  \r\n\r\nno header\r\n--a=b--\r\n--a=b\r\nepilogue\r\n";

    #[test]
    fn a_multipart_is_cut_at_its_boundary() {
        let message = Part::read(MULTIPART.as_bytes());
        assert_eq!(message.values("X-A").collect::<Vec<_>>(), ["1", "2"]);
        let parts = message.parts();
        assert_eq!(parts.len(), 2);
        assert!(parts[0].is("text", "plain"));
        assert_eq!(parts[0].body, b"--a=bc\r\n");
        assert!(!parts[1].has_header());
        assert_eq!(parts[1].body, b"no header\r\n");
    }

    #[test]
    fn a_body_is_decoded() {
        let read = |encoding: &str, body: &str| {
            let text = format!("Content-Transfer-Encoding: {encoding}\n\n{body}");
            Part::read(text.as_bytes()).decoded().into_owned()
        };
        assert_eq!(read("Base64", "aGk=\n"), b"hi");
        assert_eq!(read("quoted-printable", "a=3Db"), b"a=b");
        assert_eq!(read("7bit", "a=3Db"), b"a=3Db");
        assert_eq!(read("base64", "*"), b"*");
    }

    #[test]
    fn there_is_an_end_to_parts_and_headers() {
        let many =
            format!("Content-Type: multipart/mixed; boundary=b\n\n{}", "--b\n\n".repeat(999));
        assert_eq!(Part::read(many.as_bytes()).parts().len(), MOST_PARTS);
        let long = "X: y\n".repeat(1_000_000);
        let header = Part::read(long.as_bytes());
        assert!(header.values("X").count() <= LONGEST_HEADER / 5);
    }
}
