//! A job: a certificate on its way, as operators see it.

use jiff::Timestamp;
use sealpress_config::Stage;
use serde::Serialize;

use crate::{Certificate, CertificateId, WorkerId};

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Due, and nobody has it.
    Due,
    /// A worker has it.
    InFlight,
    /// Failed, and waits for its next try.
    Later,
    /// Waits for approval.
    Approval,
    /// Parked for a person.
    Parked,
}

impl JobState {
    /// Every state.
    pub const ALL: &'static [Self] =
        &[Self::Due, Self::InFlight, Self::Later, Self::Approval, Self::Parked];

    /// The word on the command line and in the Web API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Due => "due",
            Self::InFlight => "in_flight",
            Self::Later => "later",
            Self::Approval => "approval",
            Self::Parked => "parked",
        }
    }

    /// What staff read: `[zh-TW, English]`.
    #[must_use]
    pub const fn words(self) -> [&'static str; 2] {
        match self {
            Self::Due => ["待處理", "due"],
            Self::InFlight => ["進行中", "in flight"],
            Self::Later => ["待重試", "later"],
            Self::Approval => ["待核可", "approval"],
            Self::Parked => ["停住", "parked"],
        }
    }
}

/// Which jobs are looked for; what is `None`, or empty, does not narrow it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct JobFilter {
    /// The stage that is next is one of these.
    pub stages: Vec<Stage>,
    /// Where they stand.
    pub state: Option<JobState>,
    /// The code of their last error, in full.
    pub code: Option<String>,
    /// The beginning of a certificate number or student number, or an id.
    pub text: Option<String>,
    /// Go on below this one: the last of the page before.
    pub after: Option<CertificateId>,
    /// At most so many, newest first; 0 is as many as one page may have.
    pub limit: u32,
}

impl std::fmt::Debug for JobFilter {
    /// Without what was typed: it is somebody's number.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("JobFilter")
            .field("stages", &self.stages)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

/// A certificate on its way.
#[derive(Debug, Clone)]
pub struct Job {
    /// The certificate.
    pub certificate: Certificate,
    /// Where it stands.
    pub state: JobState,
    /// Since when: begun, due or parked; accepted, where it waits for approval; for a job that
    /// waits for its next try, the time of that try.
    pub since: Timestamp,
    /// Who has it.
    pub worker: Option<JobWorker>,
}

/// The worker process that has a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobWorker {
    /// Its id.
    pub id: WorkerId,
    /// The host that it runs on.
    pub host: String,
    /// Its process id there.
    pub pid: u32,
    /// When it last said that it lives.
    pub seen_at: Timestamp,
}

/// A page of jobs.
#[derive(Debug, Clone)]
pub struct JobPage {
    /// The jobs, newest first.
    pub jobs: Vec<Job>,
    /// Whether there are more below.
    pub more: bool,
}
