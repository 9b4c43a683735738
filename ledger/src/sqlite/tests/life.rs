//! Sent again, handed over, revoked; and who is told that somebody else was faster.

use sealpress_config::{Kind, Stage};
use uuid::Uuid;

use super::desk::{Desk, at, drop_of, new_sending, reason, refused, someone};
use crate::{
    By, Grounds, Mailed, Progress, Purpose, RecallReason, RevokeReason, Route, RouteTaken,
    SendingId, SendingState, Status, ToSend, Via, WaitingFor,
};

const CORRECTED: &str = "wang.new@example.org";

fn ministry() -> By {
    By::new("ministry.chen", Via::Web, "203.0.113.7")
}

fn fraud() -> Grounds<RevokeReason> {
    Grounds::new(RevokeReason::ThesisFraud, "校外審查確認抄襲").unwrap()
}

fn corrected(address: &str) -> Route {
    Route::Corrected(address.to_owned())
}

#[tokio::test]
async fn a_resend_goes_where_the_person_says_and_the_history_does_not_say_where() {
    let desk = Desk::open().await;
    let certificate = desk.issued(drop_of("B1", Kind::First, None)).await;
    desk.post_and_close(certificate.id).await;
    let (route, new) = (corrected(" wang.new@example.org "), new_sending());
    desk.ledger.resend(certificate.id, &someone(), &route, &new, desk.now).await.unwrap();
    // Recorded before anything goes out.
    let recorded = desk.ledger.sendings_of(certificate.id).await.unwrap().remove(1);
    assert_eq!(recorded.message_id, Some(new.message_id.clone()));
    assert_eq!(recorded.state, SendingState::Queued);
    let sent = desk.post_and_close(certificate.id).await;
    assert_eq!((sent.id, sent.route, &*sent.to), (new.id, RouteTaken::Corrected, CORRECTED));
    let events = desk.ledger.events_of(certificate.id).await.unwrap();
    let asked = events.iter().find(|event| event.kind == "resend_asked").unwrap();
    assert_eq!((&*asked.actor, &asked.detail["route"]), ("someone", &"corrected".into()));
    assert!(!format!("{events:?}").contains("wang"), "{events:?}");
}

#[tokio::test]
async fn a_resend_needs_force_an_idle_mail_and_an_address_that_exists() {
    let desk = Desk::open().await;
    let resend = async |id, route: &Route| {
        let before = desk.everything().await;
        let code =
            refused(desk.ledger.resend(id, &someone(), route, &new_sending(), desk.now).await);
        assert_eq!(desk.everything().await, before, "{code}");
        code
    };
    let pending = desk.accepted(drop_of("B2", Kind::First, None)).await;
    assert_eq!(resend(pending.id, &Route::Roster).await, "not_issued");
    let one = desk.issued(drop_of("B1", Kind::First, None)).await;
    assert_eq!(resend(one.id, &Route::Roster).await, "under_way", "it waits for its mail");
    let lease = desk.posting(one.id).await;
    let sending = desk.sent(&lease).await;
    assert_eq!(resend(one.id, &corrected(CORRECTED)).await, "under_way", "a worker mails it");
    assert!(desk.accepted_by_relay(&lease, sending.id).await);
    assert_eq!(resend(one.id, &Route::Roster).await, "under_way", "the log is next");
    assert!(desk.ledger.close_certificate(&lease, 1, desk.now).await.unwrap());

    assert_eq!(resend(one.id, &Route::School).await, "no_address");
    for none in ["", "wang", "wang@example", "a@b.tw\r\nBcc: c@d.tw", "王@example.org"] {
        assert_eq!(resend(one.id, &corrected(none)).await, "bad_address", "{none}");
    }
    desk.suppress("wang@example.edu.tw").await;
    desk.suppress(CORRECTED).await;
    for route in [Route::Roster, Route::Personal, corrected(CORRECTED)] {
        assert_eq!(resend(one.id, &route).await, "address_suppressed", "{route:?}");
    }
}

