//! Revocation data: what is believed, what is not, and how often it is asked for.

use jiff::{SignedDuration, Timestamp};
use pades::{AnswerError, Cache, Certificate, Fetch, FetchError, RevocationData, RevocationError};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::pki::{Pki, ask};

type Answer = Box<dyn Fn(&str, Option<&[u8]>) -> Result<Vec<u8>, FetchError> + Send + Sync>;

/// The network, with some of its answers replaced, and the requests counted.
pub(crate) struct Web {
    answer: Answer,
    asked: AtomicUsize,
}

impl Web {
    pub(crate) fn new(
        answer: impl Fn(&str, Option<&[u8]>) -> Result<Vec<u8>, FetchError> + Send + Sync + 'static,
    ) -> Self {
        Self { answer: Box::new(answer), asked: AtomicUsize::new(0) }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

impl Fetch for Web {
    fn get(&self, url: &str) -> Result<Vec<u8>, FetchError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        (self.answer)(url, None)
    }

    fn post(&self, url: &str, content_type: &str, body: &[u8]) -> Result<Vec<u8>, FetchError> {
        assert_eq!(content_type, "application/ocsp-request");
        self.asked.fetch_add(1, Ordering::SeqCst);
        (self.answer)(url, Some(body))
    }
}

/// What the services really answer, as at another time where one is given.
fn real(url: &str, body: Option<&[u8]>, at: Option<&str>) -> Result<Vec<u8>, FetchError> {
    ask(url, body.map(|body| ("application/ocsp-request", body)), at)
        .map_err(|_| FetchError::Unreachable)
}

fn online() -> Web {
    Web::new(|url, body| real(url, body, None))
}

/// The signer and every CA, whether it issued the signer or not.
fn chain(label: &str) -> Vec<Certificate> {
    [label, "tsa-ca", "root", "ca-without-crls", "ca"].map(certificate).to_vec()
}

fn certificate(label: &str) -> Certificate {
    Certificate::from_der(&Pki::shared().certificate(label)).unwrap()
}

/// Data for a chain from an empty cache, now.
fn data(label: &str, web: &Web) -> Result<RevocationData, RevocationError> {
    Cache::new().data(&chain(label), &[certificate("root")], Timestamp::now(), web)
}

fn because(outcome: Result<RevocationData, RevocationError>) -> AnswerError {
    match outcome {
        Err(RevocationError::Answer { because, .. }) => because,
        other => panic!("{other:?}"),
    }
}

fn hours(hours: i64) -> String {
    Timestamp::now().checked_add(SignedDuration::from_hours(hours)).unwrap().to_string()
}

/// An OCSP response with another status than successful, and nothing else (RFC 6960, 4.2.1).
fn status(code: u8) -> Vec<u8> {
    vec![0x30, 3, 0x0A, 1, code]
}

#[test]
fn a_chain_is_shown_to_be_good() {
    let web = online();
    let found = data("rsa2048", &web).unwrap();
    // The signer by OCSP, the CA by the root's CRL, the root not at all.
    assert_eq!((found.ocsp.len(), found.crls.len(), web.asked()), (1, 1, 2));
    assert_eq!(found.certificates, [certificate("ocsp")]);

    let found = data("crl-only", &online()).unwrap();
    assert_eq!((found.ocsp.len(), found.crls.len(), found.certificates.len()), (0, 2, 0));
    let found = data("ocsp-only", &online()).unwrap();
    assert_eq!((found.ocsp.len(), found.crls.len(), found.certificates.len()), (1, 1, 1));
    // Two certificates of one issuer are shown to be good by one CRL.
    let found = data("by-root", &online()).unwrap();
    assert_eq!((found.ocsp.len(), found.crls.len()), (0, 1));
}

#[test]
fn who_is_trusted_himself_is_not_asked_about() {
    let (cache, web, now) = (Cache::new(), online(), Timestamp::now());
    for root in ["rsa2048", "root"] {
        let nothing = cache.data(&[certificate(root)], &[certificate(root)], now, &web).unwrap();
        assert_eq!((nothing, web.asked()), (RevocationData::default(), 0), "{root}");
    }
    // One that vouches for itself, trusted or not.
    assert_eq!(cache.data(&[certificate("root")], &[], now, &web), Ok(RevocationData::default()));
    assert_eq!(cache.data(&[], &[], now, &web), Ok(RevocationData::default()));
    // The CA is trusted: it and the root are not asked about.
    let found = cache.data(&chain("rsa2048"), &[certificate("ca")], now, &web).unwrap();
    assert_eq!((found.ocsp.len(), found.crls.len()), (1, 0));
}

#[test]
fn revoked_is_revoked_by_whatever_says_so() {
    for label in ["revoked", "crl-only-revoked"] {
        let error = data(label, &online()).unwrap_err();
        assert!(matches!(error, RevocationError::Revoked { .. }), "{label}: {error:?}");
        assert!(!error.may_pass() && error.zh().contains("校長"), "{error}");
    }
    // The responder is down, and the CRL says it.
    let down = Web::new(|url, body| match body {
        Some(_) => Err(FetchError::TimedOut),
        None => real(url, None, None),
    });
    assert!(matches!(data("revoked", &down), Err(RevocationError::Revoked { .. })));
    // Good today, revoked in a month.
    assert!(data("revoked-later", &online()).is_ok());
    let then = Timestamp::now().checked_add(SignedDuration::from_hours(24 * 31)).unwrap();
    let later = Web::new(move |url, body| real(url, body, Some(&then.to_string())));
    let (chain, root) = (chain("revoked-later"), [certificate("root")]);
    let error = Cache::new().data(&chain, &root, then, &later).unwrap_err();
    assert!(matches!(error, RevocationError::Revoked { at, .. } if at < then), "{error:?}");
}

#[test]
fn what_cannot_be_told_is_an_error() {
    let error = data("no-source", &online()).unwrap_err();
    assert!(matches!(error, RevocationError::NoSource { .. }) && !error.may_pass(), "{error:?}");

    let alone = [certificate("rsa2048")];
    let error = Cache::new().data(&alone, &[], Timestamp::now(), &online()).unwrap_err();
    assert!(matches!(error, RevocationError::NoIssuer { .. }) && !error.may_pass(), "{error:?}");

    let down = Web::new(|_, _| Err(FetchError::Status(503)));
    let error = data("ocsp-only", &down).unwrap_err();
    assert!(
        matches!(error, RevocationError::Fetch { because: FetchError::Status(503), .. })
            && error.may_pass(),
        "{error:?}"
    );
    assert!(error.to_string().contains("503") && error.zh().contains("503"));
}

#[test]
fn the_crl_helps_where_ocsp_does_not() {
    for (fault, answer) in [
        ("down", Err(FetchError::Unreachable)),
        ("try later", Ok(status(3))),
        ("a web page", Ok(b"<html>".to_vec())),
    ] {
        let web = Web::new(move |url, body| match body {
            Some(_) => answer.clone(),
            None => real(url, None, None),
        });
        let found = data("rsa2048", &web).unwrap();
        assert_eq!((found.ocsp.len(), found.crls.len()), (0, 2), "{fault}");
    }
}

/// What comes of an OCSP answer for `ocsp-only` that `forge` made of the request.
fn ocsp(
    forge: impl Fn(&[u8]) -> Vec<u8> + Send + Sync + 'static,
) -> Result<RevocationData, RevocationError> {
    data(
        "ocsp-only",
        &Web::new(move |url, body| match body {
            Some(body) => Ok(forge(body)),
            None => real(url, None, None),
        }),
    )
}

/// What the responder `label` answers, as at another time where one is given.
fn responder(label: &'static str, at: Option<String>) -> impl Fn(&[u8]) -> Vec<u8> {
    move |body| real(&Pki::shared().ocsp(label), Some(body), at.as_deref()).unwrap()
}

#[test]
fn an_ocsp_answer_that_must_not_be_believed_is_not() {
    // The request for another certificate, asked for in its stead.
    let other = std::sync::Mutex::new(Vec::new());
    let other = std::sync::Arc::new(other);
    let seen = std::sync::Arc::clone(&other);
    let web = Web::new(move |url, body| {
        if let Some(body) = body {
            *seen.lock().unwrap() = body.to_vec();
        }
        real(url, body, None)
    });
    data("p256", &web).unwrap();
    let other = other.lock().unwrap().clone();
    assert_eq!(
        because(ocsp(move |_| responder("ca", None)(&other))),
        AnswerError::OtherCertificate
    );

    assert_eq!(because(ocsp(responder("ca", Some(hours(1))))), AnswerError::Future);
    assert_eq!(because(ocsp(responder("ca", Some(hours(-1))))), AnswerError::Ended);
    assert_eq!(because(ocsp(responder("ca-without-end", Some(hours(-2))))), AnswerError::Ended);
    assert_eq!(because(ocsp(responder("ca-forged", None))), AnswerError::WrongSigner);
    assert_eq!(because(ocsp(responder("ca-by-root", None))), AnswerError::WrongSigner);
    assert_eq!(because(ocsp(responder("ca-unmeant", None))), AnswerError::SignerUnmeant);
    assert_eq!(because(ocsp(responder("ca-ended", None))), AnswerError::SignerEnded);
    for (code, meaning) in [
        (1, AnswerError::Refused),
        (2, AnswerError::TryLater),
        (3, AnswerError::TryLater),
        (5, AnswerError::Refused),
        (6, AnswerError::Refused),
        (0, AnswerError::Unreadable),
        (7, AnswerError::Unreadable),
    ] {
        assert_eq!(because(ocsp(move |_| status(code))), meaning, "{code}");
    }
    let garbage = |body: &[u8]| [responder("ca", None)(body), b"x".to_vec()].concat();
    assert_eq!(because(ocsp(garbage)), AnswerError::Unreadable);
    assert_eq!(because(ocsp(|_| Vec::new())), AnswerError::Unreadable);
    let large = |body: &[u8]| [responder("ca", None)(body), vec![0; 200_000]].concat();
    assert_eq!(because(ocsp(large)), AnswerError::Unreadable);
}

#[test]
fn an_ocsp_answer_with_one_bit_changed_is_not_believed() {
    let (chain, issuer) = (chain("ocsp-only"), [certificate("ca")]);
    let told = |answer: Option<Vec<u8>>| {
        let last = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
        let kept = std::sync::Arc::clone(&last);
        let web = Web::new(move |url, body| {
            let answer = answer.clone().map_or_else(|| real(url, body, None), Ok)?;
            kept.lock().unwrap().clone_from(&answer);
            Ok(answer)
        });
        let outcome = Cache::new().data(&chain, &issuer, Timestamp::now(), &web);
        let answer = last.lock().unwrap().clone();
        (outcome, answer)
    };
    let (outcome, answer) = told(None);
    assert_eq!(outcome.unwrap().ocsp, std::slice::from_ref(&answer));
    for at in 0..answer.len() {
        let mut changed = answer.clone();
        changed[at] ^= 1 << (at % 8);
        assert!(told(Some(changed)).0.is_err(), "byte {at}");
    }
}

#[test]
fn whom_the_issuer_appointed_may_answer() {
    // The issuer himself; nobody was appointed.
    assert_eq!(ocsp(responder("ca-itself", None)).unwrap().certificates, []);
    assert!(ocsp(responder("ca-without-end", None)).is_ok());
    // One that is to be asked about, by the CRL that its certificate names.
    let found = ocsp(responder("ca-asked", None)).unwrap();
    assert_eq!((found.ocsp.len(), found.crls.len()), (1, 2));
    assert_eq!(found.certificates, [certificate("ocsp-asked")]);
    let error = ocsp(responder("ca-revoked", None)).unwrap_err();
    assert!(matches!(error, RevocationError::Revoked { .. }), "{error:?}");
}

/// What comes of a CRL for `label` that lies elsewhere, as at another time where one is given.
fn crl(
    label: &str,
    from: &'static str,
    at: Option<String>,
) -> Result<RevocationData, RevocationError> {
    let own = Pki::shared().crl("ca");
    data(
        label,
        &Web::new(move |url, body| match (url == own, body) {
            (true, None) => real(&Pki::shared().crl(from), None, at.as_deref()),
            (true | false, _) => real(url, body, None),
        }),
    )
}

#[test]
fn a_crl_that_must_not_be_believed_is_not() {
    assert_eq!(because(crl("crl-only", "ca", Some(hours(-49)))), AnswerError::Ended);
    assert_eq!(because(crl("crl-only", "ca", Some(hours(49)))), AnswerError::Future);
    assert_eq!(because(crl("crl-only", "root", None)), AnswerError::OtherIssuer);
    assert_eq!(because(crl("crl-only", "ca-by-root", None)), AnswerError::OtherIssuer);
    assert_eq!(because(crl("crl-only", "ca-forged", None)), AnswerError::WrongSigner);
    // One that lies where the certificate does not say.
    assert_eq!(because(crl("crl-only", "ca-users", None)), AnswerError::NotCovering);
    assert!(data("crl-users", &online()).is_ok());
    assert_eq!(because(data("crl-authorities", &online())), AnswerError::NotCovering);
    assert_eq!(because(crl("crl-only", "ca-some-reasons", None)), AnswerError::NotCovering);
    let error = data("crl-some-reasons", &online()).unwrap_err();
    assert!(matches!(error, RevocationError::NoSource { .. }), "{error:?}");
    assert_eq!(because(data("crl-unmeant", &online())), AnswerError::SignerUnmeant);
    for fault in ["garbage", "empty", "cut", "changed"] {
        let own = Pki::shared().crl("ca");
        let web = Web::new(move |url, body| {
            let mut crl = real(url, body, None)?;
            if url == own {
                match fault {
                    "garbage" => crl.push(0),
                    "empty" => crl.clear(),
                    "cut" => crl.truncate(crl.len() - 1),
                    _ => crl[200] ^= 1,
                }
            }
            Ok(crl)
        });
        let error = data("crl-only", &web).unwrap_err();
        assert!(matches!(error, RevocationError::Answer { .. }), "{fault}: {error:?}");
    }
}

#[test]
fn a_thousand_asks_are_one_request() {
    let slow = Web::new(|url, body| {
        std::thread::sleep(std::time::Duration::from_millis(200));
        real(url, body, None)
    });
    let (cache, chain, now) = (Cache::new(), chain("rsa2048"), Timestamp::now());
    let root = [certificate("root")];
    std::thread::scope(|scope| {
        for _ in 0..20 {
            scope.spawn(|| {
                for _ in 0..50 {
                    assert_eq!(cache.data(&chain, &root, now, &slow).unwrap().ocsp.len(), 1);
                }
            });
        }
    });
    // One for the signer, one for the CA.
    assert_eq!(slow.asked(), 2);
}

#[test]
fn an_answer_is_kept_for_as_long_as_it_holds() {
    let (cache, chain, root) = (Cache::new(), chain("ocsp-only"), [certificate("root")]);
    let start = Timestamp::now();
    let after = |minutes: i64| start.checked_add(SignedDuration::from_mins(minutes)).unwrap();
    let clock = std::sync::Arc::new(std::sync::Mutex::new(Some(start)));
    let theirs = std::sync::Arc::clone(&clock);
    // `None`: the responder is down.
    let web = Web::new(move |url, body| {
        let at = *theirs.lock().unwrap();
        real(url, body, Some(&at.ok_or(FetchError::Unreachable)?.to_string()))
    });
    let set = |at| *clock.lock().unwrap() = at;
    let asks = |now| {
        let before = web.asked();
        let outcome = cache.data(&chain, &root, now, &web);
        (outcome.is_ok(), web.asked() - before)
    };
    assert_eq!(asks(start), (true, 2));
    // It ends after ten minutes, and does for eight; a tenth before, a new one is asked for.
    assert_eq!(asks(after(6)), (true, 0));
    set(None);
    assert_eq!(asks(after(7)), (true, 1), "the old one does while the responder is down");
    assert_eq!(asks(after(7)), (true, 0), "who is down is not asked at once again");
    assert_eq!(asks(after(9)), (false, 1), "a timestamp may state a time after its end");
    assert_eq!(asks(after(9)), (false, 0), "and that is remembered");
    assert_eq!(asks(after(12)), (false, 1), "no clock's difference makes it last longer");
    set(Some(after(17)));
    assert_eq!(asks(after(17)), (true, 1));
}
