//! How a file differs from the archived certificate that it was made from.
//!
//! Whoever appends to a file, or edits it in place, leaves the rest where it was: the archived
//! bytes are its beginning, or its signature still stands exactly where the signature says that it
//! does, or most bytes are where they were. Whoever saves it anew with another program moves
//! everything; then what the page shows must tell.

use pades::CheckCode;

use super::signature::Signature;

/// How a file differs from its original; the nearest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Change {
    /// It shows the same, in other bytes.
    SavedAnew,
    /// Something was added after the original's end.
    Appended,
    /// Bytes were changed where they stand.
    InPlace,
    /// It shows something else.
    Shown,
    /// It is another page, that merely bears the certificate's number.
    Elsewhere,
}

/// What the bytes tell; `None` where the file was written anew.
pub(super) fn by_bytes(original: &[u8], file: &[u8], signature: &Signature) -> Option<Change> {
    if file.len() > original.len() && file.starts_with(original) {
        Some(Change::Appended)
    } else if stands_where_it_says(signature) || most_bytes_stand(original, file) {
        Some(Change::InPlace)
    } else {
        None
    }
}

/// Whether the school's signature is in the file, and its byte range still frames it.
fn stands_where_it_says(signature: &Signature) -> bool {
    signature.passed(CheckCode::ByteRange) && signature.passed(CheckCode::Chain)
}

fn most_bytes_stand(original: &[u8], file: &[u8]) -> bool {
    let same = || original.iter().zip(file).filter(|(one, other)| one == other).count();
    original.len() == file.len() && same() * 2 > original.len()
}

/// Whether the file holds a signature that somebody whom we trust made, and something else than
/// what they signed.
pub(super) fn since_signed(signature: &Signature) -> bool {
    !signature.holds
        && signature.passed(CheckCode::Signature)
        && signature.passed(CheckCode::Chain)
        && !(signature.passed(CheckCode::Digest) && signature.passed(CheckCode::LaterRevisions))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::signature::Trusted;

    #[test]
    fn bytes_tell_what_was_done() {
        let now = "2026-01-01T00:00:00Z".parse().unwrap();
        let signature = Signature::of_own(b"no signature", &Trusted::default(), now);
        let original = b"%PDF-1.7 an original of some length".as_slice();
        let by_bytes = |file: &[u8]| by_bytes(original, file, &signature);
        assert_eq!(by_bytes(&[original, b"more"].concat()), Some(Change::Appended));
        let mut flipped = original.to_vec();
        flipped[20] ^= 1;
        assert_eq!(by_bytes(&flipped), Some(Change::InPlace));
        assert_eq!(by_bytes(&original[..20]), None);
        assert_eq!(by_bytes(&vec![b'x'; original.len()]), None);
    }
}
