//! The fields of two revisions' forms, side by side, by their full names.

use lopdf::{Dictionary, Document, Object, ObjectId};
use std::collections::BTreeMap;

use super::usage::Place;
use crate::document::{array, value};
use crate::verify::Finding;

/// A field in both revisions.
pub(super) struct Pair<'a> {
    pub(super) is_signature: bool,
    pub(super) old: Option<(ObjectId, &'a Dictionary)>,
    pub(super) new: Option<(ObjectId, &'a Dictionary)>,
    /// The array that lists it in the former revision.
    pub(super) listed: Option<Place>,
}

/// Levels of fields under fields.
const DEEPEST: usize = 16;

/// Most fields that are compared.
const MOST: usize = 10_000;

/// Most bytes of a field's full name.
const LONGEST: usize = 1024;

const MALFORMED: Finding = [
    "簽章之後的表單結構不正確",
    "the form is malformed, so that what was changed after signing can't be told",
];

struct Listed<'a> {
    kind: Option<&'a [u8]>,
    id: ObjectId,
    field: &'a Dictionary,
}

/// A list of fields, in one revision each.
pub(super) struct Lists<'a> {
    pub(super) old: &'a [Object],
    pub(super) new: &'a [Object],
    /// Where the former list stands.
    pub(super) place: Option<Place>,
}

pub(super) fn pairs<'a>(
    old: &'a Document,
    new: &'a Document,
    lists: Lists<'a>,
) -> Result<BTreeMap<Vec<u8>, Pair<'a>>, Finding> {
    let mut pairs = BTreeMap::new();
    let walk = Walk { old, new };
    walk.lists(&lists, b"", None, DEEPEST, &mut pairs)?;
    Ok(pairs)
}

struct Walk<'a> {
    old: &'a Document,
    new: &'a Document,
}

impl<'a> Walk<'a> {
    fn lists(
        &self,
        lists: &Lists<'a>,
        parent: &[u8],
        inherited: Option<&'a [u8]>,
        depth: usize,
        pairs: &mut BTreeMap<Vec<u8>, Pair<'a>>,
    ) -> Result<(), Finding> {
        if depth == 0 {
            return Err(MALFORMED);
        }
        let mut old = listed(self.old, lists.old)?;
        let new = listed(self.new, lists.new)?;
        let mut both: Vec<(&'a [u8], Option<Listed<'a>>, Option<Listed<'a>>)> = Vec::new();
        for (name, field) in new {
            both.push((name, old.remove(name), Some(field)));
        }
        both.extend(old.into_iter().map(|(name, field)| (name, Some(field), None)));
        for (name, old, new) in both {
            if pairs.len() >= MOST || parent.len().saturating_add(name.len()) > LONGEST {
                return Err(MALFORMED);
            }
            let full =
                if parent.is_empty() { name.to_vec() } else { [parent, b".", name].concat() };
            let kind = |one: &Option<Listed<'a>>| one.as_ref().and_then(|one| one.kind);
            if old.is_some() && new.is_some() && kind(&old) != kind(&new) {
                return Err([
                    "簽章之後表單欄位的類型被更改",
                    "a form field's type was changed after signing",
                ]);
            }
            let kind = kind(&old).or(kind(&new)).or(inherited);
            let kids = Lists {
                old: old.as_ref().map_or(&[], |one| array(self.old, one.field, b"Kids")),
                new: new.as_ref().map_or(&[], |one| array(self.new, one.field, b"Kids")),
                place: old.as_ref().map(|one| kids_place(one.id, one.field)),
            };
            let pair = Pair {
                is_signature: kind == Some(b"Sig"),
                old: old.map(|one| (one.id, one.field)),
                new: new.map(|one| (one.id, one.field)),
                listed: lists.place.clone(),
            };
            if pairs.insert(full.clone(), pair).is_some() {
                return Err(MALFORMED);
            }
            if !kids.old.is_empty() || !kids.new.is_empty() {
                self.lists(&kids, &full, kind, depth - 1, pairs)?;
            }
        }
        Ok(())
    }
}

fn kids_place(id: ObjectId, field: &Dictionary) -> Place {
    let own = field.get(b"Kids").and_then(Object::as_reference);
    own.map_or_else(|_| Place::of(id).key(b"Kids"), Place::of)
}

/// The fields of a list by their partial names; what has none is the widget of the field above.
fn listed<'a>(
    document: &'a Document,
    list: &'a [Object],
) -> Result<BTreeMap<&'a [u8], Listed<'a>>, Finding> {
    let mut found = BTreeMap::new();
    for item in list {
        let id = item.as_reference().map_err(|_| MALFORMED)?;
        let field = document.objects.get(&id).and_then(|field| field.as_dict().ok());
        let field = field.ok_or(MALFORMED)?;
        let Some(name) = value(document, field, b"T") else { continue };
        let name = name.as_str().map_err(|_| MALFORMED)?;
        let kind = value(document, field, b"FT").and_then(|kind| kind.as_name().ok());
        if found.insert(name, Listed { kind, id, field }).is_some() {
            return Err(MALFORMED);
        }
    }
    Ok(found)
}
