//! The state machine: who may change what, and what a crash leaves.

use jiff::{SignedDuration, Timestamp};
use sealpress_config::{Kind, Language, Stage};
use std::time::Duration;
use uuid::Uuid;

use super::Ledger;
use crate::{
    Acceptance, After, ArchivedFile, Begin, Certificate, CertificateFilter, CertificateId,
    LaneRules, Lease, LedgerError, Mailed, NewCertificate, Progress, Reason, Refusal,
    RefusalFolder, SendingId, SendingState, Sha256Hash, Status, Student, StudentSource, ToSend,
    WaitingFor, WorkerId,
};

const DEAD_AFTER: Duration = Duration::from_secs(10);
const PROBE: Duration = Duration::from_secs(30);

struct Desk {
    ledger: Ledger,
    now: Timestamp,
    _dir: tempfile::TempDir,
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_780_000_000 + seconds).unwrap()
}

fn lane(name: &str, stages: &[Stage]) -> LaneRules {
    LaneRules {
        name: name.into(),
        stages: stages.to_vec(),
        crashes: 3,
        dead_after: DEAD_AFTER,
        probe: PROBE,
    }
}

fn press() -> LaneRules {
    lane("press", &[Stage::Compose, Stage::Sign, Stage::Archive])
}

fn post() -> LaneRules {
    lane("post", &[Stage::Email, Stage::Log])
}

fn id() -> CertificateId {
    CertificateId::new(Uuid::now_v7())
}

fn worker() -> WorkerId {
    WorkerId::new(Uuid::now_v7())
}

fn reason() -> Reason {
    Reason::new("test", ["", ""], ["", ""])
}

fn drop_of(student_no: &str, kind: Kind, supersedes: Option<CertificateId>) -> NewCertificate {
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
            source: StudentSource::Sidecar,
            degrees: Vec::new(),
        }),
        accepted_at: at(0),
        numbering: "{roc_year}-{seq}".into(),
        year: 2026,
    }
}

impl Desk {
    async fn open() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let ledger = Ledger::open(&dir.path().join("ledger.db")).await.unwrap();
        Self { ledger, now: at(0), _dir: dir }
    }

    async fn accepted(&self, new: NewCertificate) -> Certificate {
        match self.ledger.accept(new).await.unwrap() {
            Acceptance::Accepted(certificate) => certificate,
            other => panic!("{other:?}"),
        }
    }

    async fn alive(&self, worker: WorkerId, now: Timestamp) {
        self.ledger.heartbeat(worker, "host", 1, "press", now).await.unwrap();
    }

    async fn begin(&self, id: CertificateId, lane: &LaneRules, worker: WorkerId) -> Option<Lease> {
        match self.ledger.begin(id, lane, worker, self.now).await.unwrap() {
            Begin::Go { lease, .. } => Some(lease),
            Begin::NotNow | Begin::Parked => None,
        }
    }

    async fn issue(&self, lease: &Lease) -> bool {
        let file = ArchivedFile {
            path: format!("2026/06/{}.pdf", lease.certificate),
            hash: Sha256Hash::of(lease.certificate.uuid().as_bytes()),
            bytes: 1,
            at: self.now,
        };
        let after = After { same_lane: false, due_at: self.now };
        self.ledger.issue(lease, &file, after, self.now).await.unwrap()
    }

    /// A certificate in force.
    async fn issued(&self, new: NewCertificate) -> Certificate {
        let certificate = self.accepted(new).await;
        let worker = worker();
        self.alive(worker, self.now).await;
        let lease = self.begin(certificate.id, &press(), worker).await.unwrap();
        assert!(self.issue(&lease).await);
        self.certificate(certificate.id).await
    }

    async fn certificate(&self, id: CertificateId) -> Certificate {
        self.ledger.certificate(id).await.unwrap().unwrap()
    }
}

