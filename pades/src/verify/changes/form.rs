//! The form: new signature fields, fields that are signed, and fields that are filled in.

use lopdf::{Dictionary, Object, ObjectId};
use std::collections::BTreeSet;

use super::fields::{self, Lists, Pair};
use super::usage::Place;
use super::{Comparison, Level, REPLACED, names_fresh, pages, same_but};
use crate::document::array;
use crate::verify::Finding;

/// What of the form may change besides its fields. It is how values are drawn.
const FORM_MAY_CHANGE: [&[u8]; 5] = [b"Fields", b"DR", b"DA", b"Q", b"NeedAppearances"];

/// What filling in changes of a field: value, appearance, state and flags.
const VALUE: [&[u8]; 8] = [b"Ff", b"Type", b"AP", b"AS", b"V", b"F", b"DA", b"Q"];

/// What may change even where a field is locked; some programs set the field's flags at will.
const EVEN_LOCKED: [&[u8]; 2] = [b"Ff", b"Type"];

/// What a new signature field, or a widget of it, may have: nothing that acts, or that is another
/// kind of annotation.
const NEW_FIELD: [&[u8]; 25] = [
    b"Type", b"Subtype", b"FT", b"T", b"TU", b"TM", b"V", b"F", b"Ff", b"Rect", b"P", b"AP", b"AS",
    b"Lock", b"SV", b"MK", b"Kids", b"Parent", b"DA", b"DR", b"BS", b"Border", b"H", b"M", b"NM",
];

impl<'a> Comparison<'a> {
    pub(super) fn form(&mut self) -> Result<(), Finding> {
        let (Ok(old_root), Ok(new_root)) = (self.old.catalog(), self.new.catalog()) else {
            return Err(REPLACED);
        };
        let root = Place::of(self.root);
        let (old, new) = self.values(b"AcroForm", &root, Some(old_root), Some(new_root))?;
        let (old, new) = match (old, new) {
            (None, None) => return Ok(()),
            (Some(Object::Dictionary(old)), Some(Object::Dictionary(new))) => (old, new),
            _ => return Err(REPLACED),
        };
        if !same_but(old, new, &FORM_MAY_CHANGE) {
            return Err(["簽章之後表單被更改", "the form itself was changed after signing"]);
        }
        let place = Self::step_into(&root, b"AcroForm", Some(old_root));
        self.values(b"Fields", &place, Some(old), Some(new))?;
        let (fonts, now) = self.values(b"DR", &place, Some(old), Some(new))?;
        if fonts != now || !same_but(old, new, &[b"Fields"]) {
            self.raise(Level::Form);
        }
        let lists = Lists {
            old: array(self.old, old, b"Fields"),
            new: array(self.new, new, b"Fields"),
            place: Some(Self::step_into(&place, b"Fields", Some(old))),
        };
        let pairs = fields::pairs(self.old, self.new, lists)?;
        let annotations = pages::annotation_lists(self.old)?;
        let mut widgets = BTreeSet::new();
        for (name, pair) in &pairs {
            match (pair.old, pair.new) {
                (Some(old), Some(new)) => self.kept_field(name, pair, old, new, &annotations)?,
                (None, Some((id, field))) if pair.is_signature => {
                    widgets.extend(self.new_field(name, id, field)?);
                }
                (None, Some(_)) => {
                    return Err([
                        "簽章之後新增了簽章以外的表單欄位",
                        "a form field that is no signature was added after signing",
                    ]);
                }
                (Some(_), None) | (None, None) => {
                    return Err([
                        "簽章之後表單欄位被刪除",
                        "a form field was deleted after signing",
                    ]);
                }
            }
        }
        if widgets.is_empty() { Ok(()) } else { self.pages(&widgets) }
    }

    /// A signature field that was added; its widgets, which pages may list.
    fn new_field(
        &mut self,
        name: &[u8],
        id: ObjectId,
        field: &Dictionary,
    ) -> Result<BTreeSet<ObjectId>, Finding> {
        if !self.is_fresh(id) || !is_plain(field) {
            return Err(REPLACED);
        }
        let visible = self.is_visible(field);
        let decorated = [b"AP".as_slice(), b"Lock", b"SV"]
            .iter()
            .any(|key| field.get(key).is_ok_and(|value| names_fresh(self, value)));
        if visible || decorated {
            self.raise(Level::Form);
            self.step.fields.insert(name.to_vec());
        }
        self.step.new_visible_field |= visible;
        let mut widgets = BTreeSet::new();
        if field.has(b"Kids") {
            for kid in array(self.new, field, b"Kids") {
                let kid = kid.as_reference().map_err(|_| REPLACED)?;
                let widget = self.new.objects.get(&kid).and_then(|it| it.as_dict().ok());
                if !self.is_fresh(kid) || !widget.is_some_and(is_plain) {
                    return Err(REPLACED);
                }
                widgets.insert(kid);
            }
        } else {
            widgets.insert(id);
        }
        self.signed_anew(name, field)?;
        Ok(widgets)
    }

