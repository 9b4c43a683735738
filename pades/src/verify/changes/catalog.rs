//! The document's catalog and its /Info.

use lopdf::{Document, Object};

use super::usage::Place;
use super::{Comparison, Level, REPLACED, same_but};
use crate::verify::Finding;

/// What of the catalog may change, where other rules allow it.
const MAY_CHANGE: [&[u8]; 6] =
    [b"AcroForm", b"DSS", b"Extensions", b"MarkInfo", b"Metadata", b"Version"];

impl Comparison<'_> {
    pub(super) fn catalog(&mut self) -> Result<(), Finding> {
        let (old, new) = (self.old.catalog(), self.new.catalog());
        let (Ok(old), Ok(new)) = (old, new) else { return Err(REPLACED) };
        if !same_but(old, new, &MAY_CHANGE) {
            return Err([
                "簽章之後文件目錄（catalog）被更改",
                "the document's catalog was changed after signing",
            ]);
        }
        let place = Place::of(self.root);
        let mut same = same_but(old, new, &[b"AcroForm", b"DSS", b"Metadata"]);
        for key in [b"Extensions".as_slice(), b"MarkInfo"] {
            let (before, after) = self.values(key, &place, Some(old), Some(new))?;
            same &= before == after;
        }
        if !same {
            self.raise(Level::Metadata);
        }
        self.explain_everywhere(self.root);
        self.information()
    }

    /// Title, author and dates are free to change; readers show them apart from the document.
    fn information(&mut self) -> Result<(), Finding> {
        if self.new.trailer.get(b"Info").is_ok_and(|info| matches!(info, Object::Reference(_))) {
            let (old, new) = (&self.old.trailer, &self.new.trailer);
            self.values(b"Info", &Place::TRAILER, Some(old), Some(new))?;
        }
        let information = |document: &Document| {
            let raw = document.trailer.get(b"Info").ok()?;
            Some(document.dereference(raw).ok()?.1.clone())
        };
        if information(self.old) != information(self.new) {
            self.raise(Level::Metadata);
        }
        Ok(())
    }
}
