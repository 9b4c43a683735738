//! The test PKI itself, judged by OpenSSL: what the other tests rest on.

use pades::{Certificate, Pkcs12Key, Signer};
use std::process::{Command, Output};

use crate::pki::{PASSWORD, Pki, ask};

fn openssl(folder: &std::path::Path, arguments: &[&str]) -> Output {
    Command::new("openssl").current_dir(folder).args(arguments).output().unwrap()
}

#[test]
fn keys_open_with_their_chain() {
    let pki = Pki::shared();
    for label in ["rsa2048", "rsa3072", "p256", "p384"] {
        let key = Pkcs12Key::open(&pki.key(label), PASSWORD).unwrap();
        let subjects: Vec<String> = key.chain().iter().map(Certificate::subject).collect();
        assert_eq!(subjects.len(), 3, "{label}: {subjects:?}");
        assert_eq!(key.chain()[0].der(), pki.certificate(label), "{label}");
        assert_eq!(key.chain()[2].der(), pki.certificate("root"), "{label}");
    }
}

#[test]
fn openssl_believes_its_answers() {
    let (pki, folder) = (Pki::shared(), tempfile::tempdir().unwrap());
    let at = folder.path();
    for label in ["root", "ca", "tsa-ca", "p256", "revoked"] {
        let certificate = Certificate::from_der(&pki.certificate(label)).unwrap();
        std::fs::write(at.join(label), certificate.to_pem().unwrap()).unwrap();
    }
    for (label, status) in [("p256", "p256: good"), ("revoked", "revoked: revoked")] {
        let url = pki.ocsp("ca");
        let done = openssl(
            at,
            &["ocsp", "-issuer", "ca", "-cert", label, "-url", &url, "-CAfile", "root"],
        );
        let said = String::from_utf8_lossy(&done.stdout).into_owned();
        assert!(done.status.success() && said.contains(status), "{label}: {said}");
    }
    for (label, issuer) in [("ca", "ca"), ("root", "root"), ("tsa-ca", "tsa-ca")] {
        std::fs::write(at.join("crl"), ask(&pki.crl(label), None, None).unwrap()).unwrap();
        let done = openssl(at, &["crl", "-inform", "DER", "-in", "crl", "-CAfile", issuer]);
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(said.contains("verify OK"), "{label}: {said}");
    }
    std::fs::write(at.join("data"), "data").unwrap();
    openssl(at, &["ts", "-query", "-data", "data", "-sha256", "-cert", "-out", "query"]);
    let query = std::fs::read(at.join("query")).unwrap();
    for label in ["tsa1", "tsa2"] {
        let body = Some(("application/timestamp-query", query.as_slice()));
        std::fs::write(at.join("reply"), ask(&pki.tsa(label), body, None).unwrap()).unwrap();
        let done = openssl(
            at,
            &["ts", "-verify", "-queryfile", "query", "-in", "reply", "-CAfile", "root"],
        );
        assert!(done.status.success(), "{label}: {}", String::from_utf8_lossy(&done.stderr));
    }
}
