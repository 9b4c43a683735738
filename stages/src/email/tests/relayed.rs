//! What becomes of a message when the relay says this or that.

use super::relay::{POLITE, Relay, Script};
use super::*;

async fn school_with(relay: &Relay, more: &[(&str, &str)]) -> (School, Email) {
    let transport = format!("transport: {}", relay.url());
    let changes = [&[("transport: folder:outbox", transport.as_str())], more].concat();
    let school = School::new(&changes);
    let email = school.email().unwrap();
    (school, email)
}

/// The kind of error and its reason's code, for a relay that follows this script.
async fn failed(script: Script) -> (char, String) {
    let relay = Relay::start(script).await;
    let (school, email) = school_with(&relay, &[]).await;
    let to = "somebody@student.example.edu.tw";
    let error = school.mail(&email, &sending(to)).await.unwrap_err();
    assert!(!format!("{:?}", error.reason()).contains("somebody"), "{error:?}");
    let kind = match error {
        StageError::Hold(_) => 'h',
        StageError::Retry(_) => 'r',
        StageError::Reject(_) => 'x',
    };
    (kind, error.reason().code.clone())
}

#[tokio::test]
async fn a_message_arrives_as_it_was_written_under_a_sender_of_its_own() {
    let relay = Relay::start(POLITE).await;
    let bounce = ("bounce: null", "bounce: bounce+{sending}@example.edu.tw");
    let (school, email) = school_with(&relay, &[bounce]).await;
    let to = "b1@student.example.edu.tw";
    for _ in 0..2 {
        let accepted = school.mail(&email, &sending(to)).await.unwrap();
        assert_eq!(accepted.answer, "250 2.0.0 taken as A1");
    }
    let heard = relay.heard();
    assert_eq!(heard.len(), 1, "the connection is kept open");
    let commands: Vec<&str> = heard[0].commands.iter().skip(1).map(String::as_str).collect();
    let from = format!("MAIL FROM:<bounce+{SENDING}@example.edu.tw>");
    let message = [from.as_str(), "RCPT TO:<b1@student.example.edu.tw>", "DATA"];
    assert_eq!(commands, [&message[..], &["NOOP"], &message[..]].concat());
    assert_eq!(heard[0].messages[0], heard[0].messages[1]);
    // The same bytes as in a folder; no line of it begins with a dot.
    let folder = School::new(&[]);
    let answer = folder.mail(&folder.email().unwrap(), &sending(to)).await.unwrap().answer;
    let written = fs::read(folder.at("outbox").join(answer)).unwrap();
    assert!(heard[0].messages[0].starts_with(&written));
}

#[tokio::test]
async fn a_refusal_is_told_from_a_delay() {
    for (script, kind, code) in [
        (Script { greeting: "421 4.3.2 not now", ..POLITE }, 'h', "relay_down"),
        (Script { greeting: "554 5.3.2 no service", ..POLITE }, 'h', "relay_down"),
        (Script { greeting: "", ..POLITE }, 'h', "relay_down"),
        (Script { greeting: "SSH-2.0-OpenSSH", ..POLITE }, 'h', "relay_down"),
        (Script { sender: "421 4.3.2 closing", ..POLITE }, 'h', "relay_down"),
        (Script { sender: "530 5.7.0 log in first", ..POLITE }, 'h', "relay_down"),
        (Script { sender: "550 5.7.1 who are you", ..POLITE }, 'h', "sender_refused"),
        (Script { recipient: "451 4.3.0 <somebody@x> later", ..POLITE }, 'r', "relay_later"),
        (Script { recipient: "550 5.1.1 <somebody@x> unknown", ..POLITE }, 'x', "address_refused"),
        (Script { recipient: "550-5.7.1 no\r\n550 5.7.1 never", ..POLITE }, 'x', "mail_refused"),
        (Script { recipient: "", ..POLITE }, 'r', "relay_broke_off"),
        (Script { data: "554 5.5.1 no recipients", ..POLITE }, 'x', "mail_refused"),
        (Script { data: "250 what", ..POLITE }, 'r', "relay_broke_off"),
        (Script { message: "452 4.3.1 full", ..POLITE }, 'r', "relay_later"),
        (Script { message: "550 5.7.1 spam", ..POLITE }, 'x', "mail_refused"),
        (Script { message: "354 go on", ..POLITE }, 'r', "relay_broke_off"),
        (Script { message: "", ..POLITE }, 'r', "relay_broke_off"),
    ] {
        let Script { greeting, sender, recipient, data, message, .. } = script;
        let told = [greeting, sender, recipient, data, message].join(" | ");
        assert_eq!(failed(script).await, (kind, code.to_owned()), "{told}");
    }
}

#[tokio::test]
async fn nobody_at_the_port_holds_the_lane() {
    let relay = Relay::start(POLITE).await;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("transport: smtp://{}", listener.local_addr().unwrap());
    drop((listener, relay));
    let school = School::new(&[("transport: folder:outbox", &url)]);
    let error = school.mail(&school.email().unwrap(), &sending("b1@example.org")).await;
    assert!(matches!(error, Err(StageError::Hold(reason)) if reason.code == "relay_down"));
}

