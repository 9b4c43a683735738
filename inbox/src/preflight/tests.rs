//! The examination as a whole: generated files, real ones, and hostile ones.

mod active;
mod builder;
mod fixtures;
mod fonts;
mod hostile;
mod limits;
mod pages;
mod words;

use super::*;

/// A4 landscape.
pub(super) const A4: ExpectedPage =
    ExpectedPage { width_pt: 841.89, height_pt: 595.28, fit: false };

pub(super) const LIMITS: Limits = Limits {
    max_inflated_bytes: 64 << 20,
    max_objects: 50_000,
    max_depth: 32,
    max_image_pixels: 150_000_000,
};

fn look(bytes: &[u8]) -> Result<Examined, Reason> {
    examine(bytes, &LIMITS, A4)
}

/// The code of the refusal, or `accepted`.
fn verdict(bytes: &[u8]) -> String {
    look(bytes).map_or_else(|reason| reason.code, |_| "accepted".to_owned())
}

pub(super) fn verdict_on(text: &PageText, name: &str, student_no: &str) -> TextVerdict {
    text.check(&ExpectedText { name, student_no, certificate_no: None })
}
