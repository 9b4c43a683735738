//! Doors for the fuzz target, which no other build has.

use lopdf::{Document, dictionary};

use super::checked::Bounds;
use super::objects::Objects;
use super::raw_page::{Target, add};
use super::take::take;
use super::taken::{Taken, Unusable};

const BOUNDS: Bounds = Bounds { objects: 2_000, depth: 32 };

/// Takes the first page of a PDF the way that it goes: read by the child, sent, checked, and written
/// as a form.
///
/// # Errors
/// Why it can't be taken.
///
/// # Panics
/// When what was written can't be read again.
pub fn take_page(pdf: &[u8]) -> Result<(), &'static str> {
    let sent = take(pdf).map_err(Unusable::why)?.sent().ok_or("it can't be sent")?;
    receive(&sent)
}

/// Takes what a child has sent, which may have been taken over by what it read.
///
/// # Errors
/// Why it is not taken.
///
/// # Panics
/// When what was written can't be read again.
pub fn receive(sent: &[u8]) -> Result<(), &'static str> {
    let taken = Taken::received(sent, BOUNDS).map_err(Unusable::why)?;
    let mut objects = Objects::new();
    let form = add(&mut objects, taken, Target { width: 841.89, height: 595.28, fit: false });
    let catalog = objects.add(dictionary! { "Type" => "Catalog", "Form" => form });
    let written = objects.finish(dictionary! { "Root" => catalog });
    let read = Document::load_mem(&written).expect("what we wrote can be read");
    assert!(read.catalog().is_ok_and(|catalog| catalog.has(b"Form")));
    Ok(())
}
