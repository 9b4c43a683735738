//! The mail relay: not there, full, particular, deaf, slow.

use sealpress_tests::{At, until};

use crate::{LONG, School};

/// The code of the last error of every certificate that waits at `email`.
fn errors(school: &School) -> Vec<String> {
    let certificates = school.home.certificates();
    let ids = certificates.iter().filter_map(|one| one["id"].as_str());
    ids.filter_map(|id| {
        let shown = school.home.ask(&["cert", "show", id]);
        shown["last_error"]["code"].as_str().map(str::to_owned)
    })
    .collect()
}

/// The relay answers so at this place for a while; the lane, or each certificate, says `code`.
fn says_for_a_while(at: At, answer: &str, held: bool, code: &str) {
    let mut school = School::of(3);
    school.relay.says(at, Some(answer));
    let running = school.home.start("run", &["run"]);
    school.print(0..3);
    if held {
        school.is_held("post", code);
    } else {
        until(&format!("three certificates that wait for {code}"), LONG, || {
            (errors(&school) == [code; 3]).then_some(())
        });
    }
    // In force and verifiable, though no mail is out.
    until("three certificates in force", LONG, || (school.issued() == 3).then_some(()));
    assert!(school.relay.received().is_empty());
    school.relay.says(at, None);
    school.ends_well(vec![running]);
}

#[test]
fn a_421_holds_the_lane() {
    says_for_a_while(At::Greeting, "421 4.3.2 shutting down", true, "relay_down");
    says_for_a_while(At::Recipient, "421 4.3.2 shutting down", true, "relay_down");
}

#[test]
fn a_45x_is_asked_again() {
    for answer in ["450 4.2.1 busy", "451 4.3.0 local error", "452 4.3.1 no room"] {
        says_for_a_while(At::Recipient, answer, false, "relay_later");
    }
    says_for_a_while(At::Message, "452 4.3.1 no room", false, "relay_later");
}

/// What the relay will never take waits for a person, is mailed by nobody, and goes when a person
/// says so.
fn never_takes(at: At, answer: &str, code: &str) {
    let mut school = School::of(2);
    school.relay.says(at, Some(answer));
    let running = school.home.start("run", &["run"]);
    school.print(0..2);
    until(&format!("two certificates that are parked for {code}"), LONG, || {
        let parked = school.home.certificates();
        let parked = parked.iter().filter(|one| one["waiting_for"] == "operator").count();
        (parked == 2 && errors(&school) == [code; 2]).then_some(())
    });
    assert!(school.relay.received().is_empty());
    assert_eq!(school.issued(), 2, "in force all the same");
    school.relay.says(at, None);
    for one in school.home.certificates() {
        let id = one["id"].as_str().expect("an id");
        let address = format!("{}@mended.example", &id[..8]);
        let resent = school.home.run(&["cert", "resend", id, "--to", &address, "--json"]);
        assert_eq!(resent.code, 0, "{}\n{}", resent.data, resent.talk);
    }
    school.home.wait_for_closed(2, LONG);
    let received = school.relay.received();
    assert_eq!(received.len(), 2);
    assert!(received.iter().all(|one| one.to[0].ends_with("@mended.example")), "{received:?}");
    drop(running);
    assert_eq!(school.home.run(&["audit"]).code, 0);
}

#[test]
fn a_550_waits_for_a_person() {
    never_takes(At::Recipient, "550 5.1.1 no such user", "address_refused");
}

#[test]
fn a_552_waits_for_a_person() {
    never_takes(At::Message, "552 5.3.4 too big", "mail_refused");
}

#[test]
fn an_answer_that_is_lost_is_one_sending() {
    let mut school = School::of(3);
    school.relay.loses_answers(3);
    let running = school.home.start("run", &["run"]);
    school.print(0..3);
    until("messages that came twice", LONG, || (school.relay.received().len() == 6).then_some(()));
    // The same to the byte, under the same Message-ID.
    school.ends_well(vec![running]);
}

#[test]
fn one_byte_a_second_keeps_nothing_but_mail() {
    let mut school = School::of(3);
    school.home.set("mail.patience", "3s");
    school.relay.trickles(true);
    let running = school.home.start("run", &["run"]);
    school.print(0..3);
    until("three certificates in force", LONG, || (school.issued() == 3).then_some(()));
    school.is_held("post", "relay_down");
    assert!(school.relay.received().is_empty());
    school.relay.trickles(false);
    school.ends_well(vec![running]);
}
