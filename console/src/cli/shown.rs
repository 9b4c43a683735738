//! Certificates as they are shown, in a table or as JSON. The JSON is a contract: keys are added,
//! never renamed.

use jiff::tz::TimeZone;
use sealpress_ledger::{Certificate, Reason};
use serde::Serialize;

use crate::output;
use crate::tongue::Tongue;

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

/// A table of certificates for the person at the terminal.
pub(crate) fn table(certificates: &[Certificate]) {
    let tongue = Tongue::of_terminal();
    let heads = match tongue {
        Tongue::Zh => {
            ["證書編號(id)", "證書字號", "學號", "種類", "語言", "狀態", "下一步", "等待"]
        }
        Tongue::En => {
            ["id", "number", "student", "kind", "language", "status", "next", "waiting for"]
        }
    };
    let rows: Vec<Vec<String>> =
        certificates.iter().map(|certificate| row(certificate, tongue)).collect();
    output::table(&heads, &rows);
}

fn row(certificate: &Certificate, tongue: Tongue) -> Vec<String> {
    let certified = &certificate.certified;
    let next = certificate.progress.as_str();
    let waiting = certificate.waiting_for.map_or("", sealpress_ledger::WaitingFor::as_str);
    vec![
        certificate.id.to_string(),
        certified.certificate_no.clone(),
        certified.student_no.clone(),
        tongue.pick(certified.kind.zh(), certified.kind.as_str()).to_owned(),
        tongue.pick(certified.language.zh(), certified.language.as_str()).to_owned(),
        tongue.pick(certificate.status.zh(), certificate.status.as_str()).to_owned(),
        next.to_owned(),
        waiting.to_owned(),
    ]
}

/// A time as people in Taiwan read it: the ROC year, with the Gregorian date beside it.
pub(crate) fn time(at: jiff::Timestamp, timezone: &TimeZone) -> String {
    let at = at.to_zoned_datetime(timezone.clone());
    format!("{} (民國 {} 年)", at.strftime("%Y-%m-%d %H:%M:%S"), i32::from(at.year()) - 1911)
}