#[tokio::test]
async fn a_mail_that_is_stuck_may_be_sent_elsewhere() {
    let desk = Desk::open().await;
    let certificate = desk.issued(drop_of("B1", Kind::First, None)).await;
    let lease = desk.posting(certificate.id).await;
    let stuck = desk.sent(&lease).await;
    // The relay said later for two days.
    desk.ledger.park(&lease, &reason(), desk.now).await.unwrap();
    let new = new_sending();
    let asked = desk
        .ledger
        .resend(certificate.id, &someone(), &corrected(CORRECTED), &new, desk.now)
        .await
        .unwrap();
    assert_eq!((asked.waiting_for, asked.attempts), (None, 0));
    let sent = desk.post_and_close(certificate.id).await;
    assert_eq!((sent.id, &*sent.to), (new.id, CORRECTED));
    let sendings = desk.ledger.sendings_of(certificate.id).await.unwrap();
    assert_eq!((sendings[0].id, &sendings[0].state), (stuck.id, &SendingState::Stopped));
    assert_eq!(desk.certificate(certificate.id).await.progress, Progress::Closed);
}

#[tokio::test]
async fn a_file_that_was_handed_over_leaves_the_mail_alone() {
    let desk = Desk::open().await;
    let certificate = desk.issued(drop_of("B1", Kind::First, None)).await;
    let lease = desk.posting(certificate.id).await;
    let mail = desk.sent(&lease).await;
    let hand = SendingId::new(Uuid::now_v7());
    let after = desk.ledger.hand_over(certificate.id, &someone(), hand, desk.now).await.unwrap();
    assert_eq!((after.status, after.progress), (Status::Issued, Progress::At(Stage::Email)));
    assert!(desk.accepted_by_relay(&lease, mail.id).await, "the worker keeps its turn");
    let sendings = desk.ledger.sendings_of(certificate.id).await.unwrap();
    let handed = sendings.iter().find(|one| one.id == hand).unwrap();
    assert_eq!(
        (handed.purpose, handed.route, &handed.state, &*handed.to, &handed.message_id),
        (Purpose::Certificate, RouteTaken::Hand, &SendingState::Downloaded, "", &None)
    );
    assert!(desk.history(certificate.id).await.contains(&"handed_over".to_owned()));
    let pending = desk.accepted(drop_of("B2", Kind::First, None)).await;
    let early = desk.ledger.hand_over(pending.id, &someone(), hand, desk.now).await;
    assert_eq!(refused(early), "not_issued");
}

#[tokio::test]
async fn a_file_that_was_handed_over_ends_a_mail_that_is_stuck() {
    let desk = Desk::open().await;
    let certificate = desk.issued(drop_of("B1", Kind::First, None)).await;
    let lease = desk.posting(certificate.id).await;
    desk.sent(&lease).await;
    desk.ledger.park(&lease, &reason(), desk.now).await.unwrap();
    let hand = SendingId::new(Uuid::now_v7());
    let after = desk.ledger.hand_over(certificate.id, &someone(), hand, desk.now).await.unwrap();
    assert_eq!((after.progress, after.waiting_for), (Progress::At(Stage::Log), None));
    let lease = desk.posting(certificate.id).await;
    assert!(desk.ledger.close_certificate(&lease, 1, desk.now).await.unwrap());
    let sendings = desk.ledger.sendings_of(certificate.id).await.unwrap();
    assert_eq!(sendings[0].state, SendingState::Stopped);
}

#[tokio::test]
async fn the_ministry_revokes_what_is_in_force_of_any_kind_and_stops_the_mail() {
    let desk = Desk::open().await;
    let first = desk.issued(drop_of("B1", Kind::First, None)).await;
    let reissue = desk.issued(drop_of("B1", Kind::Reissue, Some(first.id))).await;
    let lease = desk.posting(reissue.id).await;
    let mail = desk.sent(&lease).await;
    let revoked = desk.ledger.revoke(reissue.id, &fraud(), &ministry(), desk.now).await.unwrap();
    assert_eq!((revoked.status, revoked.due_at), (Status::Revoked, desk.now));
    assert!(!desk.accepted_by_relay(&lease, mail.id).await, "the worker was fenced off");
    assert!(matches!(desk.to_send(&lease).await, ToSend::LeaseLost));

    let lease = desk.posting(reissue.id).await;
    assert!(matches!(desk.to_send(&lease).await, ToSend::NotInForce), "the ministry tells");
    assert!(desk.mailed(&lease, &Mailed::NotInForce).await);
    assert!(desk.ledger.close_certificate(&lease, 1, desk.now).await.unwrap());
    let sendings = desk.ledger.sendings_of(reissue.id).await.unwrap();
    assert_eq!((sendings.len(), &sendings[0].state), (1, &SendingState::Stopped));
    let events = desk.ledger.events_of(reissue.id).await.unwrap();
    let event = events.iter().find(|event| event.kind == "revoked").unwrap();
    assert_eq!(event.actor, "ministry.chen");
    for (key, value) in [
        ("reason", "thesis_fraud"),
        ("why", "校外審查確認抄襲"),
        ("via", "web"),
        ("from", "203.0.113.7"),
    ] {
        assert_eq!(event.detail[key], value, "{key}");
    }
    let twice = desk.ledger.revoke(reissue.id, &fraud(), &ministry(), desk.now).await;
    assert_eq!(refused(twice), "already_revoked");
    let old = desk.ledger.revoke(first.id, &fraud(), &ministry(), desk.now).await;
    assert_eq!(refused(old), "superseded");
}

