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
mod cmap;
mod content;
mod decrypt;
mod encoding;
mod filter;
mod font;
mod geometry;
mod guard;
mod inline_image;
mod layers;
mod lexer;
mod page;
mod pdf;
mod pen;
mod reasons;
mod state;
#[cfg(test)]
mod tests;
mod text;
mod xref;

use std::panic::{AssertUnwindSafe, catch_unwind};

use lopdf::{Document, LoadOptions};
use sealpress_ledger::Reason;

pub use text::{ExpectedText, PageText, TextVerdict};

use content::Runner;
use filter::Budget;
use layers::Layers;
use page::Page;
use pdf::Pdf;

/// What an examination may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most bytes that the structure, text and fonts of a drop may inflate to, all together.
    pub max_inflated_bytes: u64,
    /// Most objects that a drop may have.
    pub max_objects: usize,
}

impl From<&sealpress_config::Inbox> for Limits {
    fn from(inbox: &sealpress_config::Inbox) -> Self {
        Self { max_inflated_bytes: inbox.max_inflated_bytes, max_objects: inbox.max_objects }
    }
}

/// The page that the layout wants, in points.
#[derive(Debug, Clone, Copy, PartialEq)]
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

/// A raw PDF that passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examined {
    /// What the page shows as text.
    pub text: PageText,
}

/// Examines a raw PDF.
///
/// # Errors
/// The reason for refusing it, for the person who dropped it.
pub fn examine(pdf: &[u8], limits: &Limits, expected: ExpectedPage) -> Result<Examined, Reason> {
    // The guard bounds what the parser can be made to do; a slip of the parser on the rest is
    // a damaged file and no reason to stop.
    catch_unwind(AssertUnwindSafe(|| examine_page(pdf, *limits, expected)))
        .unwrap_or_else(|_| Err(reasons::damaged(["無法剖析", "the parser gave up"])))
}

/// What the first page of any PDF shows as text, whatever else the file holds and whatever size the
/// page has. Costs no more than an examination.
///
/// # Errors
/// Why it can't be read.
pub fn first_page_text(pdf: &[u8], limits: &Limits) -> Result<PageText, Reason> {
    catch_unwind(AssertUnwindSafe(|| read_first_page(pdf, *limits)))
        .unwrap_or_else(|_| Err(reasons::damaged(["無法剖析", "the parser gave up"])))
}

/// Says that a file is no PDF, where it does not begin as one: what else is said of it does not
/// matter then.
///
/// # Errors
/// The reason for refusing it.
pub fn begins_as_pdf(bytes: &[u8]) -> Result<(), Reason> {
    guard::header(bytes).map(drop)
}

/// The refusal for a page with [`TextVerdict::Differs`].
#[must_use]
pub fn text_differs() -> Reason {
    reasons::text_differs()
}

fn examine_page(bytes: &[u8], limits: Limits, expected: ExpectedPage) -> Result<Examined, Reason> {
    let (pdf, budget) = open(bytes, limits)?;
    let page = Page::only(&pdf)?;
    page.check_size(page.visible()?, expected)?;
    active::check(&pdf, &page)?;
    Ok(Examined { text: text_of(&pdf, &page, limits, budget)? })
}

fn read_first_page(bytes: &[u8], limits: Limits) -> Result<PageText, Reason> {
    let (pdf, budget) = open(bytes, limits)?;
    text_of(&pdf, &Page::first(&pdf)?, limits, budget)
}

/// The document, and what is left to spend on it.
fn open(bytes: &[u8], limits: Limits) -> Result<(Pdf, Budget), Reason> {
    let mut budget = Budget::new(limits.max_inflated_bytes);
    let walked = guard::check(bytes, limits, &mut budget)?;
    let document = load(bytes, limits)?;
    walked.check(&document)?;
    Ok((Pdf::new(document), budget))
}

fn text_of(pdf: &Pdf, page: &Page<'_>, limits: Limits, budget: Budget) -> Result<PageText, Reason> {
    let layers = Layers::read(pdf);
    let none = lopdf::Dictionary::new();
    let resources = page.resources().unwrap_or(&none);
    let runner = Runner::new(pdf, &layers, limits, budget, page.visible()?);
    runner.page(&page.contents()?, resources)
}

fn load(bytes: &[u8], limits: Limits) -> Result<Document, Reason> {
    let most = usize::try_from(limits.max_inflated_bytes).unwrap_or(usize::MAX);
    let document =
        Document::load_mem_with_options(bytes, LoadOptions::with_max_decompressed_size(most))
            .map_err(|error| match error {
                lopdf::Error::InvalidPassword | lopdf::Error::Decryption(_) => reasons::encrypted(),
                _ => reasons::damaged(["結構不正確", "its structure"]),
            })?;
    // Left in place when the empty password did not open it.
    if document.trailer.has(b"Encrypt") {
        return Err(reasons::encrypted());
    }
    if document.objects.len() > limits.max_objects {
        return Err(reasons::too_many_objects(limits.max_objects));
    }
    Ok(document)
}
