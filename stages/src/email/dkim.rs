//! DKIM (RFC 6376): the school's domain answers for the message, from header to attachment.
//!
//! Written here because a retry must be the same bytes: the signature's time is the sending's,
//! not the clock's. The arithmetic is the library's that signs the certificates.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use sealpress_config::{self as config, Home};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::EmailError;

/// What is signed: whatever a reader sees, and what tells one message from another. `From` stands
/// twice, so that a second one can't be put before it (section 8.15).
const HEADERS: [&str; 9] = [
    "from",
    "from",
    "reply-to",
    "to",
    "subject",
    "date",
    "message-id",
    "mime-version",
    "content-type",
];

/// Longest piece of a folded header line.
const FOLD: usize = 64;

/// A domain's key.
pub(super) struct Dkim {
    selector: String,
    domain: String,
    key: RsaKeyPair,
}

impl Dkim {
    pub(super) fn read(home: &Home, dkim: &config::Dkim) -> Result<Self, EmailError> {
        let pem = dkim.key.read_line(home)?;
        let key = rsa_key(&pem).ok_or(EmailError::Dkim)?;
        Ok(Self { selector: dkim.selector.clone(), domain: dkim.domain.clone(), key })
    }

    /// The message with its signature above it; none where it has no header, or the library
    /// refuses.
    pub(super) fn sign(&self, message: &[u8], at: Timestamp) -> Option<Vec<u8>> {
        let end = message.windows(4).position(|four| four == b"\r\n\r\n")?;
        let (header, body) = (message.get(..end + 2)?, message.get(end + 4..)?);
        let unsigned = format!(
            "v=1; a=rsa-sha256; c=relaxed/relaxed; d={}; s={};\r\n t={}; h={};\r\n bh={};\r\n b=",
            self.domain,
            self.selector,
            at.as_second(),
            HEADERS.join(":"),
            STANDARD.encode(body_hash(body)),
        );
        let mut signed = signed_header(std::str::from_utf8(header).ok()?);
        signed.push_str("dkim-signature:");
        signed.push_str(&relaxed(&unsigned));
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)
            .ok()?;
        let mut whole =
            format!("DKIM-Signature: {unsigned}{}\r\n", folded(&signature)).into_bytes();
        whole.extend_from_slice(message);
        Some(whole)
    }
}

/// The key of a PEM file, as `openssl genrsa` (PKCS#8) or `opendkim-genkey` (PKCS#1) write it.
fn rsa_key(pem: &str) -> Option<RsaKeyPair> {
    let (_, from) = pem.split_once("-----BEGIN ")?;
    let (label, from) = from.split_once("-----")?;
    let (base64, _) = from.split_once("-----END ")?;
    // As many bytes as there are from the start: growing would leave copies behind.
    let mut packed = Zeroizing::new(Vec::with_capacity(base64.len()));
    packed.extend(base64.bytes().filter(|byte| !byte.is_ascii_whitespace()));
    let der = Zeroizing::new(STANDARD.decode(&packed).ok()?);
    match label {
        "PRIVATE KEY" => RsaKeyPair::from_pkcs8(&der).ok(),
        "RSA PRIVATE KEY" => RsaKeyPair::from_der(&der).ok(),
        _ => None,
    }
}

/// The signed fields in the order in which the signature lists them; a name that is listed once
/// more than it stands in the header signs that there is no other (section 5.4.2).
fn signed_header(header: &str) -> String {
    let mut fields = fields(header);
    let mut signed = String::new();
    for name in HEADERS {
        // Of several fields of a name, the last is listed first.
        if let Some(at) = fields.iter().rposition(|(is, _)| is == name) {
            let (name, value) = fields.remove(at);
            signed.push_str(&format!("{name}:{value}\r\n"));
        }
    }
    signed
}

/// The header's fields in canonical form: name in small letters, value on one line.
fn fields(header: &str) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in header.split_terminator("\r\n") {
        match (line.starts_with([' ', '\t']), fields.last_mut(), line.split_once(':')) {
            (true, Some((_, value)), _) => value.push_str(line),
            (_, _, Some((name, value))) => {
                fields.push((name.trim_end().to_ascii_lowercase(), value.to_owned()));
            }
            (_, _, None) => {}
        }
    }
    fields.into_iter().map(|(name, value)| (name, relaxed(&value))).collect()
}

/// A value in one line with single spaces (section 3.4.2).
fn relaxed(value: &str) -> String {
    let words: Vec<&str> =
        value.split([' ', '\t', '\r', '\n']).filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

/// Digest of the body: single spaces, none at the end of a line, no empty lines at the end
/// (section 3.4.4).
fn body_hash(body: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    let mut empty = 0;
    for line in body.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line).trim_ascii_end();
        if line.is_empty() {
            empty += 1;
            continue;
        }
        for _ in 0..empty {
            hash.update(b"\r\n");
        }
        empty = 0;
        hash_line(&mut hash, line);
    }
    hash.finalize().into()
}

fn hash_line(hash: &mut Sha256, line: &[u8]) {
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t');
    if line.iter().any(is_space) {
        for (at, word) in line.split(is_space).enumerate() {
            if word.is_empty() && at > 0 {
                continue;
            }
            if at > 0 {
                hash.update(b" ");
            }
            hash.update(word);
        }
    } else {
        hash.update(line);
    }
    hash.update(b"\r\n");
}

/// Base64 in lines that a header may have.
fn folded(bytes: &[u8]) -> String {
    let text = STANDARD.encode(bytes);
    let mut folded = String::with_capacity(text.len() + text.len() / FOLD * 3);
    for (at, letter) in text.chars().enumerate() {
        if at > 0 && at % FOLD == 0 {
            folded.push_str("\r\n ");
        }
        folded.push(letter);
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_canonical_forms_are_those_of_the_standard() {
        // RFC 6376, section 3.4.5.
        let header = "A: X\r\nB : Y\t\r\n\tZ  \r\n";
        assert_eq!(fields(header), [("a".into(), "X".into()), ("b".into(), "Y Z".into())]);
        let body = b" C \r\nD \t E\r\n\r\n\r\n";
        let canonical: [u8; 32] = Sha256::digest(b" C\r\nD E\r\n").into();
        assert_eq!(body_hash(body), canonical);
        let empty: [u8; 32] = Sha256::digest(b"").into();
        assert_eq!(body_hash(b"\r\n\r\n"), empty);
    }

    #[test]
    fn a_field_that_is_added_breaks_the_signature() {
        let one = "From: a\r\nTo: b\r\n";
        assert_eq!(signed_header(one), "from:a\r\nto:b\r\n");
        let two = "From: evil\r\nFrom: a\r\nTo: b\r\n";
        assert_ne!(signed_header(two), signed_header(one));
    }
}
