//! Signatures that last, as we see them: at their profile, offline, today and in twenty years; and
//! what must not be believed in them.

use jiff::{SignedDuration, Timestamp};
use pades::{
    Cache, Certificate, CheckCode, Profile, RevocationData, RevocationError, Services,
    SignatureKind, Signer, Trust, Verdict, Verification, certify_as, verify,
};

use crate::accepted::request;
use crate::authorities::{Authority, trust};
use crate::pages;
use crate::pki::{Pki, ask};
use crate::profiles::{Host, Web, key};

fn later(days: i64) -> Timestamp {
    Timestamp::now().checked_add(SignedDuration::from_hours(24 * days)).unwrap()
}

pub(crate) fn failures(verification: &Verification) -> Vec<CheckCode> {
    verification.checks.iter().filter(|check| !check.passed).map(|check| check.code).collect()
}

fn signed(profile: Profile) -> Vec<u8> {
    let authority = Authority("tsa1");
    Host::new(&authority).certify(profile, &pages::classic(), &key("p256")).unwrap()
}

/// A certificate of B-LT by this key, with whatever `data` says of its chain.
pub(crate) fn with_data(label: &str, data: impl Fn(&[Certificate]) -> RevocationData) -> Vec<u8> {
    let revocation =
        |chain: &[Certificate]| -> Result<RevocationData, RevocationError> { Ok(data(chain)) };
    let (authority, trust) = (Authority("tsa1"), trust("root"));
    let services = Services { timestamps: &authority, revocation: &revocation, trust: &trust };
    certify_as(Profile::BLT, &pages::classic(), &request(), &key(label), &services).unwrap()
}

/// CRLs of the test PKI, as they were at a moment.
fn crls(labels: &[&str], at: Option<&str>) -> RevocationData {
    let crl = |label: &&str| ask(&Pki::shared().crl(label), None, at).unwrap();
    RevocationData { crls: labels.iter().map(crl).collect(), ..RevocationData::default() }
}

/// What the test PKI says of a chain.
fn answers(chain: &[Certificate]) -> RevocationData {
    let root = Certificate::from_der(&Pki::shared().certificate("root")).unwrap();
    Cache::new().data(chain, &[root], Timestamp::now(), &Web).unwrap()
}

#[test]
fn each_profile_is_told() {
    for profile in Profile::ALL {
        let signed = signed(profile);
        let ours = verify(&signed, &trust("root"), Timestamp::now());
        assert_eq!(failures(&ours), [], "{profile}: {:?}", ours.first_failure());
        assert_eq!(ours.profile, Some(profile));
        assert_eq!((ours.kind, ours.signatures), (Some(SignatureKind::Certification), 1));
        assert_eq!(ours.timestamped_at.is_some(), profile >= Profile::BT, "{profile}");
        assert_eq!(ours.archived_at.is_some(), profile == Profile::BLTA, "{profile}");
        for demanded in Profile::ALL {
            assert_eq!(ours.certifies(demanded), demanded <= profile, "{profile} as {demanded}");
        }
        // Whoever is not trusted is sound all the same.
        let nobody = verify(&signed, &Trust::default(), Timestamp::now());
        assert_eq!(nobody.verdict, Verdict::NotValid);
        assert!(nobody.is_sound_certification() && !nobody.certifies(Profile::BB), "{profile}");
    }
}

#[test]
fn what_was_archived_outlives_the_signers_certificate() {
    let archived = signed(Profile::BLTA);
    let ours = verify(&archived, &trust("root"), later(20 * 365));
    assert_eq!(failures(&ours), [], "{:?}", ours.first_failure());
    assert!(ours.certifies(Profile::BLTA));
    // The timestamp authority's certificate ends in 2080.
    let ours = verify(&archived, &trust("root"), later(60 * 365));
    assert!(failures(&ours).contains(&CheckCode::TimestampChain), "{:?}", failures(&ours));
}

