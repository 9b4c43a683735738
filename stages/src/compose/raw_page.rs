//! A foreign document's page as one Form XObject.

use lopdf::{Dictionary, Document, LoadOptions, Object, Stream, dictionary};

use super::image::deflate;
use super::objects::Objects;
use super::transplant::Transplant;

/// Most bytes that a page's content streams may inflate to when they must be joined.
const CONTENT: usize = 64 * 1024 * 1024;
/// How deep the tree of pages may be.
const DEPTH: usize = 64;

/// How a page is put on ours.
#[derive(Debug, Clone, Copy)]
pub(super) struct Target {
    pub(super) width: f64,
    pub(super) height: f64,
    /// Scale a page of another size instead of centring it.
    pub(super) fit: bool,
}

/// Adds the first page of `pdf` as a Form XObject and returns its reference. Only its content and
/// resources are taken.
///
/// The form is a transparency group of its own (ISO 32000-2, section 11.4.7): drawn with Multiply,
/// the page as a whole is multiplied, so that white lets the background through, and what covers
/// something on the page covers it still.
pub(super) fn add(
    objects: &mut Objects,
    pdf: &[u8],
    target: Target,
) -> Result<Object, &'static str> {
    let document =
        Document::load_mem_with_options(pdf, LoadOptions::with_max_decompressed_size(CONTENT))
            .map_err(|_| "it is no PDF that can be read")?;
    let page_id = document.page_iter().next().ok_or("it has no page")?;
    let page = document.get_dictionary(page_id).map_err(|_| "its page can't be read")?;
    let visible = visible_box(&document, page).ok_or("its page has no size")?;
    let rotate = inherited(&document, page, b"Rotate")
        .and_then(|value| number(&document, value))
        .unwrap_or(0.0);
    let unit = page.get(b"UserUnit").ok().and_then(|unit| number(&document, unit)).unwrap_or(1.0);
    let matrix = placement(visible, rotate as i64, unit, target);
    let (content, coding) = content(&document, page)?;
    let resources = inherited(&document, page, b"Resources").and_then(|value| value.as_dict().ok());
    let mut transplant = Transplant::new(&document, objects);
    let resources = transplant.resources(resources.unwrap_or(&Dictionary::new()));
    let mut form = transplant.dictionary(&coding);
    form.extend(&dictionary! {
        "Type" => "XObject",
        "Subtype" => "Form",
        "BBox" => reals(&visible),
        "Matrix" => reals(&matrix),
        "Resources" => resources,
        "Group" => dictionary! {
            "S" => "Transparency", "CS" => "DeviceRGB", "I" => true, "K" => false,
        },
    });
    Ok(transplant.objects().add(Stream::new(form, content)))
}

/// The page's content as it is coded, where it is one stream; several are decoded and joined.
fn content(document: &Document, page: &Dictionary) -> Result<(Vec<u8>, Dictionary), &'static str> {
    const DAMAGED: &str = "its content can't be read";
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
        if let Ok(value) = node.get(key) {
            return document.dereference(value).ok().map(|(_, value)| value);
        }
        node = document.dereference(node.get(b"Parent").ok()?).ok()?.1.as_dict().ok()?;
    }
    None
}

/// The matrix that turns the visible box upright (/Rotate is clockwise) and puts it on our page.
fn placement(visible: [f64; 4], rotate: i64, unit: f64, target: Target) -> [f64; 6] {
    let [left, lower, right, upper] = visible;
    let (width, height) = (right - left, upper - lower);
    let (turned, shown_width, shown_height) = match rotate.rem_euclid(360) {
        90 => ([0.0, -1.0, 1.0, 0.0, -lower, right], height, width),
        180 => ([-1.0, 0.0, 0.0, -1.0, right, upper], width, height),
        270 => ([0.0, 1.0, -1.0, 0.0, upper, -left], height, width),
        _ => ([1.0, 0.0, 0.0, 1.0, -left, -lower], width, height),
    };
    let scale = match target.fit {
        true => (target.width / shown_width).min(target.height / shown_height),
        false => unit,
    };
    let [a, b, c, d, e, f] = turned.map(|value| value * scale);
    let centre = |target: f64, shown: f64| (target - shown * scale) / 2.0;
    [a, b, c, d, e + centre(target.width, shown_width), f + centre(target.height, shown_height)]
}

/// Numbers as PDF has them.
pub(super) fn reals(values: &[f64]) -> Vec<Object> {
    values.iter().map(|value| Object::Real(*value as f32)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apply([a, b, c, d, e, f]: [f64; 6], (x, y): (f64, f64)) -> (i64, i64) {
        ((a * x + c * y + e).round() as i64, (b * x + d * y + f).round() as i64)
    }

    #[test]
    fn a_turned_page_stands_upright() {
        let upright = Target { width: 842.0, height: 595.0, fit: false };
        // The page is 595 × 842, its origin at (10, 20), shown turned by 90° clockwise.
        let matrix = placement([10.0, 20.0, 605.0, 862.0], 90, 1.0, upright);
        assert_eq!(apply(matrix, (10.0, 20.0)), (0, 595));
        assert_eq!(apply(matrix, (605.0, 862.0)), (842, 0));
        let matrix = placement([0.0, 0.0, 595.0, 842.0], 270, 1.0, upright);
        assert_eq!(apply(matrix, (0.0, 0.0)), (842, 0));
        assert_eq!(apply(matrix, (595.0, 842.0)), (0, 595));
        let matrix = placement([0.0, 0.0, 842.0, 595.0], 180, 1.0, upright);
        assert_eq!(apply(matrix, (0.0, 0.0)), (842, 595));
    }

    #[test]
    fn another_size_is_scaled_where_the_layout_says_so() {
        let target = Target { width: 842.0, height: 595.0, fit: true };
        let matrix = placement([0.0, 0.0, 1684.0, 1190.0], 0, 1.0, target);
        assert_eq!(apply(matrix, (1684.0, 1190.0)), (842, 595));
    }
}
