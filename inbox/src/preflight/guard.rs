//! What stands between foreign bytes and the parser.
//!
//! lopdf bounds what one stream may inflate to. It does not bound what a file makes it do again
//! and again: entries that all point at one big object, lengths that refer to streams whose
//! lengths refer on, an object stream that lists one string a million times. This walk reads the
//! same structure with a fixed price for everything and refuses a file that is not linear. It
//! takes well under a millisecond for an ordinary one.

use std::collections::{BTreeMap, BTreeSet};

use lopdf::{Dictionary, Document, Object, Stream};

use super::fault::{Fault, Part};
use super::filter::Budget;
use super::lexer::{Lexer, Token};
use super::xref::{self, Indirect, Place, Xref};
use super::{Limits, decrypt};

/// `%PDF-` may have this much before it, as readers allow.
const LEADING_JUNK: usize = 1024;

/// Parts of objects (numbers, names, arrays…) for each object that is allowed.
const PARTS_PER_OBJECT: usize = 20;

/// What the walk found out.
#[derive(Debug)]
pub(super) struct Walked {
    /// Numbers of the objects that are streams. The parser drops what it can't read without a
    /// word, and a lost stream is a lost picture.
    streams: BTreeSet<u32>,
}

impl Walked {
    /// Whether the parser has all streams that the walk saw.
    pub(super) fn check(&self, document: &Document) -> Result<(), Fault> {
        let parsed: BTreeSet<u32> = document
            .objects
            .iter()
            .filter(|(_, object)| object.as_stream().is_ok())
            .map(|((number, _), _)| *number)
            .collect();
        if self.streams.is_subset(&parsed) { Ok(()) } else { Err(Fault::Damaged(Part::Lost)) }
    }
}

struct Guard<'b> {
    bytes: &'b [u8],
    limits: Limits,
    xref: Xref,
    encrypted: bool,
    parts: usize,
    extent: usize,
    streams: BTreeSet<u32>,
    /// Numbers of the streams that the cross-reference looks for objects in.
    containers: BTreeSet<u32>,
    /// Object streams by number.
    packed: BTreeMap<u32, Stream>,
    /// Numbers that stand in object streams, with the size of the stream that each is in.
    numbers: BTreeMap<u32, (i64, usize)>,
    /// Where objects are whose length is such a number.
    waiting: Vec<usize>,
}

/// Where the header stands.
pub(super) fn header(bytes: &[u8]) -> Result<usize, Fault> {
    let head = bytes.get(..LEADING_JUNK + 5).unwrap_or(bytes);
    head.windows(5).position(|window| window == b"%PDF-").ok_or(Fault::NotAPdf)
}

/// Walks the structure of `bytes`.
pub(super) fn check(bytes: &[u8], limits: Limits, budget: &mut Budget) -> Result<Walked, Fault> {
    // Offsets count from the header, wherever it stands.
    let bytes = bytes.get(header(bytes)?..).unwrap_or_default();
    let xref = xref::read(bytes, limits, budget)?;
    let containers = xref.places.values().filter_map(Place::container).collect();
    let mut guard = Guard {
        containers,
        bytes,
        limits,
        encrypted: xref.trailer.has(b"Encrypt"),
        xref,
        parts: 0,
        extent: 0,
        streams: BTreeSet::new(),
        packed: BTreeMap::new(),
        numbers: BTreeMap::new(),
        waiting: Vec::new(),
    };
    guard.objects()?;
    guard.object_streams(budget)?;
    guard.waiting(budget)?;
    Ok(Walked { streams: guard.streams })
}

fn wrong_length() -> Fault {
    Fault::Damaged(Part::StreamLength)
}

fn overlap() -> Fault {
    Fault::Damaged(Part::Overlap)
}

fn wrong_object_stream() -> Fault {
    Fault::Damaged(Part::ObjectStream)
}

/// How long a stream is, as far as that is known yet.
enum Length {
    Known(usize),
    /// It stands in an object stream.
    Packed(u32),
}

