//! What one revision changes of the revision before it (ISO 32000-2, section 12.8.2.2).
//!
//! Everything that is not known to be harmless is forbidden. Objects that the former revision does
//! not know can do no harm by themselves: they are seen only where an object that it does know
//! comes to name them. So each object that the former revision knows, and that is another one now,
//! must be explained: by a rule that allows the difference, for each place from which the former
//! revision reaches the object.

mod catalog;
mod fields;
mod form;
mod metadata;
mod pages;
mod security_store;
mod usage;

use lopdf::xref::XrefEntry;
use lopdf::{Dictionary, Document, Object, ObjectId};
use std::collections::{BTreeMap, BTreeSet};

use super::Finding;
use usage::{Place, Usage};

/// How far a revision goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    /// It adds validation data, document timestamps, or nothing at all.
    Archive,
    /// It changes what readers show apart from the document: title, author, dates, metadata.
    Metadata,
    /// It adds signatures, or fills fields in.
    Form,
}

/// What a revision does that some signature before it may forbid.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub(super) level: Level,
    /// Fields whose value was changed, by their full names.
    pub(super) fields: BTreeSet<Vec<u8>>,
    /// Whether a signature field was added that is seen on a page.
    pub(super) new_visible_field: bool,
}

const FREED: Finding = ["簽章之後有物件被刪除", "an object was deleted after signing"];
const REPLACED: Finding =
    ["簽章之後有不允許的更改", "an object was changed after signing in a way that is not allowed"];

/// What `new` changes of `old`, where all of it may be allowed. `pdf` is the file up to the end
/// of `new`.
///
/// # Errors
/// The first change that is allowed after no signature.
pub(super) fn compare(pdf: &[u8], old: &Document, new: &Document) -> Result<Step, Finding> {
    let mut comparison = Comparison::of(pdf, old, new)?;
    comparison.catalog()?;
    comparison.security_store()?;
    comparison.metadata()?;
    comparison.form()?;
    comparison.verdict()
}

struct Comparison<'a> {
    pdf: &'a [u8],
    old: &'a Document,
    new: &'a Document,
    root: ObjectId,
    /// What was changed and where it is used, as far as no rule has allowed it yet.
    unexplained: BTreeMap<ObjectId, BTreeSet<Usage>>,
    /// What some rule allowed at some place.
    touched: BTreeSet<ObjectId>,
    /// The lowest number that the former revision can't give to an object.
    unassigned: u32,
    /// What the former revision names.
    named: BTreeSet<ObjectId>,
    step: Step,
}

impl<'a> Comparison<'a> {
    fn of(pdf: &'a [u8], old: &'a Document, new: &'a Document) -> Result<Self, Finding> {
        let root =
            |document: &Document| document.trailer.get(b"Root").and_then(Object::as_reference).ok();
        let root = root(old).filter(|one| root(new) == Some(*one)).ok_or([
            "簽章之後文件目錄（catalog）被換成另一個",
            "another document catalog took the place of the signed one",
        ])?;
        let size = old.trailer.get(b"Size").and_then(Object::as_i64).ok();
        let size = size.and_then(|size| u32::try_from(size).ok()).unwrap_or(0);
        let mut comparison = Self {
            pdf,
            old,
            new,
            root,
            unexplained: BTreeMap::new(),
            touched: BTreeSet::new(),
            unassigned: size.max(old.max_id.saturating_add(1)),
            named: usage::named(old),
            step: Step { level: Level::Archive, fields: BTreeSet::new(), new_visible_field: false },
        };
        let changed = comparison.changed()?;
        comparison.unexplained = usage::of(old, &changed).ok_or(REPLACED)?;
        Ok(comparison)
    }

    /// The objects that the former revision knows, or names, and that are others now.
    fn changed(&self) -> Result<BTreeSet<ObjectId>, Finding> {
        let mut changed = BTreeSet::new();
        for (id, object) in &self.old.objects {
            let now = self.new.objects.get(id).ok_or(FREED)?;
            if !self.is_same(*id, object, now) {
                changed.insert(*id);
            }
        }
        let added = self.new.objects.keys().filter(|id| !self.old.objects.contains_key(id));
        changed.extend(added.filter(|id| !self.is_fresh(**id)));
        Ok(changed)
    }

    /// Streams are kept without their bytes, so that they are the same only in the same place;
    /// anything else that stands in two places must be written alike.
    fn is_same(&self, id: ObjectId, old: &Object, new: &Object) -> bool {
        if old != new {
            return false;
        }
        match (self.place(self.old, id), self.place(self.new, id)) {
            (former, now) if former == now => true,
            _ if matches!(old, Object::Stream(_)) => false,
            (Some((former, _)), Some((now, _))) => {
                written(self.pdf, former) == written(self.pdf, now)
            }
            (None, _) | (_, None) => true,
        }
    }

