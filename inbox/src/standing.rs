//! Whether a drop may become a certificate, given those that its degree has already.

use sealpress_config::{Flow, Kind, Language};
use sealpress_ledger::{Certificate, CertificateId, Reason, Status};

use crate::reasons;

/// What the earlier certificates of the same degree and language mean for a drop.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It may go on, and takes the place of this one.
    May(Option<CertificateId>),
    /// It is a second first issue.
    Duplicate(Reason),
    /// It may not.
    Refused(Reason),
    /// An earlier one is on its way; when it is through, there is an answer.
    Wait,
}

/// Whether the school issues this combination at all.
pub(crate) fn allowed(flows: &[Flow], kind: Kind, language: Language) -> Result<(), Reason> {
    match flows.iter().any(|flow| flow.kind == kind && flow.language == language) {
        true => Ok(()),
        false => Err(reasons::flow_not_allowed(kind, language)),
    }
}

/// Whether a drop of this kind may follow `earlier`, the certificates of its degree and language,
/// oldest first, rejected ones left out.
pub(crate) fn standing(kind: Kind, earlier: &[Certificate]) -> Standing {
    let of = |wanted: Status| earlier.iter().rev().find(|one| one.status == wanted);
    let number = |one: &Certificate| one.certified.certificate_no.clone();
    match kind {
        Kind::First => {
            if let Some(there) = of(Status::Issued).or_else(|| of(Status::Pending)) {
                return Standing::Duplicate(reasons::duplicate_degree(&number(there)));
            }
            // A recalled certificate was mis-issued, so a right one may follow; a revoked degree
            // is no longer held.
            match of(Status::Revoked) {
                Some(there) => Standing::Refused(reasons::revoked(&number(there))),
                None => Standing::May(None),
            }
        }
        Kind::Reissue | Kind::Rename => {
            if of(Status::Pending).is_some() {
                return Standing::Wait;
            }
            match of(Status::Issued) {
                Some(there) => Standing::May(Some(there.id)),
                None => Standing::Refused(reasons::no_earlier_certificate(kind)),
            }
        }
    }
}