#[tokio::test]
async fn a_drop_becomes_one_certificate_however_often_it_is_accepted() {
    let desk = Desk::open().await;
    let new = drop_of("B1", Kind::First, None);
    let first = desk.accepted(new.clone()).await;
    assert_eq!(first.certified.certificate_no, "115-000001");
    assert!(matches!(desk.ledger.accept(new.clone()).await.unwrap(), Acceptance::AlreadyThere(_)));
    let again = NewCertificate { id: id(), token: "other".into(), ..new.clone() };
    assert!(
        matches!(desk.ledger.accept(again).await.unwrap(), Acceptance::SameDrop(same) if same == new.id)
    );
    let second = drop_of("B1", Kind::First, None);
    assert!(matches!(desk.ledger.accept(second).await.unwrap(), Acceptance::DegreeTaken(_)));
    let other = NewCertificate {
        certificate_no: Some("115-000001".into()),
        ..drop_of("B2", Kind::First, None)
    };
    assert!(matches!(desk.ledger.accept(other).await.unwrap(), Acceptance::NumberTaken(_)));
    assert_eq!(desk.ledger.certificates(&CertificateFilter::default()).await.unwrap().len(), 1);
}

#[tokio::test]
async fn of_many_workers_one_gets_the_turn() {
    let desk = Desk::open().await;
    let certificate = desk.accepted(drop_of("B1", Kind::First, None)).await;
    let workers: Vec<WorkerId> = (0..8).map(|_| worker()).collect();
    for worker in &workers {
        desk.alive(*worker, desk.now).await;
    }
    let mut turns = 0;
    for worker in &workers {
        turns += usize::from(desk.begin(certificate.id, &press(), *worker).await.is_some());
    }
    assert_eq!(turns, 1);
}

#[tokio::test]
async fn an_overtaken_worker_changes_nothing() {
    let mut desk = Desk::open().await;
    let certificate = desk.accepted(drop_of("B1", Kind::First, None)).await;
    let (slow, quick) = (worker(), worker());
    desk.alive(slow, desk.now).await;
    let stale = desk.begin(certificate.id, &press(), slow).await.unwrap();
    desk.now = at(11);
    desk.alive(quick, desk.now).await;
    let lease = desk.begin(certificate.id, &press(), quick).await.unwrap();

    assert!(!desk.issue(&stale).await);
    desk.ledger.retry_later(&stale, Stage::Sign, &reason(), at(99), desk.now).await.unwrap();
    desk.ledger.park(&stale, &reason(), desk.now).await.unwrap();
    assert!(!desk.ledger.reject(&stale, Stage::Sign, &reason(), desk.now).await.unwrap());
    desk.ledger.hand_back(&stale, None, desk.now).await.unwrap();
    let seen = desk.certificate(certificate.id).await;
    assert_eq!((seen.status, seen.waiting_for, seen.due_at), (Status::Pending, None, at(0)));
    assert!(desk.issue(&lease).await);
    assert!(!desk.issue(&lease).await, "issued twice");
}

#[tokio::test]
async fn a_certificate_that_kills_its_workers_is_parked() {
    let mut desk = Desk::open().await;
    let certificate = desk.accepted(drop_of("B1", Kind::First, None)).await;
    for run in 0..3 {
        let worker = worker();
        desk.now = at(run * 20);
        desk.alive(worker, desk.now).await;
        assert!(desk.begin(certificate.id, &press(), worker).await.is_some(), "run {run}");
    }
    desk.now = at(100);
    let last = worker();
    desk.alive(last, desk.now).await;
    assert!(matches!(
        desk.ledger.begin(certificate.id, &press(), last, desk.now).await.unwrap(),
        Begin::Parked
    ));
    let parked = desk.certificate(certificate.id).await;
    assert_eq!(parked.waiting_for, Some(WaitingFor::Person));
    assert_eq!(parked.last_error.unwrap().code, "crashed");
    desk.ledger.release(certificate.id, "someone", desk.now).await.unwrap();
    assert!(desk.begin(certificate.id, &press(), last).await.is_some());
}

#[tokio::test]
async fn an_unknown_word_parks_and_stops_nothing() {
    let desk = Desk::open().await;
    let certificate = desk.accepted(drop_of("B1", Kind::First, None)).await;
    sqlx::query("UPDATE certificates SET progress = 'engrave'")
        .execute(&desk.ledger.write)
        .await
        .unwrap();
    let worker = worker();
    assert!(matches!(
        desk.ledger.begin(certificate.id, &press(), worker, desk.now).await.unwrap(),
        Begin::Parked
    ));
    assert!(matches!(
        desk.ledger.certificate(certificate.id).await,
        Err(LedgerError::UnknownWord { .. })
    ));
}

