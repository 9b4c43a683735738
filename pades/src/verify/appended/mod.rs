//! What was appended to a revision, read without any leniency.
//!
//! Readers forgive what is written badly, each in another way: one passes over an entry of the
//! cross-references that another chokes on, and who chokes searches the file for objects by
//! himself. Whoever appends something after signing could so show one document to us and another
//! to the reader. So what is appended must be written as the standard demands, and nothing may be
//! found in it but what its cross-references list.

mod objects;
mod packed;
mod section;
mod syntax;

use lopdf::xref::XrefEntry;
use lopdf::{Document, ObjectId};
use std::collections::{BTreeMap, BTreeSet};

use super::Finding;
use crate::limits;
use section::Section;
use syntax::{Lexer, is_name};

const AMBIGUOUS: Finding = [
    "簽章之後附加的內容不合標準，不同的閱讀器可能看到不同的內容",
    "what was appended after signing is not written as the standard demands, so that two readers may see two documents",
];

/// Check what stands in `pdf` from `from` to its end, which makes `new` of `old`.
///
/// # Errors
/// Readers may understand it in more than one way.
pub(super) fn check(
    pdf: &[u8],
    from: usize,
    old: &Document,
    new: &Document,
) -> Result<(), Finding> {
    Appended { pdf, from, old, new }.is_strict().ok_or(AMBIGUOUS)
}

struct Appended<'a> {
    pdf: &'a [u8],
    from: usize,
    old: &'a Document,
    new: &'a Document,
}

/// The objects, by where they stand.
type Places = BTreeMap<usize, ObjectId>;

impl Appended<'_> {
    fn is_strict(&self) -> Option<()> {
        let at = self.new.xref_start;
        let mut lexer = Lexer::new(self.pdf, at);
        let (section, own) = if lexer.keyword(b"xref").is_some() {
            let (section, end) = section::table(self.pdf, at)?;
            (section, (None, end))
        } else {
            let mut lexer = Lexer::new(self.pdf, at);
            let id = (lexer.count()?, lexer.count()?);
            let placed = objects::read(self.pdf, at, id, self.new)?;
            let is_known = self.old.reference_table.get(id.0).is_some();
            let section = section::stream(self.pdf, &placed, &self.new.trailer)?;
            if is_known && !section.entries.contains_key(&id.0) {
                return None;
            }
            (section, (Some(id), placed.end))
        };
        if section.former != self.old.xref_start || !self.is_all(&section) {
            return None;
        }
        let (own, end) = own;
        let places = self.places(&section, own.map(|id| (at, id)))?;
        let packed = self.objects(&places, own.is_none().then_some((at, end)))?;
        self.containers(&section, packed)?;
        let found = objects::headers(self.pdf, self.from);
        let listed =
            |(at, id): &(usize, Option<ObjectId>)| id.is_some() && places.get(at) == id.as_ref();
        found.iter().all(listed).then_some(())
    }

    /// Whether the lenient reader has understood of the cross-references what `section` says.
    fn is_all(&self, section: &Section) -> bool {
        let (old, new) = (&self.old.reference_table.entries, &self.new.reference_table.entries);
        let numbers: BTreeSet<&u32> = old.keys().chain(section.entries.keys()).collect();
        numbers.len() == new.len()
            && new.iter().all(|(number, entry)| {
                let expected = section.entries.get(number).or_else(|| old.get(number));
                expected.is_some_and(|expected| is_same(expected, entry))
            })
    }

    /// What `section` lists otherwise than before must have been appended, and have been read.
    fn places(&self, section: &Section, own: Option<(usize, ObjectId)>) -> Option<Places> {
        let mut places: Places = own.into_iter().collect();
        for (number, entry) in self.anew(section) {
            let XrefEntry::Normal { offset, generation } = entry else { continue };
            let (at, id) = (usize::try_from(*offset).ok()?, (*number, *generation));
            let other = places.insert(at, id).is_some_and(|other| other != id);
            if at < self.from || other || !self.new.objects.contains_key(&id) {
                return None;
            }
        }
        Some(places)
    }

    fn anew<'s>(&self, section: &'s Section) -> impl Iterator<Item = (&'s u32, &'s XrefEntry)> {
        let old = &self.old.reference_table;
        section.entries.iter().filter(move |(number, entry)| {
            !old.get(**number).is_some_and(|former| is_same(former, entry))
        })
    }

    /// Read one object after the other, with nothing between them; `table` is where the
    /// cross-reference table stands, where there is one. The object streams among them.
    fn objects(
        &self,
        places: &Places,
        table: Option<(usize, usize)>,
    ) -> Option<BTreeSet<ObjectId>> {
        let mut packed = BTreeSet::new();
        let mut lexer = Lexer::new(self.pdf, self.from);
        for (at, id) in places {
            lexer.skip();
            let placed = objects::read(self.pdf, *at, *id, self.new)?;
            if lexer.at != *at {
                return None;
            }
            lexer.at = placed.end;
            let kind = placed.entries.get(b"Type".as_slice());
            if kind.is_some_and(|kind| is_name(kind, b"ObjStm")) {
                packed.insert(*id);
            }
        }
        if let Some((at, end)) = table {
            lexer.skip();
            if lexer.at != at {
                return None;
            }
            lexer.at = end;
        }
        lexer.keyword(b"startxref")?;
        let named = lexer.count::<usize>()? == self.new.xref_start;
        let rest = self.pdf.get(lexer.at..)?.trim_ascii_start();
        (named && rest == b"%%EOF").then_some(packed)
    }

    /// Each object of an object stream is listed as what it is there, and the reverse.
    fn containers(&self, section: &Section, packed: BTreeSet<ObjectId>) -> Option<()> {
        let listed = self.anew(section).filter_map(|(number, entry)| match entry {
            XrefEntry::Compressed { container, index } => Some((*container, *index, *number)),
            XrefEntry::Free | XrefEntry::UnusableFree | XrefEntry::Normal { .. } => None,
        });
        let listed: BTreeSet<(u32, u16, u32)> = listed.collect();
        let mut held = BTreeSet::new();
        if !packed.is_empty() {
            let streams = limits::streams(self.pdf, packed.clone());
            for id in packed {
                let numbers = packed::numbers(streams.get(&id)?)?;
                for (index, number) in numbers.into_iter().enumerate() {
                    held.insert((id.0, u16::try_from(index).ok()?, number));
                }
            }
        }
        let read = |(_, _, number): &(u32, u16, u32)| self.new.objects.contains_key(&(*number, 0));
        (listed == held && listed.iter().all(read)).then_some(())
    }
}

fn is_same(one: &XrefEntry, other: &XrefEntry) -> bool {
    match (one, other) {
        (
            XrefEntry::Normal { offset, generation },
            XrefEntry::Normal { offset: there, generation: its },
        ) => (offset, generation) == (there, its),
        (
            XrefEntry::Compressed { container, index },
            XrefEntry::Compressed { container: there, index: its },
        ) => (container, index) == (there, its),
        (XrefEntry::Free | XrefEntry::UnusableFree, XrefEntry::Free | XrefEntry::UnusableFree) => {
            true
        }
        (
            XrefEntry::Normal { .. }
            | XrefEntry::Compressed { .. }
            | XrefEntry::Free
            | XrefEntry::UnusableFree,
            _,
        ) => false,
    }
}
