//! Verifying: is this document signed by somebody whom we trust, and unchanged since?
//!
//! A verdict is [`Verdict::Valid`] only when the document has signatures, and for each of them
//! every [`CheckCode`] that applies was run and passed. Times: a signature that bears no timestamp
//! proves no time, so that the signer's own time, which the signature covers, is the moment at
//! which certificates must be valid; it must not lie in the future.

mod appended;
mod ber;
mod chain;
mod changes;
mod cms;
mod evidence;
mod one;
mod permissions;
mod report;
mod revisions;
mod stamps;
mod structure;

pub(crate) use chain::Purpose;
pub use chain::Trust;
pub use report::{Check, CheckCode, Finding, Verdict};

use jiff::{SignedDuration, Timestamp};
use lopdf::{Document, ObjectId};
use std::collections::BTreeSet;

use crate::{Certificate, Profile, document, limits};
use evidence::Store;
use one::{Context, DocumentTimestamp, One};
use report::Report;
use revisions::{Revisions, Signed};
use structure::{Held, Range};

/// How far ahead the signer's clock may be of ours.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(5);

/// What a signature is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureKind {
    /// The document's author certifies it, and says what may be changed (ISO 32000-2, section
    /// 12.8.2.2).
    Certification,
    /// Somebody approves it as it is.
    Approval,
}

/// What verification found. What it tells of one signature, it tells of the certification, or,
/// where there is none, of the first.
#[derive(Debug, Clone)]
pub struct Verification {
    /// The verdict.
    pub verdict: Verdict,
    /// What was checked, in order. What could not be checked because of an earlier failure is
    /// left out.
    pub checks: Vec<Check>,
    /// What the signature is for.
    pub kind: Option<SignatureKind>,
    /// The highest baseline profile that the signature meets by itself, with what is in the file;
    /// none where it is not PAdES baseline.
    pub profile: Option<Profile>,
    /// How many signatures there are, document timestamps left out.
    pub signatures: usize,
    /// The signer's certificate, as the signature names it; trusted only where the verdict is.
    pub signer: Option<Certificate>,
    /// When it was signed, by the signer's own clock (/M, or the signing time in the signature).
    pub claimed_at: Option<Timestamp>,
    /// When it was signed at the latest, as a timestamp of the signature proves.
    pub timestamped_at: Option<Timestamp>,
    /// When the document was there as it is, as its last document timestamp proves.
    pub archived_at: Option<Timestamp>,
    /// Bytes from the file's start to the end of the signed revision.
    pub covered: Option<usize>,
    /// Bytes that were appended after the signed revision, where some were.
    pub appended: Option<usize>,
    sound: bool,
    strict: bool,
}

impl Verification {
    /// The first check that failed.
    #[must_use]
    pub fn first_failure(&self) -> Option<&Check> {
        self.checks.iter().find(|check| !check.passed)
    }

    /// Whether every check holds but those that ask whom we trust.
    #[must_use]
    pub const fn is_sound(&self) -> bool {
        self.sound
    }

    /// Whether it is valid, and more than that: one certification of at least this profile that
    /// allows no more than form filling, and nothing after it but validation data and document
    /// timestamps.
    #[must_use]
    pub fn certifies(&self, at_least: Profile) -> bool {
        self.verdict == Verdict::Valid && self.strict && self.profile >= Some(at_least)
    }

    /// Whether it is one certification of PAdES baseline as [`Verification::certifies`] demands,
    /// without asking whom we trust.
    #[must_use]
    pub fn is_sound_certification(&self) -> bool {
        self.sound && self.strict && self.profile.is_some()
    }
}

/// Verify every signature of `pdf`, at the moment `now`.
///
/// `pdf` may be anything: this does not panic, and a file that would take memory out of proportion
/// to its length is not read.
#[must_use]
pub fn verify(pdf: &[u8], trust: &Trust, now: Timestamp) -> Verification {
    let mut report = Report::default();
    report.begin(None, &[CheckCode::Document, CheckCode::Signatures, CheckCode::Certification]);
    // A check that can't be run leaves the verdict at “not valid”.
    let found = run(pdf, trust, now, &mut report).unwrap_or_default();
    let appended = found.told.covered.map(|end| pdf.len().saturating_sub(end));
    Verification {
        verdict: if report.holds(true) { Verdict::Valid } else { Verdict::NotValid },
        sound: report.holds(false),
        strict: found.strict,
        checks: report.into_checks(),
        kind: found.kind,
        profile: found.profile,
        signatures: found.signatures,
        signer: found.told.signer,
        claimed_at: found.told.claimed_at,
        timestamped_at: found.told.timestamped_at,
        archived_at: found.archived_at,
        covered: found.told.covered,
        appended: appended.filter(|bytes| *bytes > 0),
    }
}

