//! The name of a dropped file, and the pattern of the configuration in its first line.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let (pattern, name) = match input.iter().position(|byte| *byte == b'\n') {
        Some(at) => (&input[..at], &input[at + 1..]),
        None => (&b"{student_no}_{language}_{kind}.pdf"[..], input),
    };
    // What stands in no folder's list.
    if name.iter().any(|byte| matches!(byte, b'/' | 0)) {
        return;
    }
    if let Ok(pattern) = std::str::from_utf8(pattern) {
        sealpress_inbox::fuzzed::file_name(name, pattern);
    }
});
