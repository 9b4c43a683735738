//! The child's side of a preview: what is asked about the first page, and the answers.

use sealpress_inbox::preflight::{Limits, first_page_text};

use super::paint::Page;
use super::{Marks, likeness, qr};

/// A picture of the second file, as wide in pixels as the first says (four bytes, lowest first).
pub(crate) const PICTURE: &str = "picture";
/// QR codes and text of one file.
pub(crate) const MARKS: &str = "marks";
/// Whether two files look alike, the original first.
pub(crate) const LIKENESS: &str = "likeness";

/// What reading a page's text may cost.
const TEXT: Limits = Limits {
    max_inflated_bytes: 64 << 20,
    max_objects: 50_000,
    max_depth: 32,
    // No image is decoded for it.
    max_image_pixels: u64::MAX,
};

/// Most characters of text that are answered.
const MOST_TEXT: usize = 20_000;

/// A picture, as PNG.
pub(crate) fn picture(files: Vec<Vec<u8>>) -> Option<Vec<u8>> {
    let [width_px, pdf] = <[_; 2]>::try_from(files).ok()?;
    let width_px = u32::from_le_bytes(width_px.try_into().ok()?);
    Page::open(pdf)?.wide(width_px)?.png()
}

/// [`Marks`], as JSON.
pub(crate) fn marks(files: Vec<Vec<u8>>) -> Option<Vec<u8>> {
    let [pdf] = <[_; 1]>::try_from(files).ok()?;
    serde_json::to_vec(&read_off(pdf)?).ok()
}

/// [`likeness::Likeness`], as JSON.
pub(crate) fn likeness(files: Vec<Vec<u8>>) -> Option<Vec<u8>> {
    let [original, copy] = <[_; 2]>::try_from(files).ok()?;
    let likeness = likeness::compare(&Page::open(original)?, &Page::open(copy)?)?;
    serde_json::to_vec(&likeness).ok()
}

/// What can be read off the page; a page without text, or with one that can't be read, has none.
fn read_off(pdf: Vec<u8>) -> Option<Marks> {
    let text = first_page_text(&pdf, &TEXT).unwrap_or_default();
    let text = text.as_str().chars().take(MOST_TEXT).collect();
    let codes = qr::on(&Page::open(pdf)?)?;
    Some(Marks { qr: codes.into_iter().map(|code| code.text).collect(), text })
}
