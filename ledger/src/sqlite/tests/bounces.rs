//! What a bounce changes, and what it does not.

use sealpress_config::Kind;
use uuid::Uuid;

use super::desk::{Desk, drop_of, someone};
use crate::{
    Bounce, BounceKind, BounceOutcome, BounceVerdict, By, CertificateId, LedgerError, SendingId,
    Via,
};

const ADDRESS: &str = "wang@example.edu.tw";

fn reader() -> By {
    By::program(Via::Cli, "bounces")
}

fn failed(sending: SendingId, status: &str) -> Bounce {
    Bounce { sending, status: status.parse().ok(), kind: BounceKind::Failed }
}

async fn bounce(desk: &Desk, bounce: &Bounce) -> BounceOutcome {
    desk.ledger.bounced(bounce, &reader(), desk.now).await.unwrap()
}

async fn suppressed(desk: &Desk) -> Vec<String> {
    sqlx::query_scalar("SELECT address FROM suppressed").fetch_all(&desk.ledger.read).await.unwrap()
}

async fn state_of(desk: &Desk, sending: SendingId) -> String {
    sqlx::query_scalar("SELECT state FROM sendings WHERE id = ?")
        .bind(sending.to_string())
        .fetch_one(&desk.ledger.read)
        .await
        .unwrap()
}

async fn kinds(desk: &Desk, id: CertificateId) -> Vec<String> {
    let events = desk.ledger.events_of(id).await.unwrap();
    for event in &events {
        assert!(!event.detail.to_string().contains('@'), "{}: an address", event.kind);
    }
    events.into_iter().rev().map(|event| event.kind).collect()
}

