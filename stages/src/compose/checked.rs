//! Whether a page that another process has taken out of a foreign document holds what a page may
//! hold, and nothing else. The other process has seen to that already; it may not be what it was.

use lopdf::{Dictionary, Object};

use super::taken::Taken;
use super::transplant::{Keys, is_left_behind, leads_out};

/// Parts of objects (numbers, names, arrays…) for each object that is allowed.
const PARTS_PER_OBJECT: usize = 20;

/// Longest name, in bytes. (127 by ISO 32000-1, annex C; writers of Chinese fonts know better.)
const LONGEST_NAME: usize = 1_024;

/// Longest string, in bytes.
const LONGEST_STRING: usize = 1 << 20;

/// Farthest that an edge may lie from the origin, and largest `/UserUnit`.
const FARTHEST: f64 = 1_000_000.0;
const LARGEST_UNIT: f64 = 1_000.0;

/// Filters of one stream.
const MOST_FILTERS: usize = 4;

/// The filters of the standard (ISO 32000-2, 7.4), and their short names. `Crypt` is not among
/// them: nothing here is encrypted.
const FILTERS: [&[u8]; 16] = [
    b"ASCIIHexDecode",
    b"ASCII85Decode",
    b"LZWDecode",
    b"FlateDecode",
    b"RunLengthDecode",
    b"CCITTFaxDecode",
    b"JBIG2Decode",
    b"DCTDecode",
    b"JPXDecode",
    b"AHx",
    b"A85",
    b"LZW",
    b"Fl",
    b"RL",
    b"CCF",
    b"DCT",
];

/// How much a page may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Most objects.
    pub objects: usize,
    /// How deep arrays and dictionaries may stand in one another.
    pub depth: usize,
}

impl From<&sealpress_config::Inbox> for Bounds {
    fn from(inbox: &sealpress_config::Inbox) -> Self {
        Self { objects: inbox.max_objects, depth: inbox.max_depth }
    }
}

impl Bounds {
    /// Most parts of objects.
    pub(super) const fn nodes(self) -> usize {
        self.objects.saturating_mul(PARTS_PER_OBJECT)
    }
}

/// `None` for what no page needs.
pub(super) fn check(taken: &Taken, bounds: Bounds) -> Option<()> {
    let [left, lower, right, upper] = taken.visible;
    let near = taken.visible.iter().all(|edge| edge.abs() <= FARTHEST);
    let unit = taken.unit > 0.0 && taken.unit <= LARGEST_UNIT;
    if !(near && unit && left < right && lower < upper && taken.objects.len() <= bounds.objects) {
        return None;
    }
    let mut walk = Walk { by_place: by_place(taken)?, seen: Vec::new(), waiting: Vec::new() };
    walk.seen.resize(walk.by_place.len(), false);
    // In the order in which they were taken: what refers to an object first says what its keys are.
    *walk.seen.first_mut()? = true;
    let Object::Dictionary(resources) = walk.by_place.first()? else { return None };
    walk.entries(resources, Keys::Standard)?;
    walk.finish()?;
    let coding = &taken.coding;
    if coding.iter().any(|(key, _)| !matches!(key.as_slice(), b"Filter" | b"DecodeParms")) {
        return None;
    }
    walk.entries(coding, Keys::Standard)?;
    walk.filters(coding)?;
    walk.finish()?;
    walk.seen.iter().all(|seen| *seen).then_some(())
}

/// The objects by their places, each of which one has.
fn by_place(taken: &Taken) -> Option<Vec<&Object>> {
    let mut places = vec![None; taken.objects.len()];
    for (place, object) in &taken.objects {
        let at = places.get_mut(usize::try_from(*place).ok()?)?;
        if at.replace(object).is_some() {
            return None;
        }
    }
    places.into_iter().collect()
}

struct Walk<'a> {
    by_place: Vec<&'a Object>,
    seen: Vec<bool>,
    waiting: Vec<(&'a Object, Keys)>,
}

impl<'a> Walk<'a> {
    fn finish(&mut self) -> Option<()> {
        while let Some((object, keys)) = self.waiting.pop() {
            match object {
                Object::Stream(stream) => self.stream(&stream.dict)?,
                other => self.direct(other, keys)?,
            }
        }
        Some(())
    }

    fn stream(&mut self, dictionary: &'a Dictionary) -> Option<()> {
        if [&b"F"[..], b"FFilter", b"FDecodeParms"].iter().any(|key| dictionary.has(key)) {
            return None;
        }
        self.dictionary(dictionary, Keys::Standard)?;
        self.filters(dictionary)
    }

    /// An object that is no stream: those stand by themselves (ISO 32000-2, 7.3.8).
    fn direct(&mut self, object: &'a Object, keys: Keys) -> Option<()> {
        match object {
            Object::Null | Object::Boolean(_) | Object::Integer(_) => Some(()),
            Object::Real(value) => value.is_finite().then_some(()),
            Object::Name(name) => (name.len() <= LONGEST_NAME).then_some(()),
            Object::String(text, _) => (text.len() <= LONGEST_STRING).then_some(()),
            Object::Array(items) => {
                items.iter().try_for_each(|item| self.direct(item, Keys::Standard))
            }
            Object::Dictionary(dictionary) => self.dictionary(dictionary, keys),
            Object::Reference((place, _)) => self.reference(*place, keys),
            Object::Stream(_) => None,
        }
    }

    fn dictionary(&mut self, dictionary: &'a Dictionary, keys: Keys) -> Option<()> {
        if leads_out(dictionary) {
            return None;
        }
        self.entries(dictionary, keys)
    }

    fn entries(&mut self, dictionary: &'a Dictionary, keys: Keys) -> Option<()> {
        dictionary.iter().try_for_each(|(key, value)| {
            if key.len() > LONGEST_NAME || is_left_behind(key, keys) {
                return None;
            }
            self.direct(value, keys.below(key))
        })
    }

    fn reference(&mut self, place: u32, keys: Keys) -> Option<()> {
        let at = usize::try_from(place).ok()?;
        let seen = self.seen.get_mut(at)?;
        if !std::mem::replace(seen, true) {
            self.waiting.push((self.by_place.get(at)?, keys));
        }
        Some(())
    }

    /// The filters are known, and few.
    fn filters(&self, dictionary: &Dictionary) -> Option<()> {
        let Ok(entry) = dictionary.get(b"Filter") else { return Some(()) };
        let known = |object: &Object| matches!(self.resolve(object), Some(Object::Name(name)) if FILTERS.contains(&name.as_slice()));
        match self.resolve(entry)? {
            Object::Null => Some(()),
            Object::Array(names) => {
                (names.len() <= MOST_FILTERS && names.iter().all(known)).then_some(())
            }
            one => known(one).then_some(()),
        }
    }

    /// What a reference names; one step, for nobody needs two.
    fn resolve<'b>(&self, object: &'b Object) -> Option<&'b Object>
    where
        'a: 'b,
    {
        match object {
            Object::Reference((place, _)) => {
                self.by_place.get(usize::try_from(*place).ok()?).copied()
            }
            direct => Some(direct),
        }
    }
}
