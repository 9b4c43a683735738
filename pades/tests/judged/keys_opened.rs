//! PKCS#12 files as they come, and what is said of those that do not serve.

use pades::trial::{self, TrialRequest};
use pades::{
    IssueError, KeyError, KeyKind, NewKey, Pkcs12Key, SignatureAlgorithm, Signer, Subject, Trust,
    Validity, Verdict, certify, verify,
};
use std::path::Path;

use crate::accepted::request;
use crate::keys::{self, PASSWORD, openssl, self_signed};
use crate::{judges, pages};

const P256: &[&str] = &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
const RSA: &[&str] = &["-newkey", "rsa:2048"];

fn open(folder: &Path, file: &str, password: &str) -> Result<Pkcs12Key, KeyError> {
    Pkcs12Key::open(&std::fs::read(folder.join(file)).unwrap(), password)
}

#[test]
fn every_way_in_which_openssl_exports_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let ways: [(&str, &[&str]); 6] = [
        ("modern", &[]),
        ("legacy", &["-legacy"]),
        ("3des", &["-legacy", "-certpbe", "PBE-SHA1-3DES", "-keypbe", "PBE-SHA1-3DES"]),
        ("sha1mac", &["-macalg", "sha1"]),
        ("aes128", &["-certpbe", "AES-128-CBC", "-keypbe", "AES-128-CBC"]),
        ("nomac", &["-nomac"]),
    ];
    for (name, options) in ways {
        let made = self_signed(folder.path(), name, RSA, options);
        let key = made.open();
        assert_eq!(key.algorithm(), SignatureAlgorithm::RsaPkcs1Sha256, "{name}");
        assert_eq!(key.certificate(), &made.certificates()[0], "{name}");
        assert_eq!(key.certificate().subject(), "CN=校長,O=示範大學");
        assert!(key.validity().contains(jiff::Timestamp::now()), "{name}");
        assert_eq!(
            open(folder.path(), &format!("{name}.p12"), "wrong").unwrap_err(),
            KeyError::WrongPassword,
            "{name}"
        );
    }
}

/// The library under pyHanko and certomancer.
#[test]
fn what_python_cryptography_exports_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let made = self_signed(folder.path(), "key", P256, &[]);
    let script = "
import sys
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509 import load_pem_x509_certificate
key = serialization.load_pem_private_key(open('key.key', 'rb').read(), None)
certificate = load_pem_x509_certificate(open('key.pem', 'rb').read())
best = serialization.BestAvailableEncryption(sys.argv[1].encode())
open('python.p12', 'wb').write(pkcs12.serialize_key_and_certificates(b'key', key, certificate, None, best))
";
    let done = std::process::Command::new(judges::python())
        .current_dir(folder.path())
        .args(["-c", script, PASSWORD])
        .status()
        .unwrap();
    assert!(done.success());
    let key = open(folder.path(), "python.p12", PASSWORD).unwrap();
    assert_eq!(key.certificate(), &made.certificates()[0]);
}

#[test]
fn what_does_not_serve_is_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let (one, two) = (self_signed(at, "one", P256, &[]), self_signed(at, "two", P256, &[]));
    let password = format!("pass:{PASSWORD}");
    let export = |out: &str, more: &[&str]| {
        let mut arguments = vec!["pkcs12", "-export", "-out", out, "-passout", &password];
        arguments.extend(more);
        openssl(at, &arguments);
    };
    export("nokey.p12", &["-nokeys", "-in", "one.pem"]);
    export("nocert.p12", &["-nocerts", "-inkey", "one.key", "-in", "one.key"]);
    openssl(
        at,
        &[
            "req", "-x509", "-nodes", "-newkey", "ed25519", "-subj", "/CN=x", "-keyout", "ed.key",
            "-out", "ed.pem",
        ],
    );
    export("ed.p12", &["-inkey", "ed.key", "-in", "ed.pem"]);
    openssl(
        at,
        &[
            "req",
            "-x509",
            "-nodes",
            "-newkey",
            "rsa:1024",
            "-subj",
            "/CN=x",
            "-keyout",
            "small.key",
            "-out",
            "small.pem",
        ],
    );
    export("small.p12", &["-inkey", "small.key", "-in", "small.pem"]);
    std::fs::write(at.join("text.p12"), b"not a key").unwrap();
    let said = |file: &str| open(at, file, PASSWORD).unwrap_err();
    assert_eq!(said("nokey.p12"), KeyError::NoKey);
    assert_eq!(said("nocert.p12"), KeyError::NoCertificate);
    assert_eq!(said("ed.p12"), KeyError::KindUnsupported);
    assert_eq!(said("small.p12"), KeyError::KindUnsupported);
    assert_eq!(said("text.p12"), KeyError::NotPkcs12);
    assert_eq!(mismatched(&one, &two), KeyError::KeyAndCertificateDiffer);
}

