//! Signatures that last: the profile of the configuration, with a CA's certificates, timestamps and
//! revocation data, from the inbox to the archive; and what becomes of work while those are away.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sealpress_tests::{Home, Network, Proxy, until};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use crate::accepted::archived_file;
use crate::pki::{PASSWORD, Pki};
use crate::{LONG, drop_all, enrolled};

/// Writes a certificate of the PKI into the home's keys, and returns its place there.
pub(crate) fn put_certificate(home: &Home, pki: &Pki, label: &str) -> String {
    let place = format!("keys/{label}.pem");
    let base64 = STANDARD.encode(pki.certificate(label));
    let lines: Vec<&str> = base64
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).expect("ASCII"))
        .collect();
    let pem =
        format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"));
    fs::write(home.at(&place), pem).expect("a written file");
    place
}

pub(crate) fn put_secret(home: &Home, place: &str, bytes: &[u8]) {
    fs::write(home.at(place), bytes).expect("a written file");
    fs::set_permissions(home.at(place), fs::Permissions::from_mode(0o600)).expect("our own file");
}

/// A key of the PKI as the home's.
fn put_key(home: &Home, pki: &Pki, label: &str, under: &str) {
    put_secret(home, &format!("keys/{label}.p12"), &pki.key(label));
    put_secret(home, "keys/pki.password", PASSWORD.as_bytes());
    home.set(&format!("{under}.key"), &format!("file:keys/{label}.p12"));
    home.set(&format!("{under}.password"), "file:keys/pki.password");
}

/// A home that signs with a key of the PKI, and trusts its root alone.
pub(crate) fn school(pki: &Pki, profile: &str, tsas: &[&str]) -> Home {
    let home = Home::new();
    put_key(&home, pki, "p256", "sign");
    let root = put_certificate(&home, pki, "root");
    home.set("sign.trust", &format!("[{root}]"));
    let tsas: Vec<String> = tsas.iter().map(|url| format!("{{ url: '{url}' }}")).collect();
    home.set("sign.tsa", &format!("[{}]", tsas.join(", ")));
    home.set("sign.profile", profile);
    home.set("sign.patience", "5s");
    home
}

pub(crate) fn issue(home: &Home, count: usize) -> PathBuf {
    let (prints, students) = enrolled(home, count);
    let _running = home.start("run", &["run"]);
    drop_all(home, &prints, &students);
    home.wait_for_closed(count, LONG);
    archived_file(home, &home.certificates()[0])
}

/// The archived file is valid, and of this profile.
pub(crate) fn is_valid_at(home: &Home, certificate: &serde_json::Value, profile: &str) {
    let file = archived_file(home, certificate);
    let said = home.ask(&["verify", file.to_str().expect("UTF-8")]);
    let said = (said[0]["verdict"].as_str(), said[0]["profile"].as_str());
    assert_eq!(said, (Some("valid"), Some(profile)));
}

fn held(home: &Home) -> Option<String> {
    let status = home.ask(&["status"]);
    let lane = status["lanes"].as_array()?.iter().find(|one| one["name"] == "press")?;
    Some(lane["held"]["code"].as_str()?.to_owned())
}

pub(crate) fn is_held(home: &Home, code: &str) {
    until(code, LONG, || (held(home).as_deref() == Some(code)).then_some(()));
}

#[test]
fn each_profile_is_what_is_archived_and_what_verify_says() {
    let pki = Pki::shared();
    for profile in ["b-b", "b-t", "b-lt", "b-lta"] {
        let home = school(pki, profile, &[&pki.tsa("tsa1")]);
        let file = issue(&home, 1);
        let said = home.ask(&["verify", file.to_str().expect("UTF-8")]);
        let said = &said[0];
        assert_eq!(said["verdict"], "valid", "{profile}: {said}");
        assert_eq!(said["profile"], profile);
        assert_eq!(said["timestamped_at"].is_string(), profile != "b-b", "{said}");
        assert_eq!(said["document_timestamp_at"].is_string(), profile == "b-lta", "{said}");
        assert_eq!(home.run(&["audit"]).code, 0, "{profile}");

        // Whoever has the root alone, and no home, is told the same of the signature.
        let (root, file) = (home.at("keys/root.pem"), file.to_str().expect("UTF-8"));
        let elsewhere = Home::without_one(&[
            "verify",
            "--json",
            "--trust",
            root.to_str().expect("UTF-8"),
            file,
        ]);
        assert_eq!(elsewhere.code, 0, "{}", elsewhere.talk);
        let said = &elsewhere.json()[0];
        assert_eq!(
            (said["verdict"].as_str(), said["profile"].as_str()),
            (Some("valid"), Some(profile))
        );
    }
}

