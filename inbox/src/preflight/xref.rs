//! The cross-reference: where a file says its objects are (ISO 32000-2, 7.5.4 and 7.5.8).
//! Read the way the parser reads it, within limits, and only to know what the parser will do.

use std::collections::{BTreeMap, HashSet};

use lopdf::{Dictionary, Object, ObjectId, Stream};

use super::Limits;
use super::fault::{Fault, Part};
use super::filter::{self, Budget, FilterError};
use super::lexer::{Lexer, Token};

/// Revisions of a file. Each is read once.
const MAX_SECTIONS: usize = 64;

/// Longest row of a cross-reference stream's predictor; real ones have six bytes.
const MAX_ROW: i64 = 256;

/// Where an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// At an offset, with a generation.
    At(usize, u16),
    /// In an object stream.
    In(u32),
}

impl Place {
    /// The object stream that the object is in.
    pub(super) const fn container(&self) -> Option<u32> {
        match self {
            Self::At(..) => None,
            Self::In(container) => Some(*container),
        }
    }
}

/// The cross-reference of a file.
#[derive(Debug, Default)]
pub(super) struct Xref {
    /// Where each object of the newest revision is.
    pub(super) places: BTreeMap<u32, Place>,
    /// The newest trailer.
    pub(super) trailer: Dictionary,
}

/// An indirect object as the bytes have it.
pub(super) struct Indirect {
    /// Its number and generation, as its own header says.
    pub(super) id: ObjectId,
    /// The object, or a stream's dictionary.
    pub(super) object: Object,
    /// Where the object ends, and a stream's data begin.
    pub(super) end: usize,
    /// Whether stream data follow.
    pub(super) is_stream: bool,
    /// How many parts it has.
    pub(super) parts: usize,
}

struct Sections<'b> {
    bytes: &'b [u8],
    limits: Limits,
    entries: usize,
    places: BTreeMap<u32, Place>,
}

/// Reads all sections, newest first.
pub(super) fn read(bytes: &[u8], limits: Limits, budget: &mut Budget) -> Result<Xref, Fault> {
    let mut sections = Sections { bytes, limits, entries: 0, places: BTreeMap::new() };
    let trailer = sections.read(start(bytes).ok_or_else(broken)?, budget)?;
    // The parser looks at the newest trailer's hybrid stream alone, and after the section before.
    let mut hybrid = offset(&trailer, b"XRefStm");
    let mut next = offset(&trailer, b"Prev");
    let mut seen = HashSet::new();
    while let Some(at) = next.filter(|at| seen.insert(*at)) {
        if seen.len() > MAX_SECTIONS {
            return Err(broken());
        }
        let older = sections.read(at, budget)?;
        if let Some(hybrid) = hybrid.take() {
            sections.read(hybrid, budget)?;
        }
        next = offset(&older, b"Prev");
    }
    Ok(Xref { places: sections.places, trailer })
}

fn broken() -> Fault {
    Fault::Damaged(Part::References)
}

fn offset(trailer: &Dictionary, key: &[u8]) -> Option<usize> {
    trailer.get(key).ok()?.as_i64().ok().and_then(|at| usize::try_from(at).ok())
}

/// The number behind `startxref`, found as the parser finds it: just before the last `%%EOF`.
fn start(bytes: &[u8]) -> Option<usize> {
    let last = |from: usize, to: usize, word: &[u8]| {
        let part = bytes.get(from..to)?;
        part.windows(word.len()).rposition(|window| window == word).map(|at| from + at)
    };
    let end = last(bytes.len().saturating_sub(512), bytes.len(), b"%%EOF")?;
    let word = last(end.checked_sub(25)?, end, b"startxref")?;
    match Lexer::new(bytes, word + 9).token()? {
        Token::Integer(at) => usize::try_from(at).ok().filter(|&at| at < bytes.len()),
        _ => None,
    }
}

/// The indirect object at `at`; `Ok(None)` where none begins.
pub(super) fn indirect(bytes: &[u8], at: usize) -> Result<Option<Indirect>, Fault> {
    let wrong = || Fault::Damaged(Part::Object);
    let mut lexer = Lexer::new(bytes, at);
    lexer.skip_space();
    if !bytes.get(lexer.position()).is_some_and(u8::is_ascii_digit) {
        return Ok(None);
    }
    let header = (lexer.token(), lexer.token(), lexer.token());
    let (Some(Token::Integer(number)), Some(Token::Integer(generation)), Some(Token::Word(b"obj"))) =
        header
    else {
        return Err(wrong());
    };
    let id = u32::try_from(number).ok().zip(u16::try_from(generation).ok()).ok_or_else(wrong)?;
    let first = lexer.token().ok_or_else(wrong)?;
    if first == Token::Word(b"endobj") {
        return Ok(None);
    }
    let object = lexer.object(first).ok_or_else(wrong)?;
    let mut end = lexer.position();
    let is_stream = object.as_dict().is_ok() && lexer.token() == Some(Token::Word(b"stream"));
    if is_stream {
        end = lexer.position();
        while matches!(bytes.get(end), Some(b' ' | b'\t')) {
            end += 1;
        }
        end += match bytes.get(end..) {
            Some([b'\r', b'\n', ..]) => 2,
            Some([b'\r' | b'\n', ..]) => 1,
            _ => return Err(wrong()),
        };
    }
    Ok(Some(Indirect { id, object, end, is_stream, parts: lexer.parts() }))
}