#[derive(Default)]
struct Found {
    kind: Option<SignatureKind>,
    profile: Option<Profile>,
    signatures: usize,
    archived_at: Option<Timestamp>,
    told: one::Told,
    strict: bool,
}

/// The document, where every reader sees the same one.
fn open(pdf: &[u8]) -> Result<Document, Finding> {
    let document = document::open(pdf).map_err(structure::unreadable)?;
    if limits::is_hybrid(pdf) {
        return Err([
            "檔案有兩套交互參照（XRefStm），不同的閱讀器可能看到不同的內容",
            "the file has two sets of cross-references (XRefStm), so that two readers may see two documents",
        ]);
    }
    Ok(document)
}

/// Every check, in order; `None` as soon as nothing more can be checked.
fn run(pdf: &[u8], trust: &Trust, now: Timestamp, report: &mut Report) -> Option<Found> {
    let document = report.check(CheckCode::Document, open(pdf))?;
    let held = report.check(CheckCode::Signatures, structure::signatures(&document))?;
    let named = structure::certification(&document, &held);
    let certification = report.check(CheckCode::Certification, named).flatten();

    let ids: Vec<ObjectId> = held.iter().map(|one| one.id).collect();
    let mut signatures: Vec<(Held<'_>, Result<Range, Finding>)> = held
        .into_iter()
        .map(|one| {
            let range = structure::byte_range(pdf, &document, one.dictionary);
            (one, range)
        })
        .collect();
    signatures.sort_by_key(|(_, range)| range.as_ref().map_or(usize::MAX, |range| range.end));
    let signed: Vec<Signed> = signatures
        .iter()
        .filter_map(|(one, range)| Some(Signed { id: one.id, end: range.as_ref().ok()?.end }))
        .collect();
    let store = Store::read(pdf, &document);
    let watched: BTreeSet<ObjectId> = ids.iter().copied().chain(store.places()).collect();
    let revisions = Revisions::read(pdf, &document, &signed, &watched);
    let context =
        Context { pdf, document: &document, revisions: &revisions, store: &store, trust, now };
    let mut found = each(&context, report, signatures, certification);
    found.strict &= found.signatures == 1 && structure::no_other(&document, &ids);
    Some(found)
}

/// Judge each signature, the last one first: what a document timestamp covers is known to have
/// existed at its time (ETSI EN 319 102-1, section 5.6.3).
fn each(
    context: &Context<'_>,
    report: &mut Report,
    signatures: Vec<(Held<'_>, Result<Range, Finding>)>,
    certification: Option<ObjectId>,
) -> Found {
    let mut found = Found::default();
    let mut seen = context.now;
    let mut archives: Vec<usize> = Vec::new();
    let mut told_certification = false;
    for (index, (signature, range)) in signatures.into_iter().enumerate().rev() {
        let number = index + 1;
        let end = range.as_ref().map_or(0, |range| range.end);
        if signature.is_timestamp() {
            let stamp = DocumentTimestamp::judge(context, report, number, &signature, range, seen);
            if let Some(stamp) = stamp.filter(|stamp| stamp.proves) {
                archives.push(end);
                found.archived_at = found.archived_at.or(Some(stamp.time));
                seen = seen.min(stamp.time);
            }
            continue;
        }
        found.signatures += 1;
        let one = One::judge(context, report, number, &signature, range, seen);
        let certifies = certification == Some(signature.id);
        if told_certification && !certifies {
            continue;
        }
        told_certification = certifies;
        found.profile = archived(context, &one, end, &archives);
        found.strict = certifies && one.strict;
        found.told = one.told;
        found.kind =
            Some(if certifies { SignatureKind::Certification } else { SignatureKind::Approval });
    }
    found
}

/// The signature's profile, with the document timestamps: one of them must cover the validation
/// data that make it B-LT.
fn archived(context: &Context<'_>, one: &One, end: usize, archives: &[usize]) -> Option<Profile> {
    let covered = |at: &usize| {
        let revisions = context.revisions.as_ref();
        *at > end && revisions.is_ok_and(|it| it.hold_all(context.pdf, *at, &one.proven_in))
    };
    match one.profile {
        Some(Profile::BLT) if archives.iter().any(covered) => Some(Profile::BLTA),
        profile => profile,
    }
}
