//! Answers of timestamp authorities: which are taken, and why the others are not.

use jiff::{SignedDuration, Timestamp};
use pades::{Refusal, TimestampError, TimestampRequest, TimestampSource, Token, Trust};

use crate::authorities::{Authority, answer, nonce, trust};
use crate::pki::Pki;

const IMPRINT: [u8; 32] = [7; 32];

/// What becomes of an authority's answer that was altered.
fn altered(alter: impl FnOnce(Vec<u8>) -> Vec<u8>) -> Result<Token, TimestampError> {
    let request = TimestampRequest::new(&IMPRINT, nonce());
    let answer = alter(answer("tsa1", &request));
    request.accept(&answer, &trust("root"), Timestamp::now())
}

fn place(of: &[u8], within: &[u8]) -> usize {
    within.windows(of.len()).position(|window| window == of).unwrap()
}

#[test]
fn a_right_answer_is_taken() {
    for label in ["tsa1", "tsa2"] {
        let token = Authority(label).timestamp(&IMPRINT).unwrap();
        assert!(token.time().duration_since(Timestamp::now()).abs() < SignedDuration::from_mins(1));
        let certificates: Vec<&[u8]> =
            token.certificates().map(|certificate| certificate.der()).collect();
        let expected = [Pki::shared().certificate(label), Pki::shared().certificate("tsa-ca")];
        assert_eq!(certificates, expected, "{label}");
    }
    assert!(altered(|answer| answer).is_ok());
}

#[test]
fn an_answer_to_another_question_is_not_taken() {
    let now = Timestamp::now();
    let same = nonce();
    let asked = answer("tsa1", &TimestampRequest::new(&IMPRINT, same));
    let other = TimestampRequest::new(&[8; 32], same).accept(&asked, &trust("root"), now);
    assert_eq!(other.unwrap_err(), TimestampError::OtherImprint);
    let other = TimestampRequest::new(&IMPRINT, nonce()).accept(&asked, &trust("root"), now);
    assert_eq!(other.unwrap_err(), TimestampError::OtherNonce);
}

#[test]
fn an_authority_that_is_none_is_not_believed() {
    for (label, error) in [
        ("tsa-unmeant", TimestampError::NotForTimestamps),
        ("tsa-not-critical", TimestampError::NotForTimestamps),
        ("tsa-not-alone", TimestampError::NotForTimestamps),
        ("tsa-ended", TimestampError::CertificateEnded),
    ] {
        assert_eq!(Authority(label).timestamp(&IMPRINT).unwrap_err(), error, "{label}");
        assert!(!error.may_pass());
    }
    let request = TimestampRequest::new(&IMPRINT, nonce());
    let (answer, now) = (answer("tsa1", &request), Timestamp::now());
    let stranger = request.accept(&answer, &trust("other-root"), now);
    assert_eq!(stranger.unwrap_err(), TimestampError::NotTrusted);
    let nobody = request.accept(&answer, &Trust::default(), now);
    assert_eq!(nobody.unwrap_err(), TimestampError::NotTrusted);
    // Trusted with timestamps alone, which is enough.
    let root = pades::Certificate::from_der(&Pki::shared().certificate("tsa-ca")).unwrap();
    let trust = trust("other-root").with_timestamp_roots(vec![root]);
    assert!(request.accept(&answer, &trust, now).is_ok());
}

#[test]
fn clocks_that_differ_are_told() {
    let request = TimestampRequest::new(&IMPRINT, nonce());
    let answer = answer("tsa1", &request);
    for minutes in [-3, 3] {
        let here = Timestamp::now().checked_add(SignedDuration::from_mins(minutes)).unwrap();
        let error = request.accept(&answer, &trust("root"), here).unwrap_err();
        assert!(matches!(error, TimestampError::ClocksDiffer { .. }), "{error}");
        assert!(error.may_pass());
    }
    let here = Timestamp::now().checked_add(SignedDuration::from_mins(1)).unwrap();
    assert!(request.accept(&answer, &trust("root"), here).is_ok());
}

