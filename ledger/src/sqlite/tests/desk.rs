//! A ledger of a test's own, and what is done with it again and again.

use jiff::Timestamp;
use sealpress_config::{Kind, Language, Stage};
use sqlx::{AssertSqlSafe, Row};
use std::time::Duration;
use uuid::Uuid;

use crate::{
    Acceptance, After, ArchivedFile, Begin, By, Certificate, CertificateId, Issue, LaneRules,
    Lease, Ledger, NewCertificate, Reason, Sha256Hash, Student, StudentSource, Via, WorkerId,
};

const DEAD_AFTER: Duration = Duration::from_secs(10);
const PROBE: Duration = Duration::from_secs(30);

pub(super) struct Desk {
    pub(super) ledger: Ledger,
    pub(super) now: Timestamp,
    _dir: tempfile::TempDir,
}

pub(super) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_780_000_000 + seconds).unwrap()
}

pub(super) fn lane(name: &str, stages: &[Stage]) -> LaneRules {
    LaneRules {
        name: name.into(),
        stages: stages.to_vec(),
        crashes: 3,
        dead_after: DEAD_AFTER,
        probe: PROBE,
    }
}

pub(super) fn press() -> LaneRules {
    lane("press", &[Stage::Compose, Stage::Sign, Stage::Archive])
}

pub(super) fn post() -> LaneRules {
    lane("post", &[Stage::Email, Stage::Log])
}

pub(super) fn id() -> CertificateId {
    CertificateId::new(Uuid::now_v7())
}

pub(super) fn worker() -> WorkerId {
    WorkerId::new(Uuid::now_v7())
}

pub(super) fn reason() -> Reason {
    Reason::new("test", ["", ""], ["", ""])
}

pub(super) fn drop_of(
    student_no: &str,
    kind: Kind,
    supersedes: Option<CertificateId>,
) -> NewCertificate {
    let id = id();
    NewCertificate {
        id,
        student_no: student_no.into(),
        name_zh: Some("王大明".into()),
        name_en: None,
        programme: "CS".into(),
        degree: "BSc".into(),
        college: None,
        kind,
        language: Language::Zh,
        certificate_no: None,
        issued_on: None,
        token: id.uuid().simple().to_string(),
        drop_name: "a.pdf".into(),
        drop_hash: Sha256Hash::of(id.uuid().as_bytes()),
        supersedes,
        waiting_for: None,
        sidecar_student: Some(Student {
            student_no: student_no.into(),
            name_zh: Some("王大明".into()),
            name_en: None,
            birthday: None,
            email: Some("wang@example.edu.tw".into()),
            school_email: None,
            source: StudentSource::Sidecar,
            degrees: Vec::new(),
        }),
        accepted_at: at(0),
        numbering: "{roc_year}-{seq}".into(),
        year: 2026,
    }
}

impl Desk {
    pub(super) async fn open() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let ledger = Ledger::open(&dir.path().join("ledger.db")).await.unwrap();
        Self { ledger, now: at(0), _dir: dir }
    }

    pub(super) async fn accepted(&self, new: NewCertificate) -> Certificate {
        match self.ledger.accept(new).await.unwrap() {
            Acceptance::Accepted(certificate) => certificate,
            other => panic!("{other:?}"),
        }
    }

    pub(super) async fn alive(&self, worker: WorkerId, now: Timestamp) {
        self.ledger.heartbeat(worker, "host", 1, "press", now).await.unwrap();
    }

    pub(super) async fn begin(
        &self,
        id: CertificateId,
        lane: &LaneRules,
        worker: WorkerId,
    ) -> Option<Lease> {
        match self.ledger.begin(id, lane, worker, self.now).await.unwrap() {
            Begin::Go { lease, .. } => Some(lease),
            Begin::NotNow | Begin::Parked => None,
        }
    }

    pub(super) async fn issue(&self, lease: &Lease) -> bool {
        let file = ArchivedFile {
            path: format!("2026/06/{}.pdf", lease.certificate),
            hash: Sha256Hash::of(lease.certificate.uuid().as_bytes()),
            bytes: 1,
            at: self.now,
        };
        let after = After { same_lane: false, due_at: self.now };
        self.ledger.issue(lease, &file, after, self.now).await.unwrap() == Issue::Done
    }

    /// A certificate in force.
    pub(super) async fn issued(&self, new: NewCertificate) -> Certificate {
        let certificate = self.accepted(new).await;
        let worker = worker();
        self.alive(worker, self.now).await;
        let lease = self.begin(certificate.id, &press(), worker).await.unwrap();
        assert!(self.issue(&lease).await);
        self.certificate(certificate.id).await
    }

    /// What SQLite means to do.
    pub(super) async fn plan(&self, sql: &str) -> String {
        let rows = sqlx::query(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}")))
            .fetch_all(&self.ledger.read)
            .await
            .unwrap();
        rows.iter().map(|row| row.get::<String, _>("detail") + "\n").collect()
    }

    pub(super) async fn certificate(&self, id: CertificateId) -> Certificate {
        self.ledger.certificate(id).await.unwrap().unwrap()
    }
}

/// A person at the terminal.
pub(super) fn someone() -> By {
    By::new("someone", Via::Cli, "terminal")
}