#[test]
fn a_tsa_that_is_down_holds_the_lane_and_nothing_lower_is_signed() {
    let pki = Pki::shared();
    let tsa = pki.tsa("tsa1");
    let address = tsa.split('/').nth(2).expect("a host").parse().expect("an address");
    let proxy = Proxy::before(address);
    proxy.becomes(Network::BreaksAfter(0));
    let behind = tsa.replace(&address.to_string(), &proxy.address().to_string());
    let home = school(pki, "b-t", &[&behind]);
    let (prints, students) = enrolled(&home, 2);
    let _running = home.start("run", &["run"]);
    drop_all(&home, &prints, &students);
    is_held(&home, "no_timestamp");
    assert!(home.pdfs("archive").is_empty());
    proxy.becomes(Network::Good);
    home.wait_for_closed(2, LONG);
    let file = archived_file(&home, &home.certificates()[0]);
    assert_eq!(home.ask(&["verify", file.to_str().expect("UTF-8")])[0]["profile"], "b-t");
}

#[test]
fn the_next_tsa_is_asked_where_one_is_down_or_not_to_be_believed() {
    let pki = Pki::shared();
    let nobody = "http://127.0.0.1:9/tsa";
    let home = school(pki, "b-t", &[nobody, &pki.tsa("tsa-unmeant"), &pki.tsa("tsa2")]);
    let file = issue(&home, 1);
    assert_eq!(home.ask(&["verify", file.to_str().expect("UTF-8")])[0]["profile"], "b-t");
}

#[test]
fn a_tsa_is_asked_no_oftener_than_it_allows_whoever_asks() {
    let pki = Pki::shared();
    let home = school(pki, "b-t", &[]);
    let url = pki.tsa("tsa1");
    home.set("sign.tsa", &format!("[{{ url: '{url}', limit: {{ requests: 2, per: 1h }} }}]"));
    let (prints, students) = enrolled(&home, 3);
    drop_all(&home, &prints, &students);
    for restart in 0..2 {
        let _running = home.start("run", &["run"]);
        is_held(&home, "no_timestamp");
        let issued = || home.pdfs("archive").len();
        until("two archived files", LONG, || (issued() == 2).then_some(()));
        std::thread::sleep(Duration::from_secs(1));
        assert_eq!(issued(), 2, "after {restart} restarts");
    }
}

#[test]
fn a_certificate_of_the_signer_that_was_revoked_signs_nothing() {
    let pki = Pki::shared();
    let home = school(pki, "b-lt", &[&pki.tsa("tsa1")]);
    put_key(&home, pki, "revoked", "sign");
    let (prints, students) = enrolled(&home, 1);
    let _running = home.start("run", &["run"]);
    drop_all(&home, &prints, &students);
    is_held(&home, "certificate_revoked");
    assert!(home.pdfs("archive").is_empty());
    // A renewed key goes on by itself once it is put in its place.
    put_secret(&home, "keys/revoked.p12", &pki.key("rsa2048"));
}

#[test]
fn the_next_key_takes_over_on_its_day() {
    let pki = Pki::shared();
    let home = school(pki, "b-b", &[]);
    home.set("sign.next", "{ from: 2020-01-01, key: 'file:x', password: 'file:y' }");
    put_key(&home, pki, "rsa2048", "sign.next");
    let file = issue(&home, 1);
    let said = Command::new("pdfsig").arg("-nocert").arg(file).output().expect("pdfsig");
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    assert!(said.contains("Signature is Valid"), "{said}");

    let later = school(pki, "b-b", &[]);
    later.set("sign.next", "{ from: 2099-01-01, key: 'file:x', password: 'file:y' }");
    let doctor = later.run(&["doctor", "--json"]);
    let items = doctor.json();
    let key = |item: &&serde_json::Value| item["code"] == "key";
    let items = items["items"].as_array().expect("items");
    let next = items.iter().rfind(key).expect("an item");
    assert_eq!((doctor.code, next["level"].as_str()), (1, Some("failure")), "{next}");
    issue(&later, 1);
}

#[test]
fn a_process_that_is_killed_again_and_again_signs_each_once_and_nothing_lower() {
    let pki = Pki::shared();
    let home = school(pki, "b-lta", &[&pki.tsa("tsa1"), &pki.tsa("tsa2")]);
    let (prints, students) = enrolled(&home, 8);
    drop_all(&home, &prints, &students);
    for round in 0..6 {
        let mut running = home.start("run", &["run"]);
        // Later each time: among settling, signing, archiving and mailing.
        std::thread::sleep(Duration::from_millis(700 + 400 * round));
        running.kill();
    }
    let _running = home.start("run", &["run"]);
    home.wait_for_closed(8, LONG);
    assert_eq!((home.pdfs("archive").len(), home.files("outbox").len()), (8, 8));
    for certificate in home.certificates() {
        is_valid_at(&home, &certificate, "b-lta");
    }
    assert_eq!(home.run(&["audit"]).code, 0);
}