#[test]
fn what_is_no_answer_is_not_taken() {
    let with = |more: usize| move |answer: Vec<u8>| [answer, vec![0; more]].concat();
    assert_eq!(altered(with(1)).unwrap_err(), TimestampError::NotAnAnswer);
    assert_eq!(altered(with(70_000)).unwrap_err(), TimestampError::TooLarge);
    assert_eq!(altered(|_| Vec::new()).unwrap_err(), TimestampError::NotAnAnswer);
    assert_eq!(altered(|_| b"<html>".to_vec()).unwrap_err(), TimestampError::NotAnAnswer);
    let cut = altered(|answer| answer[..answer.len() / 2].to_vec());
    assert_eq!(cut.unwrap_err(), TimestampError::NotAnAnswer);
    // Granted, and nothing with it.
    let empty = altered(|_| vec![0x30, 5, 0x30, 3, 2, 1, 0]);
    assert_eq!(empty.unwrap_err(), TimestampError::NotAnAnswer);
    // A token that is something else than SignedData.
    let other = altered(|_| vec![0x30, 7, 0x30, 3, 2, 1, 0, 0x30, 0]);
    assert_eq!(other.unwrap_err(), TimestampError::NotAToken);
}

#[test]
fn a_token_that_was_altered_is_not_believed() {
    // The last bytes are the signature's.
    let error = altered(|mut answer| {
        *answer.last_mut().unwrap() ^= 1;
        answer
    });
    assert_eq!(error.unwrap_err(), TimestampError::BadSignature);
    // What is stated: the last digit of the number, which follows the imprint.
    let error = altered(|mut answer| {
        let length = place(&IMPRINT, &answer) + IMPRINT.len() + 1;
        let last = length + usize::from(answer[length]);
        answer[last] ^= 1;
        answer
    });
    assert_eq!(error.unwrap_err(), TimestampError::BadSignature);
    // The certificate with the same key, name and number, and yet not the one that is named.
    let error = altered(|mut answer| {
        let certificate = Pki::shared().certificate("tsa1");
        let end = place(&certificate, &answer) + certificate.len() - 1;
        answer[end] ^= 1;
        answer
    });
    assert_eq!(error.unwrap_err(), TimestampError::OtherCertificate);
}

#[test]
fn a_refusal_is_told_in_the_protocols_words() {
    let refused = |failure: [u8; 4]| {
        let words = b"\x30\x0a\x0c\x08too busy";
        let status = [b"\x02\x01\x02", words.as_slice(), b"\x03\x05\x00", &failure].concat();
        let length = u8::try_from(status.len()).unwrap();
        [&[0x30, length + 2, 0x30, length], status.as_slice()].concat()
    };
    for (failure, reason, passes) in [
        ([0x80, 0, 0, 0], Refusal::BadAlgorithm, false),
        ([0x20, 0, 0, 0], Refusal::BadRequest, false),
        ([0, 2, 0, 0], Refusal::TimeNotAvailable, true),
        ([0, 1, 0, 0], Refusal::PolicyNotAccepted, false),
        ([0, 0, 0, 0x40], Refusal::SystemFailure, true),
        ([0, 0, 0, 0], Refusal::Unexplained, true),
    ] {
        let error = altered(|_| refused(failure)).unwrap_err();
        let expected = TimestampError::Refused { reason, words: Some("too busy".into()) };
        assert_eq!(error, expected);
        assert_eq!(error.may_pass(), passes, "{reason}");
        let said = error.to_string();
        assert!(said.contains(&reason.to_string()) && said.contains("too busy"), "{said}");
        assert!(error.zh().contains("too busy"));
    }
    let error = altered(|_| vec![0x30, 5, 0x30, 3, 2, 1, 3]).unwrap_err();
    assert_eq!(error, TimestampError::Refused { reason: Refusal::Waiting, words: None });
}
