//! The document security store (ISO 32000-2, section 12.8.4.3): it may grow, and what it holds for
//! one signature stays.

use lopdf::{Dictionary, Object};

use super::usage::Place;
use super::{Comparison, REPLACED};
use crate::verify::Finding;

const STORE: [&[u8]; 5] = [b"Type", b"VRI", b"Certs", b"CRLs", b"OCSPs"];
const STORE_STREAMS: [&[u8]; 3] = [b"Certs", b"CRLs", b"OCSPs"];
const RELATED: [&[u8]; 6] = [b"Type", b"TU", b"TS", b"Cert", b"CRL", b"OCSP"];
const RELATED_STREAMS: [&[u8]; 3] = [b"Cert", b"CRL", b"OCSP"];

const MALFORMED: Finding = [
    "簽章之後附加的驗證資料（DSS）結構不正確",
    "the validation data (DSS) that were appended after signing are malformed",
];

impl<'a> Comparison<'a> {
    pub(super) fn security_store(&mut self) -> Result<(), Finding> {
        let (Ok(old_root), Ok(new_root)) = (self.old.catalog(), self.new.catalog()) else {
            return Err(REPLACED);
        };
        let root = Place::of(self.root);
        let (old, new) = self.values(b"DSS", &root, Some(old_root), Some(new_root))?;
        let Some(new) = new else { return Ok(()) };
        let new = new.as_dict().map_err(|_| MALFORMED)?;
        let old = old.map(Object::as_dict).transpose().map_err(|_| MALFORMED)?;
        only(new, &STORE)?;
        let place = Self::step_into(&root, b"DSS", Some(old_root));
        for key in STORE_STREAMS {
            self.streams(key, &place, old, new)?;
        }
        let (old_related, new_related) = self.values(b"VRI", &place, old, Some(new))?;
        let old_related = old_related.map(Object::as_dict).transpose().map_err(|_| MALFORMED)?;
        match new_related {
            Some(related) => self.related(old_related, related.as_dict().map_err(|_| MALFORMED)?),
            None => Ok(()),
        }
    }

    /// An array of streams; its members may be dropped or added.
    fn streams(
        &mut self,
        key: &[u8],
        place: &Place,
        old: Option<&'a Dictionary>,
        new: &'a Dictionary,
    ) -> Result<(), Finding> {
        if new.get(key).is_err() {
            return Ok(());
        }
        self.values(key, place, old, Some(new))?;
        self.are_streams(key, new)
    }

    fn are_streams(&self, key: &[u8], dictionary: &Dictionary) -> Result<(), Finding> {
        let Ok(value) = dictionary.get(key) else { return Ok(()) };
        let is_stream = |item: &Object| {
            item.as_reference()
                .is_ok_and(|id| matches!(self.new.objects.get(&id), Some(Object::Stream(_))))
        };
        let value = self.new.dereference(value).map_err(|_| MALFORMED)?.1;
        let items = value.as_array().map_err(|_| MALFORMED)?;
        if items.iter().all(is_stream) { Ok(()) } else { Err(MALFORMED) }
    }

    /// What is held for each signature, under the digest of its contents.
    fn related(&self, old: Option<&'a Dictionary>, new: &'a Dictionary) -> Result<(), Finding> {
        let former = |key: &[u8]| old.and_then(|old| old.get(key).ok());
        let kept = old.into_iter().flat_map(Dictionary::iter);
        if !kept.into_iter().all(|(key, value)| new.get(key).is_ok_and(|now| now == value)) {
            return Err(REPLACED);
        }
        for (key, value) in new.iter().filter(|(key, _)| former(key).is_none()) {
            let digest = key.len() == 40
                && key.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
            let entry =
                self.new.dereference(value).ok().and_then(|(_, entry)| entry.as_dict().ok());
            let Some(entry) = entry.filter(|_| digest) else { return Err(MALFORMED) };
            only(entry, &RELATED)?;
            for streams in RELATED_STREAMS {
                self.are_streams(streams, entry)?;
            }
        }
        Ok(())
    }
}

fn only(dictionary: &Dictionary, keys: &[&[u8]]) -> Result<(), Finding> {
    if dictionary.iter().all(|(key, _)| keys.contains(&key.as_slice())) {
        Ok(())
    } else {
        Err(MALFORMED)
    }
}
