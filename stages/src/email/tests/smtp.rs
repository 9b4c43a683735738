//! What each answer of a relay means.

use super::relay::{Relay, Step, Turn};
use super::*;

fn school(relay: &str) -> School {
    let mut school = School::new();
    school.settings.mail.transport = MailTransport::Smtp(relay.into());
    school
}

/// One try with a relay that takes these turns.
async fn tried(script: &[Step]) -> Result<Accepted, StageError> {
    let relay = Relay::start(script).await;
    school(&relay.url()).mail(certificate(), sending("wang@example.org")).await
}

/// The kind of an error, its code, and the relay's codes in its message.
fn told(error: &StageError) -> (&'static str, &str, &str) {
    let kind = match error {
        StageError::Retry(_) => "retry",
        StageError::Hold(_) => "hold",
        StageError::Reject(_) => "reject",
    };
    let message = &error.reason().message_en;
    let codes = message.rsplit_once('(').unwrap().1.trim_end_matches(").");
    (kind, &error.reason().code, codes)
}

#[tokio::test]
async fn a_message_goes_to_one_recipient_in_the_schools_name() {
    let relay = Relay::start(&[]).await;
    let school = school(&relay.url());
    let taken = school.mail(certificate(), sending("wang@example.org")).await.unwrap();
    assert_eq!(taken.answer, "250 2.0.0 taken");
    let [message] = relay.taken().try_into().unwrap();
    assert_eq!(message.from, "MAIL FROM:<registrar@example.edu.tw>");
    assert_eq!(message.to, ["RCPT TO:<wang@example.org>"]);
    let read = read_back(&message.bytes);
    assert_eq!(headers(&read, "Message-ID"), [MESSAGE_ID]);
    assert!(read.contains(&Sha256Hash::of(&pdf()).to_string()));
}

#[tokio::test]
async fn a_bounce_names_its_sending() {
    let relay = Relay::start(&[]).await;
    let mut school = school(&relay.url());
    school.settings.mail.bounce = Some("bounce+{sending}@example.edu.tw".into());
    school.mail(certificate(), sending("wang@example.org")).await.unwrap();
    let [message] = relay.taken().try_into().unwrap();
    assert_eq!(message.from, format!("MAIL FROM:<bounce+{SENDING}@example.edu.tw>"));
    let read = read_back(&message.bytes);
    assert_eq!(headers(&read, "From"), ["國立範例科技大學註冊組 <registrar@example.edu.tw>"]);
}

#[tokio::test]
async fn the_same_sending_is_the_same_message_again() {
    let relay = Relay::start(&[(".", Turn::HangUp)]).await;
    let school = school(&relay.url());
    let dropped = school.mail(certificate(), sending("wang@example.org")).await.unwrap_err();
    assert_eq!(told(&dropped), ("hold", "relay_down", "connection"));
    for _ in 0..2 {
        school.mail(certificate(), sending("wang@example.org")).await.unwrap();
    }
    let [one, two] = relay.taken().try_into().unwrap();
    assert!(one.bytes == two.bytes);
}

