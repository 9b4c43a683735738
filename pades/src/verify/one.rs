//! One signature of a document, or one document timestamp, check by check.

use jiff::Timestamp;
use lopdf::{Document, ObjectId};
use std::collections::BTreeSet;

use super::chain::{self, Purpose};
use super::evidence::{self, Known, Moment, Store};
use super::permissions::Permissions;
use super::report::Report;
use super::revisions::{Revisions, Signed};
use super::stamps::{self, Stamp};
use super::structure::{self, Held, Range};
use super::{CLOCK_SKEW, CheckCode, Finding, Trust, cms};
use crate::{Certificate, Profile};

/// What of a signature is always checked.
const OF_A_SIGNATURE: [CheckCode; 14] = [
    CheckCode::SubFilter,
    CheckCode::DocMdp,
    CheckCode::SigningTime,
    CheckCode::ByteRange,
    CheckCode::LaterRevisions,
    CheckCode::Contents,
    CheckCode::Cms,
    CheckCode::SignedAttributes,
    CheckCode::SigningCertificate,
    CheckCode::Digest,
    CheckCode::Signature,
    CheckCode::KeyUsage,
    CheckCode::Chain,
    CheckCode::Revocation,
];

/// What of a document timestamp is always checked.
const OF_A_TIMESTAMP: [CheckCode; 7] = [
    CheckCode::SubFilter,
    CheckCode::ByteRange,
    CheckCode::LaterRevisions,
    CheckCode::Contents,
    CheckCode::Timestamp,
    CheckCode::TimestampChain,
    CheckCode::Revocation,
];

/// What all signatures of a document share.
pub(super) struct Context<'a> {
    pub(super) pdf: &'a [u8],
    pub(super) document: &'a Document,
    pub(super) revisions: &'a Result<Revisions, Finding>,
    pub(super) store: &'a Store,
    pub(super) trust: &'a Trust,
    pub(super) now: Timestamp,
}

/// What a signature tells of itself.
#[derive(Default)]
pub(super) struct Told {
    pub(super) signer: Option<Certificate>,
    pub(super) claimed_at: Option<Timestamp>,
    pub(super) timestamped_at: Option<Timestamp>,
    pub(super) covered: Option<usize>,
}

/// What was found of one signature.
#[derive(Default)]
pub(super) struct One {
    pub(super) told: Told,
    /// The profile that it meets, document timestamps left out.
    pub(super) profile: Option<Profile>,
    /// Where the document says that no certificate of the signature's was revoked.
    pub(super) proven_in: BTreeSet<ObjectId>,
    /// Whether it is what a certification of ours is, besides what the checks say.
    pub(super) strict: bool,
}

/// A document timestamp.
pub(super) struct DocumentTimestamp {
    pub(super) time: Timestamp,
    pub(super) proves: bool,
}

impl One {
    /// Run every check of the signature with this number. It is known to have existed at `seen`.
    pub(super) fn judge(
        context: &Context<'_>,
        report: &mut Report,
        number: usize,
        signature: &Held<'_>,
        range: Result<Range, Finding>,
        seen: Timestamp,
    ) -> Self {
        report.begin(Some(number), &OF_A_SIGNATURE);
        let mut one = Self::default();
        let _ = one.run(context, report, signature, range, seen);
        one
    }

    /// Every check, in order; `None` as soon as nothing more can be checked.
    fn run(
        &mut self,
        context: &Context<'_>,
        report: &mut Report,
        signature: &Held<'_>,
        range: Result<Range, Finding>,
        seen: Timestamp,
    ) -> Option<()> {
        let Context { pdf, document, now, .. } = *context;
        report.check(CheckCode::SubFilter, structure::sub_filter(signature));
        let permissions = Permissions::read(document, signature.dictionary, signature.field);
        let permissions = report.check(CheckCode::DocMdp, permissions);
        let latest = now.checked_add(CLOCK_SKEW).unwrap_or(now);
        let claimed = structure::signing_time(document, signature.dictionary, latest);
        self.told.claimed_at = report.check(CheckCode::SigningTime, claimed).flatten();

        let range = report.check(CheckCode::ByteRange, range)?;
        self.told.covered = Some(range.end);
        let covered = Signed { id: signature.id, end: range.end };
        if let Some(permissions) = &permissions {
            report.check(CheckCode::LaterRevisions, context.later(&covered, permissions));
        }
        let contents = structure::contents(pdf, document, signature.dictionary, &range);
        let offered = contents.as_ref().is_ok_and(|all| evidence::has_part_for(document, all));
        let structure = contents.and_then(|all| cms::without_padding(&all));
        let structure = report.check(CheckCode::Contents, structure)?;

        let signed = report.check(CheckCode::Cms, cms::read(&structure))?;
        self.told.signer = Some(signed.leaf().clone());
        if let Some(own) = self.signing_time(report, &signed, latest) {
            self.told.claimed_at = Some(own);
        }
        report.check(CheckCode::SignedAttributes, signed.attributes());
        report.check(CheckCode::SigningCertificate, signed.signing_certificate());
        report.check(CheckCode::Digest, signed.digest(&range.parts(pdf)));
        report.check(CheckCode::Signature, signed.signature());
        report.check(CheckCode::KeyUsage, chain::key_usage(signed.leaf()));

        let stamps: Vec<Option<Stamp>> = signed
            .timestamps()
            .iter()
            .map(|token| {
                report.demand(&[CheckCode::Timestamp, CheckCode::TimestampChain]);
                stamps::judge(context, report, token, &[signed.value()], seen)
            })
            .collect();
        self.chain(context, report, &signed, &stamps, seen, offered);

        self.strict = signature.is_pades()
            && self.told.claimed_at.is_some()
            && permissions.is_some_and(|them| matches!(them.level, Some(1 | 2)))
            && context.revisions.as_ref().is_ok_and(|them| them.only_archived(pdf, &covered));
        self.profile = self.profile.filter(|_| signature.is_pades() && signed.is_baseline());
        Some(())
    }

