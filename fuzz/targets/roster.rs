//! A roster as CSV in any of its encodings, or as a spreadsheet.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    sealpress_console::roster(input);
});
