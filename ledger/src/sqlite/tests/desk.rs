//! A ledger of a test's own, and what is done with it again and again.

use jiff::Timestamp;
use sealpress_config::{Kind, Language, Stage};
use sqlx::{AssertSqlSafe, Row};
use std::time::Duration;
use uuid::Uuid;

use crate::{
    Acceptance, After, ArchivedFile, Begin, By, Certificate, CertificateId, Issue, LaneRules,
    Lease, Ledger, LedgerError, Mailed, NewCertificate, NewSending, Reason, Sending, SendingId,
    Sha256Hash, Student, StudentSource, ToSend, Via, WorkerId,
};

const DEAD_AFTER: Duration = Duration::from_secs(10);
pub(super) const PROBE: Duration = Duration::from_secs(30);

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
        approval: None,
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
        day: jiff::civil::date(2026, 5, 28),
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

    /// A living worker's turn at the mail.
    pub(super) async fn posting(&self, id: CertificateId) -> Lease {
        let worker = worker();
        self.alive(worker, self.now).await;
        self.begin(id, &post(), worker).await.expect("a turn at the mail")
    }

    /// What a turn is to send, recorded under a new Message-ID where nothing is open.
    pub(super) async fn to_send(&self, lease: &Lease) -> ToSend {
        self.ledger.sending(lease, &new_sending(), self.now).await.unwrap()
    }

    /// What a turn sends.
    pub(super) async fn sent(&self, lease: &Lease) -> Sending {
        match self.to_send(lease).await {
            ToSend::Send(sending) => sending,
            other => panic!("{other:?}"),
        }
    }

    /// A turn ends: the relay took its message.
    pub(super) async fn accepted_by_relay(&self, lease: &Lease, sending: SendingId) -> bool {
        let mailed = Mailed::Accepted { sending, answer: "250".into() };
        self.mailed(lease, &mailed).await
    }

    pub(super) async fn mailed(&self, lease: &Lease, mailed: &Mailed) -> bool {
        let after = After { same_lane: true, due_at: self.now };
        self.ledger.mailed(lease, mailed, after, self.now).await.unwrap()
    }

    /// Mails a certificate in force, or word of its recall, and closes it.
    pub(super) async fn post_and_close(&self, id: CertificateId) -> Sending {
        let lease = self.posting(id).await;
        let sending = self.sent(&lease).await;
        assert!(self.accepted_by_relay(&lease, sending.id).await);
        assert!(self.ledger.close_certificate(&lease, 1, self.now).await.unwrap());
        sending
    }

    /// The words of a certificate's history.
    pub(super) async fn history(&self, id: CertificateId) -> Vec<String> {
        self.ledger.events_of(id).await.unwrap().into_iter().map(|event| event.kind).collect()
    }

    /// Everything that the ledger holds, to see that nothing was changed.
    pub(super) async fn everything(&self) -> String {
        let mut all = String::new();
        for sql in [
            "SELECT json_group_array(json_array(id, status, progress, waiting_for, worker, run,
                attempts, due_at, rung_at, last_error)) FROM certificates",
            "SELECT json_group_array(json_array(id, state, address, message_id)) FROM sendings",
            "SELECT json_group_array(hash) FROM events",
        ] {
            all +=
                &sqlx::query_scalar::<_, String>(sql).fetch_one(&self.ledger.write).await.unwrap();
        }
        all
    }

    /// Mail to this address comes back as 5.1.1.
    pub(super) async fn suppress(&self, address: &str) {
        sqlx::query("INSERT INTO suppressed (address, status, at) VALUES (?, '5.1.1', 0)")
            .bind(address)
            .execute(&self.ledger.write)
            .await
            .unwrap();
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

pub(super) fn new_sending() -> NewSending {
    NewSending::new(SendingId::new(Uuid::now_v7()), "example.edu.tw")
}

/// The code of what was not possible.
pub(super) fn refused<T: std::fmt::Debug>(result: Result<T, LedgerError>) -> String {
    match result {
        Err(LedgerError::NotPossible(reason)) => reason.code,
        other => panic!("{other:?}"),
    }
}

/// A person at the terminal.
pub(super) fn someone() -> By {
    By::new("someone", Via::Cli, "terminal")
}
