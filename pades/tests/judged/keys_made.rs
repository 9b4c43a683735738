//! Keys that are made here and on tokens, the way from a request to a certificate, and what every
//! key must do, wherever it lies.

use pades::{
    Certificate, IssueError, KeyError, KeyKind, KeyPair, NewKey, NewTokenKey, Pkcs11Key, Pkcs12Key,
    RsaPadding, SignatureAlgorithm, Signer, Subject, TokenName, Trust, Validity, Verdict, certify,
    chain_state, check_key, join, self_signed, signing_request, verify, write_certificates,
};
use std::path::Path;
use std::slice::from_ref;

use crate::accepted::request;
use crate::keys::{PASSWORD, openssl};
use crate::pages;
use crate::softhsm::{self, apart, pin, place};

fn subject() -> Subject {
    Subject {
        country: Some("TW".into()),
        organization: "示範大學".into(),
        common_name: "校長".into(),
    }
}

/// A certificate authority in the folder, for a hundred days.
fn authority(folder: &Path) -> Certificate {
    openssl(
        folder,
        &[
            "req",
            "-x509",
            "-nodes",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-subj",
            "/CN=Authority",
            "-days",
            "100",
            "-keyout",
            "ca.key",
            "-out",
            "ca.pem",
        ],
    );
    certificates(&folder.join("ca.pem")).remove(0)
}

fn certificates(file: &Path) -> Vec<Certificate> {
    Certificate::from_pem(&std::fs::read_to_string(file).unwrap()).unwrap()
}

/// The certificate that the authority gives for the key's request, for thirty days.
fn issued(folder: &Path, key: &dyn KeyPair) -> Certificate {
    issued_for("30", folder, key)
}

fn issued_for(days: &str, folder: &Path, key: &dyn KeyPair) -> Certificate {
    std::fs::write(folder.join("key.csr"), signing_request(key, &subject()).unwrap()).unwrap();
    openssl(folder, &["req", "-in", "key.csr", "-verify", "-noout"]);
    openssl(
        folder,
        &[
            "x509",
            "-req",
            "-in",
            "key.csr",
            "-CA",
            "ca.pem",
            "-CAkey",
            "ca.key",
            "-days",
            days,
            "-copy_extensions",
            "copyall",
            "-out",
            "key.pem",
        ],
    );
    let certificate = certificates(&folder.join("key.pem")).remove(0);
    assert_eq!(certificate.subject(), "CN=校長,O=示範大學,C=TW");
    certificate
}

const fn algorithm(kind: KeyKind) -> SignatureAlgorithm {
    match kind {
        KeyKind::P256 => SignatureAlgorithm::EcdsaP256Sha256,
        KeyKind::P384 => SignatureAlgorithm::EcdsaP384Sha384,
        KeyKind::Rsa2048 | KeyKind::Rsa3072 | KeyKind::Rsa4096 => {
            SignatureAlgorithm::RsaPkcs1Sha256
        }
    }
}

/// What every key does, wherever it lies.
fn conforms(kind: KeyKind, key: &dyn Signer, chain: &[Certificate]) {
    assert_eq!(key.algorithm(), algorithm(kind));
    assert_eq!(key.chain(), chain, "the key's own first, then its issuers");
    let trust = Trust::new(chain.last().cloned().into_iter().collect());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| check_key(key).unwrap());
        }
    });
    let signed = certify(&pages::classic(), &request(), key).unwrap();
    let ours = verify(&signed, &trust, jiff::Timestamp::now());
    assert_eq!(ours.verdict, Verdict::Valid, "{kind}: {:?}", ours.first_failure());
    let [once, again, other] =
        [b"once", b"once", b"more"].map(|message| key.sign(message).unwrap());
    assert_ne!(once, other);
    assert_eq!(once == again, algorithm(kind) == SignatureAlgorithm::RsaPkcs1Sha256);
}

#[test]
fn keys_that_are_drawn_here_are_given_certificates() {
    for kind in KeyKind::ALL {
        let folder = tempfile::tempdir().unwrap();
        let root = authority(folder.path());
        let key = NewKey::draw(kind).unwrap();
        let waiting = key.to_pkcs12(&[], PASSWORD).unwrap();
        let refused = Pkcs12Key::open(&waiting, PASSWORD).unwrap_err();
        assert_eq!(refused, KeyError::NoCertificate, "its certificate is still to come");

        let chain = [issued(folder.path(), &key), root.clone()];
        // In whatever order they come, and whatever comes with them.
        let stranger = NewKey::draw(KeyKind::P256).unwrap();
        let other = issued(folder.path(), &stranger);
        let came = [root.clone(), other.clone(), chain[0].clone()];
        let file = join(&waiting, PASSWORD, &came, "another").unwrap();
        conforms(kind, &Pkcs12Key::open(&file, "another").unwrap(), &chain);
        assert_eq!(Pkcs12Key::open(&file, PASSWORD).unwrap_err(), KeyError::WrongPassword);
        let wrong = join(&waiting, PASSWORD, &[other, root], "another").unwrap_err();
        assert_eq!(wrong, KeyError::KeyAndCertificateDiffer);
        // Renewed, the key has the later certificate.
        let renewed = [issued_for("60", folder.path(), &key), chain[1].clone()];
        let file = join(&file, "another", &renewed[..1], "another").unwrap();
        conforms(kind, &Pkcs12Key::open(&file, "another").unwrap(), &renewed);
        // It does not vouch for itself where the authority does, for however long.
        let until = "2090-01-01T00:00:00Z".parse().unwrap();
        let validity = Validity { until, ..chain[0].validity() };
        let own = self_signed(&key, &subject(), validity, [7; 16]).unwrap();
        let file = join(&file, "another", from_ref(&own), "another").unwrap();
        conforms(kind, &Pkcs12Key::open(&file, "another").unwrap(), &renewed);
        let both = [&[own][..], &chain[..]].concat();
        let both = key.to_pkcs12(&both, PASSWORD).unwrap();
        conforms(kind, &Pkcs12Key::open(&both, PASSWORD).unwrap(), &chain);
    }
}

