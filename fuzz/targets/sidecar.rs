//! A sidecar, as YAML and as JSON.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    sealpress_inbox::fuzzed::sidecar(input);
});
