//! The objects that a certification adds or changes.

use lopdf::{Dictionary, Document, Object, ObjectId, dictionary};

use super::{Appearance, Certification, Gap, SignError};
use crate::text::{date, text_string};
use crate::{document, write};

/// The Form XObject that is wanted as the appearance, in its place.
pub(super) fn appearance(
    document: &Document,
    page: ObjectId,
    wanted: &Appearance,
) -> Result<Widget, SignError> {
    document::page_xobject(document, page, wanted.resource.as_bytes())
        .filter(|id| {
            let stream = document.get_object(*id).and_then(Object::as_stream);
            stream.is_ok_and(|stream| {
                stream
                    .dict
                    .get(b"Subtype")
                    .and_then(Object::as_name)
                    .is_ok_and(|name| name == b"Form")
            })
        })
        .map(|normal| Widget { normal, rect: wanted.rect })
        .ok_or_else(|| SignError::NoAppearance(wanted.resource.clone()))
}

/// What a visible widget has.
pub(super) struct Widget {
    normal: ObjectId,
    rect: [f64; 4],
}

/// Write the signature dictionary, with room for the range and for `size` bytes of CMS.
pub(super) fn signature_dictionary(out: &mut Vec<u8>, request: &Certification, size: usize) -> Gap {
    out.extend(b"<</Type /Sig/Filter /Adobe.PPKLite/SubFilter /ETSI.CAdES.detached");
    let gap = Gap::write(out, size);
    let mut rest = dictionary! {
        "M" => Object::string_literal(date(request.at)),
        "Reference" => Object::Array(vec![Object::Dictionary(dictionary! {
            "Type" => Object::Name(b"SigRef".to_vec()),
            "TransformMethod" => Object::Name(b"DocMDP".to_vec()),
            "TransformParams" => dictionary! {
                "Type" => Object::Name(b"TransformParams".to_vec()),
                "P" => 2,
                "V" => Object::Name(b"1.2".to_vec()),
            },
        })]),
    };
    let texts =
        [("Reason", &request.reason), ("Location", &request.location), ("Name", &request.name)];
    for (key, text) in texts {
        if let Some(text) = text {
            rest.set(key, Object::string_literal(text_string(text)));
        }
    }
    write::entries(out, &rest);
    out.extend(b">>");
    gap
}

/// The field and its widget in one: printed, and locked in its place (/F 132).
pub(super) fn widget(
    request: &Certification,
    signature: ObjectId,
    page: ObjectId,
    appearance: Option<Widget>,
) -> Dictionary {
    let rect = appearance.as_ref().map_or([0.0; 4], |widget| widget.rect);
    let mut field = dictionary! {
        "Type" => Object::Name(b"Annot".to_vec()),
        "Subtype" => Object::Name(b"Widget".to_vec()),
        "FT" => Object::Name(b"Sig".to_vec()),
        "T" => Object::string_literal(text_string(&request.field)),
        "V" => signature,
        "F" => 132,
        "Rect" => Object::Array(rect.map(Object::from).to_vec()),
        "P" => page,
    };
    if let Some(widget) = appearance {
        field.set("AP", dictionary! { "N" => widget.normal });
    }
    field
}

/// The page with one more annotation.
pub(super) fn page_with(
    document: &Document,
    page: ObjectId,
    widget: ObjectId,
) -> Result<Dictionary, SignError> {
    let mut changed = document.get_dictionary(page).map_err(|_| SignError::NoPage)?.clone();
    let mut annotations = document::array(document, &changed, b"Annots").to_vec();
    annotations.push(widget.into());
    changed.set("Annots", Object::Array(annotations));
    Ok(changed)
}

/// The catalog with the field in its form and the certification in its permissions.
pub(super) fn catalog_with(
    document: &Document,
    request: &Certification,
    signature: ObjectId,
    field: ObjectId,
) -> Result<Dictionary, SignError> {
    let mut catalog = document.catalog().map_err(|_| SignError::NotPdf)?.clone();
    let mut form =
        document::dictionary(document, &catalog, b"AcroForm").cloned().unwrap_or_default();
    let mut fields = document::array(document, &form, b"Fields").to_vec();
    if is_taken(document, &fields, &text_string(&request.field)) {
        return Err(SignError::FieldExists(request.field.clone()));
    }
    fields.push(field.into());
    form.set("Fields", Object::Array(fields));
    // Signatures exist, and the file may be changed by appending alone (table 225).
    form.set("SigFlags", 3);
    catalog.set("AcroForm", form);
    catalog.set("Perms", dictionary! { "DocMDP" => signature });
    Ok(catalog)
}

/// Whether one of the fields has this name.
fn is_taken(document: &Document, fields: &[Object], name: &[u8]) -> bool {
    fields.iter().any(|one| {
        let one = document.dereference(one).ok().and_then(|(_, one)| one.as_dict().ok());
        one.and_then(|one| document::value(document, one, b"T"))
            .is_some_and(|text| text.as_str().is_ok_and(|text| text == name))
    })
}

/// A name that neither a field of the document has nor the one that is added.
pub(super) fn free_name(document: &Document, request: &Certification) -> Vec<u8> {
    let form = document
        .catalog()
        .ok()
        .and_then(|catalog| document::dictionary(document, catalog, b"AcroForm"));
    let fields = form.map_or(&[][..], |form| document::array(document, form, b"Fields"));
    let own = text_string(&request.field);
    let mut name = b"Timestamp".to_vec();
    while name == own || is_taken(document, fields, &name) {
        name.push(b'_');
    }
    name
}