    /// The signer's own time, where it stands in the signature itself.
    fn signing_time(
        &self,
        report: &mut Report,
        signed: &cms::Signed,
        latest: Timestamp,
    ) -> Option<Timestamp> {
        match signed.signing_time(latest) {
            Ok(own) => own,
            Err(finding) => report.check(CheckCode::SigningTime, Err(finding)),
        }
    }

    /// The signer's chain, at the time that a timestamp proves, or else at the one he claims; what
    /// is known of its revocation; and so the profile.
    fn chain(
        &mut self,
        context: &Context<'_>,
        report: &mut Report,
        signed: &cms::Signed,
        stamps: &[Option<Stamp>],
        seen: Timestamp,
        offered: bool,
    ) {
        let proving = stamps.iter().flatten().filter(|stamp| stamp.proves);
        self.told.timestamped_at = proving.map(|stamp| stamp.time).min();
        let proven = self.told.timestamped_at.map_or(seen, |at| at.min(seen));
        let is_proven = self.told.timestamped_at.is_some() || seen < context.now;
        let at = if is_proven { proven } else { self.told.claimed_at.unwrap_or(context.now) };
        let mut others = signed.others().to_vec();
        others.extend(context.store.certificates.iter().cloned());
        let leaf = signed.leaf();
        let trusted = chain::check(leaf, &others, context.trust, at);
        report.check(CheckCode::Chain, trusted);

        let path = context.trust.path(Purpose::Documents, leaf, &others, at);
        let path = path.unwrap_or_else(|| chain::upward(leaf, &others));
        let known = context.store.known(&path, Moment { used: proven, now: context.now });
        let known = known.and_then(|known| {
            // What the document brings for this signature must be of this signer.
            let missing = offered && context.store.says_something() && known.misses_first;
            if missing { Err(OF_OTHERS) } else { Ok(known) }
        });
        let known = report.check(CheckCode::Revocation, known);
        let stored = !context.store.is_empty();
        self.profile = Some(self.meets(stamps, known, is_proven, stored));
    }

    fn meets(
        &mut self,
        stamps: &[Option<Stamp>],
        known: Option<Known>,
        is_proven: bool,
        stored: bool,
    ) -> Profile {
        let stamped = !stamps.is_empty() && stamps.iter().all(Option::is_some);
        let chains = stamps
            .iter()
            .map(|stamp| stamp.as_ref().and_then(|stamp| stamp.known.as_ref()))
            .chain([known.as_ref()]);
        let complete = chains.clone().all(|known| known.is_some_and(|known| known.complete));
        self.proven_in = chains.flatten().flat_map(|known| known.places.iter().copied()).collect();
        match (stamped || is_proven, complete && stored) {
            (false, _) => Profile::BB,
            (true, false) => Profile::BT,
            (true, true) => Profile::BLT,
        }
    }
}

const OF_OTHERS: Finding = [
    "檔案內的廢止資料（OCSP、CRL）屬於其他憑證",
    "the revocation data in the file (OCSP, CRL) are of other certificates",
];

impl Context<'_> {
    fn later(&self, covered: &Signed, permissions: &Permissions) -> Result<(), Finding> {
        match self.revisions {
            Ok(revisions) => revisions.allowed(self.pdf, covered, permissions),
            Err(finding) => Err(*finding),
        }
    }
}

impl DocumentTimestamp {
    /// Run every check of the document timestamp with this number, known to have existed at `seen`.
    pub(super) fn judge(
        context: &Context<'_>,
        report: &mut Report,
        number: usize,
        timestamp: &Held<'_>,
        range: Result<Range, Finding>,
        seen: Timestamp,
    ) -> Option<Self> {
        report.begin(Some(number), &OF_A_TIMESTAMP);
        report.check(CheckCode::SubFilter, structure::sub_filter(timestamp));
        let range = report.check(CheckCode::ByteRange, range)?;
        let covered = Signed { id: timestamp.id, end: range.end };
        report.check(CheckCode::LaterRevisions, context.later(&covered, &Permissions::default()));
        let contents =
            structure::contents(context.pdf, context.document, timestamp.dictionary, &range);
        let token = report
            .check(CheckCode::Contents, contents.and_then(|all| cms::without_padding(&all)))?;
        let stamp = stamps::judge(context, report, &token, &range.parts(context.pdf), seen)?;
        Some(Self { time: stamp.time, proves: stamp.proves })
    }
}
