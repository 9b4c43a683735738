//! What mail systems send back, in the shapes that they give it (own texts, example domains), and
//! what somebody could make of them.

use sealpress_ledger::{Bounce, BounceKind, SendingId};

use super::reading::{of, read};
use super::{Ignored, Reading, Unclear, Verp};

const ID: &str = "0197a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b";
const OTHER: &str = "0197a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1c";

const POSTFIX: &str = include_str!("tests/postfix.eml");
const EXIM: &str = include_str!("tests/exim.eml");
const EXCHANGE: &str = include_str!("tests/exchange.eml");
const GMAIL: &str = include_str!("tests/gmail.eml");
const SENDMAIL: &str = include_str!("tests/sendmail.eml");
const QMAIL: &str = include_str!("tests/qmail.eml");
const EXCHANGE_OF_OLD: &str = include_str!("tests/exchange-of-old.eml");
const VACATION: &str = include_str!("tests/vacation.eml");
const SPAM: &str = include_str!("tests/spam.eml");
const COMPLAINT: &str = include_str!("tests/complaint.eml");

const SAMPLES: [&str; 10] =
    [POSTFIX, EXIM, EXCHANGE, GMAIL, SENDMAIL, QMAIL, EXCHANGE_OF_OLD, VACATION, SPAM, COMPLAINT];

fn verp() -> Verp {
    Verp::new(Some("bounce+{sending}@example.edu.tw"))
}

fn said(text: &str) -> Reading {
    let reading = read(text.as_bytes(), &verp());
    let with_crlf = text.replace("\r\n", "\n").replace('\n', "\r\n");
    assert_eq!(read(with_crlf.as_bytes(), &verp()), reading, "with CRLF");
    reading
}

fn sending() -> SendingId {
    ID.parse().unwrap()
}

fn bounce(status: &str, kind: BounceKind) -> Reading {
    Reading::Bounce(Bounce { sending: sending(), status: status.parse().ok(), kind })
}

#[test]
fn the_reports_of_mail_systems_are_read() {
    for (sample, status) in [
        (POSTFIX, "5.1.1"),
        (EXIM, "5.0.0"),
        (EXCHANGE, "5.1.10"),
        (GMAIL, "5.1.1"),
        (SENDMAIL, "4.4.7"),
    ] {
        assert_eq!(said(sample), bounce(status, BounceKind::Failed), "{sample}");
    }
}

#[test]
fn a_bounce_in_a_form_of_its_own_is_for_review() {
    assert_eq!(said(QMAIL), bounce("5.1.1", BounceKind::Unclear));
    assert_eq!(said(EXCHANGE_OF_OLD), bounce("", BounceKind::Unclear));
    // Without an address that names the sending, a person must read it.
    let nameless = QMAIL.replace("bounce+", "");
    assert_eq!(said(&nameless), Reading::Unclear(Unclear::NoSending));
}

#[test]
fn what_is_no_bounce_is_ignored() {
    assert_eq!(said(VACATION), Reading::Ignored(Ignored::AutoReply));
    assert_eq!(said(SPAM), Reading::Ignored(Ignored::NotABounce));
    assert_eq!(said(COMPLAINT), Reading::Ignored(Ignored::OtherReport));
    for (action, ignored) in [
        ("delayed", Ignored::Delayed),
        ("relayed", Ignored::Arrived),
        ("delivered", Ignored::Arrived),
    ] {
        let sample = POSTFIX.replace("Action: failed", &format!("Action: {action}"));
        assert_eq!(said(&sample), Reading::Ignored(ignored));
    }
    let late = QMAIL.replace("failure notice", "Warning: message delayed 24 hours");
    assert_eq!(said(&late), Reading::Ignored(Ignored::Delayed));
}

#[test]
fn either_name_of_a_sending_is_enough_and_two_must_agree() {
    let returned = format!("Message-ID: <{ID}@");
    for sample in [POSTFIX, EXIM, GMAIL] {
        let without_address = sample.replace("bounce+", "registrar+");
        assert_eq!(said(&without_address), said(sample), "{sample}");
        let without_id = sample.replace(&returned, "X-No-ID: <");
        assert_eq!(said(&without_id), said(sample), "{sample}");
        let rewritten = sample.replace(&returned, "Message-ID: <relay.42@");
        assert_eq!(said(&rewritten), said(sample), "{sample}");
        let disputed = sample.replace(&returned, &format!("Message-ID: <{OTHER}@"));
        assert_eq!(said(&disputed), Reading::Unclear(Unclear::Contradiction), "{sample}");
        let anothers = rewritten.replace("bounce+", "registrar+");
        assert_eq!(said(&anothers), Reading::Ignored(Ignored::NotOurs), "{sample}");
        let nobodys = without_id.replace("bounce+", "registrar+");
        assert_eq!(said(&nobodys), Reading::Unclear(Unclear::NoSending), "{sample}");
    }
}

