//! Taking a page's content and resources out of a foreign document, and nothing else of it.

use lopdf::{Dictionary, Document, Object, ObjectId, Stream};
use std::collections::BTreeMap;

use super::objects::reference;

/// Keys that lead out of a page's resources, or do something: none of them is taken along.
const LEFT_BEHIND: [&[u8]; 16] = [
    b"AA",
    b"AF",
    b"Annots",
    b"Dest",
    b"EF",
    b"JS",
    b"JavaScript",
    b"Metadata",
    b"Names",
    b"OpenAction",
    b"OPI",
    b"Outlines",
    b"Parent",
    b"PieceInfo",
    b"StructParent",
    b"StructParents",
];
/// Keys of a stream whose bytes are in another file (ISO 32000-2, table 5).
const OF_ANOTHER_FILE: [&[u8]; 3] = [b"F", b"FFilter", b"FDecodeParms"];
/// Dictionaries whose keys are names that the producer has chosen, `AA` among them (section 7.8.3,
/// and glyphs of a Type 3 font and colorants).
const NAMED_BY_PRODUCER: [&[u8]; 9] = [
    b"CharProcs",
    b"ColorSpace",
    b"Colorants",
    b"ExtGState",
    b"Font",
    b"Pattern",
    b"Properties",
    b"Shading",
    b"XObject",
];

/// What the keys of a dictionary are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Keys {
    /// Words of the standard.
    Standard,
    /// Names that the producer has chosen.
    Chosen,
}

impl Keys {
    /// What the keys are of what stands under `key`.
    pub(super) fn below(self, key: &[u8]) -> Self {
        match NAMED_BY_PRODUCER.contains(&key) && self == Self::Standard {
            true => Self::Chosen,
            false => Self::Standard,
        }
    }
}

/// Whether an entry is not taken along.
pub(super) fn is_left_behind(key: &[u8], keys: Keys) -> bool {
    keys == Keys::Standard && LEFT_BEHIND.contains(&key)
}

/// Copies objects of one foreign document, each once. In a copy, a reference names the place that
/// its object has among the copies, in the order in which they were first referred to.
pub(super) struct Transplant<'a> {
    from: &'a Document,
    /// The copies, in the order in which they are written.
    to: Vec<(u32, Object)>,
    places: u32,
    taken: BTreeMap<ObjectId, u32>,
    waiting: Vec<(ObjectId, u32, Keys)>,
    /// Our copy of the page's resources.
    resources: Option<u32>,
}

impl<'a> Transplant<'a> {
    pub(super) const fn new(from: &'a Document) -> Self {
        Self {
            from,
            to: Vec::new(),
            places: 0,
            taken: BTreeMap::new(),
            waiting: Vec::new(),
            resources: None,
        }
    }

    /// Copies the page's resources, an object of their own: a form that has none uses the page's
    /// (section 7.8.3), and our page is not the page that it means.
    pub(super) fn resources(&mut self, resources: &Dictionary) {
        let place = self.reserve();
        self.resources = Some(place);
        let copied = self.dictionary(resources);
        self.to.push((place, copied.into()));
    }

    /// A dictionary with its references led to our copies, which are made too.
    pub(super) fn dictionary(&mut self, dictionary: &Dictionary) -> Dictionary {
        let copied = self.entries(dictionary, Keys::Standard);
        // One after another, not one within another: a deep document needs no deep stack.
        while let Some((id, place, keys)) = self.waiting.pop() {
            let object =
                self.from.get_object(id).map_or(Object::Null, |object| self.copy(object, keys));
            self.to.push((place, object));
        }
        copied
    }

    /// The copies, each with its place.
    pub(super) fn taken(self) -> Vec<(u32, Object)> {
        self.to
    }

    fn reserve(&mut self) -> u32 {
        let place = self.places;
        self.places = place.saturating_add(1);
        place
    }

    fn copy(&mut self, object: &Object, keys: Keys) -> Object {
        match object {
            Object::Reference(id) => self.reference(*id, keys),
            Object::Array(items) => {
                Object::Array(items.iter().map(|item| self.copy(item, Keys::Standard)).collect())
            }
            Object::Dictionary(dictionary) if leads_out(dictionary) => Object::Null,
            Object::Dictionary(dictionary) => {
                let mut copied = self.entries(dictionary, keys);
                if is(dictionary, b"Subtype", b"Type3") {
                    self.give_resources(&mut copied);
                }
                copied.into()
            }
            Object::Stream(stream) if leads_out(&stream.dict) => Object::Null,
            Object::Stream(stream) => self.stream(stream).into(),
            Object::Null
            | Object::Boolean(_)
            | Object::Integer(_)
            | Object::Real(_)
            | Object::Name(_)
            | Object::String(..) => object.clone(),
        }
    }

    fn stream(&mut self, stream: &Stream) -> Stream {
        let mut copied = self.entries(&stream.dict, Keys::Standard);
        for key in OF_ANOTHER_FILE {
            copied.remove(key);
        }
        if is(&stream.dict, b"Subtype", b"Form") || stream.dict.has(b"PatternType") {
            self.give_resources(&mut copied);
        }
        Stream::new(copied, stream.content.clone())
    }

    fn give_resources(&self, to: &mut Dictionary) {
        if let Some(place) = self.resources.filter(|_| !to.has(b"Resources")) {
            to.set("Resources", reference(place));
        }
    }

    fn entries(&mut self, dictionary: &Dictionary, keys: Keys) -> Dictionary {
        let mut copied = Dictionary::new();
        for (key, value) in dictionary {
            if !is_left_behind(key, keys) {
                let value = self.copy(value, keys.below(key));
                copied.set(key.clone(), value);
            }
        }
        copied
    }

    fn reference(&mut self, id: ObjectId, keys: Keys) -> Object {
        if let Some(place) = self.taken.get(&id) {
            return reference(*place);
        }
        let place = self.reserve();
        self.taken.insert(id, place);
        self.waiting.push((id, place, keys));
        reference(place)
    }
}

/// Whether a dictionary belongs to the document rather than to what a page shows.
pub(super) fn leads_out(dictionary: &Dictionary) -> bool {
    [
        &b"Catalog"[..],
        b"Pages",
        b"Page",
        b"Action",
        b"Annot",
        b"EmbeddedFile",
        b"Filespec",
        b"StructElem",
    ]
    .iter()
    .any(|kind| dictionary.has_type(kind))
}

fn is(dictionary: &Dictionary, key: &[u8], name: &[u8]) -> bool {
    dictionary.get(key).and_then(Object::as_name).is_ok_and(|found| found == name)
}
