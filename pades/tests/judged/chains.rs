//! Trust: from a signer over an issuer to a root, and what breaks it.

use pades::{CheckCode, Pkcs12Key, Signer, Trust, Verdict, certify, verify};
use std::path::Path;

use crate::accepted::request;
use crate::keys::{Made, PASSWORD, openssl};
use crate::{judges, pages};

const EC: [&str; 3] = ["ec", "-pkeyopt", "ec_paramgen_curve:P-384"];

fn root(at: &Path, name: &str) {
    let (key, pem) = (format!("{name}.key"), format!("{name}.pem"));
    let mut arguments = vec![
        "req", "-x509", "-nodes", "-subj", "/CN=Root", "-days", "60", "-keyout", &key, "-out", &pem,
    ];
    arguments.extend(["-addext", "keyUsage=critical,keyCertSign,cRLSign", "-newkey"]);
    arguments.extend(EC);
    openssl(at, &arguments);
}

/// A certificate that `issuer` issues for 30 days, with these extensions.
fn issue(at: &Path, name: &str, issuer: &str, extensions: &str) {
    std::fs::write(at.join(format!("{name}.ext")), extensions).unwrap();
    let (key, csr, pem, ext) = (
        format!("{name}.key"),
        format!("{name}.csr"),
        format!("{name}.pem"),
        format!("{name}.ext"),
    );
    let subject = format!("/CN={name}");
    let mut arguments =
        vec!["req", "-nodes", "-subj", &subject, "-keyout", &key, "-out", &csr, "-newkey"];
    arguments.extend(EC);
    openssl(at, &arguments);
    let (ca, ca_key) = (format!("{issuer}.pem"), format!("{issuer}.key"));
    openssl(
        at,
        &[
            "x509", "-req", "-in", &csr, "-CA", &ca, "-CAkey", &ca_key, "-out", &pem, "-extfile",
            &ext, "-days", "30",
        ],
    );
}

fn export(at: &Path, leaf: &str, with: &[&str]) -> Pkcs12Key {
    let chain: String = with
        .iter()
        .map(|name| std::fs::read_to_string(at.join(format!("{name}.pem"))).unwrap())
        .collect();
    std::fs::write(at.join("chain.pem"), chain).unwrap();
    let (key, pem, p12) = (format!("{leaf}.key"), format!("{leaf}.pem"), format!("{leaf}.p12"));
    let password = format!("pass:{PASSWORD}");
    openssl(
        at,
        &[
            "pkcs12",
            "-export",
            "-inkey",
            &key,
            "-in",
            &pem,
            "-certfile",
            "chain.pem",
            "-out",
            &p12,
            "-passout",
            &password,
        ],
    );
    Made { p12: at.join(&p12), pem: at.join(&pem) }.open()
}

fn trust(at: &Path, name: &str) -> Trust {
    Trust::new(Made { p12: at.into(), pem: at.join(format!("{name}.pem")) }.certificates())
}

const CA: &str = "basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign\n";
const LEAF: &str = "basicConstraints=CA:FALSE\nkeyUsage=critical,nonRepudiation\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n";

#[test]
fn a_chain_leads_from_the_signer_to_the_root() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    root(at, "root");
    root(at, "stranger");
    issue(at, "sub", "root", CA);
    issue(at, "school", "sub", LEAF);
    let key = export(at, "school", &["root", "sub"]);
    assert_eq!(
        key.chain().iter().map(|one| one.subject()).collect::<Vec<_>>(),
        ["CN=school", "CN=sub", "CN=Root"]
    );
    let signed = certify(&pages::classic(), &request(), &key).unwrap();
    let now = jiff::Timestamp::now();
    for trusted in ["root", "sub", "school"] {
        let ours = verify(&signed, &trust(at, trusted), now);
        assert_eq!(ours.verdict, Verdict::Valid, "{trusted}: {:?}", ours.first_failure());
    }
    let file = at.join("signed.pdf");
    std::fs::write(&file, &signed).unwrap();
    let (ok, lines) = judges::pyhanko(&at.join("root.pem"), std::slice::from_ref(&file));
    assert!(ok, "{lines:#?}");

    // A root of the same name with another key: same verdict as pyHanko's.
    let ours = verify(&signed, &trust(at, "stranger"), now);
    assert_eq!(ours.first_failure().map(|check| check.code), Some(CheckCode::Chain));
    assert!(!judges::pyhanko(&at.join("stranger.pem"), &[file]).0);
}

#[test]
fn a_chain_that_must_not_hold_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    root(at, "root");
    issue(at, "sub", "root", CA);
    issue(at, "subsub", "sub", CA);
    issue(at, "nota", "root", LEAF);
    issue(at, "toolong", "subsub", LEAF);
    issue(at, "byleaf", "nota", LEAF);
    issue(at, "mailonly", "root", "keyUsage=critical,keyEncipherment\n");
    issue(at, "tls", "root", "extendedKeyUsage=serverAuth\n");
    issue(at, "critical", "root", &format!("{LEAF}1.2.3.4=critical,ASN1:NULL\n"));
    for (leaf, with, code) in [
        ("toolong", ["subsub", "sub"].as_slice(), CheckCode::Chain),
        ("byleaf", &["nota"], CheckCode::Chain),
        ("mailonly", &[], CheckCode::KeyUsage),
        ("tls", &[], CheckCode::KeyUsage),
        ("critical", &[], CheckCode::Chain),
    ] {
        let with: Vec<&str> = with.iter().copied().chain(["root"]).collect();
        let key = export(at, leaf, &with);
        let signed = certify(&pages::classic(), &request(), &key).unwrap();
        let ours = verify(&signed, &trust(at, "root"), jiff::Timestamp::now());
        let failed: Vec<CheckCode> =
            ours.checks.iter().filter(|check| !check.passed).map(|check| check.code).collect();
        assert_eq!(failed, [code], "{leaf}");
    }
}

#[test]
fn the_moment_of_signing_decides_over_dates() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    root(at, "root");
    issue(at, "school", "root", LEAF);
    let key = export(at, "school", &["root"]);
    let signed = certify(&pages::classic(), &request(), &key).unwrap();
    let now = jiff::Timestamp::now();
    let hours = |hours: i64| now.checked_add(jiff::SignedDuration::from_hours(hours)).unwrap();
    // Long after the certificate's end: it was valid when it signed.
    assert_eq!(verify(&signed, &trust(at, "root"), hours(24 * 400)).verdict, Verdict::Valid);
    // Before it was signed.
    let early = verify(&signed, &trust(at, "root"), hours(-1));
    assert_eq!(early.first_failure().map(|check| check.code), Some(CheckCode::SigningTime));
    // Signed, by the signer's clock, before the certificate began, and after it ended.
    for moment in [hours(-48), hours(24 * 31)] {
        let mut outside = request();
        outside.at = moment;
        let signed = certify(&pages::classic(), &outside, &key).unwrap();
        let ours = verify(&signed, &trust(at, "root"), hours(24 * 40));
        assert_eq!(ours.first_failure().map(|check| check.code), Some(CheckCode::Chain));
    }
}
