//! A signature's place in its own document: what is signed is all but the gap that the signature
//! fills (ISO 32000-2, section 12.8.1).

use crate::algorithm::Digest;
use crate::write;

/// As wide as four offsets of ten digits can be.
const BYTE_RANGE_WIDTH: usize = 4 * 11 + 1;

/// Where in the file the two values stand that are known only when all else is written.
pub(crate) struct Gap {
    byte_range: usize,
    contents: usize,
    size: usize,
}

/// A document whose gap is not where it was written, which no document's is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Misplaced;

impl Gap {
    /// Write /ByteRange and /Contents, with room for the range and for `size` bytes.
    pub(crate) fn write(out: &mut Vec<u8>, size: usize) -> Self {
        out.extend(b"/ByteRange ");
        let byte_range = out.len();
        out.resize(byte_range + BYTE_RANGE_WIDTH, b' ');
        out.extend(b"/Contents ");
        let contents = out.len();
        out.push(b'<');
        out.resize(contents + 1 + 2 * size, b'0');
        out.push(b'>');
        Self { byte_range, contents, size }
    }

    /// Set the range, now that all else is written.
    pub(crate) fn set_range(&self, out: &mut [u8]) -> Result<(), Misplaced> {
        let end = self.end();
        let range = format!("[0 {} {end} {}]", self.contents, out.len().saturating_sub(end));
        splice(out, self.byte_range, range.as_bytes())
    }

    /// The digest of what the range covers.
    pub(crate) fn digest(&self, out: &[u8], digest: Digest) -> Result<Vec<u8>, Misplaced> {
        let head = out.get(..self.contents).ok_or(Misplaced)?;
        let tail = out.get(self.end()..).ok_or(Misplaced)?;
        Ok(digest.of(&[head, tail]))
    }

    /// Put the signature into its place.
    pub(crate) fn fill(&self, out: &mut [u8], signature: &[u8]) -> Result<(), Misplaced> {
        if signature.len() > self.size {
            return Err(Misplaced);
        }
        let mut hex = Vec::with_capacity(2 * signature.len());
        write::hex(&mut hex, signature);
        splice(out, self.contents + 1, &hex)
    }

    /// The bytes that a reader finds in /Contents: the signature, and zeros to the end.
    pub(crate) fn padded(&self, mut signature: Vec<u8>) -> Vec<u8> {
        signature.resize(self.size, 0);
        signature
    }

    const fn end(&self) -> usize {
        self.contents + 2 * self.size + 2
    }
}

fn splice(out: &mut [u8], at: usize, bytes: &[u8]) -> Result<(), Misplaced> {
    let place = out.get_mut(at..at + bytes.len()).ok_or(Misplaced)?;
    place.copy_from_slice(bytes);
    Ok(())
}