#[tokio::test]
async fn a_reissue_takes_the_place_of_what_is_in_force() {
    let desk = Desk::open().await;
    let first = desk.issued(drop_of("B1", Kind::First, None)).await;
    let reissue = desk.issued(drop_of("B1", Kind::Reissue, Some(first.id))).await;
    assert_eq!(desk.certificate(first.id).await.status, Status::Superseded);
    assert_eq!(reissue.status, Status::Issued);
    let late = drop_of("B1", Kind::Reissue, Some(first.id));
    assert!(matches!(desk.ledger.accept(late).await.unwrap(), Acceptance::DegreeTaken(_)));
}

#[tokio::test]
async fn a_held_lane_lets_one_through_to_see() {
    let mut desk = Desk::open().await;
    let (one, two) = (
        desk.accepted(drop_of("B1", Kind::First, None)).await,
        desk.accepted(drop_of("B2", Kind::First, None)).await,
    );
    let worker = worker();
    desk.alive(worker, desk.now).await;
    let lease = desk.begin(one.id, &press(), worker).await.unwrap();
    desk.ledger.hand_back(&lease, Some(&reason()), desk.now).await.unwrap();
    assert!(desk.ledger.hold_lane(&press(), &reason(), desk.now).await.unwrap());
    assert!(!desk.ledger.hold_lane(&press(), &reason(), desk.now).await.unwrap());
    assert!(desk.begin(two.id, &press(), worker).await.is_none());
    desk.now = at(31);
    desk.alive(worker, desk.now).await;
    assert!(matches!(
        desk.ledger.begin(one.id, &press(), worker, desk.now).await.unwrap(),
        Begin::Go { probe: true, .. }
    ));
    assert!(desk.begin(two.id, &press(), worker).await.is_none(), "two probes at once");
    desk.ledger.release_lane("press", desk.now).await.unwrap();
    assert!(desk.begin(two.id, &press(), worker).await.is_some());
    assert_eq!(desk.certificate(one.id).await.attempts, 1, "a hold was counted as an attempt");
}

#[tokio::test]
async fn a_paused_lane_begins_nothing() {
    let desk = Desk::open().await;
    let certificate = desk.accepted(drop_of("B1", Kind::First, None)).await;
    let worker = worker();
    desk.alive(worker, desk.now).await;
    desk.ledger.pause_lane("press", "someone", "maintenance", desk.now).await.unwrap();
    assert!(desk.begin(certificate.id, &press(), worker).await.is_none());
    desk.ledger.resume_lane("press", "someone", desk.now).await.unwrap();
    assert!(desk.begin(certificate.id, &press(), worker).await.is_some());
}

#[tokio::test]
async fn every_try_of_a_sending_has_the_same_message_id() {
    let mut desk = Desk::open().await;
    let certificate = desk.issued(drop_of("B1", Kind::First, None)).await;
    let first = worker();
    desk.alive(first, desk.now).await;
    let lease = desk.begin(certificate.id, &post(), first).await.unwrap();
    let sending = |n: u8| SendingId::new(Uuid::from_bytes([n; 16]));
    let ToSend::Send(one) =
        desk.ledger.sending(&lease, sending(1), "<1@x>", desk.now).await.unwrap()
    else {
        panic!()
    };
    // The worker dies after the relay took the message and before the ledger heard of it.
    desk.now = at(20);
    let second = worker();
    desk.alive(second, desk.now).await;
    let lease = desk.begin(certificate.id, &post(), second).await.unwrap();
    let ToSend::Send(two) =
        desk.ledger.sending(&lease, sending(2), "<2@x>", desk.now).await.unwrap()
    else {
        panic!()
    };
    assert_eq!((one.message_id, one.to), (two.message_id, two.to));

    let mailed = Mailed::Accepted { sending: one.id, answer: "250".into() };
    let after = After { same_lane: true, due_at: desk.now };
    assert!(desk.ledger.mailed(&lease, &mailed, after, desk.now).await.unwrap());
    assert!(desk.ledger.close_certificate(&lease, 1, desk.now).await.unwrap());
    let sendings = desk.ledger.sendings_of(certificate.id).await.unwrap();
    assert_eq!(sendings.len(), 1);
    assert_eq!(sendings[0].state, SendingState::Accepted("250".into()));

    desk.ledger.resend(certificate.id, "someone", desk.now).await.unwrap();
    let lease = desk.begin(certificate.id, &post(), second).await.unwrap();
    let ToSend::Send(new) =
        desk.ledger.sending(&lease, sending(3), "<3@x>", desk.now).await.unwrap()
    else {
        panic!()
    };
    assert_eq!(new.message_id, "<3@x>");
}

