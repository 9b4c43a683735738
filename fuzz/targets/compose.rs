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
        // What the page does not show, the examination did not look at, and it may be more than a page
        // may hold: a stream with an unknown filter. For nothing else is a page refused now.
        if let Err(why) = take_page(&pdf) {
            assert_eq!(why, "its resources are not such as a page has");
        }
    }
});
