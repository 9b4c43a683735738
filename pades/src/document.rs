//! Finding one's way in a PDF's objects.

use lopdf::{Dictionary, Document, Object, ObjectId};

use crate::limits;

/// Steps up a page's parents, or down a field's kids, before a circle is assumed.
const DEEPEST: usize = 64;

/// Bytes that can't be read as a PDF, or that hide their content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unreadable {
    NotPdf,
    Encrypted,
}

/// Read `pdf`. Its first byte is the header's, so that offsets in the file are offsets in `pdf`.
pub(crate) fn open(pdf: &[u8]) -> Result<Document, Unreadable> {
    if !pdf.starts_with(b"%PDF-") {
        return Err(Unreadable::NotPdf);
    }
    if limits::is_encrypted(pdf) {
        return Err(Unreadable::Encrypted);
    }
    let document = limits::load(pdf).ok_or(Unreadable::NotPdf)?;
    // What the reader had to guess, another reader may guess otherwise, and show something else.
    if document.xref_recovery.is_some() || document.catalog().is_err() {
        return Err(Unreadable::NotPdf);
    }
    Ok(document)
}

/// What `key` of `dictionary` is, through references.
pub(crate) fn value<'a>(
    document: &'a Document,
    dictionary: &'a Dictionary,
    key: &[u8],
) -> Option<&'a Object> {
    let object = dictionary.get(key).ok()?;
    let (_, object) = document.dereference(object).ok()?;
    (!object.is_null()).then_some(object)
}

/// The dictionary that `key` of `dictionary` is, through references.
pub(crate) fn dictionary<'a>(
    document: &'a Document,
    dictionary: &'a Dictionary,
    key: &[u8],
) -> Option<&'a Dictionary> {
    value(document, dictionary, key)?.as_dict().ok()
}

/// The array that `key` of `dictionary` is, through references; none is empty.
pub(crate) fn array<'a>(
    document: &'a Document,
    dictionary: &'a Dictionary,
    key: &[u8],
) -> &'a [Object] {
    value(document, dictionary, key)
        .and_then(|object| object.as_array().ok())
        .map_or(&[], Vec::as_slice)
}

/// Every signature dictionary: whatever claims to be one, or has a signature's two entries.
pub(crate) fn signatures(document: &Document) -> Vec<(ObjectId, &Dictionary)> {
    document
        .objects
        .iter()
        .filter_map(|(id, object)| Some((*id, object.as_dict().ok()?)))
        .filter(|(_, dictionary)| {
            dictionary.has_type(b"Sig")
                || dictionary.has_type(b"DocTimeStamp")
                || (dictionary.has(b"ByteRange") && dictionary.has(b"Contents"))
        })
        .collect()
}

/// A field of the document's form that holds a value.
pub(crate) struct SignedField<'a> {
    pub(crate) value: &'a Object,
    /// Its dictionary.
    pub(crate) field: &'a Dictionary,
}

/// Every signature field that has a value, also where type or value is inherited
/// (ISO 32000-2, section 12.7.4.1).
pub(crate) fn signed_fields(document: &Document) -> Vec<SignedField<'_>> {
    gathered(document).0
}

/// The same, or none where some field can't be reached, so that it could hold a signature unseen.
pub(crate) fn all_signed_fields(document: &Document) -> Option<Vec<SignedField<'_>>> {
    let (found, is_whole) = gathered(document);
    is_whole.then_some(found)
}

fn gathered(document: &Document) -> (Vec<SignedField<'_>>, bool) {
    let mut found = Vec::new();
    let form =
        document.catalog().ok().and_then(|catalog| dictionary(document, catalog, b"AcroForm"));
    let Some(form) = form else { return (found, true) };
    let mut budget = document.objects.len();
    let inherited = Inherited { is_signature: false, value: None };
    let fields = array(document, form, b"Fields");
    let is_whole = walk(document, fields, inherited, DEEPEST, &mut budget, &mut found);
    (found, is_whole)
}

#[derive(Clone, Copy)]
struct Inherited<'a> {
    is_signature: bool,
    value: Option<&'a Object>,
}

/// Whether every field was reached. `budget` ends a walk through fields that are each other's kids.
fn walk<'a>(
    document: &'a Document,
    fields: &'a [Object],
    inherited: Inherited<'a>,
    depth: usize,
    budget: &mut usize,
    found: &mut Vec<SignedField<'a>>,
) -> bool {
    let mut is_whole = true;
    for field in fields {
        if depth == 0 || *budget == 0 {
            return false;
        }
        *budget -= 1;
        let Some(field) =
            document.dereference(field).ok().and_then(|(_, field)| field.as_dict().ok())
        else {
            is_whole = false;
            continue;
        };
        let own = Inherited {
            is_signature: value(document, field, b"FT").map_or(inherited.is_signature, |kind| {
                kind.as_name().is_ok_and(|name| name == b"Sig")
            }),
            value: field.get(b"V").ok().or(inherited.value),
        };
        let kids = array(document, field, b"Kids");
        if kids.is_empty() {
            let value = own.value.filter(|_| own.is_signature);
            found.extend(value.map(|value| SignedField { value, field }));
        } else {
            is_whole &= walk(document, kids, own, depth - 1, budget, found);
        }
    }
    is_whole
}

/// What the first page's resources list as XObject under `name`, and where it stands.
pub(crate) fn page_xobject(document: &Document, page: ObjectId, name: &[u8]) -> Option<ObjectId> {
    let mut node = document.get_dictionary(page).ok()?;
    for _ in 0..DEEPEST {
        if let Some(resources) = dictionary(document, node, b"Resources") {
            let listed = dictionary(document, resources, b"XObject")?.get(name).ok()?;
            return listed.as_reference().ok();
        }
        node = dictionary(document, node, b"Parent")?;
    }
    None
}
