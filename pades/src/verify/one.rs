//! One signature of a document, check by check.

use jiff::Timestamp;
use lopdf::Document;

use super::permissions::Permissions;
use super::report::Report;
use super::revisions::{Revisions, Signed};
use super::structure::{self, Held, Range};
use super::{CLOCK_SKEW, CheckCode, Finding, Trust, chain, cms};
use crate::Certificate;

/// What of a signature is always checked.
const DEMANDED: [CheckCode; 13] = [
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
];

/// What all signatures of a document share.
pub(super) struct Context<'a> {
    pub(super) pdf: &'a [u8],
    pub(super) document: &'a Document,
    pub(super) revisions: &'a Result<Revisions, Finding>,
    pub(super) trust: &'a Trust,
    pub(super) now: Timestamp,
}

/// What a signature tells of itself.
#[derive(Default)]
pub(super) struct Told {
    pub(super) signer: Option<Certificate>,
    pub(super) claimed_at: Option<Timestamp>,
    pub(super) covered: Option<usize>,
}

/// What was found of one signature.
#[derive(Default)]
pub(super) struct One {
    pub(super) told: Told,
    /// Whether it is what a certification of ours is, besides what the checks say.
    pub(super) strict: bool,
}

impl One {
    /// Run every check of the signature with this number.
    pub(super) fn judge(
        context: &Context<'_>,
        report: &mut Report,
        number: usize,
        signature: &Held<'_>,
        range: Result<Range, Finding>,
    ) -> Self {
        report.begin(Some(number), &DEMANDED);
        let mut one = Self::default();
        let _ = one.run(context, report, signature, range);
        one
    }

    /// Every check, in order; `None` as soon as nothing more can be checked.
    fn run(
        &mut self,
        context: &Context<'_>,
        report: &mut Report,
        signature: &Held<'_>,
        range: Result<Range, Finding>,
    ) -> Option<()> {
        let Context { pdf, document, revisions, trust, now } = *context;
        report.check(CheckCode::SubFilter, structure::sub_filter(signature));
        let permissions = Permissions::read(document, signature.dictionary, signature.field);
        let permissions = report.check(CheckCode::DocMdp, permissions);
        let latest = now.checked_add(CLOCK_SKEW).unwrap_or(now);
        let said = structure::signing_time(document, signature.dictionary, latest);

        let range = match range {
            Ok(range) => range,
            Err(finding) => {
                self.told.claimed_at = report.check(CheckCode::SigningTime, said).flatten();
                return report.check(CheckCode::ByteRange, Err(finding));
            }
        };
        self.told.covered = Some(range.end);
        let contents = structure::contents(pdf, document, signature.dictionary, &range);
        let structure = contents.and_then(cms::without_padding);
        let read = structure.as_ref().ok().map(|structure| cms::read(structure));
        let said = match &read {
            Some(Ok(signed)) => signed.signing_time(latest).and_then(|own| Ok(own.or(said?))),
            Some(Err(_)) | None => said,
        };
        self.told.claimed_at = report.check(CheckCode::SigningTime, said).flatten();
        let range = report.check(CheckCode::ByteRange, Ok(range))?;

        let covered = Signed { id: signature.id, end: range.end };
        if let Some(permissions) = &permissions {
            let later = match revisions {
                Ok(revisions) => revisions.allowed(pdf, &covered, permissions),
                Err(finding) => Err(*finding),
            };
            report.check(CheckCode::LaterRevisions, later);
        }
        report.check(CheckCode::Contents, structure)?;
        let signed = report.check(CheckCode::Cms, read?)?;
        self.told.signer = Some(signed.leaf.clone());
        report.check(CheckCode::SignedAttributes, signed.attributes());
        report.check(CheckCode::SigningCertificate, signed.signing_certificate());
        report.check(CheckCode::Digest, signed.digest(&range.parts(pdf)));
        report.check(CheckCode::Signature, signed.signature());
        report.check(CheckCode::KeyUsage, chain::key_usage(&signed.leaf));
        let at = self.told.claimed_at.unwrap_or(now);
        report.check(CheckCode::Chain, chain::check(&signed.leaf, &signed.others, trust, at));

        self.strict = signature.is_pades()
            && signed.is_baseline()
            && self.told.claimed_at.is_some()
            && permissions.is_some_and(|them| matches!(them.level, Some(1 | 2)))
            && revisions.as_ref().is_ok_and(|them| them.only_archived(pdf, &covered));
        Some(())
    }
}