#[test]
fn a_timestamp_of_another_signature_is_told() {
    // Tokens of one length, but for their numbers, since the authority's key is RSA.
    let authority = Authority("tsa2");
    let host = Host::new(&authority);
    let one = host.certify(Profile::BT, &pages::classic(), &key("rsa2048")).unwrap();
    let another = || host.certify(Profile::BT, &pages::with_form("Note"), &key("rsa2048")).unwrap();
    let token = |pdf: &[u8]| -> std::ops::Range<usize> {
        // id-aa-signatureTimeStampToken, and the set behind it.
        let oid = b"060B2A864886F70D010910020E3182";
        let at = pdf.windows(oid.len()).position(|window| window == oid).unwrap() + oid.len();
        let length = std::str::from_utf8(&pdf[at..at + 4]).unwrap();
        at + 4..at + 4 + 2 * usize::from_str_radix(length, 16).unwrap()
    };
    let other = std::iter::repeat_with(another)
        .take(50)
        .find(|other| token(other).len() == token(&one).len())
        .unwrap();
    let mut swapped = one.clone();
    swapped[token(&one)].copy_from_slice(&other[token(&other)]);
    let ours = verify(&swapped, &trust("root"), Timestamp::now());
    assert_eq!(failures(&ours), [CheckCode::Timestamp]);
    assert!(!ours.is_sound());
}

#[test]
fn a_document_timestamp_that_was_altered_is_told() {
    let archived = signed(Profile::BLTA);
    let find = |what: &[u8], from: usize| {
        from + archived[from..].windows(what.len()).position(|window| window == what).unwrap()
    };
    // The tail of the token: the authority's signature, in front of the padding.
    let open = find(b"/Contents <", find(b"/ETSI.RFC3161", 0)) + "/Contents <".len();
    let close = find(b">", open);
    let last = open + archived[open..close].iter().rposition(|digit| *digit != b'0').unwrap();
    let mut altered = archived.clone();
    altered[last] = if archived[last] == b'1' { b'2' } else { b'1' };
    let ours = verify(&altered, &trust("root"), Timestamp::now());
    assert_eq!(failures(&ours), [CheckCode::Timestamp]);
}

#[test]
fn revocation_data_that_do_not_count_are_told() {
    let now = Timestamp::now();
    let judged = |pdf: &[u8], at: Timestamp| verify(pdf, &trust("root"), at);
    let all = ["ca", "root", "tsa-ca"];

    let good = judged(&with_data("crl-only", |_| crls(&all, None)), now);
    assert_eq!((failures(&good), good.profile), (vec![], Some(Profile::BLT)));

    // A CRL that had ended when it was signed.
    let last_month = later(-30).strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let ended = judged(&with_data("crl-only", |_| crls(&["ca"], Some(&last_month))), now);
    assert_eq!(failures(&ended), [CheckCode::Revocation]);

    // A CRL of the future.
    let next_week = later(7).strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let early = judged(&with_data("crl-only", |_| crls(&["ca"], Some(&next_week))), now);
    assert_eq!(failures(&early), [CheckCode::Revocation]);

    // A certificate that was revoked a month ago, and one that is revoked in a month.
    let revoked = judged(&with_data("crl-only-revoked", |_| crls(&all, None)), now);
    assert_eq!(failures(&revoked), [CheckCode::Revocation]);
    assert!(revoked.is_sound() && !revoked.certifies(Profile::BB));

    // The OCSP response of another certificate.
    let host_data = |chain: &[Certificate]| {
        let others = key("p384").chain().to_vec();
        let chain = if chain.len() == 3 && chain[0].der() == Pki::shared().certificate("p256") {
            others
        } else {
            chain.to_vec()
        };
        answers(&chain)
    };
    let other = judged(&with_data("p256", host_data), now);
    assert_eq!(failures(&other), [CheckCode::Revocation]);

    // Nothing at all: not known, and no B-LT.
    let none = judged(&with_data("p256", |_| RevocationData::default()), now);
    assert_eq!((failures(&none), none.profile), (vec![], Some(Profile::BT)));
    assert!(none.certifies(Profile::BT) && !none.certifies(Profile::BLT));
}

#[test]
fn an_authority_that_is_not_trusted_or_was_revoked_proves_nothing() {
    let signed = signed(Profile::BT);
    let school = Certificate::from_der(&Pki::shared().certificate("ca")).unwrap();
    let ours = verify(&signed, &Trust::new(vec![school]), Timestamp::now());
    assert_eq!(failures(&ours), [CheckCode::TimestampChain]);
    assert_eq!(ours.timestamped_at, None);
}