/// Lets an hour pass at once when the relay has heard this on its last connection.
async fn an_hour_after(relay: &Relay, word: &str) {
    loop {
        let heard = relay.heard();
        let last = heard.last().map(|heard| heard.commands.last().cloned().unwrap_or_default());
        let said = heard.last().is_some_and(|heard| !heard.messages.is_empty());
        if last.is_some_and(|last| last.starts_with(word)) && (word != "DATA" || said) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    tokio::time::pause();
    tokio::time::advance(std::time::Duration::from_secs(3600)).await;
    tokio::time::resume();
}

#[tokio::test]
async fn a_relay_that_falls_silent_holds_the_lane_and_its_connection_is_not_used_again() {
    for (word, silent) in [
        ("", Script { greeting: "…", ..POLITE }),
        ("EHLO", Script { hello: "…", ..POLITE }),
        ("MAIL", Script { sender: "…", ..POLITE }),
        ("RCPT", Script { recipient: "…", ..POLITE }),
        ("DATA", Script { message: "…", ..POLITE }),
    ] {
        let relay = Relay::start(silent).await;
        let (school, email) = school_with(&relay, &[]).await;
        let to = sending("b1@example.org");
        let (error, ()) = tokio::join!(school.mail(&email, &to), an_hour_after(&relay, word));
        let reason = error.unwrap_err().reason().clone();
        assert_eq!(reason.code, "relay_down", "{word}");
        assert!(reason.message_en.contains("(timeout)"), "{word}: {}", reason.message_en);
        relay.follow(POLITE);
        school.mail(&email, &to).await.unwrap();
        assert_eq!(relay.heard().len(), 2, "{word}");
    }
}

#[tokio::test]
async fn a_connection_that_the_relay_closed_meanwhile_is_replaced() {
    let relay = Relay::start(POLITE).await;
    let (school, email) = school_with(&relay, &[]).await;
    school.mail(&email, &sending("b1@example.org")).await.unwrap();
    relay.follow(Script { check: "", ..POLITE });
    school.mail(&email, &sending("b2@example.org")).await.unwrap();
    assert_eq!(relay.heard().len(), 2);
}

#[tokio::test]
async fn a_connection_that_said_no_serves_the_next_message() {
    let relay = Relay::start(Script { recipient: "550 5.1.1 unknown", ..POLITE }).await;
    let (school, email) = school_with(&relay, &[]).await;
    school.mail(&email, &sending("b1@example.org")).await.unwrap_err();
    relay.follow(POLITE);
    school.mail(&email, &sending("b2@example.org")).await.unwrap();
    let heard = relay.heard();
    assert_eq!(heard.len(), 1);
    assert!(heard[0].commands.contains(&"RSET".to_owned()), "{:?}", heard[0].commands);
}

#[tokio::test]
async fn a_login_is_made_once_and_a_refused_one_holds_the_lane() {
    let login = [("user: null", "user: sealpress"), ("password: null", "password: file:smtp")];
    let relay = Relay::start(POLITE).await;
    let transport = format!("transport: {}", relay.url());
    let changes = [&[("transport: folder:outbox", transport.as_str())], &login[..]].concat();
    let school = School::new(&changes);
    school.put_secret("smtp", "opensesame\n");
    let email = school.email().unwrap();
    for _ in 0..2 {
        school.mail(&email, &sending("b1@example.org")).await.unwrap();
    }
    let logins = |relay: &Relay| {
        let commands = relay.heard().into_iter().flat_map(|heard| heard.commands);
        commands.filter(|command| command.starts_with("AUTH PLAIN")).count()
    };
    assert_eq!(logins(&relay), 1);
    relay.follow(Script { login: "535 5.7.8 wrong password", ..POLITE });
    let error = school.mail(&school.email().unwrap(), &sending("b1@example.org")).await;
    assert!(matches!(error, Err(StageError::Hold(reason)) if reason.code == "relay_down"));
}

#[tokio::test]
async fn a_password_is_not_sent_to_another_machine_in_the_clear() {
    let relay = Relay::start(POLITE).await;
    // Another name for this machine than those that are taken for it.
    let transport = format!("transport: {}", relay.url().replace("127.0.0.1", "127.1"));
    let school = School::new(&[
        ("transport: folder:outbox", &transport),
        ("user: null", "user: sealpress"),
        ("password: null", "password: file:smtp"),
    ]);
    school.put_secret("smtp", "opensesame\n");
    let error = school.mail(&school.email().unwrap(), &sending("b1@example.org")).await;
    assert!(matches!(error, Err(StageError::Hold(_))));
    let commands: Vec<String> =
        relay.heard().into_iter().flat_map(|heard| heard.commands).collect();
    assert!(!commands.is_empty());
    assert!(commands.iter().all(|command| !command.starts_with("AUTH")), "{commands:?}");
}
