//! Certificates as JSON, the same on the command line and in the Web API. It is a contract: keys are
//! added, never renamed.

use sealpress_ledger::{Certificate, Reason, Sending, Status};
use serde::Serialize;

/// A certificate in a list.
#[derive(Debug, Serialize)]
pub(crate) struct Shown {
    id: String,
    certificate_no: String,
    student_no: String,
    kind: &'static str,
    language: &'static str,
    status: &'static str,
    /// The stage that is next, or `closed`.
    stage: &'static str,
    waiting_for: Option<&'static str>,
    programme: String,
    degree: String,
    college: Option<String>,
    accepted_at: jiff::Timestamp,
    archived_at: Option<jiff::Timestamp>,
    archive_path: Option<String>,
    sha256: Option<String>,
    supersedes: Option<String>,
    drop: String,
    attempts: u32,
    error: Option<Reason>,
}

impl From<&Certificate> for Shown {
    fn from(certificate: &Certificate) -> Self {
        let certified = &certificate.certified;
        let archived = certificate.archived.as_ref();
        Self {
            id: certificate.id.to_string(),
            certificate_no: certified.certificate_no.clone(),
            student_no: certified.student_no.clone(),
            kind: certified.kind.as_str(),
            language: certified.language.as_str(),
            status: certificate.status.as_str(),
            stage: certificate.progress.as_str(),
            waiting_for: certificate.waiting_for.map(sealpress_ledger::WaitingFor::as_str),
            programme: certified.programme.clone(),
            degree: certified.degree.clone(),
            college: certified.college.clone(),
            accepted_at: certificate.accepted_at,
            archived_at: archived.map(|file| file.at),
            archive_path: archived.map(|file| file.path.clone()),
            sha256: archived.map(|file| file.hash.to_string()),
            supersedes: certificate.supersedes.map(|id| id.to_string()),
            drop: certificate.drop_name.clone(),
            attempts: certificate.attempts,
            error: certificate.last_error.clone(),
        }
    }
}

/// A sending. Its address is shown to who may see the student.
#[derive(Debug, Serialize)]
pub(crate) struct ShownSending {
    id: String,
    purpose: &'static str,
    route: &'static str,
    to: String,
    message_id: Option<String>,
    state: &'static str,
    created_at: jiff::Timestamp,
}

impl From<&Sending> for ShownSending {
    fn from(sending: &Sending) -> Self {
        Self {
            id: sending.id.to_string(),
            purpose: sending.purpose.as_str(),
            route: sending.route.as_str(),
            to: sending.to.clone(),
            message_id: sending.message_id.clone(),
            state: sending.state.as_str(),
            created_at: sending.created_at,
        }
    }
}

/// A status by its word.
///
/// # Errors
/// The words that there are.
pub(crate) fn status(text: &str) -> Result<Status, String> {
    Status::ALL.iter().copied().find(|status| status.as_str() == text).ok_or_else(|| {
        let known: Vec<&str> = Status::ALL.iter().map(|status| status.as_str()).collect();
        format!("known are {}", known.join(", "))
    })
}