#[tokio::test]
async fn what_is_not_in_force_is_not_mailed() {
    let desk = Desk::open().await;
    let first = desk.issued(drop_of("B1", Kind::First, None)).await;
    let worker = worker();
    desk.alive(worker, desk.now).await;
    let lease = desk.begin(first.id, &post(), worker).await.unwrap();
    desk.issued(drop_of("B1", Kind::Reissue, Some(first.id))).await;
    let sending = desk
        .ledger
        .sending(&lease, SendingId::new(Uuid::now_v7()), "<1@x>", desk.now)
        .await
        .unwrap();
    assert!(matches!(sending, ToSend::NotInForce));
}

#[tokio::test]
async fn only_what_is_not_issued_is_cancelled_or_rejected() {
    let desk = Desk::open().await;
    let issued = desk.issued(drop_of("B1", Kind::First, None)).await;
    assert!(desk.ledger.cancel(issued.id, "someone", "why", desk.now).await.is_err());
    let pending = desk.accepted(drop_of("B2", Kind::First, None)).await;
    let cancelled = desk.ledger.cancel(pending.id, "someone", "why", desk.now).await.unwrap();
    assert_eq!((cancelled.status, cancelled.progress), (Status::Rejected, Progress::Closed));
    // Refused bytes may be dropped again.
    let again = NewCertificate {
        id: id(),
        token: "t".into(),
        drop_hash: pending.drop_hash,
        ..drop_of("B2", Kind::First, None)
    };
    desk.accepted(again).await;
}

#[tokio::test]
async fn what_is_due_is_rung_for_once_in_a_while() {
    let desk = Desk::open().await;
    let certificate = desk.accepted(drop_of("B1", Kind::First, None)).await;
    let ring = |now: Timestamp| {
        let ledger = desk.ledger.clone();
        async move {
            let before = now - SignedDuration::from_secs(5);
            ledger
                .ring_for(&press().stages, now, before, now - SignedDuration::from_secs(10), 10)
                .await
                .unwrap()
        }
    };
    assert_eq!(ring(at(10)).await, [certificate.id]);
    assert!(ring(at(11)).await.is_empty());
    assert_eq!(ring(at(16)).await, [certificate.id]);
    let worker = worker();
    desk.alive(worker, at(20)).await;
    assert!(desk.begin(certificate.id, &press(), worker).await.is_some());
    assert!(ring(at(29)).await.is_empty(), "a living worker has it");
    assert_eq!(ring(at(40)).await, [certificate.id], "its worker died");
}

#[tokio::test]
async fn the_history_shows_any_change() {
    let desk = Desk::open().await;
    desk.issued(drop_of("B1", Kind::First, None)).await;
    let refusal = Refusal {
        id: id(),
        drop_name: "b.pdf".into(),
        drop_hash: None,
        folder: RefusalFolder::Failed,
        stage: "inbox".into(),
        reason: reason(),
        at: desk.now,
    };
    desk.ledger.refuse(&refusal).await.unwrap();
    desk.ledger.refuse(&refusal).await.unwrap();
    assert_eq!(desk.ledger.refusal(refusal.id).await.unwrap(), Some(refusal));
    assert!(desk.ledger.check_events().await.unwrap().is_empty());
    let change = "UPDATE events SET actor = 'nobody' WHERE seq = 2";
    assert!(sqlx::query(change).execute(&desk.ledger.write).await.is_err());
    assert!(sqlx::query("DELETE FROM events").execute(&desk.ledger.write).await.is_err());
    for statement in ["DROP TRIGGER events_are_not_changed", change] {
        sqlx::query(statement).execute(&desk.ledger.write).await.unwrap();
    }
    let findings = desk.ledger.check_events().await.unwrap();
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].code, "history_broken");
}
