//! Which certificate a file was made from.

use sealpress_ledger::{Certificate, Sha256Hash};
use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Judge, Looked};
use crate::preview::Marks;

/// What told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// It begins with the archived bytes.
    Beginning,
    /// The token in a QR code on the page.
    Token,
    /// A certificate number in the page's text.
    Number,
    /// Nothing: the page bears the code of a certificate that is not this school's.
    OtherCode,
    /// Nothing on the page did.
    Nothing,
    /// There is no page that can be seen.
    NoPage,
}

/// The certificates that it may be made from.
pub(super) struct Recognised {
    pub(super) by: By,
    pub(super) certificates: Vec<Certificate>,
}

/// Places that may be the end of the archived bytes; a certificate ends twice, once for the page
/// and once for the signature.
const MOST_ENDS: usize = 4;

/// Numbers that are looked up for one page.
const MOST_NUMBERS: usize = 200;

/// Words that a number may be made of, `(115) 校證字第 000123 號`.
const MOST_WORDS: usize = 4;

/// Length of a number in characters.
const NUMBER: std::ops::RangeInclusive<usize> = 4..=64;

impl Judge {
    /// Finds out by the bytes, or else by what the page shows.
    pub(super) async fn recognise(&self, looked: &Looked) -> anyhow::Result<Recognised> {
        let bytes = Arc::clone(&looked.bytes);
        let beginnings = tokio::task::spawn_blocking(move || beginnings(&bytes)).await?;
        for hash in beginnings {
            if let Some(certificate) = self.ledger.by_archive_hash(hash).await? {
                return Ok(Recognised { by: By::Beginning, certificates: vec![certificate] });
            }
        }
        let marks = match self.preview.marks(&looked.bytes).await {
            Ok(marks) => marks,
            Err(error) if error.is_of_the_file() => {
                return Ok(Recognised { by: By::NoPage, certificates: Vec::new() });
            }
            Err(error) => return Err(error.into()),
        };
        let mut tokens = tokens(&marks).peekable();
        if tokens.peek().is_some() {
            for token in tokens {
                if let Some(certificate) = self.ledger.by_token(token).await? {
                    return Ok(Recognised { by: By::Token, certificates: vec![certificate] });
                }
            }
            // Another school may count its numbers as this one does.
            return Ok(Recognised { by: By::OtherCode, certificates: Vec::new() });
        }
        let certificates = self.ledger.by_numbers(&numbers(&marks.text)).await?;
        let by = if certificates.is_empty() { By::Nothing } else { By::Number };
        Ok(Recognised { by, certificates })
    }
}

/// Digests of the file up to where a PDF may have ended before something was appended.
fn beginnings(bytes: &[u8]) -> Vec<Sha256Hash> {
    const END: &[u8] = b"%%EOF";
    let ends = bytes.windows(END.len()).enumerate().filter(|(_, window)| *window == END);
    let after = |(at, _): (usize, &[u8])| {
        let end = at + END.len();
        let line_end = bytes.get(end..).unwrap_or_default();
        let longer = [
            line_end.starts_with(b"\n") || line_end.starts_with(b"\r"),
            line_end.starts_with(b"\r\n"),
        ];
        let mut ends = vec![end];
        ends.extend((1..).zip(longer).filter(|(_, there)| *there).map(|(more, _)| end + more));
        ends
    };
    ends.take(MOST_ENDS)
        .flat_map(after)
        .filter_map(|end| bytes.get(..end).filter(|beginning| beginning.len() < bytes.len()))
        .map(Sha256Hash::of)
        .collect()
}

/// What may be a token at the end of a QR code's link. The rest of the link is not asked: the
/// school may have moved its page since, and nobody can guess a token.
fn tokens(marks: &Marks) -> impl Iterator<Item = &str> {
    const LENGTH: usize = 32;
    let token = |text: &str| text.len().checked_sub(LENGTH);
    let ends = marks.qr.iter().filter_map(move |text| text.get(token(text)?..));
    ends.filter(|end| end.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f')))
}

/// What may be a certificate number in a text: some words of one line, with a digit among them.
fn numbers(text: &str) -> Vec<String> {
    let mut found = BTreeSet::new();
    for line in text.lines() {
        let words: Vec<&str> = line
            .split(|c: char| c.is_whitespace() || matches!(c, ':' | '：' | '，' | '。' | ','))
            .filter(|word| !word.is_empty())
            .collect();
        for from in 0..words.len() {
            for to in from + 1..=(from + MOST_WORDS).min(words.len()) {
                let number = words[from..to].join(" ");
                let digit = number.contains(|c: char| c.is_ascii_digit());
                if digit && NUMBER.contains(&number.chars().count()) && found.len() < MOST_NUMBERS {
                    found.insert(number);
                }
            }
        }
    }
    found.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_stand_at_the_end_of_links() {
        let token = "0123456789abcdef0123456789abcdef";
        let marks = |text: String| Marks { qr: vec![text], text: String::new() };
        let found = |text: String| tokens(&marks(text)).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(found(format!("https://verify.example.edu.tw/v/{token}")), [token]);
        assert_eq!(found(token.into()), [token]);
        for other in ["", "short", "https://example.org/0123456789ABCDEF0123456789ABCDEF", "查驗"]
        {
            assert!(found(other.into()).is_empty(), "{other}");
        }
        assert!(found(format!("{token}?")).is_empty());
    }

    #[test]
    fn numbers_are_found_as_schools_write_them() {
        let text = "學位證書\n證書字號：115-000001\nNo. (115) 字第 000123 號\n工學士 2026";
        let found = numbers(text);
        for number in ["115-000001", "(115) 字第 000123 號", "2026"] {
            assert!(found.iter().any(|found| found == number), "{number}: {found:?}");
        }
        assert!(numbers("學位證書\nno digits at all").is_empty());
        assert!(numbers(&"1234 ".repeat(5_000)).len() <= MOST_NUMBERS);
    }

    #[test]
    fn a_beginning_ends_where_a_pdf_may() {
        let first = b"%PDF-1.7 page %%EOF\r\n".as_slice();
        let appended = [first, b"update %%EOF\n"].concat();
        let found = beginnings(&appended);
        assert!(found.contains(&Sha256Hash::of(first)));
        assert!(found.contains(&Sha256Hash::of(b"%PDF-1.7 page %%EOF")));
        assert!(!found.contains(&Sha256Hash::of(&appended)), "the whole file is no beginning");
        assert!(beginnings(b"%PDF-1.7").is_empty());
    }
}
