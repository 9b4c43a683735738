//! A recall from every state that a certificate in force can be in. The rule: where there is any
//! chance that the certificate went out, word of the recall goes; where there is none, nothing.

use sealpress_config::{Kind, Stage};
use uuid::Uuid;

use super::desk::{Desk, at, drop_of, new_sending, reason, refused, someone};
use crate::{
    By, Certificate, CertificateId, Grounds, Lease, LedgerError, Mailed, NewCertificate, Progress,
    Purpose, RecallReason, Route, RouteTaken, SendingId, SendingState, Status, Student,
    StudentSource, ToSend, Via, WaitingFor,
};

fn grounds() -> Grounds<RecallReason> {
    Grounds::new(RecallReason::WrongContent, "學位名稱誤植").unwrap()
}

fn supervisor() -> By {
    By::new("lin", Via::Web, "192.0.2.9")
}

async fn recall(desk: &Desk, id: CertificateId) -> Certificate {
    desk.ledger.recall(id, &grounds(), &supervisor(), desk.now).await.unwrap()
}

async fn states(desk: &Desk, id: CertificateId) -> Vec<(Purpose, &'static str)> {
    let sendings = desk.ledger.sendings_of(id).await.unwrap();
    sendings.iter().map(|one| (one.purpose, one.state.as_str())).collect()
}

/// Where a certificate in force stands when it is recalled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stands {
    WaitsForItsMail,
    ParkedWithoutAddress,
    ParkedAfterRefusal,
    WorkerBeganItsTurn,
    WorkerMails,
    WorkerDiedMailing,
    RelaySaidLater,
    ParkedAfterDelays,
    MailIsOutLogIsNext,
    WorkerLogs,
    Closed,
    ClosedAndBounced,
    ResendAsked,
    WorkerResends,
    HandedOverOnly,
}

use Stands::*;

/// Each with whether its graduate may hold the certificate.
const EVERYWHERE: &[(Stands, bool)] = &[
    (WaitsForItsMail, false),
    (ParkedWithoutAddress, false),
    (ParkedAfterRefusal, false),
    (WorkerBeganItsTurn, false),
    (WorkerMails, true),
    (WorkerDiedMailing, true),
    (RelaySaidLater, true),
    (ParkedAfterDelays, true),
    (MailIsOutLogIsNext, true),
    (WorkerLogs, true),
    (Closed, true),
    (ClosedAndBounced, true),
    (ResendAsked, true),
    (WorkerResends, true),
    (HandedOverOnly, true),
];

/// Brings a certificate there. Returns the turn of a worker that still believes in it.
async fn bring(desk: &mut Desk, id: CertificateId, to: Stands) -> Option<Lease> {
    let ledger = desk.ledger.clone();
    match to {
        WaitsForItsMail => None,
        HandedOverOnly => {
            let hand = SendingId::new(Uuid::now_v7());
            ledger.hand_over(id, &someone(), hand, desk.now).await.unwrap();
            None
        }
        ParkedWithoutAddress => {
            let lease = desk.posting(id).await;
            ledger.park(&lease, &reason(), desk.now).await.unwrap();
            None
        }
        WorkerBeganItsTurn => Some(desk.posting(id).await),
        ParkedAfterRefusal => {
            let lease = desk.posting(id).await;
            let sending = desk.sent(&lease).await;
            ledger.sending_refused(&lease, sending.id, "550", desk.now).await.unwrap();
            ledger.park(&lease, &reason(), desk.now).await.unwrap();
            None
        }
        WorkerMails | WorkerDiedMailing | RelaySaidLater | ParkedAfterDelays => {
            let lease = desk.posting(id).await;
            desk.sent(&lease).await;
            if to == WorkerDiedMailing {
                desk.now = at(60);
            }
            if to == RelaySaidLater {
                let later = at(3600);
                ledger.retry_later(&lease, Stage::Email, &reason(), later, desk.now).await.unwrap();
            }
            if to == ParkedAfterDelays {
                ledger.park(&lease, &reason(), desk.now).await.unwrap();
            }
            Some(lease)
        }
        MailIsOutLogIsNext | WorkerLogs => {
            let lease = desk.posting(id).await;
            let sending = desk.sent(&lease).await;
            assert!(desk.accepted_by_relay(&lease, sending.id).await);
            if to == MailIsOutLogIsNext {
                ledger.hand_back(&lease, None, desk.now).await.unwrap();
            }
            Some(lease)
        }
        Closed | ClosedAndBounced | ResendAsked | WorkerResends => {
            let sending = desk.post_and_close(id).await;
            if to == ClosedAndBounced {
                sqlx::query("UPDATE sendings SET state = 'bounced', bounce = '5.2.2' WHERE id = ?")
                    .bind(sending.id.to_string())
                    .execute(&ledger.write)
                    .await
                    .unwrap();
            }
            if matches!(to, ResendAsked | WorkerResends) {
                let new = new_sending();
                ledger.resend(id, &someone(), &Route::Roster, &new, desk.now).await.unwrap();
            }
            if to == WorkerResends { Some(desk.posting(id).await) } else { None }
        }
    }
}