/// OpenSSL refuses to export a key with another's certificate, so the file is made here.
fn mismatched(one: &keys::Made, two: &keys::Made) -> KeyError {
    use p12_keystore::{Certificate, KeyStore, KeyStoreEntry, Pkcs12Archive, PrivateKeyChain};
    let key = Pkcs12Archive::from_pkcs12(&std::fs::read(&one.p12).unwrap(), PASSWORD)
        .unwrap()
        .keys
        .remove(0)
        .key;
    let other = Certificate::from_der(two.certificates()[0].der()).unwrap();
    let mut store = KeyStore::new();
    store.add_entry(
        "x",
        KeyStoreEntry::PrivateKeyChain(PrivateKeyChain::new(vec![1], key, [other])),
    );
    Pkcs12Key::open(&store.writer(PASSWORD).write().unwrap(), PASSWORD).unwrap_err()
}

fn trial_request(key: KeyKind) -> TrialRequest {
    TrialRequest {
        organization: "示範大學, 國立".into(),
        common_name: "校長 (試用)".into(),
        validity: Validity {
            from: "2026-01-01T00:00:00Z".parse().unwrap(),
            until: "2055-12-31T23:59:59Z".parse().unwrap(),
        },
        serial: [0xAB; 16],
        key,
    }
}

#[test]
fn a_trial_key_signs_and_is_its_own_root() {
    for kind in [KeyKind::P256, KeyKind::Rsa2048] {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        let request_ = trial_request(kind);
        let made = trial::make(&request_, PASSWORD).unwrap();
        let key = Pkcs12Key::open(&made.pkcs12, PASSWORD).unwrap();
        assert_eq!(key.validity(), request_.validity);
        assert_eq!(key.certificate().subject(), "CN=校長 (試用),O=示範大學\\, 國立");
        assert_eq!(key.certificate().serial(), format!("6b{}", "ab".repeat(15)));
        std::fs::write(at.join("trial.pem"), made.certificate.to_pem().unwrap()).unwrap();
        std::fs::write(at.join("trial.p12"), &made.pkcs12).unwrap();
        openssl(at, &["verify", "-x509_strict", "-CAfile", "trial.pem", "trial.pem"]);
        openssl(
            at,
            &["pkcs12", "-in", "trial.p12", "-nodes", "-passin", &format!("pass:{PASSWORD}")],
        );

        let signed = certify(&pages::classic(), &request(), &key).unwrap();
        let ours = verify(&signed, &Trust::new(vec![made.certificate]), jiff::Timestamp::now());
        assert_eq!(ours.verdict, Verdict::Valid, "{:?}", ours.first_failure());
        let file = at.join("signed.pdf");
        std::fs::write(&file, signed).unwrap();
        judges::pdfsig(&file);
        let (ok, lines) = judges::pyhanko(&at.join("trial.pem"), &[file]);
        assert!(ok, "{lines:#?}");
    }
}

#[test]
fn a_certificate_that_was_renewed_early_waits_for_its_day() {
    let key = NewKey::draw(KeyKind::P256).unwrap();
    let subject =
        Subject {
            country: None, organization: "示範大學".into(), common_name: "校長".into()
        };
    let year = |year: i16, serial: u8| {
        let from = format!("{year}-01-01T00:00:00Z").parse().unwrap();
        let until = format!("{}-02-01T00:00:00Z", year + 1).parse().unwrap();
        pades::self_signed(&key, &subject, Validity { from, until }, [serial; 16]).unwrap()
    };
    let (present, renewed) = (year(2026, 1), year(2027, 2));
    let file = key.to_pkcs12(&[renewed.clone(), present.clone()], PASSWORD).unwrap();
    let used = |at: &str| {
        let key = Pkcs12Key::open(&file, PASSWORD).unwrap().for_time(at.parse().unwrap());
        assert_eq!(key.chain()[0], *key.certificate());
        key.certificate().clone()
    };
    assert_eq!(used("2026-12-31T23:59:59Z"), present);
    assert_eq!(used("2027-01-15T00:00:00Z"), renewed, "of two that are valid the one that lasts");
    assert_eq!(used("2027-06-01T00:00:00Z"), renewed);
    assert_eq!(used("2030-01-01T00:00:00Z"), renewed, "which has ended, and is said to have");
}

#[test]
fn a_trial_key_before_1970_is_refused() {
    let mut wrong = trial_request(KeyKind::P256);
    wrong.validity.from = "1969-12-31T00:00:00Z".parse().unwrap();
    assert_eq!(trial::make(&wrong, PASSWORD).err(), Some(IssueError::Unfit));
}