    /// A signature that stands in a field which had none before.
    fn signed_anew(&mut self, name: &[u8], field: &Dictionary) -> Result<(), Finding> {
        let Ok(value) = field.get(b"V") else { return Ok(()) };
        let id = value.as_reference().map_err(|_| REPLACED)?;
        let signature = self.new.objects.get(&id).and_then(|object| object.as_dict().ok());
        let signature = signature.filter(|_| self.is_fresh(id)).ok_or(REPLACED)?;
        if !signature.has_type(b"DocTimeStamp") || self.is_visible(field) {
            self.raise(Level::Form);
            self.step.fields.insert(name.to_vec());
        }
        Ok(())
    }

    /// A field that was there before.
    fn kept_field(
        &mut self,
        name: &[u8],
        pair: &Pair<'a>,
        (id, old): (ObjectId, &'a Dictionary),
        (now, new): (ObjectId, &'a Dictionary),
        annotations: &BTreeSet<Place>,
    ) -> Result<(), Finding> {
        if id != now {
            return Err(REPLACED);
        }
        let place = Place::of(id);
        if old != new {
            if !same_but(old, new, &VALUE) || !type_is_kept(old, new) {
                return Err([
                    "簽章之後表單欄位的性質被更改",
                    "a form field was changed after signing in more than its value",
                ]);
            }
            let signed_before = pair.is_signature && old.has(b"V");
            let minor = same_but(old, new, &EVEN_LOCKED);
            if (signed_before || (pair.is_signature && !new.has(b"V"))) && !minor {
                return Err([
                    "簽章之後簽章欄位被更改",
                    "a signature field was changed after signing",
                ]);
            }
            if pair.is_signature && !signed_before {
                self.signed_anew(name, new)?;
            }
            if !pair.is_signature {
                self.raise(Level::Form);
            }
            if !minor && !pair.is_signature {
                self.step.fields.insert(name.to_vec());
            }
            self.explain(id, |usage| {
                pair.listed.as_ref().is_some_and(|list| usage.is_member_of(list))
                    || usage.is_member_of_any(annotations)
                    || usage.ends_with(b"Parent")
                    || usage.ends_with(b"Obj")
            });
        }
        if pair.is_signature && (old.has(b"V") || !new.has(b"V")) {
            return Ok(());
        }
        self.appearance(name, &place, old, new)
    }

    /// A field's appearance may be drawn anew, in its own streams or in new ones.
    fn appearance(
        &mut self,
        name: &[u8],
        place: &Place,
        old: &'a Dictionary,
        new: &'a Dictionary,
    ) -> Result<(), Finding> {
        let (before, after) = self.values(b"AP", place, Some(old), Some(new))?;
        let (Some(before), Some(after)) = (before, after) else { return Ok(()) };
        let (Ok(before), Ok(after)) = (before.as_dict(), after.as_dict()) else {
            return Err(REPLACED);
        };
        let changed = before != after;
        let place = Self::step_into(place, b"AP", Some(old));
        let mut redrawn = changed;
        for key in [b"N".as_slice(), b"R", b"D"] {
            let stream = |one: &Dictionary| one.get(key).and_then(Object::as_reference).ok();
            if let Some(id) = stream(before).filter(|id| stream(after) == Some(*id)) {
                redrawn |= self.unexplained.contains_key(&id);
                let place = place.key(key);
                self.explain(id, |usage| usage.is(&place));
            }
        }
        if redrawn {
            self.raise(Level::Form);
            self.step.fields.insert(name.to_vec());
        }
        Ok(())
    }

    /// Whether the field, or a widget of it, covers some of a page.
    fn is_visible(&self, field: &Dictionary) -> bool {
        let kids = array(self.new, field, b"Kids").iter();
        let kids = kids.filter_map(|kid| self.new.dereference(kid).ok()?.1.as_dict().ok());
        std::iter::once(field).chain(kids).any(|widget| self.covers(widget))
    }

    fn covers(&self, widget: &Dictionary) -> bool {
        let corner =
            |one: &Object| -> Option<f32> { self.new.dereference(one).ok()?.1.as_float().ok() };
        let rect: Option<Vec<f32>> = array(self.new, widget, b"Rect").iter().map(corner).collect();
        match rect.as_deref() {
            Some([a, b, c, d]) => (a - c).abs() * (b - d).abs() > 0.0,
            // What can't be read as a rectangle may be seen by somebody.
            Some([]) => false,
            Some(_) | None => true,
        }
    }
}

/// Whether it is a field, or a widget, and nothing besides.
fn is_plain(field: &Dictionary) -> bool {
    let is = |key: &[u8], name: &[u8]| {
        field.get(key).map_or(true, |value| value.as_name().is_ok_and(|own| own == name))
    };
    field.iter().all(|(key, _)| NEW_FIELD.contains(&key.as_slice()))
        && is(b"Type", b"Annot")
        && is(b"Subtype", b"Widget")
}

/// The /Type of a field may be added, as what it is.
fn type_is_kept(old: &Dictionary, new: &Dictionary) -> bool {
    match (old.get(b"Type").ok(), new.get(b"Type").ok()) {
        (None, None) => true,
        (None, Some(now)) => now.as_name().is_ok_and(|name| name == b"Annot"),
        (Some(before), now) => now == Some(before),
    }
}
