//! Mail that comes back: from the relay, by the mail system's report, to the list of those who
//! have not got their certificate.

use sealpress_tests::{Home, MailRelay, Received};
use std::fs;

use crate::{LONG, drop_all, enrolled};

/// What a mail system sends back of a message that the relay took.
fn report(of: &Received, action: &str, status: &str) -> String {
    let (verp, id) = (&of.from, &of.message_id);
    let to = &of.to[0];
    format!(
        "Return-Path: <>\nFrom: MAILER-DAEMON@mx.students.example (Mail Delivery System)\n\
         To: {verp}\nSubject: Undelivered Mail Returned to Sender\nMIME-Version: 1.0\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=\"apart\"\n\n\
         --apart\nContent-Type: text/plain\n\nIt did not arrive at <{to}>.\n\n\
         --apart\nContent-Type: message/delivery-status\n\n\
         Reporting-MTA: dns; mx.students.example\n\n\
         Final-Recipient: rfc822; {to}\nAction: {action}\nStatus: {status}\n\
         Diagnostic-Code: smtp; 550 {status} <{to}>: no\n\n\
         --apart\nContent-Type: text/rfc822-headers\n\n\
         From: registrar@example.edu.tw\nTo: {to}\nMessage-ID: {id}\n\n--apart--\n"
    )
}

/// A home whose mail was taken by a relay that knows nobody yet who refuses it.
fn mailed(count: usize) -> (Home, Vec<Received>) {
    let (home, relay) = (Home::new(), MailRelay::start());
    home.set("mail.transport", &relay.url());
    home.set("mail.bounce", "bounce+{sending}@example.edu.tw");
    let (prints, students) = enrolled(&home, count);
    let _running = home.start("run", &["run"]);
    drop_all(&home, &prints, &students);
    home.wait_for_closed(count, LONG);
    (home, relay.received())
}

fn maildir(home: &Home, messages: &[(&str, &str)]) {
    for folder in ["new", "cur", "tmp"] {
        fs::create_dir_all(home.at("Maildir").join(folder)).expect("a folder");
    }
    for (name, text) in messages {
        fs::write(home.at("Maildir/new").join(name), text).expect("a message");
    }
}

/// The names below `Maildir/`, sorted.
fn names(home: &Home) -> Vec<String> {
    let folder = home.at("Maildir");
    let below = |file: &std::path::PathBuf| {
        file.strip_prefix(&folder).expect("below").to_string_lossy().into_owned()
    };
    home.files("Maildir").iter().map(below).collect()
}

