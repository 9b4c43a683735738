//! What waits for a person's look, and what goes on with the first of its batch.

use jiff::civil::date;
use sealpress_config::{Kind, Language};

use super::desk::{Desk, drop_of, press, refused, someone, worker};
use crate::{ApprovalCause, Certificate, NewCertificate, Status, WaitingFor};

use ApprovalCause::{FirstOfBatch, Policy, Unreadable};

/// A first issue that comes with this cause.
fn drop_for(student_no: &str, cause: ApprovalCause) -> NewCertificate {
    NewCertificate { approval: Some(cause), ..drop_of(student_no, Kind::First, None) }
}

fn waits(certificate: &Certificate) -> (Option<WaitingFor>, Option<ApprovalCause>) {
    (certificate.waiting_for, certificate.approval)
}

const WAITS: Option<WaitingFor> = Some(WaitingFor::Approval);

#[tokio::test]
async fn what_waits_says_why_and_an_approval_lets_it_go_on() {
    let desk = Desk::open().await;
    for (number, cause) in ["B1", "B2", "B3"].into_iter().zip(ApprovalCause::ALL) {
        let one = desk.accepted(drop_for(number, *cause)).await;
        assert_eq!(waits(&one), (WAITS, Some(*cause)));
        let worker = worker();
        desk.alive(worker, desk.now).await;
        assert!(desk.begin(one.id, &press(), worker).await.is_none());
        let approved = desk.ledger.approve(one.id, &someone(), desk.now).await.unwrap();
        assert_eq!(waits(&approved.certificate), (None, Some(*cause)), "the cause stays known");
        assert!(approved.with_it.is_empty());
        assert!(desk.begin(one.id, &press(), worker).await.is_some());
        let twice = desk.ledger.approve(one.id, &someone(), desk.now).await;
        assert_eq!(refused(twice), "not_waiting");
    }
}

#[tokio::test]
async fn a_batch_goes_on_with_its_first_and_no_other_batch_does() {
    let desk = Desk::open().await;
    let first = desk.accepted(drop_for("B1", FirstOfBatch)).await;
    let second = desk.accepted(drop_for("B2", FirstOfBatch)).await;
    let elsewhere = [
        NewCertificate { college: Some("工學院".into()), ..drop_for("B3", FirstOfBatch) },
        NewCertificate { language: Language::En, ..drop_for("B4", FirstOfBatch) },
        NewCertificate { day: date(2026, 5, 29), ..drop_for("B5", FirstOfBatch) },
        drop_for("B6", Unreadable),
        drop_for("B7", Policy),
    ];
    let mut others = Vec::new();
    for other in elsewhere {
        others.push(desk.accepted(other).await);
    }
    assert_eq!(waits(&second), (WAITS, Some(FirstOfBatch)));
    // Whichever of them is looked at is the first.
    let approved = desk.ledger.approve(second.id, &someone(), desk.now).await.unwrap();
    assert_eq!(approved.with_it, [first.id]);
    assert_eq!(desk.certificate(first.id).await.waiting_for, None);
    let events = desk.ledger.events_of(first.id).await.unwrap();
    let event = events.last().unwrap();
    assert_eq!((&*event.kind, &*event.actor), ("approved", "someone"));
    assert_eq!(event.detail["with"], second.id.to_string());
    for other in others {
        assert_eq!(desk.certificate(other.id).await.waiting_for, WAITS, "{other:?}");
    }
    // Those that come later go on by themselves, and so does no page that can't be read.
    assert_eq!(waits(&desk.accepted(drop_for("B8", FirstOfBatch)).await), (None, None));
    assert_eq!(waits(&desk.accepted(drop_for("B9", Unreadable)).await), (WAITS, Some(Unreadable)));
    let tomorrow = NewCertificate { day: date(2026, 5, 30), ..drop_for("C1", FirstOfBatch) };
    assert_eq!(desk.accepted(tomorrow).await.waiting_for, WAITS);
}

#[tokio::test]
async fn a_look_at_another_page_is_no_look_at_the_batch() {
    let desk = Desk::open().await;
    let scan = desk.accepted(drop_for("B1", Unreadable)).await;
    let waiting = desk.accepted(drop_for("B2", FirstOfBatch)).await;
    let approved = desk.ledger.approve(scan.id, &someone(), desk.now).await.unwrap();
    assert!(approved.with_it.is_empty());
    assert_eq!(desk.certificate(waiting.id).await.waiting_for, WAITS);
    assert_eq!(desk.accepted(drop_for("B3", FirstOfBatch)).await.waiting_for, WAITS);
}

#[tokio::test]
async fn a_batch_whose_first_is_refused_goes_on_waiting() {
    let desk = Desk::open().await;
    let first = desk.accepted(drop_for("B1", FirstOfBatch)).await;
    let second = desk.accepted(drop_for("B2", FirstOfBatch)).await;
    let refusal = desk.ledger.refuse_page(first.id, &someone(), "校長印章歪斜", desk.now).await;
    let refusal = refusal.unwrap();
    assert_eq!((refusal.status, refusal.waiting_for), (Status::Rejected, None));
    let reason = refusal.last_error.unwrap();
    assert_eq!(reason.code, "refused_by_person");
    assert!(reason.message_zh.contains("校長印章歪斜"), "{reason:?}");
    let events = desk.ledger.events_of(first.id).await.unwrap();
    assert_eq!(events.last().unwrap().detail["why"], "校長印章歪斜");
    assert_eq!(desk.certificate(second.id).await.waiting_for, WAITS);
    assert_eq!(desk.accepted(drop_for("B3", FirstOfBatch)).await.waiting_for, WAITS);
}

#[tokio::test]
async fn only_what_waits_is_refused_and_not_without_a_word() {
    let desk = Desk::open().await;
    let waiting = desk.accepted(drop_for("B1", Policy)).await;
    let going = desk.accepted(drop_of("B2", Kind::First, None)).await;
    let before = desk.everything().await;
    let refuse = async |id, why| desk.ledger.refuse_page(id, &someone(), why, desk.now).await;
    assert_eq!(refused(refuse(waiting.id, " \n").await), "why_missing");
    assert_eq!(refused(refuse(going.id, "x").await), "not_waiting");
    assert_eq!(desk.everything().await, before);
    // Of two people who decide at once, the second is told.
    desk.ledger.approve(waiting.id, &someone(), desk.now).await.unwrap();
    assert_eq!(refused(refuse(waiting.id, "x").await), "not_waiting");
}
