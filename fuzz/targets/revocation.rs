//! What OCSP responders, CRLs and timestamp authorities might answer: only what was really signed
//! by who may sign it is believed.
#![no_main]

use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use pades::{Cache, Certificate, Fetch, FetchError, TimestampRequest, Trust};
use std::sync::LazyLock;

/// Whatever is asked for, the answer is this.
struct Answer<'a>(&'a [u8]);

impl Fetch for Answer<'_> {
    fn get(&self, _: &str) -> Result<Vec<u8>, FetchError> {
        Ok(self.0.to_vec())
    }

    fn post(&self, _: &str, _: &str, _: &[u8]) -> Result<Vec<u8>, FetchError> {
        Ok(self.0.to_vec())
    }
}

/// A signer and his issuer: one who can be asked about by OCSP alone, one by a CRL alone.
static OCSP: LazyLock<Vec<Certificate>> =
    LazyLock::new(|| chain(include_str!("revocation/ocsp.pem")));
static CRL: LazyLock<Vec<Certificate>> =
    LazyLock::new(|| chain(include_str!("revocation/crl.pem")));

fn chain(pem: &str) -> Vec<Certificate> {
    Certificate::from_pem(pem).expect("certificates")
}

/// What was really signed: two answers (the responder's and the issuer's own), and one CRL.
static SIGNED: [&[u8]; 2] =
    [include_bytes!("revocation/ocsp.signed"), include_bytes!("revocation/ocsp_by_issuer.signed")];
static LIST: &[u8] = include_bytes!("../corpus/revocation/crl_ca");

/// The answer to a question, by an authority whose root is trusted, and what of it was signed.
static STAMP: &[u8] = include_bytes!("revocation/timestamp.signed");
static TRUST: LazyLock<Trust> =
    LazyLock::new(|| Trust::new(chain(include_str!("revocation/timestamp.pem"))));
static QUESTION: LazyLock<TimestampRequest> =
    LazyLock::new(|| TimestampRequest::new(IMPRINT, [1; 16]));

/// The SHA-256 of `page`.
const IMPRINT: &[u8] = include_bytes!("revocation/imprint");

fn believed(chain: &[Certificate], answer: &[u8], now: Timestamp) -> bool {
    Cache::new().data(chain, &chain[1..], now, &Answer(answer)).is_ok()
}

fuzz_target!(|input: &[u8]| {
    let now = Timestamp::from_second(NOW).expect("a time");
    let holds = |signed: &[u8]| input.windows(signed.len()).any(|part| part == signed);
    if believed(&OCSP, input, now) {
        assert!(SIGNED.into_iter().any(holds), "forged");
    }
    if believed(&CRL, input, now) {
        assert!(input == LIST, "forged");
    }
    if QUESTION.accept(input, &TRUST, now).is_ok() {
        assert!(holds(STAMP), "forged");
    }
});

/// When the answers were given.
const NOW: i64 = include!("revocation/asked_at.txt");