#[test]
fn a_message_that_comes_back_ends_on_the_list_of_the_undelivered() {
    let (home, sent) = mailed(3);
    assert!(home.ask(&["cert", "undelivered"]).as_array().expect("a list").is_empty());

    // Piped in by the mail program: nobody has that address.
    let gone = report(&sent[0], "failed", "5.1.1");
    let output = home.pipe(&["bounces", "--json"], gone.as_bytes());
    assert_eq!(output.code, 0, "{}", output.talk);
    let told = output.json();
    assert_eq!(told[0]["outcome"], "suppressed", "{told}");
    assert_eq!(told[0]["status"], "5.1.1");
    assert!(sent[0].from.contains(told[0]["sending"].as_str().expect("a sending")), "{told}");
    for said in [&output.data, &output.talk] {
        assert!(!said.contains(&sent[0].to[0]), "an address: {said}");
    }

    // Nothing is sent there any more, whoever asks.
    let undelivered = home.ask(&["cert", "undelivered", "--why", "bounced"]);
    let certificate = undelivered[0]["id"].as_str().expect("a certificate").to_owned();
    let refused = home.run(&["cert", "resend", &certificate]);
    assert_eq!(refused.code, 1, "{}", refused.talk);
    let shown = home.ask(&["cert", "show", &certificate]);
    assert_eq!(shown["sendings"].as_array().expect("sendings").len(), 1);
    assert_eq!(shown["sendings"][0]["state"], "bounced");
    assert!(!shown["events"].to_string().contains('@'), "{shown}");

    // By way of a Maildir: a full mailbox, a delay, and something that is cut off.
    let (full, late) = (report(&sent[1], "failed", "5.2.2"), report(&sent[2], "delayed", "4.4.1"));
    let cut = &full[..full.find("Final-Recipient").expect("a report")];
    maildir(&home, &[("1.full", &full), ("2.late", &late), ("3.cut", cut)]);
    let output = home.run(&["bounces", "--maildir", "Maildir", "--json"]);
    assert_eq!(output.code, 1, "a person must look: {}", output.talk);
    let told = output.json();
    let outcomes: Vec<_> =
        (0..3).map(|n| told[n]["outcome"].as_str().expect("an outcome")).collect();
    assert_eq!(outcomes, ["to_review", "ignored", "not_understood"], "{told}");
    assert_eq!(names(&home), ["cur/1.full:2,S", "cur/2.late:2,S", "new/3.cut"]);

    // Once more, from an mbox: the ledger knows them.
    let mbox: String = [&gone, &full]
        .iter()
        .map(|text| format!("From MAILER-DAEMON Mon Jun  1 10:00:00 2026\n{text}\n"))
        .collect();
    fs::write(home.at("mbox"), &mbox).expect("an mbox");
    let told = home.ask(&["bounces", "--mbox", "mbox"]);
    assert_eq!(told.as_array().expect("a list").len(), 2);
    assert!((0..2).all(|n| told[n]["outcome"] == "already_known"), "{told}");
    assert_eq!(fs::read_to_string(home.at("mbox")).expect("the mbox"), mbox, "it is only read");

    let undelivered = home.ask(&["cert", "undelivered"]);
    let mut listed: Vec<_> = undelivered
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| (one["code"].as_str(), one["why"].as_str(), one["review"].as_bool()))
        .collect();
    listed.sort_unstable();
    assert_eq!(
        listed,
        [
            (Some("5.1.1"), Some("bounced"), Some(false)),
            (Some("5.2.2"), Some("bounced"), Some(true))
        ]
    );
    // What a person makes of it.
    let review = home.ask(&["bounces", "list"]);
    assert_eq!(review.as_array().expect("a list").len(), 1);
    let sending = review[0]["sending"].as_str().expect("a sending");
    assert_eq!(review[0]["status"], "5.2.2");
    assert_eq!(home.ask(&["bounces", "review", sending, "suppress"])["outcome"], "suppressed");
    assert_eq!(home.ask(&["bounces", "release", sending])["outcome"], "released");
    for again in [&["bounces", "review", sending, "keep"][..], &["bounces", "release", sending]] {
        assert_eq!(home.run(again).code, 1, "nothing is left to do");
    }
    assert!(home.ask(&["bounces", "list"]).as_array().expect("a list").is_empty());
    let first = shown["sendings"][0]["id"].as_str().expect("a sending");
    assert_eq!(home.ask(&["bounces", "release", first])["certificate"], certificate.as_str());
    assert_eq!(home.run(&["cert", "resend", &certificate]).code, 0, "it was released");

    let none = home.ask(&["cert", "undelivered", "--why", "no_address"]);
    assert!(none.as_array().expect("a list").is_empty());
    assert_eq!(home.run(&["audit"]).code, 0);
}

#[test]
fn what_is_no_source_is_wrong_use() {
    let home = Home::new();
    for arguments in [&["bounces", "--maildir", "archive"][..], &["bounces", "--mbox", "nothing"]] {
        let output = home.run(arguments);
        assert_eq!(output.code, 2, "{arguments:?}: {}", output.talk);
        assert!(output.talk.contains(arguments[2]), "{}", output.talk);
    }
    let empty = home.pipe(&["bounces", "--json"], b"");
    assert_eq!(empty.code, 1);
    assert_eq!(empty.json()[0]["outcome"], "not_understood");
}
