//! What a certificate must not hold: anything that acts, asks, plays, fetches, or was signed.
//! What ordinary writers add and composing leaves behind without loss is let pass: a place to
//! open at, links, an empty form.

use lopdf::{Dictionary, Object, Stream};

use super::fault::{Active, Fault};
use super::page::Page;
use super::pdf::{Pdf, as_dict};

/// Events of one dictionary of additional actions.
const MAX_EVENTS: usize = 64;

/// Refuses a document that holds something active.
pub(super) fn check(pdf: &Pdf, page: &Page<'_>, max_depth: usize) -> Result<(), Fault> {
    if let Some(catalog) = pdf.catalog() {
        check_catalog(pdf, catalog)?;
    }
    // Objects that nothing refers to are looked at too: a reader that repairs the file may.
    for object in pdf.document().objects.values() {
        check_object(pdf, object, max_depth)?;
    }
    check_annotations(pdf, page)
}

fn check_catalog(pdf: &Pdf, catalog: &Dictionary) -> Result<(), Fault> {
    if pdf.dict(catalog, b"Perms").is_some_and(|perms| !perms.is_empty()) {
        return Err(Fault::AlreadySigned);
    }
    if let Some(form) = pdf.dict(catalog, b"AcroForm") {
        check_form(pdf, form)?;
    }
    if let Some(action) = pdf.dict(catalog, b"OpenAction") {
        let kind = pdf.name(action, b"S");
        if !matches!(kind, b"GoTo" | b"Named") {
            check_action(kind)?;
            return Err(Fault::Active(Active::OpenAction));
        }
    }
    Ok(())
}

fn check_form(pdf: &Pdf, form: &Dictionary) -> Result<(), Fault> {
    if !pdf.get(form, b"XFA").is_null() {
        return Err(Fault::Active(Active::Xfa));
    }
    let fields = pdf.array(form, b"Fields").unwrap_or_default();
    if fields.is_empty() {
        return Ok(());
    }
    let signed = pdf
        .document()
        .objects
        .values()
        .filter_map(as_dict)
        .any(|dict| pdf.name(dict, b"FT") == b"Sig" && !pdf.get(dict, b"V").is_null());
    if signed {
        return Err(Fault::AlreadySigned);
    }
    Err(Fault::Active(Active::FormFields))
}

/// Links show nothing and are left behind. Whatever else lies on the page would be lost.
fn check_annotations(pdf: &Pdf, page: &Page<'_>) -> Result<(), Fault> {
    let annotations = page.dict().and_then(|dict| pdf.array(dict, b"Annots")).unwrap_or_default();
    for annotation in annotations.iter().filter_map(|item| as_dict(pdf.resolve(item))) {
        let subtype = pdf.name(annotation, b"Subtype");
        if subtype != b"Link" {
            return Err(Fault::Annotation(String::from_utf8_lossy(subtype).into_owned()));
        }
    }
    Ok(())
}

/// Looks at every dictionary inside `object`. References are not followed: what they mean is
/// looked at in its own turn. Things may stand in things `deeper` times yet.
fn check_object(pdf: &Pdf, object: &Object, deeper: usize) -> Result<(), Fault> {
    match object {
        Object::Array(items) => {
            let deeper = deeper.checked_sub(1).ok_or(Fault::TooDeep)?;
            items.iter().try_for_each(|item| check_object(pdf, item, deeper))
        }
        Object::Dictionary(dict) => check_dict(pdf, dict, deeper),
        Object::Stream(stream) => {
            check_stream(pdf, stream)?;
            check_dict(pdf, &stream.dict, deeper)
        }
        Object::Null
        | Object::Boolean(_)
        | Object::Integer(_)
        | Object::Real(_)
        | Object::Name(_)
        | Object::String(..)
        | Object::Reference(_) => Ok(()),
    }
}

fn check_dict(pdf: &Pdf, dict: &Dictionary, deeper: usize) -> Result<(), Fault> {
    let deeper = deeper.checked_sub(1).ok_or(Fault::TooDeep)?;
    check_action(pdf.name(dict, b"S"))?;
    let script = matches!(pdf.get(dict, b"JS"), Object::String(..) | Object::Stream(_));
    if script || has_entries(pdf, dict, b"JavaScript") {
        return Err(javascript());
    }
    let triggers = pdf.dict(dict, b"AA").is_some_and(|events| {
        let mut actions = events.iter().filter_map(|(_, action)| as_dict(pdf.resolve(action)));
        // No standard has that many events, and each dictionary may refer to this one.
        events.len() > MAX_EVENTS || actions.any(|action| action.has(b"S"))
    });
    if triggers {
        return Err(Fault::Active(Active::Automatic));
    }
    // A font or image may bear the name EF as well.
    let attached = pdf.dict(dict, b"EF").is_some_and(|files| files.has(b"F") || files.has(b"UF"));
    if attached || has_entries(pdf, dict, b"EmbeddedFiles") {
        return Err(embedded_file());
    }
    if dict.has(b"ByteRange") && dict.has(b"Contents") {
        return Err(Fault::AlreadySigned);
    }
    dict.iter().try_for_each(|(_, value)| check_object(pdf, value, deeper))
}

/// Whether the name tree under `key` names anything.
fn has_entries(pdf: &Pdf, dict: &Dictionary, key: &[u8]) -> bool {
    pdf.dict(dict, key).is_some_and(|tree| {
        [b"Names".as_slice(), b"Kids"]
            .into_iter()
            .any(|key| pdf.array(tree, key).is_some_and(|entries| !entries.is_empty()))
    })
}

fn check_stream(pdf: &Pdf, stream: &Stream) -> Result<(), Fault> {
    let dict = &stream.dict;
    // `Ref` is a form that stands for a page of another file.
    let form = pdf.name(dict, b"Subtype") == b"Form";
    if !pdf.get(dict, b"F").is_null() || form && dict.has(b"Ref") {
        return Err(Fault::Active(Active::ExternalStream));
    }
    if pdf.name(dict, b"Type") == b"EmbeddedFile" {
        return Err(embedded_file());
    }
    Ok(())
}

fn check_action(kind: &[u8]) -> Result<(), Fault> {
    Err(match kind {
        b"JavaScript" => javascript(),
        b"Launch" => Fault::Active(Active::Launch),
        b"SubmitForm" => Fault::Active(Active::Submit),
        b"ImportData" => Fault::Active(Active::Import),
        b"GoToR" | b"GoToE" => Fault::Active(Active::Remote),
        b"Rendition" | b"Movie" | b"Sound" | b"RichMediaExecute" => Fault::Active(Active::Media),
        _ => return Ok(()),
    })
}

fn javascript() -> Fault {
    Fault::Active(Active::JavaScript)
}

fn embedded_file() -> Fault {
    Fault::Active(Active::EmbeddedFile)
}
