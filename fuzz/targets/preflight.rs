//! The examination of a raw PDF.
#![no_main]

mod limits;
mod page;

use libfuzzer_sys::fuzz_target;
use sealpress_inbox::preflight::{ExpectedText, examine, first_page_text};

fuzz_target!(|input: &[u8]| {
    let pdf = page::file(input);
    if let Ok(examined) = examine(&pdf, &limits::LIMITS, limits::A4) {
        let expected =
            ExpectedText { name: "王大明", student_no: "B11012345", certificate_no: None };
        examined.text.check(&expected);
    }
    first_page_text(&pdf, &limits::LIMITS);
});
