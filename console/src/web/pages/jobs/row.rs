//! A job as a row: numbers, where it stands, and what went wrong. No names.

use sealpress_ledger::{CertificateId, Job, JobState, Progress, Reason};

use crate::web::page::Page;

/// One job.
pub(super) struct Row {
    pub(super) id: CertificateId,
    pub(super) certificate_no: String,
    pub(super) student_no: String,
    pub(super) stage: &'static str,
    pub(super) state: &'static str,
    /// How it is coloured.
    pub(super) tone: &'static str,
    pub(super) since: String,
    pub(super) attempts: u32,
    /// Who has it: host and process.
    pub(super) worker: Option<String>,
    pub(super) error: Option<Trouble>,
    /// No worker has it: a person may do something with it.
    pub(super) free: bool,
}

/// What went wrong last.
pub(super) struct Trouble {
    pub(super) code: String,
    pub(super) message: String,
    pub(super) hint: String,
}

impl Trouble {
    pub(super) fn of(page: &Page, reason: &Reason) -> Self {
        Self {
            code: reason.code.clone(),
            message: page.t(&reason.message_zh, &reason.message_en).to_owned(),
            hint: page.t(&reason.hint_zh, &reason.hint_en).to_owned(),
        }
    }
}

impl Row {
    pub(super) fn of(page: &Page, job: &Job) -> Self {
        let certificate = &job.certificate;
        let since = page.moment(&job.since);
        Self {
            id: certificate.id,
            certificate_no: certificate.certified.certificate_no.clone(),
            student_no: certificate.certified.student_no.clone(),
            stage: stage(page, certificate.progress),
            state: page.tongue.pick(job.state.words()[0], job.state.words()[1]),
            tone: match job.state {
                JobState::Due => "",
                JobState::InFlight => "good",
                JobState::Later | JobState::Approval => "warn",
                JobState::Parked => "bad",
            },
            since: match job.state {
                JobState::Later => format!("{}{since}", page.t("下次：", "next try ")),
                JobState::Due | JobState::InFlight | JobState::Approval | JobState::Parked => since,
            },
            attempts: certificate.attempts,
            worker: job.worker.as_ref().map(|worker| format!("{} · {}", worker.host, worker.pid)),
            error: certificate.last_error.as_ref().map(|reason| Trouble::of(page, reason)),
            free: job.state != JobState::InFlight,
        }
    }
}

/// The stage that is next.
pub(super) fn stage(page: &Page, progress: Progress) -> &'static str {
    match progress {
        Progress::At(stage) => page.tongue.pick(stage.zh(), stage.as_str()),
        Progress::Closed => page.tongue.pick("完成", "closed"),
    }
}
