//! Verifying: is this document certified by somebody whom we trust, and unchanged since?
//!
//! A verdict is [`Verdict::Valid`] only when every [`CheckCode`] was run and passed. Times: B-B
//! proves no time, so that the signer's own /M, which the signature covers, is the moment at
//! which certificates must be valid; it must not lie in the future.

mod chain;
mod cms;
mod report;
mod structure;

pub(crate) use chain::Purpose;
pub use chain::Trust;
pub use report::{Check, CheckCode, Finding, Verdict};

use jiff::{SignedDuration, Timestamp};

use crate::{Certificate, document};
use report::Report;

/// How far ahead the signer's clock may be of ours.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(5);

/// What verification found.
#[derive(Debug, Clone)]
pub struct Verification {
    /// The verdict.
    pub verdict: Verdict,
    /// What was checked, in order. What could not be checked because of an earlier failure is
    /// left out.
    pub checks: Vec<Check>,
    /// The signer's certificate, as the signature names it; trusted only where the verdict is.
    pub signer: Option<Certificate>,
    /// When it was signed, by the signer's own clock (/M).
    pub signed_at: Option<Timestamp>,
    /// Bytes from the file's start to the end of the signed revision.
    pub covered: Option<usize>,
    /// Bytes that were appended after the signed revision, where some were.
    pub appended: Option<usize>,
}

impl Verification {
    /// The first check that failed.
    #[must_use]
    pub fn first_failure(&self) -> Option<&Check> {
        self.checks.iter().find(|check| !check.passed)
    }
}

/// Verify the one certification signature of `pdf`, at the moment `now`.
///
/// `pdf` may be anything: this does not panic, and a file that would take memory out of proportion
/// to its length is not read.
#[must_use]
pub fn verify(pdf: &[u8], trust: &Trust, now: Timestamp) -> Verification {
    let mut report = Report::default();
    let mut found = Found::default();
    // A check that can't be run leaves the verdict at “not valid”.
    let _ = run(pdf, trust, now, &mut report, &mut found);
    let Found { signer, signed_at, covered } = found;
    Verification {
        verdict: report.verdict(),
        checks: report.into_checks(),
        signer,
        signed_at,
        appended: covered.map(|end| pdf.len().saturating_sub(end)).filter(|bytes| *bytes > 0),
        covered,
    }
}

#[derive(Default)]
struct Found {
    signer: Option<Certificate>,
    signed_at: Option<Timestamp>,
    covered: Option<usize>,
}

/// Every check, in order; `None` as soon as nothing more can be checked.
fn run(
    pdf: &[u8],
    trust: &Trust,
    now: Timestamp,
    report: &mut Report,
    found: &mut Found,
) -> Option<()> {
    let document =
        report.check(CheckCode::Document, document::open(pdf).map_err(structure::unreadable))?;
    let signature = structure::certification(&document);
    let signature = match report.check(CheckCode::Certification, signature) {
        Some(signature) => signature,
        None => structure::any_signature(&document)?,
    };
    report.check(CheckCode::SubFilter, structure::sub_filter(signature));
    report.check(CheckCode::DocMdp, structure::doc_mdp(&document, signature));
    let latest = now.checked_add(CLOCK_SKEW).unwrap_or(now);
    found.signed_at =
        report.check(CheckCode::SigningTime, structure::signing_time(&document, signature, latest));

    let range =
        report.check(CheckCode::ByteRange, structure::byte_range(pdf, &document, signature))?;
    found.covered = Some(range.end);
    report.check(CheckCode::NothingAfter, structure::nothing_after(pdf, &range));
    let contents = structure::contents(pdf, &document, signature, &range);
    let structure = contents.and_then(cms::without_padding);
    let structure = report.check(CheckCode::Contents, structure)?;

    let signed = report.check(CheckCode::Cms, cms::read(&structure))?;
    found.signer = Some(signed.leaf.clone());
    report.check(CheckCode::SignedAttributes, signed.attributes());
    report.check(CheckCode::SigningCertificate, signed.signing_certificate());
    report.check(CheckCode::Digest, signed.digest(&range.parts(pdf)));
    report.check(CheckCode::Signature, signed.signature());
    report.check(CheckCode::KeyUsage, chain::key_usage(&signed.leaf));
    let at = found.signed_at.unwrap_or(now);
    report.check(CheckCode::Chain, chain::check(&signed.leaf, &signed.others, trust, at));
    Some(())
}
