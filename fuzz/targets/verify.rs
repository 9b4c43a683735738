//! A signed PDF, changed in any way: only one whose signed bytes stand where they were certifies.
#![no_main]

use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use pades::{Certificate, Profile, Trust, verify};
use std::sync::LazyLock;

/// A page that was certified with a key that nobody has any more, and that key's certificate.
static SIGNED: &[u8] = include_bytes!("signed.pdf");
static TRUST: LazyLock<Trust> = LazyLock::new(|| {
    let roots = Certificate::from_pem(include_str!("signer.pem")).expect("a certificate");
    Trust::new(roots)
});

/// The hexadecimal string between the signed ranges, which the signature does not cover.
static GAP: LazyLock<[usize; 2]> = LazyLock::new(|| {
    let start = find(b"/Contents <").or(find(b"/Contents<")).expect("a signature");
    let end = start + SIGNED[start..].iter().position(|byte| *byte == b'>').expect("its end");
    [start, end]
});

fn find(what: &[u8]) -> Option<usize> {
    SIGNED.windows(what.len()).rposition(|window| window == what).map(|at| at + what.len())
}

fuzz_target!(|input: &[u8]| {
    let now = Timestamp::from_second(NOW).expect("a time");
    if verify(input, &TRUST, now).certifies(Profile::BB) {
        let [start, end] = *GAP;
        // What verifying takes may follow what was signed.
        let signed = input.get(..SIGNED.len()).expect("a valid file holds all that was signed");
        assert!(signed[..start] == SIGNED[..start] && signed[end..] == SIGNED[end..], "forged");
    }
});

/// When the page was signed, and an hour.
const NOW: i64 = include!("signed_at.txt");