impl Guard<'_> {
    fn objects(&mut self) -> Result<(), Fault> {
        let places: Vec<Place> = self.xref.places.values().copied().collect();
        for place in places {
            if let Place::At(at, _) = place
                && let Some(found) = xref::indirect(self.bytes, at)?
            {
                self.count_parts(found.parts)?;
                match self.length(&found)? {
                    Length::Known(length) => self.object(at, &found, length)?,
                    Length::Packed(_) => self.waiting.push(at),
                }
            }
        }
        Ok(())
    }

    /// Streams whose length stands in an object stream. The parser opens that stream anew for
    /// each of them, so each pays for it.
    fn waiting(&mut self, budget: &mut Budget) -> Result<(), Fault> {
        for at in std::mem::take(&mut self.waiting) {
            let found = xref::indirect(self.bytes, at)?.ok_or_else(wrong_length)?;
            let Length::Packed(number) = self.length(&found)? else { return Err(wrong_length()) };
            let &(length, size) = self.numbers.get(&number).ok_or_else(wrong_length)?;
            budget.spend(size).map_err(xref::refuse)?;
            self.object(at, &found, usize::try_from(length).map_err(|_| wrong_length())?)?;
        }
        Ok(())
    }

    fn object(&mut self, at: usize, found: &Indirect, length: usize) -> Result<(), Fault> {
        let mut end = found.end.saturating_add(length);
        if let (true, Ok(dict)) = (found.is_stream, found.object.as_dict()) {
            let content = self.bytes.get(found.end..end).ok_or_else(wrong_length)?;
            if Lexer::new(self.bytes, end).token() != Some(Token::Word(b"endstream")) {
                return Err(wrong_length());
            }
            let (number, _) = found.id;
            self.streams.insert(number);
            if self.is_container(number, dict) {
                self.packed.insert(number, Stream::new(dict.clone(), content.to_vec()));
            }
        }
        if self.encrypted {
            // Here the parser copies everything up to `endobj`.
            let rest = self.bytes.get(end..).unwrap_or_default();
            let distance = rest.windows(6).position(|window| window == b"endobj");
            end = end.saturating_add(distance.unwrap_or(rest.len()));
        }
        self.extent = self.extent.saturating_add(end.saturating_sub(at));
        // Objects that share their bytes are parsed, and kept, once each.
        if self.extent > self.bytes.len().saturating_mul(2).saturating_add(1 << 16) {
            return Err(overlap());
        }
        Ok(())
    }

    fn is_container(&self, number: u32, dict: &Dictionary) -> bool {
        dict.has_type(b"ObjStm") || self.containers.contains(&number)
    }

    fn count_parts(&mut self, parts: usize) -> Result<(), Fault> {
        self.parts = self.parts.saturating_add(parts);
        if self.parts > self.limits.max_objects.saturating_mul(PARTS_PER_OBJECT) {
            return Err(Fault::TooManyObjects);
        }
        Ok(())
    }

    /// A stream's length: a number, or a reference to a number that stands by itself or, for an
    /// ordinary stream, in an object stream. The parser follows anything else, as deep as it
    /// goes.
    fn length(&self, found: &Indirect) -> Result<Length, Fault> {
        let (true, Ok(dict)) = (found.is_stream, found.object.as_dict()) else {
            return Ok(Length::Known(0));
        };
        let direct = match dict.get(b"Length").map_err(|_| wrong_length())? {
            Object::Reference(id) => match self.xref.places.get(&id.0) {
                Some(Place::At(at, generation)) if *generation == id.1 => {
                    let target = xref::indirect(self.bytes, *at)?;
                    target.filter(|target| target.id == *id).ok_or_else(wrong_length)?.object
                }
                Some(Place::In(_))
                    if id.1 == 0 && !self.encrypted && !self.is_container(found.id.0, dict) =>
                {
                    return Ok(Length::Packed(id.0));
                }
                Some(Place::At(..) | Place::In(_)) | None => return Err(wrong_length()),
            },
            direct => direct.clone(),
        };
        let length = direct.as_i64().ok().and_then(|length| usize::try_from(length).ok());
        length.map(Length::Known).ok_or_else(wrong_length)
    }

    fn object_streams(&mut self, budget: &mut Budget) -> Result<(), Fault> {
        let mut packed = std::mem::take(&mut self.packed);
        if self.encrypted && !packed.is_empty() {
            packed = decrypt::streams(self.bytes, &self.xref, packed.into_keys())?;
        }
        let mut count = self.xref.places.len();
        for stream in packed.values() {
            let data = xref::plain(stream, budget).map_err(xref::refuse)?;
            count = count.saturating_add(self.object_stream(&stream.dict, &data)?);
        }
        // Each is counted where it lies and in the table.
        if count > self.limits.max_objects.saturating_mul(2) {
            return Err(Fault::TooManyObjects);
        }
        Ok(())
    }

    /// Walks the objects in an object stream; gives how many there are.
    fn object_stream(&mut self, dict: &Dictionary, data: &[u8]) -> Result<usize, Fault> {
        let wrong = wrong_object_stream;
        let first = dict.get(b"First").and_then(Object::as_i64).map_err(|_| wrong())?;
        let first = usize::try_from(first).map_err(|_| wrong())?;
        let index = std::str::from_utf8(data.get(..first).ok_or_else(wrong)?);
        let mut numbers = index.map_err(|_| wrong())?.split_whitespace().map(str::parse::<u32>);
        let (mut count, mut extent) = (0, 0_usize);
        while let (Some(number), Some(offset)) = (numbers.next(), numbers.next()) {
            let (number, offset) = (number.map_err(|_| wrong())?, offset.map_err(|_| wrong())?);
            let at = usize::try_from(offset).map_err(|_| wrong())?.saturating_add(first);
            let mut lexer = Lexer::new(data, at);
            let object = lexer.token().and_then(|token| lexer.object(token)).ok_or_else(wrong)?;
            count += 1;
            self.count_parts(lexer.parts())?;
            extent = extent.saturating_add(lexer.position().saturating_sub(at));
            if extent > data.len().saturating_mul(2) {
                return Err(overlap());
            }
            if let Object::Integer(value) = object {
                self.numbers.insert(number, (value, data.len()));
            }
        }
        Ok(count)
    }
}
