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
            if let Some(there) = of(Status::Revoked) {
                return Standing::Refused(reasons::revoked(&number(there)));
            }
            match of(Status::Superseded) {
                Some(there) => Standing::Duplicate(reasons::duplicate_degree(&number(there))),
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

#[cfg(test)]
mod tests {
    use super::*;
    use sealpress_config::Stage;
    use sealpress_ledger::{Certified, Progress, Sha256Hash};
    use uuid::Uuid;

    fn earlier(status: Status) -> Certificate {
        let at = jiff::Timestamp::UNIX_EPOCH;
        Certificate {
            id: CertificateId::new(Uuid::from_u128(status as u128 + 1)),
            certified: Certified {
                student_no: "B1".into(),
                name_zh: None,
                name_en: None,
                programme: "p".into(),
                degree: "d".into(),
                college: None,
                kind: Kind::First,
                language: Language::Zh,
                certificate_no: status.as_str().into(),
                issued_on: None,
            },
            status,
            progress: Progress::At(Stage::Compose),
            waiting_for: None,
            approval: None,
            token: String::new(),
            drop_name: String::new(),
            drop_hash: Sha256Hash::of(b""),
            accepted_at: at,
            archived: None,
            supersedes: None,
            attempts: 0,
            due_at: at,
            first_tried_at: None,
            handed_on: None,
            last_error: None,
        }
    }

    /// What is said to a first issue and to a reissue after these, in a word each, with the
    /// number of the certificate that it is about.
    fn said(before: &[Status]) -> [String; 2] {
        let before: Vec<_> = before.iter().copied().map(earlier).collect();
        [Kind::First, Kind::Reissue].map(|kind| match standing(kind, &before) {
            Standing::May(None) => "may".into(),
            Standing::May(Some(id)) => {
                let there = before.iter().find(|one| one.id == id).unwrap();
                format!("supersedes {}", there.status.as_str())
            }
            Standing::Duplicate(reason) => {
                assert_eq!(reason.code, "duplicate_degree");
                "duplicate".into()
            }
            Standing::Refused(reason) => reason.code,
            Standing::Wait => "wait".into(),
        })
    }

    #[test]
    fn what_came_before_decides() {
        use Status::{Issued, Pending, Recalled, Revoked, Superseded};
        for (before, first, reissue) in [
            (&[][..], "may", "no_earlier_certificate"),
            (&[Pending], "duplicate", "wait"),
            (&[Issued], "duplicate", "supersedes issued"),
            (&[Superseded, Issued], "duplicate", "supersedes issued"),
            (&[Issued, Pending], "duplicate", "wait"),
            (&[Superseded, Pending], "duplicate", "wait"),
            (&[Superseded], "duplicate", "no_earlier_certificate"),
            (&[Recalled], "may", "no_earlier_certificate"),
            (&[Recalled, Issued], "duplicate", "supersedes issued"),
            (&[Revoked], "revoked", "no_earlier_certificate"),
            (&[Superseded, Revoked], "revoked", "no_earlier_certificate"),
        ] {
            assert_eq!(said(before), [first, reissue], "{before:?}");
        }
    }
}
