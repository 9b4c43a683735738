//! A cross-reference section, read without any leniency (ISO 32000-2, sections 7.5.4 and 7.5.8).

use lopdf::xref::XrefEntry;
use lopdf::{Dictionary, Stream};
use std::collections::BTreeMap;

use super::objects::Placed;
use super::syntax::{Entries, Lexer, numbers};
use crate::limits;

/// What a section says.
pub(super) struct Section {
    pub(super) entries: BTreeMap<u32, XrefEntry>,
    /// Where the former one is.
    pub(super) former: usize,
}

/// The table at `at`, and where its trailer ends.
pub(super) fn table(pdf: &[u8], at: usize) -> Option<(Section, usize)> {
    let mut lexer = Lexer::new(pdf, at);
    lexer.keyword(b"xref")?;
    let mut entries = BTreeMap::new();
    loop {
        let mut ahead = lexer.clone();
        if ahead.keyword(b"trailer").is_some() {
            lexer = ahead;
            break;
        }
        let first: u32 = lexer.count()?;
        let count: usize = lexer.count()?;
        lexer.skip();
        let lines = pdf.get(lexer.at..lexer.at.checked_add(count.checked_mul(20)?)?)?;
        lexer.at += lines.len();
        for (number, line) in (first..).zip(lines.chunks_exact(20)) {
            if entries.insert(number, line_of(line)?).is_some() {
                return None;
            }
        }
    }
    let trailer = lexer.object()?;
    Some((Section { entries, former: former(&trailer)? }, lexer.at))
}

fn line_of(line: &[u8]) -> Option<XrefEntry> {
    let [offset @ .., b' ', a, b, c, d, e, b' ', kind, end, last] = line else {
        return None;
    };
    if !matches!([*end, *last], [b' ', b'\r' | b'\n'] | [b'\r', b'\n']) {
        return None;
    }
    let offset: u32 = super::syntax::number(offset)?;
    let generation: u16 = super::syntax::number(&[*a, *b, *c, *d, *e])?;
    match kind {
        b'n' => Some(XrefEntry::Normal { offset, generation }),
        b'f' => Some(XrefEntry::Free),
        _ => None,
    }
}

fn former(trailer: &Entries<'_>) -> Option<usize> {
    match numbers(trailer.get(b"Prev".as_slice())?)?.as_slice() {
        [former] => usize::try_from(*former).ok(),
        _ => None,
    }
}

/// The cross-reference stream `placed`; `trailer` says how it is packed.
pub(super) fn stream(pdf: &[u8], placed: &Placed<'_>, trailer: &Dictionary) -> Option<Section> {
    let range = placed.stream.clone()?;
    let mut packing = Dictionary::new();
    for key in [b"Filter".as_slice(), b"DecodeParms"] {
        if let Ok(value) = trailer.get(key) {
            packing.set(key, value.clone());
        }
    }
    let packed = pdf.get(range)?.to_vec();
    let rows = limits::inflated(&Stream::new(packing, packed))?;
    let value = |key: &[u8]| placed.entries.get(key).and_then(|value| numbers(value));
    let widths = value(b"W")?;
    let &[kind, field, last] = widths.as_slice() else { return None };
    let width = |width: u64| usize::try_from(width).ok().filter(|width| *width <= 8);
    let widths = [width(kind)?, width(field)?, width(last)?];
    let size = value(b"Size")?;
    let index = value(b"Index").unwrap_or_else(|| [vec![0], size].concat());
    let mut rows = rows.chunks_exact(widths.iter().sum::<usize>().max(1));
    let mut entries = BTreeMap::new();
    for part in index.chunks(2) {
        let &[first, count] = part else { return None };
        for number in first..first.checked_add(count)? {
            let entry = row(rows.next()?, widths)?;
            if entries.insert(u32::try_from(number).ok()?, entry).is_some() {
                return None;
            }
        }
    }
    let ended = rows.next().is_none() && rows.remainder().is_empty();
    ended.then_some(Section { entries, former: former(&placed.entries)? })
}

fn row(row: &[u8], [kind, field, last]: [usize; 3]) -> Option<XrefEntry> {
    let number = |bytes: &[u8]| bytes.iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
    let (kind, rest) = row.split_at_checked(kind)?;
    let (field, rest) = rest.split_at_checked(field)?;
    let last = number(rest.get(..last)?);
    let field = u32::try_from(number(field));
    let last = u16::try_from(last);
    match if kind.is_empty() { 1 } else { number(kind) } {
        0 => Some(XrefEntry::Free),
        1 => Some(XrefEntry::Normal { offset: field.ok()?, generation: last.ok()? }),
        2 => Some(XrefEntry::Compressed { container: field.ok()?, index: last.ok()? }),
        _ => None,
    }
}