#[tokio::test]
async fn an_answer_says_whether_to_try_again_to_wait_or_to_ask_a_person() {
    for (at, answer, expected) in [
        ("RCPT", "451 4.3.0 try later", ("retry", "relay_later", "451 4.3.0")),
        ("RCPT", "450 greylisted, wang@example.org", ("retry", "relay_later", "450")),
        (".", "452 4.2.2 mailbox full", ("retry", "relay_later", "452 4.2.2")),
        ("CONNECT", "421 4.3.2 closing", ("hold", "relay_down", "421 4.3.2")),
        ("MAIL", "421 too many connections", ("hold", "relay_down", "421")),
        ("MAIL", "530 5.7.0 must log in", ("hold", "relay_down", "530 5.7.0")),
        (
            "RCPT",
            "550 5.1.1 <wang@example.org>: user unknown",
            ("reject", "address_refused", "550 5.1.1"),
        ),
        (
            "RCPT",
            "550-5.1.1 <wang@example.org>\r\n550 5.1.1 user unknown",
            ("reject", "address_refused", "550 5.1.1"),
        ),
        ("RCPT", "550 no such user here", ("reject", "address_refused", "550")),
        ("RCPT", "554 5.1.2 bad domain", ("reject", "address_refused", "554 5.1.2")),
        (".", "550 5.7.1 looks like spam", ("reject", "mail_refused", "550 5.7.1")),
        (".", "552 5.3.4 too big", ("reject", "mail_refused", "552 5.3.4")),
        (".", "554 refused", ("reject", "mail_refused", "554")),
    ] {
        let error = tried(&[(at, Turn::Say(answer))]).await.unwrap_err();
        assert_eq!(told(&error), expected, "{answer}");
        let reason = error.reason();
        for text in [&reason.message_zh, &reason.message_en, &reason.hint_zh, &reason.hint_en] {
            assert!(!text.contains("example.org"), "{text}");
        }
    }
}

#[tokio::test]
async fn a_relay_that_breaks_off_holds() {
    for at in ["CONNECT", "EHLO", "MAIL", "DATA", "."] {
        let error = tried(&[(at, Turn::HangUp)]).await.unwrap_err();
        assert_eq!(told(&error), ("hold", "relay_down", "connection"), "{at}");
    }
}

#[tokio::test]
async fn a_relay_that_is_not_there_holds() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("smtp://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = school(&url).mail(certificate(), sending("wang@example.org")).await.unwrap_err();
    assert_eq!(told(&error), ("hold", "relay_down", "connection"));
}

#[tokio::test]
async fn a_relay_that_falls_silent_holds() {
    let relay = Relay::start(&[("MAIL", Turn::FallSilent)]).await;
    let school = school(&relay.url());
    let mut certificate = certificate();
    let archived = school.archived(&mut certificate).await;
    let email = school.prepare().unwrap();
    let sent = tokio::spawn(async move {
        email.run(&certificate, (archived, sending("wang@example.org"))).await
    });
    while relay.connections() == 0 {
        tokio::task::yield_now().await;
    }
    // From here on nothing but the clock can move.
    tokio::time::pause();
    let error = sent.await.unwrap().unwrap_err();
    assert_eq!(told(&error), ("hold", "relay_down", "timeout"));
}

#[tokio::test]
async fn a_connection_is_kept_and_one_that_the_relay_closed_is_made_anew() {
    let relay = Relay::start(&[("NOOP", Turn::HangUp)]).await;
    let school = school(&relay.url());
    let mut certificate = certificate();
    let archived = school.archived(&mut certificate).await;
    let email = school.prepare().unwrap();
    for expected in [1, 2, 2] {
        email.run(&certificate, (archived.clone(), sending("wang@example.org"))).await.unwrap();
        assert_eq!(relay.connections(), expected);
    }
    assert_eq!(relay.taken().len(), 3);
}

#[tokio::test]
async fn an_address_that_the_relay_has_no_letters_for_holds_nobody_else() {
    let relay = Relay::start(&[]).await;
    let school = school(&relay.url());
    let error = school.mail(certificate(), sending("大明@example.org")).await.unwrap_err();
    assert_eq!(told(&error), ("reject", "address_refused", "SMTPUTF8"));
}

#[tokio::test]
async fn a_password_is_not_sent_in_the_clear() {
    let mut school = school("smtp://relay.invalid:25");
    std::fs::write(school.folder.path().join("password"), "opensesame\n").unwrap();
    school.settings.mail.user = Some("sealpress".into());
    school.settings.mail.password = Some(config::Secret::File("password".into()));
    assert!(school.prepare().is_ok());
    school.settings.mail.password = Some(config::Secret::File("nowhere".into()));
    assert!(matches!(school.prepare().err(), Some(EmailError::Secret(_))));
}
