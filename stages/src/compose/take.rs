//! Taking the first page out of a foreign document: what reads the bytes, and runs in a process of
//! its own.

use lopdf::{Dictionary, Document, LoadOptions, Object, Stream, dictionary};
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::image::deflate;
use super::taken::{Taken, Unusable};
use super::transplant::Transplant;

/// Most bytes that a page's content streams may inflate to when they must be joined.
const CONTENT: usize = 64 * 1024 * 1024;
/// How deep the tree of pages may be.
const DEPTH: usize = 64;

/// Takes the first page of `pdf`: its content and resources, and nothing else of it.
pub(super) fn take(pdf: &[u8]) -> Result<Taken, Unusable> {
    // A slip of the parser is a document that can't be read.
    catch_unwind(AssertUnwindSafe(|| first_page(pdf))).unwrap_or(Err(Unusable::Document))
}

fn first_page(pdf: &[u8]) -> Result<Taken, Unusable> {
    let document =
        Document::load_mem_with_options(pdf, LoadOptions::with_max_decompressed_size(CONTENT))
            .map_err(|_| Unusable::Document)?;
    let page_id = document.page_iter().next().ok_or(Unusable::NoPage)?;
    let page = document.get_dictionary(page_id).map_err(|_| Unusable::Page)?;
    let visible = visible_box(&document, page).ok_or(Unusable::NoSize)?;
    let rotate = inherited(&document, page, b"Rotate")
        .and_then(|value| number(&document, value))
        .unwrap_or(0.0);
    let unit = page.get(b"UserUnit").ok().and_then(|unit| number(&document, unit)).unwrap_or(1.0);
    let (content, coding) = content(&document, page)?;
    let resources = inherited(&document, page, b"Resources").and_then(|value| value.as_dict().ok());
    let mut transplant = Transplant::new(&document);
    transplant.resources(resources.unwrap_or(&Dictionary::new()));
    let coding = transplant.dictionary(&coding);
    let objects = transplant.taken();
    Ok(Taken { visible, rotate: rotate as i64, unit, content, coding, objects })
}

/// The page's content as it is coded, where it is one stream; several are decoded and joined.
fn content(document: &Document, page: &Dictionary) -> Result<(Vec<u8>, Dictionary), Unusable> {
    const DAMAGED: Unusable = Unusable::Content;
    let Ok(contents) = page.get(b"Contents") else { return Ok((Vec::new(), Dictionary::new())) };
    let (_, contents) = document.dereference(contents).map_err(|_| DAMAGED)?;
    let parts: Vec<&Stream> = match contents {
        Object::Stream(stream) => vec![stream],
        Object::Array(parts) => parts
            .iter()
            .map(|part| document.dereference(part).and_then(|(_, part)| part.as_stream()))
            .collect::<Result<_, _>>()
            .map_err(|_| DAMAGED)?,
        Object::Null => Vec::new(),
        _ => return Err(DAMAGED),
    };
    if let [one] = parts.as_slice() {
        let mut coding = Dictionary::new();
        for key in [&b"Filter"[..], b"DecodeParms"] {
            if let Ok(value) = one.dict.get(key) {
                coding.set(key, value.clone());
            }
        }
        return Ok((one.content.clone(), coding));
    }
    let mut joined = Vec::new();
    for part in parts {
        let left = CONTENT.saturating_sub(joined.len());
        let plain = match part.dict.has(b"Filter") {
            true => part.decompressed_content_with_limit(left).map_err(|_| DAMAGED)?,
            false => part.content.clone(),
        };
        joined.extend(plain);
        // Tokens do not go over from one stream to the next (section 7.8.2).
        joined.push(b'\n');
    }
    let deflated = deflate(&joined).map_err(|_| DAMAGED)?;
    Ok((deflated, dictionary! { "Filter" => "FlateDecode" }))
}

/// What a reader shows of the page: the crop box within the media box, left, lower, right, upper.
fn visible_box(document: &Document, page: &Dictionary) -> Option<[f64; 4]> {
    let media = rectangle(document, inherited(document, page, b"MediaBox")?)?;
    let crop = inherited(document, page, b"CropBox").and_then(|crop| rectangle(document, crop));
    let visible = crop.map_or(media, |crop| {
        [media[0].max(crop[0]), media[1].max(crop[1]), media[2].min(crop[2]), media[3].min(crop[3])]
    });
    (visible[2] > visible[0] && visible[3] > visible[1]).then_some(visible)
}

fn rectangle(document: &Document, object: &Object) -> Option<[f64; 4]> {
    let corners: Vec<f64> =
        object.as_array().ok()?.iter().filter_map(|corner| number(document, corner)).collect();
    let [a, b, c, d] = corners.try_into().ok()?;
    Some([a.min(c), b.min(d), a.max(c), b.max(d)])
}

fn number(document: &Document, object: &Object) -> Option<f64> {
    let (_, object) = document.dereference(object).ok()?;
    object.as_float().ok().map(f64::from).filter(|value| value.is_finite())
}

/// An attribute of the page, or of the nodes above it (section 7.7.3.4).
fn inherited<'a>(document: &'a Document, page: &'a Dictionary, key: &[u8]) -> Option<&'a Object> {
    let mut node = page;
    for _ in 0..DEPTH {
        // Null, and a reference to nothing, are no value (section 7.3.9).
        let own = node.get(key).and_then(|value| document.dereference(value));
        if let Some((_, value)) = own.ok().filter(|(_, value)| !value.is_null()) {
            return Some(value);
        }
        node = document.dereference(node.get(b"Parent").ok()?).ok()?.1.as_dict().ok()?;
    }
    None
}
