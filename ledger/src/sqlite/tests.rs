//! The state machine: who may change what, and what a crash leaves.

mod approving;
mod bounces;
mod clock;
mod desk;
mod figures;
mod find;
mod life;
mod recalling;
mod sending;
mod undelivered;
mod upgrading;
mod users;

use jiff::{SignedDuration, Timestamp};
use sealpress_config::{Kind, Stage};

use crate::{
    Acceptance, Begin, CertificateFilter, LedgerError, NewCertificate, Progress, Refusal,
    RefusalFolder, Status, WaitingFor,
};
use desk::{Desk, at, drop_of, id, press, reason, someone, worker};

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
    let workers: Vec<_> = (0..8).map(|_| worker()).collect();
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
    desk.ledger.release(certificate.id, &someone(), desk.now).await.unwrap();
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
    desk.ledger.pause_lane("press", &someone(), "maintenance", desk.now).await.unwrap();
    assert!(desk.begin(certificate.id, &press(), worker).await.is_none());
    let endless = "字".repeat(501);
    assert!(desk.ledger.pause_lane("press", &someone(), &endless, desk.now).await.is_err());
    desk.ledger.resume_lane("press", &someone(), desk.now).await.unwrap();
    assert!(desk.begin(certificate.id, &press(), worker).await.is_some());
}

#[tokio::test]
async fn only_what_is_not_issued_is_cancelled_or_rejected() {
    let desk = Desk::open().await;
    let issued = desk.issued(drop_of("B1", Kind::First, None)).await;
    assert!(desk.ledger.cancel(issued.id, &someone(), "why", desk.now, desk.now).await.is_err());
    let pending = desk.accepted(drop_of("B2", Kind::First, None)).await;
    for why in [" ", "字".repeat(501).as_str()] {
        assert!(desk.ledger.cancel(pending.id, &someone(), why, desk.now, desk.now).await.is_err());
    }
    let cancelled =
        desk.ledger.cancel(pending.id, &someone(), "why", desk.now, desk.now).await.unwrap();
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

#[tokio::test]
async fn a_reissue_of_what_was_taken_back_meanwhile_is_not_issued() {
    let desk = Desk::open().await;
    let first = desk.issued(drop_of("B1", Kind::First, None)).await;
    let reissue = desk.accepted(drop_of("B1", Kind::Reissue, Some(first.id))).await;
    sqlx::query("UPDATE certificates SET status = 'recalled' WHERE id = ?")
        .bind(first.id.to_string())
        .execute(&desk.ledger.write)
        .await
        .unwrap();
    let worker = worker();
    desk.alive(worker, desk.now).await;
    let lease = desk.begin(reissue.id, &press(), worker).await.unwrap();
    assert!(!desk.issue(&lease).await);
    assert_eq!(desk.certificate(reissue.id).await.status, Status::Pending);
}

#[tokio::test]
async fn a_certificate_is_recognised_by_its_token_and_by_its_number() {
    let desk = Desk::open().await;
    let first = desk.issued(drop_of("B1", Kind::First, None)).await;
    let pending = desk.accepted(drop_of("B2", Kind::First, None)).await;
    let by_token = desk.ledger.by_token(&first.token).await.unwrap();
    assert_eq!(by_token.map(|found| found.id), Some(first.id));
    assert!(desk.ledger.by_token("").await.unwrap().is_none());

    let numbers = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let number = first.certified.certificate_no.as_str();
    let found = desk.ledger.by_numbers(&numbers(&["nothing", number])).await.unwrap();
    assert_eq!(found.iter().map(|found| found.id).collect::<Vec<_>>(), [first.id]);
    let of_pending = pending.certified.certificate_no.as_str();
    for words in [&[][..], &["%"], &[&number[..4]], &[of_pending]] {
        assert!(desk.ledger.by_numbers(&numbers(words)).await.unwrap().is_empty(), "{words:?}");
    }
}
