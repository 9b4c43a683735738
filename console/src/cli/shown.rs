//! Certificates as they are shown at a terminal.

use jiff::tz::TimeZone;
use sealpress_ledger::Certificate;

use crate::output;
use crate::tongue::Tongue;

pub(crate) use crate::shown::Shown;

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