#[test]
fn what_is_half_a_report_is_for_a_person() {
    let malformed = Reading::Unclear(Unclear::Malformed);
    for (what, instead) in [
        ("message/delivery-status", "text/plain"),
        ("report-type=delivery-status", "charset=utf-8"),
        ("Final-Recipient", "X-Recipient"),
        ("Action: failed", "Action: none of it"),
        ("Action: failed\n", ""),
    ] {
        assert_eq!(said(&POSTFIX.replace(what, instead)), malformed, "{what}");
    }
    let headless = [&b""[..], b"\n", b"\0\0\0", b"no header\n\nat all", b"From x\n"];
    for bytes in headless {
        assert_eq!(read(bytes, &verp()), Reading::Unclear(Unclear::Unreadable));
    }
}

#[test]
fn a_report_is_found_in_a_gateways_wrapping_and_not_in_a_letter() {
    let wrap = |kind: &str, inner: &str| {
        format!("To: x@y\nContent-Type: {kind}; boundary=wrap\n\n--wrap\n{inner}\n--wrap--\n")
    };
    let wrapped = wrap("multipart/mixed", POSTFIX);
    assert_eq!(said(&wrapped), said(POSTFIX));
    let forwarded = wrap("multipart/mixed", &format!("Content-Type: message/rfc822\n\n{POSTFIX}"));
    assert_eq!(said(&forwarded), Reading::Ignored(Ignored::NotABounce));
}

#[test]
fn a_report_cut_off_at_any_byte_suppresses_nothing_that_the_whole_does_not() {
    for (sample, step) in SAMPLES.iter().zip([1, 5, 5, 5, 5, 1, 5, 5, 5, 5]) {
        let whole = said(sample);
        for end in (0..sample.len()).step_by(step) {
            match of(&sample.as_bytes()[..end], &verp()) {
                Reading::Bounce(bounce) => {
                    assert_eq!(bounce.sending, sending());
                    let suppresses = bounce.suppresses();
                    assert!(
                        !suppresses
                            || matches!(&whole, Reading::Bounce(whole) if whole.suppresses())
                    );
                }
                Reading::Ignored(_) | Reading::Unclear(_) => {}
            }
        }
    }
}

#[test]
fn no_byte_in_any_place_makes_the_reader_stop() {
    for sample in SAMPLES {
        for at in (0..sample.len()).step_by(9) {
            for byte in [0, b'\n', b'"'] {
                let mut bytes = sample.as_bytes().to_vec();
                bytes[at] = byte;
                let _ = of(&bytes, &verp());
            }
        }
    }
}

#[test]
fn depth_and_breadth_have_an_end() {
    let deep = "Content-Type: multipart/mixed; boundary=b\n\n--b\n".repeat(20_000);
    let nested = "Content-Type: message/rfc822\n\n".repeat(30_000);
    let broad =
        format!("Content-Type: multipart/report; boundary=b\n\n{}", "--b\n\n".repeat(200_000));
    let comments = format!("Content-Type: {}", "(".repeat(1_000_000));
    let fields = format!("To: x\n{}", "To: <a@b>\n".repeat(100_000));
    for text in [deep, nested, broad, comments, fields] {
        let reading = of(text.as_bytes(), &verp());
        assert!(!matches!(reading, Reading::Bounce(_)));
    }
}

#[test]
fn nothing_of_a_stranger_is_taken_over() {
    let injected = POSTFIX
        .replace("Status: 5.1.1", "Status: 5.1.1\n\tX-Injected: yes")
        .replace("Action: failed", "Action: failed\n\tAction: relayed");
    assert_eq!(said(&injected), bounce("5.1.1", BounceKind::Failed));
    let shown = format!("{:?}", said(POSTFIX));
    assert!(!shown.contains('@'), "an address: {shown}");
}