#[tokio::test]
async fn from_everywhere_word_goes_where_the_certificate_may_have_gone_and_nowhere_else() {
    for (stands, owed) in EVERYWHERE {
        let mut desk = Desk::open().await;
        let id = desk.issued(drop_of("B1", Kind::First, None)).await.id;
        let stale = bring(&mut desk, id, *stands).await;
        let before = desk.ledger.sendings_of(id).await.unwrap();
        let recalled = recall(&desk, id).await;
        assert_eq!(
            (recalled.status, recalled.progress, recalled.waiting_for, recalled.due_at),
            (Status::Recalled, Progress::At(Stage::Email), None, desk.now),
            "{stands:?}"
        );
        // Whoever had it changes nothing any more, whatever the relay tells them now.
        if let Some(stale) = stale {
            let unchanged = desk.everything().await;
            assert!(matches!(desk.to_send(&stale).await, ToSend::LeaseLost), "{stands:?}");
            for sending in &before {
                assert!(!desk.accepted_by_relay(&stale, sending.id).await, "{stands:?}");
                desk.ledger.sending_refused(&stale, sending.id, "550", desk.now).await.unwrap();
            }
            assert!(!desk.ledger.close_certificate(&stale, 1, desk.now).await.unwrap());
            desk.ledger.park(&stale, &reason(), desk.now).await.unwrap();
            desk.ledger.hand_back(&stale, None, desk.now).await.unwrap();
            assert_eq!(desk.everything().await, unchanged, "{stands:?}");
        }
        // The certificate itself is not sent any more, and what is sent is rung for at once.
        let open = before.iter().any(|one| one.state == SendingState::Queued);
        let rung =
            desk.ledger.ring_for(&[Stage::Email], desk.now, at(-5), at(-10), 9).await.unwrap();
        assert_eq!(rung, [id], "{stands:?}");
        let lease = desk.posting(id).await;
        match desk.to_send(&lease).await {
            ToSend::Send(notice) => {
                assert!(*owed, "{stands:?}: word went though the certificate did not");
                assert_eq!(notice.purpose, Purpose::Recall);
                assert_eq!(notice.to, "wang@example.edu.tw");
                assert!(desk.accepted_by_relay(&lease, notice.id).await);
            }
            ToSend::NotInForce => {
                assert!(!owed, "{stands:?}: a graduate keeps a certificate silently");
                assert!(desk.mailed(&lease, &Mailed::NotInForce).await);
            }
            other => panic!("{stands:?}: {other:?}"),
        }
        assert!(desk.ledger.close_certificate(&lease, 1, desk.now).await.unwrap());
        let after = states(&desk, id).await;
        assert!(after.iter().all(|(_, state)| *state != "queued"), "{stands:?}: {after:?}");
        let stopped = after.iter().filter(|(_, state)| *state == "stopped").count();
        assert_eq!(stopped, usize::from(open), "{stands:?}: {after:?}");
        let notices = after.iter().filter(|(purpose, _)| *purpose == Purpose::Recall).count();
        assert_eq!(notices, usize::from(*owed), "{stands:?}: {after:?}");
        assert!(desk.ledger.check_events().await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn the_history_says_who_recalled_it_why_and_whether_the_graduate_is_told() {
    for mailed in [false, true] {
        let desk = Desk::open().await;
        let id = desk.issued(drop_of("B1", Kind::First, None)).await.id;
        if mailed {
            desk.post_and_close(id).await;
        }
        recall(&desk, id).await;
        let events = desk.ledger.events_of(id).await.unwrap();
        let event = events.iter().rev().find(|event| event.kind == "recalled").unwrap();
        assert_eq!(event.actor, "lin");
        let detail = &event.detail;
        assert_eq!(
            (&detail["reason"], &detail["why"]),
            (&"wrong_content".into(), &"學位名稱誤植".into())
        );
        assert_eq!((&detail["via"], &detail["from"]), (&"web".into(), &"192.0.2.9".into()));
        assert_eq!(detail["notice"], mailed);
    }
}

#[tokio::test]
async fn only_a_first_issue_in_force_is_recalled_and_the_second_person_is_told_by_whom() {
    let desk = Desk::open().await;
    let refuse = async |id| {
        let before = desk.everything().await;
        let result = desk.ledger.recall(id, &grounds(), &someone(), desk.now).await;
        assert_eq!(desk.everything().await, before, "something was changed");
        result
    };
    let pending = desk.accepted(drop_of("B2", Kind::First, None)).await;
    assert_eq!(refused(refuse(pending.id).await), "not_issued");
    let first = desk.issued(drop_of("B1", Kind::First, None)).await;
    let reissue = desk.issued(drop_of("B1", Kind::Reissue, Some(first.id))).await;
    let rename = desk.issued(drop_of("B1", Kind::Rename, Some(reissue.id))).await;
    assert_eq!(refused(refuse(first.id).await), "superseded");
    assert_eq!(refused(refuse(reissue.id).await), "only_first_issues");
    assert_eq!(refused(refuse(rename.id).await), "only_first_issues");
    assert_eq!(desk.certificate(rename.id).await.status, Status::Issued);

    let other = desk.issued(drop_of("B3", Kind::First, None)).await;
    recall(&desk, other.id).await;
    let Err(LedgerError::NotPossible(reason)) = refuse(other.id).await else { panic!() };
    assert_eq!(reason.code, "already_recalled");
    assert!(reason.message_zh.contains("lin") && reason.message_en.contains("lin"), "{reason}");
    let resent =
        desk.ledger.resend(other.id, &someone(), &Route::Roster, &new_sending(), desk.now).await;
    assert_eq!(refused(resent), "already_recalled");
}

#[tokio::test]
async fn word_of_a_recall_is_one_message_whoever_sends_it() {
    let mut desk = Desk::open().await;
    let id = desk.issued(drop_of("B1", Kind::First, None)).await.id;
    desk.post_and_close(id).await;
    recall(&desk, id).await;
    let one = desk.sent(&desk.posting(id).await).await;
    // The worker dies after the relay took it; the next finds the same Message-ID.
    desk.now = at(60);
    let lease = desk.posting(id).await;
    let two = desk.sent(&lease).await;
    assert_eq!((one.id, &one.message_id), (two.id, &two.message_id));
    assert!(desk.accepted_by_relay(&lease, two.id).await);
    // The log fails and the stage is run again: nothing more is owed.
    sqlx::query("UPDATE certificates SET progress = 'email'")
        .execute(&desk.ledger.write)
        .await
        .unwrap();
    assert!(matches!(desk.to_send(&lease).await, ToSend::NotInForce));
}

/// A first issue for a student with this address.
fn drop_to(email: Option<&str>) -> NewCertificate {
    NewCertificate { sidecar_student: Some(student(email)), ..drop_of("B1", Kind::First, None) }
}

fn student(email: Option<&str>) -> Student {
    Student {
        student_no: "B1".into(),
        name_zh: Some("王大明".into()),
        name_en: None,
        birthday: None,
        email: email.map(str::to_owned),
        school_email: None,
        source: StudentSource::Roster,
        degrees: Vec::new(),
    }
}

#[tokio::test]
async fn word_of_a_recall_goes_where_the_certificate_went_last() {
    let desk = Desk::open().await;
    let id = desk.issued(drop_to(Some("old@example.org"))).await.id;
    desk.post_and_close(id).await;
    let route = Route::Corrected("new@example.org".into());
    desk.ledger.resend(id, &someone(), &route, &new_sending(), desk.now).await.unwrap();
    desk.post_and_close(id).await;
    recall(&desk, id).await;
    let lease = desk.posting(id).await;
    let notice = desk.sent(&lease).await;
    assert_eq!((notice.route, &*notice.to), (RouteTaken::Corrected, "new@example.org"));

    // The relay refuses it there for good: what is left is the roster.
    desk.ledger.sending_refused(&lease, notice.id, "550", desk.now).await.unwrap();
    desk.ledger.park(&lease, &reason(), desk.now).await.unwrap();
    assert_eq!(desk.certificate(id).await.waiting_for, Some(WaitingFor::Person));
    desk.ledger.release(id, &someone(), desk.now).await.unwrap();
    let lease = desk.posting(id).await;
    let notice = desk.sent(&lease).await;
    assert_eq!((notice.purpose, &*notice.to), (Purpose::Recall, "old@example.org"));

    // Neither address exists: a person must find another way, and the roster may learn of one.
    desk.suppress("old@example.org").await;
    assert!(matches!(desk.to_send(&lease).await, ToSend::Suppressed));
    let found = student(Some("found@example.org"));
    desk.ledger.import_students(&[found], &someone(), desk.now).await.unwrap();
    assert_eq!(desk.sent(&lease).await.to, "found@example.org");
}

#[tokio::test]
async fn a_graduate_without_an_address_who_has_the_file_is_a_persons_to_tell() {
    let desk = Desk::open().await;
    let id = desk.issued(drop_to(None)).await.id;
    let hand = SendingId::new(Uuid::now_v7());
    desk.ledger.hand_over(id, &someone(), hand, desk.now).await.unwrap();
    recall(&desk, id).await;
    assert!(matches!(desk.to_send(&desk.posting(id).await).await, ToSend::NoAddress));
}