impl Sections<'_> {
    /// Reads the section at `at` and gives its trailer.
    fn read(&mut self, at: usize, budget: &mut Budget) -> Result<Dictionary, Fault> {
        let mut lexer = Lexer::new(self.bytes, at);
        if lexer.token() == Some(Token::Word(b"xref")) {
            return self.table(lexer);
        }
        let found = indirect(self.bytes, at)?.filter(|found| found.is_stream).ok_or_else(broken)?;
        let dict = found.object.as_dict().map_err(|_| broken())?.clone();
        let length = offset(&dict, b"Length").ok_or_else(broken)?;
        let end = found.end.checked_add(length).ok_or_else(broken)?;
        let content = self.bytes.get(found.end..end).ok_or_else(broken)?.to_vec();
        let data = plain(&Stream::new(dict.clone(), content), budget).map_err(refuse)?;
        self.stream(&dict, &data)?;
        Ok(dict)
    }

    fn table(&mut self, mut lexer: Lexer<'_>) -> Result<Dictionary, Fault> {
        let mut number = 0_u32;
        loop {
            let first = match lexer.token().ok_or_else(broken)? {
                Token::Integer(first) => first,
                Token::Word(b"trailer") => {
                    let trailer = lexer.token().and_then(|token| lexer.object(token));
                    return match trailer {
                        Some(Object::Dictionary(trailer)) => Ok(trailer),
                        _ => Err(broken()),
                    };
                }
                _ => return Err(broken()),
            };
            let Some(Token::Integer(second)) = lexer.token() else { return Err(broken()) };
            let after = lexer.position();
            match lexer.token() {
                Some(Token::Word(b"n")) => {
                    let at = usize::try_from(first).map_err(|_| broken())?;
                    let generation = u16::try_from(second).map_err(|_| broken())?;
                    self.add(number, Place::At(at, generation))?;
                    number = number.checked_add(1).ok_or_else(broken)?;
                }
                Some(Token::Word(b"f")) => number = number.checked_add(1).ok_or_else(broken)?,
                // No entry, so it was the head of a subsection.
                _ => {
                    number = u32::try_from(first).map_err(|_| broken())?;
                    lexer.seek(after);
                }
            }
        }
    }

    fn stream(&mut self, dict: &Dictionary, data: &[u8]) -> Result<(), Fault> {
        let numbers = |key: &[u8]| -> Option<Vec<usize>> {
            let list = dict.get(key).ok()?.as_array().ok()?;
            list.iter().map(|item| usize::try_from(item.as_i64().ok()?).ok()).collect()
        };
        let widths = numbers(b"W").ok_or_else(broken)?;
        let [kind, second, third, ..] = widths.as_slice() else { return Err(broken()) };
        let (kind, second, third) = (*kind, *second, *third);
        if kind > 8 || third > 8 || !(1..=8).contains(&second) {
            return Err(broken());
        }
        let size = offset(dict, b"Size").ok_or_else(broken)?;
        let index = match dict.get(b"Index") {
            Ok(Object::Array(_)) => numbers(b"Index").ok_or_else(broken)?,
            _ => vec![0, size],
        };
        let mut rows = data.chunks_exact(kind + second + third);
        for range in index.chunks_exact(2) {
            let [start, count] = range else { return Err(broken()) };
            for number in *start..start.saturating_add(*count) {
                // The parser gives up on a table that is too short.
                let row = rows.next().ok_or_else(broken)?;
                let (first, rest) = row.split_at(kind);
                let (value, last) = rest.split_at(second);
                let (value, last) = (big_endian(value), big_endian(last));
                let place = match if first.is_empty() { 1 } else { big_endian(first) } {
                    0 => continue,
                    1 => {
                        let at = usize::try_from(value).map_err(|_| broken())?;
                        // The parser cuts the generation off like this.
                        Place::At(at, u16::try_from(last & 0xFFFF).map_err(|_| broken())?)
                    }
                    2 => Place::In(value),
                    _ => return Err(broken()),
                };
                self.add(u32::try_from(number).map_err(|_| broken())?, place)?;
            }
        }
        Ok(())
    }

    fn add(&mut self, number: u32, place: Place) -> Result<(), Fault> {
        self.entries += 1;
        if self.entries > self.limits.max_objects {
            return Err(Fault::TooManyObjects);
        }
        self.places.entry(number).or_insert(place);
        Ok(())
    }
}

/// A number of up to four bytes; of a longer one the parser keeps the last four as well.
fn big_endian(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |value, &byte| value << 8 | u32::from(byte))
}

pub(super) fn refuse(error: FilterError) -> Fault {
    match error {
        FilterError::Exhausted => Fault::Inflates,
        FilterError::Unsupported | FilterError::Damaged => broken(),
    }
}

/// The bytes of a stream that is part of the structure: plain or deflated, with a predictor
/// for short rows at most. No writer packs them otherwise.
pub(super) fn plain(stream: &Stream, budget: &mut Budget) -> Result<Vec<u8>, FilterError> {
    let direct = |object| object;
    let filters = filter::filters(&stream.dict, &direct).ok_or(FilterError::Damaged)?;
    if !matches!(filters.as_slice(), [] | [b"FlateDecode"]) {
        return Err(FilterError::Unsupported);
    }
    if let Ok(parms) = stream.dict.get(b"DecodeParms") {
        let parms = parms.as_dict().map_err(|_| FilterError::Unsupported)?;
        for key in [b"Columns".as_slice(), b"Colors", b"BitsPerComponent"] {
            let value = parms.get(key).map_or(Ok(1), Object::as_i64);
            if !value.is_ok_and(|value| (1..=MAX_ROW).contains(&value)) {
                return Err(FilterError::Unsupported);
            }
        }
    }
    filter::decode(stream, &direct, budget)
}