    fn place(&self, document: &Document, id: ObjectId) -> Option<(u32, u32)> {
        match document.reference_table.get(id.0)? {
            XrefEntry::Normal { offset, generation } => Some((*offset, u32::from(*generation))),
            XrefEntry::Free | XrefEntry::UnusableFree | XrefEntry::Compressed { .. } => None,
        }
    }

    /// Whether the former revision neither has, nor names, nor could have had this object.
    fn is_fresh(&self, id: ObjectId) -> bool {
        id.0 >= self.unassigned && !self.named.contains(&id)
    }

    /// Allow the change of `id`, for every place that `expected` recognises.
    fn explain(&mut self, id: ObjectId, expected: impl Fn(&Usage) -> bool) {
        if let Some(usages) = self.unexplained.get_mut(&id) {
            let before = usages.len();
            usages.retain(|usage| !expected(usage));
            if usages.len() < before {
                self.touched.insert(id);
            }
        }
    }

    /// Allow the change of `id`, wherever it is used.
    fn explain_everywhere(&mut self, id: ObjectId) {
        self.unexplained.remove(&id);
    }

    fn raise(&mut self, level: Level) {
        self.step.level = self.step.level.max(level);
    }

    /// The values of `key` in both revisions, through references. An object that stands there
    /// directly may become one of its own, and the reverse; one that is its own may be changed in
    /// its place, or be a new one. What the values hold is the caller's to look at.
    fn values(
        &mut self,
        key: &[u8],
        place: &Place,
        old: Option<&'a Dictionary>,
        new: Option<&'a Dictionary>,
    ) -> Result<(Option<&'a Object>, Option<&'a Object>), Finding> {
        let raw_old = old.and_then(|old| old.get(key).ok());
        let raw_new = new.and_then(|new| new.get(key).ok());
        let resolve = |document: &'a Document, raw: Option<&'a Object>| {
            raw.and_then(|raw| document.dereference(raw).ok())
                .map(|(_, value)| value)
                .filter(|value| !value.is_null())
        };
        let (value_old, value_new) = (resolve(self.old, raw_old), resolve(self.new, raw_new));
        if raw_new.is_none() && raw_old.is_some() {
            return Err(REPLACED);
        }
        if let Some(id) = raw_new.and_then(|raw| raw.as_reference().ok()) {
            let stream = |value: Option<&Object>| matches!(value, Some(Object::Stream(_)));
            let same = raw_old.is_some_and(|raw| raw.as_reference().is_ok_and(|old| old == id));
            if stream(value_old) || (same && stream(value_new)) || !(same || self.is_fresh(id)) {
                return Err(REPLACED);
            }
            let place = place.key(key);
            self.explain(id, |usage| usage.is(&place));
        }
        Ok((value_old, value_new))
    }

    /// The place of what stands at `raw`, which is itself found at `place`.
    fn step_into(place: &Place, key: &[u8], dictionary: Option<&Dictionary>) -> Place {
        let id =
            dictionary.and_then(|one| one.get(key).ok()).and_then(|raw| raw.as_reference().ok());
        id.map_or_else(|| place.key(key), Place::of)
    }

    fn verdict(self) -> Result<Step, Finding> {
        let explained = self
            .unexplained
            .iter()
            .all(|(id, usages)| usages.is_empty() && self.touched.contains(id));
        if explained { Ok(self.step) } else { Err(REPLACED) }
    }
}

/// What stands from one offset to another, or to the end of the file.
fn between(pdf: &[u8], from: u32, to: u32) -> &[u8] {
    let place = |offset: u32| usize::try_from(offset).map_or(pdf.len(), |at| at.min(pdf.len()));
    pdf.get(place(from)..place(to)).unwrap_or_default()
}

/// What stands at `offset`, up to the word that ends an object, as far as that is looked for.
fn written(pdf: &[u8], offset: u32) -> &[u8] {
    const END: &[u8] = b"endobj";
    let text = between(pdf, offset, offset.saturating_add(4096));
    let end = text.windows(END.len()).position(|window| window == END);
    text.get(..end.unwrap_or(text.len())).unwrap_or_default()
}

/// Whether both have the same entries, except for these keys.
fn same_but(old: &Dictionary, new: &Dictionary, except: &[&[u8]]) -> bool {
    let compared = |key: &[u8]| !except.contains(&key);
    let count = |one: &Dictionary| one.iter().filter(|(key, _)| compared(key)).count();
    count(old) == count(new)
        && old
            .iter()
            .filter(|(key, _)| compared(key))
            .all(|(key, value)| new.get(key).is_ok_and(|now| now == value))
}

/// Whether some object that is named below `value` is a fresh one.
fn names_fresh(comparison: &Comparison<'_>, value: &Object) -> bool {
    let mut fresh = false;
    usage::each_reference(value, &mut |id| fresh |= comparison.is_fresh(id));
    fresh
}
