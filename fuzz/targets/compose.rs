//! The raw page as a form on ours: what passes the examination is taken or refused, and what a child
//! sends is taken only where it is a page.
#![no_main]

mod limits;
mod page;

use libfuzzer_sys::fuzz_target;
use sealpress_inbox::preflight::examine;
use sealpress_stages::compose::fuzzed::{receive, take_page};

fuzz_target!(|input: &[u8]| {
    drop(receive(input));
    let pdf = page::file(input);
    if examine(&pdf, &limits::LIMITS, limits::A4).is_ok() {
        // Refused where it has something that the page does not show, and the examination therefore
        // did not look at, and that is more than a page may hold: a stream with an unknown filter.
        drop(take_page(&pdf));
    }
});
