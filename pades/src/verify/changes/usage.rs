//! From where an object is used.

use lopdf::{Document, Object, ObjectId};
use std::collections::{BTreeMap, BTreeSet};

/// One step inside an object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    Name(Vec<u8>),
    At(usize),
}

/// A place in a document: an object, or the trailer, and the way inside it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    holder: Option<ObjectId>,
    path: Vec<Key>,
}

/// A place at which an object is named.
pub(super) type Usage = Place;

impl Place {
    pub(super) const TRAILER: Self = Self { holder: None, path: Vec::new() };

    pub(super) const fn of(holder: ObjectId) -> Self {
        Self { holder: Some(holder), path: Vec::new() }
    }

    pub(super) fn key(&self, name: &[u8]) -> Self {
        self.deeper(Key::Name(name.to_vec()))
    }

    fn deeper(&self, key: Key) -> Self {
        let mut deeper = self.clone();
        deeper.path.push(key);
        deeper
    }

    /// Whether it is this place.
    pub(super) fn is(&self, place: &Self) -> bool {
        self == place
    }

    /// Whether it is a member of the array that stands at `array`.
    pub(super) fn is_member_of(&self, array: &Self) -> bool {
        match self.path.split_last() {
            Some((Key::At(_), before)) => self.holder == array.holder && before == array.path,
            Some((Key::Name(_), _)) | None => false,
        }
    }

    /// Whether it is a member of one of these arrays.
    pub(super) fn is_member_of_any(&self, arrays: &BTreeSet<Self>) -> bool {
        match self.path.split_last() {
            Some((Key::At(_), before)) => {
                arrays.contains(&Self { holder: self.holder, path: before.to_vec() })
            }
            Some((Key::Name(_), _)) | None => false,
        }
    }

    /// Whether the last step to it is this key.
    pub(super) fn ends_with(&self, name: &[u8]) -> bool {
        matches!(self.path.last(), Some(Key::Name(last)) if last == name)
    }
}

/// Every object that the document's objects, or its trailer, name.
pub(super) fn named(document: &Document) -> BTreeSet<ObjectId> {
    let mut named = BTreeSet::new();
    let mut note = |id| {
        named.insert(id);
    };
    document.trailer.iter().for_each(|(_, value)| each_reference(value, &mut note));
    document.objects.values().for_each(|object| each_reference(object, &mut note));
    named
}

/// Call `found` with every reference in `object`. The reader bounds how deep an object nests.
pub(super) fn each_reference(object: &Object, found: &mut impl FnMut(ObjectId)) {
    match object {
        Object::Reference(id) => found(*id),
        Object::Array(items) => items.iter().for_each(|item| each_reference(item, found)),
        Object::Dictionary(entries) => {
            entries.iter().for_each(|(_, value)| each_reference(value, found));
        }
        Object::Stream(stream) => {
            stream.dict.iter().for_each(|(_, value)| each_reference(value, found));
        }
        Object::Null
        | Object::Boolean(_)
        | Object::Integer(_)
        | Object::Real(_)
        | Object::Name(_)
        | Object::String(..) => {}
    }
}

/// What all the places may weigh at which changed objects are used: one object may be named a
/// million times, under names as long as one likes.
const MOST_BYTES: usize = 16 << 20;

/// What a step of a way weighs besides its name.
const STEP: usize = 32;

/// From where each of `wanted` is used, among what is reached from the trailer; none where that
/// is too much.
pub(super) fn of(
    document: &Document,
    wanted: &BTreeSet<ObjectId>,
) -> Option<BTreeMap<ObjectId, BTreeSet<Usage>>> {
    let mut walk = Walk {
        wanted,
        usages: wanted.iter().map(|id| (*id, BTreeSet::new())).collect(),
        seen: BTreeSet::new(),
        open: Vec::new(),
        path: Vec::new(),
        holder: None,
        left: Some(MOST_BYTES),
    };
    for (key, value) in &document.trailer {
        walk.path.push(Key::Name(key.clone()));
        walk.inside(value);
        walk.path.pop();
    }
    while let Some(id) = walk.open.pop() {
        if let Some(object) = document.objects.get(&id) {
            walk.holder = Some(id);
            walk.inside(object);
        }
    }
    walk.left.map(|_| walk.usages)
}

struct Walk<'a> {
    wanted: &'a BTreeSet<ObjectId>,
    usages: BTreeMap<ObjectId, BTreeSet<Usage>>,
    seen: BTreeSet<ObjectId>,
    open: Vec<ObjectId>,
    holder: Option<ObjectId>,
    path: Vec<Key>,
    /// What more the places may weigh; none where they weigh too much.
    left: Option<usize>,
}

impl Walk<'_> {
    fn inside(&mut self, object: &Object) {
        match object {
            Object::Reference(id) => self.reference(*id),
            Object::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.path.push(Key::At(index));
                    self.inside(item);
                    self.path.pop();
                }
            }
            Object::Dictionary(entries) => self.entries(entries),
            Object::Stream(stream) => self.entries(&stream.dict),
            Object::Null
            | Object::Boolean(_)
            | Object::Integer(_)
            | Object::Real(_)
            | Object::Name(_)
            | Object::String(..) => {}
        }
    }

    fn entries(&mut self, entries: &lopdf::Dictionary) {
        for (key, value) in entries {
            self.path.push(Key::Name(key.clone()));
            self.inside(value);
            self.path.pop();
        }
    }

    fn reference(&mut self, id: ObjectId) {
        if self.wanted.contains(&id) {
            let step = |key: &Key| match key {
                Key::Name(name) => STEP + name.len(),
                Key::At(_) => STEP,
            };
            let weight = STEP + self.path.iter().map(step).sum::<usize>();
            self.left = self.left.and_then(|left| left.checked_sub(weight));
            if self.left.is_none() {
                return;
            }
            let usage = Place { holder: self.holder, path: self.path.clone() };
            self.usages.entry(id).or_default().insert(usage);
        }
        if self.seen.insert(id) {
            self.open.push(id);
        }
    }
}
