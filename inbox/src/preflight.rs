//! Pre-flight: the examination of a raw PDF before anything is made of it.
//!
//! [`examine`] takes bytes and gives a verdict; it touches neither disk, ledger nor clock. What
//! it lets pass can be composed: it opens without a password and within limits, holds exactly
//! one page of the layout's size, and nothing but that page; every font that shows a glyph is in
//! the file. What the page shows as text comes back for the comparison with the roster
//! ([`PageText::check`]).
//!
//! The bytes are foreign. They are first walked by `guard`, which bounds every cost of the
//! parser behind it; no input may cost more than the limits, and none may panic.

mod active;
mod canvas;
mod child;
mod cmap;
mod content;
mod decrypt;
mod encoding;
mod fault;
mod filter;
mod font;
mod geometry;
mod guard;
mod images;
mod ink;
mod inline_image;
mod layers;
mod lexer;
mod page;
mod painting;
mod pdf;
mod pen;
mod reasons;
mod shape;
mod state;
mod streams;
#[cfg(test)]
mod tests;
mod text;
mod xref;

use std::panic::{AssertUnwindSafe, catch_unwind};

use lopdf::{Document, LoadOptions};
use sealpress_ledger::Reason;
use serde::{Deserialize, Serialize};

pub use child::{Confined, Examination, Examine, NotExamined, PREFLIGHT, answer};
pub use text::{ExpectedText, PageText, TextVerdict};

use content::Runner;
use fault::{Fault, Part};
use filter::Budget;
use layers::Layers;
use page::{PT_PER_MM, Page};
use pdf::Pdf;

/// What an examination may cost, and what it lets pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Most bytes that the structure, text and fonts of a drop may inflate to, all together.
    pub max_inflated_bytes: u64,
    /// Most objects that a drop may have.
    pub max_objects: usize,
    /// How deep arrays, dictionaries, the page tree and forms may stand in one another.
    pub max_depth: usize,
    /// Most pixels that a reader must decode for a drop's images, all together.
    pub max_image_pixels: u64,
}

impl From<&sealpress_config::Inbox> for Limits {
    fn from(inbox: &sealpress_config::Inbox) -> Self {
        Self {
            max_inflated_bytes: inbox.max_inflated_bytes,
            max_objects: inbox.max_objects,
            max_depth: inbox.max_depth,
            max_image_pixels: inbox.max_image_pixels,
        }
    }
}

/// The page that the layout wants, in points.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ExpectedPage {
    /// Width as a reader shows it.
    pub width_pt: f64,
    /// Height as a reader shows it.
    pub height_pt: f64,
    /// Whether the layout scales a page of another size.
    pub fit: bool,
}

impl From<&sealpress_config::Layout> for ExpectedPage {
    fn from(layout: &sealpress_config::Layout) -> Self {
        let [width_pt, height_pt] = layout.page_mm.map(|side| side * 72.0 / 25.4);
        Self { width_pt, height_pt, fit: layout.raw.fit }
    }
}

impl ExpectedPage {
    /// Width and height in millimetres.
    fn mm(self) -> [f64; 2] {
        [self.width_pt, self.height_pt].map(|side| side / PT_PER_MM)
    }
}

/// A raw PDF that passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examined {
    /// What the page shows as text.
    pub text: PageText,
}

/// Examines a raw PDF, here and now. (In production that is done by [`Confined`].)
///
/// # Errors
/// The reason for refusing it, for the person who dropped it.
pub fn examine(pdf: &[u8], limits: &Limits, expected: ExpectedPage) -> Result<Examined, Reason> {
    let examined = judge(pdf, *limits, expected);
    examined.map(|text| Examined { text }).map_err(|fault| fault.reason(limits, expected))
}

fn judge(pdf: &[u8], limits: Limits, expected: ExpectedPage) -> Result<PageText, Fault> {
    // The guard bounds what the parser can be made to do; a slip of the parser on the rest is
    // a damaged file and no reason to stop.
    catch_unwind(AssertUnwindSafe(|| examine_page(pdf, limits, expected)))
        .unwrap_or(Err(Fault::Damaged(Part::Anything)))
}

/// What the first page of any PDF shows as text, whatever else the file holds and whatever size the
/// page has; `None` where it can't be read. Costs no more than an examination.
#[must_use]
pub fn first_page_text(pdf: &[u8], limits: &Limits) -> Option<PageText> {
    catch_unwind(AssertUnwindSafe(|| read_first_page(pdf, *limits).ok())).ok()?
}

/// Says that a file is no PDF, where it does not begin as one: what else is said of it does not
/// matter then.
///
/// # Errors
/// The reason for refusing it.
pub fn begins_as_pdf(bytes: &[u8]) -> Result<(), Reason> {
    guard::header(bytes).map(drop).map_err(|_| reasons::not_a_pdf())
}

/// The refusal for a page with [`TextVerdict::Differs`].
#[must_use]
pub fn text_differs() -> Reason {
    reasons::text_differs()
}

fn examine_page(bytes: &[u8], limits: Limits, expected: ExpectedPage) -> Result<PageText, Fault> {
    let (pdf, budget) = open(bytes, limits)?;
    images::check(&pdf, limits.max_image_pixels)?;
    streams::check(&pdf, limits).map_err(content::refuse)?;
    let page = Page::only(&pdf, limits.max_depth)?;
    page.check_size(page.visible()?, expected)?;
    active::check(&pdf, &page, limits.max_depth)?;
    text_of(&pdf, &page, limits, budget)
}

fn read_first_page(bytes: &[u8], limits: Limits) -> Result<PageText, Fault> {
    let (pdf, budget) = open(bytes, limits)?;
    text_of(&pdf, &Page::first(&pdf, limits.max_depth)?, limits, budget)
}

/// The document, and what is left to spend on it.
fn open(bytes: &[u8], limits: Limits) -> Result<(Pdf, Budget), Fault> {
    let mut budget = Budget::new(limits.max_inflated_bytes);
    let walked = guard::check(bytes, limits, &mut budget)?;
    let document = load(bytes, limits)?;
    walked.check(&document)?;
    Ok((Pdf::new(document), budget))
}

fn text_of(pdf: &Pdf, page: &Page<'_>, limits: Limits, budget: Budget) -> Result<PageText, Fault> {
    let layers = Layers::read(pdf);
    let none = lopdf::Dictionary::new();
    let resources = page.resources().unwrap_or(&none);
    let runner = Runner::new(pdf, &layers, limits, budget, page.visible()?);
    runner.page(&page.contents()?, resources)
}

fn load(bytes: &[u8], limits: Limits) -> Result<Document, Fault> {
    let most = usize::try_from(limits.max_inflated_bytes).unwrap_or(usize::MAX);
    let document =
        Document::load_mem_with_options(bytes, LoadOptions::with_max_decompressed_size(most))
            .map_err(|error| match error {
                lopdf::Error::InvalidPassword | lopdf::Error::Decryption(_) => Fault::Encrypted,
                _ => Fault::Damaged(Part::Structure),
            })?;
    // Left in place when the empty password did not open it.
    if document.trailer.has(b"Encrypt") {
        return Err(Fault::Encrypted);
    }
    if document.objects.len() > limits.max_objects {
        return Err(Fault::TooManyObjects);
    }
    Ok(document)
}
