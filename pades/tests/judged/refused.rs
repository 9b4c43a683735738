//! Documents that can't be certified at the profile that is asked for, and never are at another.

use jiff::{SignedDuration, Timestamp};
use pades::{
    Profile, ProfileError, RevocationError, TimestampError, TimestampRequest, TimestampSource,
    Token, verify,
};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::authorities::{Authority, nonce, trust};
use crate::pki::{Pki, ask};
use crate::profiles::{Host, key, root};
use crate::{judges, pages};

const LASTING: [Profile; 3] = [Profile::BT, Profile::BLT, Profile::BLTA];

/// Authorities in turn, one for each timestamp, and again from the first.
struct InTurn(&'static [&'static str], AtomicUsize);

impl InTurn {
    fn new(labels: &'static [&'static str]) -> Self {
        Self(labels, AtomicUsize::new(0))
    }

    fn asked(&self) -> usize {
        self.1.load(Ordering::SeqCst)
    }
}

impl TimestampSource for InTurn {
    fn timestamp(&self, imprint: &[u8]) -> Result<Token, TimestampError> {
        let turn = self.1.fetch_add(1, Ordering::SeqCst);
        Authority(self.0[turn % self.0.len()]).timestamp(imprint)
    }
}

#[test]
fn a_document_timestamp_of_another_authority_has_its_chain_in_the_store() {
    let folder = tempfile::tempdir().unwrap();
    // tsa1 stamps the signature, tsa2 the document, and, with the store anew, tsa1 again: which
    // the store has by then.
    let authorities = InTurn::new(&["tsa1", "tsa2"]);
    let signed =
        Host::new(&authorities).certify(Profile::BLTA, &pages::classic(), &key("p256")).unwrap();
    assert_eq!(authorities.asked(), 3);
    let file = folder.path().join("signed.pdf");
    std::fs::write(&file, signed).unwrap();
    judges::qpdf(&file);
    judges::pyhanko_at(Profile::BLTA, &root(folder.path()), &[file]);
}

#[test]
fn an_authority_that_changes_its_certificate_each_time_is_given_up() {
    let restless = InTurn::new(&["tsa1", "tsa2", "tsa3", "tsa4", "tsa5"]);
    let refused = Host::new(&restless).certify(Profile::BLTA, &pages::classic(), &key("p256"));
    assert_eq!(refused.unwrap_err(), ProfileError::RestlessAuthority);
    assert_eq!(restless.asked(), 5);
}

/// An authority whose clock differs from ours by minutes, by others for each timestamp.
struct Clocks(&'static [i64], AtomicUsize);

impl TimestampSource for Clocks {
    fn timestamp(&self, imprint: &[u8]) -> Result<Token, TimestampError> {
        let minutes = self.0[self.1.fetch_add(1, Ordering::SeqCst)];
        let theirs = Timestamp::now().checked_add(SignedDuration::from_mins(minutes)).unwrap();
        let request = TimestampRequest::new(imprint, nonce());
        let query = request.to_der().unwrap();
        let body = Some(("application/timestamp-query", query.as_slice()));
        let answer = ask(&Pki::shared().tsa("tsa1"), body, Some(&theirs.to_string())).unwrap();
        request.accept(&answer, &trust("root"), theirs)
    }
}

#[test]
fn a_document_timestamp_is_not_long_before_the_signatures() {
    let certify = |minutes: &'static [i64]| {
        let authority = Clocks(minutes, AtomicUsize::new(0));
        Host::new(&authority).certify(Profile::BLTA, &pages::classic(), &key("p256"))
    };
    let error = certify(&[0, -5]).unwrap_err();
    assert!(matches!(error, ProfileError::TimeRunsBack { .. }) && error.may_pass(), "{error}");
    assert!(error.zh().contains("時鐘"), "{}", error.zh());
    // As far apart as two clocks may be that are each taken.
    let signed = certify(&[2, -2]).unwrap();
    let ours = verify(&signed, &trust("root"), Timestamp::now());
    assert!(ours.certifies(Profile::BLTA), "{:?}", ours.first_failure());
}