fn code(error: LedgerError) -> String {
    match error {
        LedgerError::NotPossible(reason) => reason.code,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn an_address_that_does_not_exist_is_suppressed_once() {
    let desk = Desk::open().await;
    let certificate = desk.issued(drop_of("B1", Kind::First, None)).await;
    let sending = desk.post_and_close(certificate.id).await.id;
    assert_eq!(bounce(&desk, &failed(sending, "5.1.1")).await, BounceOutcome::Suppressed);
    assert_eq!(state_of(&desk, sending).await, "bounced");
    assert_eq!(suppressed(&desk).await, [ADDRESS]);
    assert!(desk.ledger.bounces_to_review(0).await.unwrap().is_empty());
    let told = kinds(&desk, certificate.id).await;
    assert_eq!(told[..2], ["address_suppressed", "bounced"]);
    let events = desk.ledger.events_of(certificate.id).await.unwrap();
    let event = events.iter().find(|event| event.kind == "bounced").unwrap();
    assert_eq!(event.actor, "system");
    assert_eq!(event.detail["status"], "5.1.1");
    assert_eq!(event.detail["sending"], sending.to_string());

    assert_eq!(bounce(&desk, &failed(sending, "5.1.1")).await, BounceOutcome::AlreadyKnown);
    assert_eq!(kinds(&desk, certificate.id).await, told);
    assert!(desk.ledger.check_events().await.unwrap().is_empty());
}

#[tokio::test]
async fn everything_else_is_for_a_person() {
    let desk = Desk::open().await;
    let cases = [
        ("5.0.0", BounceKind::Failed),
        ("5.2.1", BounceKind::Failed),
        ("5.7.1", BounceKind::Failed),
        ("5.1.8", BounceKind::Failed),
        ("4.4.7", BounceKind::Failed),
        ("", BounceKind::Failed),
        ("5.1.1", BounceKind::Unclear),
    ];
    for (n, (status, kind)) in cases.into_iter().enumerate() {
        let certificate = desk.issued(drop_of(&format!("B{n}"), Kind::First, None)).await;
        let sending = desk.post_and_close(certificate.id).await.id;
        let outcome = bounce(&desk, &Bounce { kind, ..failed(sending, status) }).await;
        assert_eq!(outcome, BounceOutcome::ToReview, "{status}");
        assert_eq!(kinds(&desk, certificate.id).await[0], "bounced");
    }
    assert!(suppressed(&desk).await.is_empty());
    let review = desk.ledger.bounces_to_review(0).await.unwrap();
    assert_eq!(review.len(), 7);
    assert_eq!(review[0].status.as_deref(), Some("5.0.0"));
    assert_eq!(desk.ledger.bounces_to_review(2).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_bounce_may_overtake_the_relays_answer() {
    let desk = Desk::open().await;
    let certificate = desk.issued(drop_of("B1", Kind::First, None)).await;
    let lease = desk.posting(certificate.id).await;
    let sending = desk.sent(&lease).await.id;
    assert_eq!(bounce(&desk, &failed(sending, "5.1.1")).await, BounceOutcome::Suppressed);
    assert!(desk.accepted_by_relay(&lease, sending).await);
    assert_eq!(state_of(&desk, sending).await, "bounced");
}

#[tokio::test]
async fn what_was_not_sent_can_t_come_back() {
    let desk = Desk::open().await;
    let unknown = SendingId::new(Uuid::now_v7());
    assert_eq!(bounce(&desk, &failed(unknown, "5.1.1")).await, BounceOutcome::NoSuchSending);
    let certificate = desk.issued(drop_of("B1", Kind::First, None)).await;
    let sending = desk.post_and_close(certificate.id).await.id;
    let told = kinds(&desk, certificate.id).await;
    for state in ["refused", "stopped", "suppressed", "downloaded"] {
        sqlx::query("UPDATE sendings SET state = ?")
            .bind(state)
            .execute(&desk.ledger.write)
            .await
            .unwrap();
        assert_eq!(bounce(&desk, &failed(sending, "5.1.1")).await, BounceOutcome::NotSent);
        assert_eq!(state_of(&desk, sending).await, state);
    }
    assert_eq!(kinds(&desk, certificate.id).await, told);
    assert!(suppressed(&desk).await.is_empty());
}

#[tokio::test]
async fn a_person_keeps_or_suppresses_what_is_to_be_looked_at() {
    let desk = Desk::open().await;
    let one = desk.issued(drop_of("B1", Kind::First, None)).await;
    let two = desk.issued(drop_of("B2", Kind::First, None)).await;
    let (kept, ended) =
        (desk.post_and_close(one.id).await.id, desk.post_and_close(two.id).await.id);
    bounce(&desk, &failed(kept, "5.2.2")).await;
    bounce(&desk, &failed(ended, "5.0.0")).await;
    let review = |sending, verdict| {
        let ledger = desk.ledger.clone();
        async move { ledger.review_bounce(sending, &someone(), verdict, desk.now).await }
    };
    assert_eq!(review(kept, BounceVerdict::Keep).await.unwrap(), one.id);
    assert!(suppressed(&desk).await.is_empty());
    assert_eq!(review(ended, BounceVerdict::Suppress).await.unwrap(), two.id);
    assert_eq!(suppressed(&desk).await, [ADDRESS]);
    assert_eq!(kinds(&desk, one.id).await[0], "bounce_reviewed");
    assert_eq!(kinds(&desk, two.id).await[..2], ["address_suppressed", "bounce_reviewed"]);
    assert!(desk.ledger.bounces_to_review(0).await.unwrap().is_empty());

    // Another was quicker.
    let late = review(ended, BounceVerdict::Keep).await.unwrap_err();
    assert_eq!(code(late), "not_to_review");
    let unknown = SendingId::new(Uuid::now_v7());
    let unknown = review(unknown, BounceVerdict::Keep).await.unwrap_err();
    assert_eq!(code(unknown), "no_such_sending");
}

#[tokio::test]
async fn a_certificate_knows_the_addresses_that_end_its_mail() {
    let desk = Desk::open().await;
    let first = desk.issued(drop_of("B1", Kind::First, None)).await;
    let sending = desk.post_and_close(first.id).await.id;
    // Of the same student, and never mailed; of another at the same address.
    let mut english = drop_of("B1", Kind::First, None);
    english.language = sealpress_config::Language::En;
    let english = desk.accepted(english).await;
    let other = desk.issued(drop_of("B2", Kind::First, None)).await;
    sqlx::query("UPDATE students SET email = 'Wang@example.edu.tw ' WHERE student_no = 'B1'")
        .execute(&desk.ledger.write)
        .await
        .unwrap();
    sqlx::query("UPDATE students SET email = NULL WHERE student_no = 'B2'")
        .execute(&desk.ledger.write)
        .await
        .unwrap();
    bounce(&desk, &failed(sending, "5.1.1")).await;
    for id in [first.id, english.id] {
        let found = desk.ledger.suppressed_addresses(id).await.unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].sending, found[0].status.as_str()), (sending, "5.1.1"));
        assert_eq!(found[0].address, ADDRESS);
    }
    assert!(desk.ledger.suppressed_addresses(other.id).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_person_lets_mail_go_to_an_address_again() {
    let desk = Desk::open().await;
    let certificate = desk.issued(drop_of("B1", Kind::First, None)).await;
    let sending = desk.post_and_close(certificate.id).await.id;
    let who = someone();
    let release = || desk.ledger.release_address(sending, &who, desk.now);
    assert_eq!(code(release().await.unwrap_err()), "not_suppressed");
    bounce(&desk, &failed(sending, "5.1.1")).await;
    // Written otherwise by another sending.
    sqlx::query("UPDATE suppressed SET address = 'WANG@Example.edu.tw'")
        .execute(&desk.ledger.write)
        .await
        .unwrap();
    assert_eq!(release().await.unwrap(), certificate.id);
    assert!(suppressed(&desk).await.is_empty());
    assert_eq!(kinds(&desk, certificate.id).await[0], "address_released");
    assert_eq!(code(release().await.unwrap_err()), "not_suppressed");
    // A bounce that is read again suppresses nothing anew.
    assert_eq!(bounce(&desk, &failed(sending, "5.1.1")).await, BounceOutcome::AlreadyKnown);
    assert!(suppressed(&desk).await.is_empty());
}