#[tokio::test]
async fn a_closed_certificate_stays_closed_when_it_is_revoked() {
    let desk = Desk::open().await;
    let certificate = desk.issued(drop_of("B1", Kind::First, None)).await;
    desk.post_and_close(certificate.id).await;
    let revoked =
        desk.ledger.revoke(certificate.id, &fraud(), &ministry(), desk.now).await.unwrap();
    assert_eq!((revoked.status, revoked.progress), (Status::Revoked, Progress::Closed));
}

#[tokio::test]
async fn a_certificate_is_cancelled_when_no_living_worker_has_it() {
    let mut desk = Desk::open().await;
    let certificate = desk.accepted(drop_of("B1", Kind::First, None)).await;
    let worker = super::desk::worker();
    desk.alive(worker, at(0)).await;
    let lease = desk.begin(certificate.id, &super::desk::press(), worker).await.unwrap();
    let cancel = async |dead_before, now| {
        desk.ledger.cancel(certificate.id, &someone(), "why", dead_before, now).await
    };
    assert_eq!(refused(cancel(at(-10), at(0)).await), "in_flight");
    // Its worker dies while the lane is paused: nobody takes it over, and it may be cancelled.
    desk.ledger.pause_lane("press", &someone(), "", at(1)).await.unwrap();
    assert_eq!(cancel(at(1), at(11)).await.unwrap().status, Status::Rejected);
    desk.now = at(12);
    assert!(!desk.issue(&lease).await, "it was not dead after all");
}

#[tokio::test]
async fn of_two_acts_at_once_one_is_done_and_the_other_is_told() {
    let desk = Desk::open().await;
    let certificate = desk.issued(drop_of("B1", Kind::First, None)).await;
    desk.post_and_close(certificate.id).await;
    let grounds = Grounds::new(RecallReason::WrongPerson, "寄錯人").unwrap();
    let (by, ministry, fraud, new) = (someone(), ministry(), fraud(), new_sending());
    let (recalled, again, revoked, resent) = tokio::join!(
        desk.ledger.recall(certificate.id, &grounds, &by, desk.now),
        desk.ledger.recall(certificate.id, &grounds, &by, desk.now),
        desk.ledger.revoke(certificate.id, &fraud, &ministry, desk.now),
        desk.ledger.resend(certificate.id, &by, &Route::Roster, &new, desk.now),
    );
    let outcomes = [recalled.is_ok(), again.is_ok(), revoked.is_ok()];
    assert_eq!(outcomes.iter().filter(|done| **done).count(), 1, "{outcomes:?}");
    let history = desk.history(certificate.id).await;
    let ends = history.iter().filter(|kind| ["recalled", "revoked"].contains(&kind.as_str()));
    assert_eq!(ends.count(), 1, "{history:?}");
    // A resend that came first was stopped; one that came later was refused.
    let open = desk.ledger.sendings_of(certificate.id).await.unwrap();
    assert!(open.iter().all(|one| one.state != SendingState::Queued), "{open:?}");
    assert_eq!(open.len(), 1 + usize::from(resent.is_ok()));
    assert!(desk.ledger.check_events().await.unwrap().is_empty());
    assert_eq!(desk.certificate(certificate.id).await.waiting_for, None::<WaitingFor>);
}