/// What has no timestamp to give.
struct Down;

impl TimestampSource for Down {
    fn timestamp(&self, _: &[u8]) -> Result<Token, TimestampError> {
        Err(TimestampError::Unavailable("refused".into()))
    }
}

#[test]
fn without_an_authority_there_is_no_lower_profile() {
    for profile in LASTING {
        let error = Host::new(&Down).certify(profile, &pages::classic(), &key("p256")).unwrap_err();
        let down = TimestampError::Unavailable("refused".into());
        assert_eq!(error, ProfileError::Timestamp(down), "{profile}");
        assert!(error.may_pass());
        assert!(error.zh().contains("時戳"), "{}", error.zh());
    }
    assert!(Host::new(&Down).certify(Profile::BB, &pages::classic(), &key("p256")).is_ok());
}

#[test]
fn an_authority_that_is_not_to_be_believed_is_refused() {
    for (label, expected) in [
        ("tsa-unmeant", TimestampError::NotForTimestamps),
        ("tsa-ended", TimestampError::CertificateEnded),
    ] {
        for profile in LASTING {
            let (authority, page) = (Authority(label), pages::classic());
            let error = Host::new(&authority).certify(profile, &page, &key("p256")).unwrap_err();
            assert_eq!(error, ProfileError::Timestamp(expected.clone()), "{profile} {label}");
        }
    }
    let authority = Authority("tsa-revoked");
    let refused =
        Host::new(&authority).certify(Profile::BLT, &pages::classic(), &key("p256")).unwrap_err();
    assert!(
        matches!(refused, ProfileError::Revocation(RevocationError::Revoked { .. })),
        "{refused}"
    );
}

#[test]
fn a_signer_who_is_revoked_or_whom_nobody_vouches_for_is_refused() {
    let authority = Authority("tsa1");
    let host = Host::new(&authority);
    let error = host.certify(Profile::BLT, &pages::classic(), &key("revoked")).unwrap_err();
    assert!(matches!(&error, ProfileError::Revocation(RevocationError::Revoked { .. })), "{error}");
    assert!(!error.may_pass());
    let error = host.certify(Profile::BLT, &pages::classic(), &key("no-source")).unwrap_err();
    assert!(
        matches!(&error, ProfileError::Revocation(RevocationError::NoSource { .. })),
        "{error}"
    );
    let folder = tempfile::tempdir().unwrap();
    let own = crate::keys::self_signed(folder.path(), "key", crate::keys::KINDS[3].1, &[]).open();
    let error = host.certify(Profile::BLT, &pages::classic(), &own).unwrap_err();
    assert!(
        matches!(&error, ProfileError::Revocation(RevocationError::NoIssuer { .. })),
        "{error}"
    );
}

/// A source that gives, for whatever it is asked, a right token of something else.
struct OfSomethingElse(Mutex<Option<Token>>);

impl TimestampSource for OfSomethingElse {
    fn timestamp(&self, _: &[u8]) -> Result<Token, TimestampError> {
        Ok(self.0.lock().unwrap().take().unwrap())
    }
}

#[test]
fn a_token_of_something_else_is_refused() {
    let token = Authority("tsa1").timestamp(&[7; 32]).unwrap();
    let source = OfSomethingElse(Mutex::new(Some(token)));
    let error =
        Host::new(&source).certify(Profile::BT, &pages::classic(), &key("p256")).unwrap_err();
    assert_eq!(error, ProfileError::Timestamp(TimestampError::OtherImprint));
}

#[test]
fn a_token_that_is_larger_than_its_room_is_refused() {
    // An authority that sends more than twenty certificates along.
    let verbose = Authority("tsa-verbose");
    let error =
        Host::new(&verbose).certify(Profile::BT, &pages::classic(), &key("p256")).unwrap_err();
    assert_eq!(error, ProfileError::NoRoom);
    assert!(!error.may_pass());
}