#[test]
fn keys_that_a_token_draws_are_given_certificates() {
    apart(concat!(module_path!(), "::keys_that_a_token_draws_are_given_certificates"), |hsm| {
        hsm.make_token("new");
        let token = TokenName::Label("new".into());
        for (number, kind) in (1..).zip(KeyKind::ALL) {
            let folder = tempfile::tempdir().unwrap();
            let root = authority(folder.path());
            let make = |label: &str, id: &[u8]| {
                NewTokenKey::make(&softhsm::module(), &token, &pin(), (label, id), kind)
            };
            let key = make(kind.as_str(), &[number]).unwrap();
            let exists = Some(KeyError::TokenKeyExists);
            assert_eq!(make(kind.as_str(), &[number, 0]).err(), exists, "the label is taken");
            assert_eq!(make("other", &[number]).err(), exists, "the id is taken");

            let place = place("new", kind.as_str());
            let open = || Pkcs11Key::open(&place, &pin(), Vec::new(), RsaPadding::Pkcs1, 2);
            assert_eq!(open().unwrap_err(), KeyError::NoTokenCertificate);
            let chain = [issued(folder.path(), &key), root.clone()];
            let wrong = write_certificates(&place, &pin(), vec![root.clone()]).unwrap_err();
            assert_eq!(wrong, KeyError::KeyAndCertificateDiffer);
            for _ in 0..2 {
                let came = vec![root.clone(), chain[0].clone()];
                assert_eq!(write_certificates(&place, &pin(), came).unwrap(), chain);
            }
            conforms(kind, &open().unwrap(), &chain);
        }
        let listed = hsm.objects("new");
        assert_eq!(listed.matches("Certificate Object").count(), 10, "none twice: {listed}");
        assert_eq!(listed.matches("never extractable").count(), 5, "{listed}");
    });
}

#[test]
fn the_state_of_a_chain_names_what_is_missing_and_what_ends_first() {
    let folder = tempfile::tempdir().unwrap();
    let root = authority(folder.path());
    let leaf = issued(folder.path(), &NewKey::draw(KeyKind::P256).unwrap());
    let ends = leaf.validity().until;
    let state = |chain: &[Certificate], roots: &[Certificate]| chain_state(chain, roots);
    assert_eq!(state(&[], from_ref(&root)), None);
    let alone = state(from_ref(&leaf), &[]).unwrap();
    assert!(!alone.complete, "the issuer is missing");
    let trusted = state(from_ref(&leaf), from_ref(&root)).unwrap();
    assert!(trusted.complete && trusted.ends_first == ends);
    let whole = [leaf.clone(), root.clone()];
    let both = state(&whole, from_ref(&root)).unwrap();
    assert!(both.complete && both.ends == ends && both.ends_first == ends);
    assert!(!state(&whole, &[]).unwrap().complete, "nobody trusts its end");
    assert!(state(&whole, from_ref(&leaf)).unwrap().complete, "the signer is trusted itself");
    // An issuer that ends before its certificate.
    let key = NewKey::draw(KeyKind::P256).unwrap();
    let until = "2090-01-01T00:00:00Z".parse().unwrap();
    let long = self_signed(&key, &subject(), Validity { until, ..leaf.validity() }, [7; 16]);
    let long = long.unwrap();
    assert!(!state(from_ref(&long), from_ref(&root)).unwrap().complete, "nobody trusts it");
    assert!(state(from_ref(&long), from_ref(&long)).unwrap().complete);
    let long = state(&[long, root.clone()], &[]).unwrap();
    assert_eq!((long.ends, long.ends_first), (until, root.validity().until));
}

#[test]
fn what_does_not_fit_into_a_request_is_refused() {
    let key = NewKey::draw(KeyKind::P256).unwrap();
    for country in ["Taiwan", "tw", "T", "台灣"] {
        let wrong = Subject { country: Some(country.into()), ..subject() };
        assert_eq!(signing_request(&key, &wrong).unwrap_err(), IssueError::Unfit, "{country}");
    }
    assert!("p-521".parse::<KeyKind>().is_err());
    for kind in KeyKind::ALL {
        assert_eq!(kind.as_str().parse(), Ok(kind));
    }
}
