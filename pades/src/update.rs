//! An incremental update: new objects and a cross-reference section behind bytes that stay as
//! they are (ISO 32000-2, section 7.5.6).

use lopdf::xref::XrefType;
use lopdf::{Dictionary, Document, Object, ObjectId};
use std::collections::BTreeMap;

use crate::algorithm::Digest;
use crate::write;

/// How a file ends: what an update behind it must know.
#[derive(Clone)]
pub(crate) struct Revision {
    /// /Root, /Info and /ID.
    trailer: Dictionary,
    /// Where its cross-reference section stands.
    start: usize,
    /// The lowest number that no object has.
    next: u32,
    kind: XrefType,
}

impl Revision {
    /// The end of the file that was read as `document`.
    pub(crate) fn of(document: &Document) -> Self {
        let mut trailer = Dictionary::new();
        for key in [b"Root".as_slice(), b"Info", b"ID"] {
            if let Ok(value) = document.trailer.get(key) {
                trailer.set(key, value.clone());
            }
        }
        let size = document.trailer.get(b"Size").and_then(Object::as_i64).ok();
        let size = size.and_then(|size| u32::try_from(size).ok()).unwrap_or(0);
        Self {
            trailer,
            start: document.xref_start,
            next: size.max(document.max_id.saturating_add(1)),
            kind: document.reference_table.cross_reference_type,
        }
    }
}

/// An update in the making.
pub(crate) struct Update {
    out: Vec<u8>,
    former: Revision,
    next: u32,
    places: BTreeMap<u32, (u16, usize)>,
}

impl Update {
    /// An update behind the bytes of `out`, which end with the revision `former`, with room for
    /// `more` bytes.
    pub(crate) fn behind(mut out: Vec<u8>, former: Revision, more: usize) -> Self {
        // To the byte: a vector that doubles would take more memory than a signature may.
        out.reserve_exact(more);
        if !out.ends_with(b"\n") {
            out.push(b'\n');
        }
        Self { out, next: former.next, former, places: BTreeMap::new() }
    }

    /// A number that no object has.
    pub(crate) fn new_id(&mut self) -> ObjectId {
        let id = (self.next, 0);
        self.next = self.next.saturating_add(1);
        id
    }

    /// Write an object, a new one or one that takes another's place.
    pub(crate) fn put(&mut self, id: ObjectId, dictionary: &Dictionary) {
        self.put_with(id, |out| write::dictionary(out, dictionary));
    }

    /// Write an object as `body` writes it.
    pub(crate) fn put_with<T>(&mut self, id: ObjectId, body: impl FnOnce(&mut Vec<u8>) -> T) -> T {
        self.places.insert(id.0, (id.1, self.out.len()));
        self.out.extend(format!("{} {} obj\n", id.0, id.1).bytes());
        let result = body(&mut self.out);
        self.out.extend(b"\nendobj\n");
        result
    }

    /// Close with a section of the kind that the former revision ends with, and give the bytes
    /// and how they end now.
    pub(crate) fn finish(mut self) -> (Vec<u8>, Revision) {
        let mut trailer = self.former.trailer.clone();
        trailer.set("ID", self.id());
        let mut revision = Revision { trailer: trailer.clone(), ..self.former.clone() };
        let former = i64::try_from(self.former.start).unwrap_or(i64::MAX);
        trailer.set("Prev", Object::Integer(former));
        revision.start = match self.former.kind {
            XrefType::CrossReferenceTable => self.table(trailer),
            XrefType::CrossReferenceStream => self.stream(trailer),
        };
        revision.next = self.next;
        self.out.extend(format!("startxref\n{}\n%%EOF\n", revision.start).bytes());
        (self.out, revision)
    }

    /// The first half stays; the second is a digest of the former /ID and of what the update
    /// writes, so that the same update gives the same bytes.
    fn id(&self) -> Object {
        let former = self.former.trailer.get(b"ID").and_then(Object::as_array).ok();
        let halves: Vec<&[u8]> =
            former.into_iter().flatten().filter_map(|half| half.as_str().ok()).collect();
        let first = self.places.values().map(|(_, at)| *at).min().unwrap_or(self.out.len());
        let written = self.out.get(first..).unwrap_or_default();
        let mut digest = Digest::Sha256.of(&[halves.concat().as_slice(), written]);
        digest.truncate(16);
        let hex = |bytes: Vec<u8>| Object::String(bytes, lopdf::StringFormat::Hexadecimal);
        let kept = halves.first().map_or_else(|| digest.clone(), |half| half.to_vec());
        Object::Array(vec![hex(kept), hex(digest)])
    }

    fn table(&mut self, mut trailer: Dictionary) -> usize {
        let start = self.out.len();
        self.out.extend(b"xref\n");
        for (number, (generation, at)) in &self.places {
            self.out.extend(format!("{number} 1\n{at:010} {generation:05} n \n").bytes());
        }
        trailer.set("Size", i64::from(self.next));
        self.out.extend(b"trailer\n");
        write::dictionary(&mut self.out, &trailer);
        self.out.push(b'\n');
        start
    }

    /// A cross-reference stream (ISO 32000-2, section 7.5.8): five bytes of offset, two of
    /// generation.
    fn stream(&mut self, mut trailer: Dictionary) -> usize {
        let (number, generation) = self.new_id();
        let start = self.out.len();
        self.places.insert(number, (generation, start));
        let index =
            self.places.keys().flat_map(|number| [i64::from(*number).into(), 1.into()]).collect();
        let rows: Vec<u8> =
            self.places.values().flat_map(|(generation, at)| row(*at, *generation)).collect();
        trailer.set("Type", Object::Name(b"XRef".to_vec()));
        trailer.set("Size", i64::from(self.next));
        trailer.set("W", Object::Array(vec![1.into(), 5.into(), 2.into()]));
        trailer.set("Index", Object::Array(index));
        trailer.set("Length", Object::Integer(i64::try_from(rows.len()).unwrap_or(i64::MAX)));
        self.out.extend(format!("{number} {generation} obj\n").bytes());
        write::dictionary(&mut self.out, &trailer);
        self.out.extend(b"\nstream\n");
        self.out.extend(rows);
        self.out.extend(b"\nendstream\nendobj\n");
        start
    }
}

fn row(at: usize, generation: u16) -> [u8; 8] {
    let [_, _, _, offset @ ..] = u64::try_from(at).unwrap_or(u64::MAX).to_be_bytes();
    let [a, b, c, d, e] = offset;
    let [f, g] = generation.to_be_bytes();
    [1, a, b, c, d, e, f, g]
}
