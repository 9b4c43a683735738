//! What is mailed, to whom, and under which Message-ID.

use sealpress_config::Kind;

use super::desk::{Desk, at, drop_of, new_sending, someone};
use crate::{
    LedgerError, Mailed, NewCertificate, Route, RouteTaken, SendingState, Student, StudentSource,
    ToSend,
};

const PERSONAL: &str = "wang@example.org";
const SCHOOL: &str = "b1@student.example.edu.tw";

/// A first issue for a student with these addresses.
fn drop_to(personal: Option<&str>, school: Option<&str>) -> NewCertificate {
    let student = Student {
        student_no: "B1".into(),
        name_zh: Some("王大明".into()),
        name_en: None,
        birthday: None,
        email: personal.map(str::to_owned),
        school_email: school.map(str::to_owned),
        source: StudentSource::Sidecar,
        degrees: Vec::new(),
    };
    NewCertificate { sidecar_student: Some(student), ..drop_of("B1", Kind::First, None) }
}

#[tokio::test]
async fn every_try_of_a_sending_has_the_same_message_id() {
    let mut desk = Desk::open().await;
    let certificate = desk.issued(drop_of("B1", Kind::First, None)).await;
    let one = desk.sent(&desk.posting(certificate.id).await).await;
    // The worker dies after the relay took the message and before the ledger heard of it.
    desk.now = at(20);
    let lease = desk.posting(certificate.id).await;
    let two = desk.sent(&lease).await;
    assert_eq!((one.id, one.message_id, one.to), (two.id, two.message_id.clone(), two.to));
    assert!(desk.accepted_by_relay(&lease, one.id).await);
    assert!(desk.ledger.close_certificate(&lease, 1, desk.now).await.unwrap());
    let sendings = desk.ledger.sendings_of(certificate.id).await.unwrap();
    assert_eq!(sendings.len(), 1);
    assert_eq!(sendings[0].state, SendingState::Accepted("250".into()));

    let new = new_sending();
    let asked =
        desk.ledger.resend(certificate.id, &someone(), &Route::Roster, &new, desk.now).await;
    assert_eq!(asked.unwrap().progress.as_str(), "email");
    let again = desk.post_and_close(certificate.id).await;
    assert_eq!((again.id, again.message_id), (new.id, Some(new.message_id)));
    assert_ne!(again.id, two.id);
}

#[tokio::test]
async fn what_is_not_in_force_is_not_mailed() {
    let desk = Desk::open().await;
    let first = desk.issued(drop_of("B1", Kind::First, None)).await;
    let lease = desk.posting(first.id).await;
    let open = desk.sent(&lease).await;
    desk.issued(drop_of("B1", Kind::Reissue, Some(first.id))).await;
    assert!(matches!(desk.to_send(&lease).await, ToSend::NotInForce));
    assert!(desk.mailed(&lease, &Mailed::NotInForce).await);
    // What was begun is not left open for ever.
    let sendings = desk.ledger.sendings_of(first.id).await.unwrap();
    assert_eq!((sendings[0].id, &sendings[0].state), (open.id, &SendingState::Stopped));
}

#[tokio::test]
async fn mail_goes_to_an_address_that_exists_the_students_own_first() {
    for (personal, school, suppressed, to) in [
        (Some(PERSONAL), Some(SCHOOL), &[][..], Ok((RouteTaken::Personal, PERSONAL))),
        (Some(PERSONAL), Some(SCHOOL), &[PERSONAL], Ok((RouteTaken::School, SCHOOL))),
        (Some(""), Some(SCHOOL), &[], Ok((RouteTaken::School, SCHOOL))),
        (None, Some(SCHOOL), &[], Ok((RouteTaken::School, SCHOOL))),
        (Some(PERSONAL), None, &["WANG@example.ORG"], Err(true)),
        (Some(PERSONAL), Some(SCHOOL), &[PERSONAL, SCHOOL], Err(true)),
        (None, None, &[], Err(false)),
        (Some(" "), None, &[], Err(false)),
    ] {
        let desk = Desk::open().await;
        let certificate = desk.issued(drop_to(personal, school)).await;
        for address in suppressed {
            desk.suppress(address).await;
        }
        let got = match desk.to_send(&desk.posting(certificate.id).await).await {
            ToSend::Send(sending) => Ok((sending.route, sending.to)),
            ToSend::Suppressed => Err(true),
            ToSend::NoAddress => Err(false),
            other => panic!("{other:?}"),
        };
        let wanted = to.map(|(route, to)| (route, to.to_owned()));
        assert_eq!(got, wanted, "{personal:?} {school:?} {suppressed:?}");
    }
}

#[tokio::test]
async fn an_address_that_proved_wrong_meanwhile_is_not_tried_again() {
    let desk = Desk::open().await;
    let certificate = desk.issued(drop_to(Some(PERSONAL), Some(SCHOOL))).await;
    let lease = desk.posting(certificate.id).await;
    let first = desk.sent(&lease).await;
    desk.suppress(PERSONAL).await;
    let second = desk.sent(&lease).await;
    assert_eq!((second.route, second.to.as_str()), (RouteTaken::School, SCHOOL));
    assert_ne!(first.message_id, second.message_id);
    let sendings = desk.ledger.sendings_of(certificate.id).await.unwrap();
    assert_eq!(sendings[0].state, SendingState::Suppressed);
    desk.suppress(SCHOOL).await;
    assert!(matches!(desk.to_send(&lease).await, ToSend::Suppressed));
    let sendings = desk.ledger.sendings_of(certificate.id).await.unwrap();
    assert!(sendings.iter().all(|one| one.state == SendingState::Suppressed), "{sendings:?}");
}

#[tokio::test]
async fn a_worker_that_was_overtaken_can_not_say_that_a_sending_was_refused() {
    let mut desk = Desk::open().await;
    let certificate = desk.issued(drop_of("B1", Kind::First, None)).await;
    let stale = desk.posting(certificate.id).await;
    let sending = desk.sent(&stale).await;
    desk.now = at(20);
    let lease = desk.posting(certificate.id).await;
    let before = desk.everything().await;
    desk.ledger.sending_refused(&stale, sending.id, "550", desk.now).await.unwrap();
    assert_eq!(desk.everything().await, before);
    desk.ledger.sending_refused(&lease, sending.id, "550", desk.now).await.unwrap();
    let sendings = desk.ledger.sendings_of(certificate.id).await.unwrap();
    assert_eq!(sendings[0].state, SendingState::Refused("550".into()));
}

#[tokio::test]
async fn a_word_that_no_version_knows_is_told_as_such() {
    let desk = Desk::open().await;
    let certificate = desk.issued(drop_of("B1", Kind::First, None)).await;
    desk.sent(&desk.posting(certificate.id).await).await;
    for statement in
        ["PRAGMA ignore_check_constraints = ON", "UPDATE sendings SET route = 'pigeon'"]
    {
        sqlx::query(statement).execute(&desk.ledger.write).await.unwrap();
    }
    let read = desk.ledger.sendings_of(certificate.id).await;
    assert!(matches!(read, Err(LedgerError::UnknownWord { field, .. }) if field == "route"));
}

#[tokio::test]
async fn a_sending_tells_no_address_when_it_is_debugged() {
    let desk = Desk::open().await;
    let certificate = desk.issued(drop_to(Some(PERSONAL), None)).await;
    let sending = desk.sent(&desk.posting(certificate.id).await).await;
    assert!(!format!("{sending:?}").contains(PERSONAL));
    let route = Route::Corrected(PERSONAL.into());
    assert!(!format!("{route:?}").contains(PERSONAL));
}
