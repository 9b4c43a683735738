//! New signature fields on the pages: a page may get their widgets, and nothing else.

use lopdf::{Dictionary, Document, Object, ObjectId};
use std::collections::BTreeSet;

use super::usage::Place;
use super::{Comparison, REPLACED, same_but};
use crate::document::{array, dictionary};
use crate::verify::Finding;

/// Levels of the page tree.
const DEEPEST: usize = 64;

const ANNOTATIONS: Finding =
    ["簽章之後頁面上的註解被更改", "the annotations of a page were changed after signing"];

impl Comparison<'_> {
    /// Allow pages to list these `widgets`.
    pub(super) fn pages(&mut self, widgets: &BTreeSet<ObjectId>) -> Result<(), Finding> {
        let pages = page_ids(self.old)?;
        // The page tree itself is unchanged, or a node of it stays unexplained.
        for id in pages {
            let page = |document: &Document| -> Option<Dictionary> {
                document.objects.get(&id)?.as_dict().ok().cloned()
            };
            let (Some(old), Some(new)) = (page(self.old), page(self.new)) else {
                return Err(REPLACED);
            };
            self.page(id, &old, &new, widgets)?;
        }
        Ok(())
    }

    fn page(
        &mut self,
        id: ObjectId,
        old: &Dictionary,
        new: &Dictionary,
        widgets: &BTreeSet<ObjectId>,
    ) -> Result<(), Finding> {
        let before = array(self.old, old, b"Annots");
        let after = array(self.new, new, b"Annots");
        if before == after {
            return Ok(());
        }
        let known = |one: &Object| one.as_reference().is_ok_and(|id| widgets.contains(&id));
        let mut kept = before.iter().peekable();
        let in_order = after.iter().all(|one| kept.next_if_eq(&one).is_some() || known(one));
        if !in_order || kept.next().is_some() || !same_but(old, new, &[b"Annots"]) {
            return Err(ANNOTATIONS);
        }
        self.explain_everywhere(id);
        if let Some(list) = new.get(b"Annots").ok().and_then(|raw| raw.as_reference().ok()) {
            let place = Place::of(id).key(b"Annots");
            self.explain(list, |usage| usage.is(&place));
        }
        Ok(())
    }
}

/// The arrays that list the annotations of the document's pages.
pub(super) fn annotation_lists(document: &Document) -> Result<BTreeSet<Place>, Finding> {
    let place = |id: ObjectId| -> Option<Place> {
        let raw = document.objects.get(&id)?.as_dict().ok()?.get(b"Annots").ok()?;
        let own = raw.as_reference();
        Some(own.map_or_else(|_| Place::of(id).key(b"Annots"), Place::of))
    };
    Ok(page_ids(document)?.into_iter().filter_map(place).collect())
}

fn page_ids(document: &Document) -> Result<BTreeSet<ObjectId>, Finding> {
    let catalog = document.catalog().map_err(|_| REPLACED)?;
    let pages = dictionary(document, catalog, b"Pages").ok_or(REPLACED)?;
    let mut found = BTreeSet::new();
    let mut seen = BTreeSet::new();
    collect(document, pages, DEEPEST, &mut seen, &mut found)?;
    Ok(found)
}

fn collect(
    document: &Document,
    node: &Dictionary,
    depth: usize,
    seen: &mut BTreeSet<ObjectId>,
    found: &mut BTreeSet<ObjectId>,
) -> Result<(), Finding> {
    for kid in array(document, node, b"Kids") {
        let id = kid.as_reference().map_err(|_| REPLACED)?;
        let kid = document.objects.get(&id).and_then(|kid| kid.as_dict().ok()).ok_or(REPLACED)?;
        if depth == 0 || !seen.insert(id) {
            return Err(REPLACED);
        }
        if kid.has_type(b"Pages") || kid.has(b"Kids") {
            collect(document, kid, depth - 1, seen, found)?;
        } else {
            found.insert(id);
        }
    }
    Ok(())
}
