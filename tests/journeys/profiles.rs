//! Signatures that last: the profile of the configuration, with a CA's certificates, timestamps and
//! revocation data, from the inbox to the archive; and what becomes of work while those are away.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sealpress_tests::{
    Client, Home, Network, PASSWORD as OF_STAFF, Proxy, Served, add_staff, until,
};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use crate::accepted::archived_file;
use crate::pki::{PASSWORD, Pki};
use crate::{LONG, drop_all, enrolled};

/// Writes a certificate of the PKI into the home's keys, and returns its place there.
fn put_certificate(home: &Home, pki: &Pki, label: &str) -> String {
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

fn put_secret(home: &Home, place: &str, bytes: &[u8]) {
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
fn school(pki: &Pki, profile: &str, tsas: &[&str]) -> Home {
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

fn issue(home: &Home, count: usize) -> PathBuf {
    let (prints, students) = enrolled(home, count);
    let _running = home.start("run", &["run"]);
    drop_all(home, &prints, &students);
    home.wait_for_closed(count, LONG);
    archived_file(home, &home.certificates()[0])
}

fn held(home: &Home) -> Option<String> {
    let status = home.ask(&["status"]);
    let lane = status["lanes"].as_array()?.iter().find(|one| one["name"] == "press")?;
    Some(lane["held"]["code"].as_str()?.to_owned())
}

fn is_held(home: &Home, code: &str) {
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

/// A key with a certificate that it signed itself, for so many days.
fn self_signed(home: &Home, days: &str) {
    let at = |name: &str| home.at("keys").join(name).to_str().expect("UTF-8").to_owned();
    let (key, pem, p12) = (at("soon.key"), at("soon.pem"), at("soon.p12"));
    let request = [
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-subj",
        "/O=School",
        "-days",
        days,
        "-keyout",
        &key,
        "-out",
        &pem,
    ];
    let export = [
        "pkcs12",
        "-export",
        "-inkey",
        &key,
        "-in",
        &pem,
        "-out",
        &p12,
        "-passout",
        &format!("pass:{PASSWORD}"),
    ];
    for arguments in [request.as_slice(), &export] {
        let done = Command::new("openssl").args(arguments).output().expect("openssl");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }
    fs::set_permissions(home.at("keys/soon.p12"), fs::Permissions::from_mode(0o600))
        .expect("our own file");
    fs::remove_file(&key).expect("our own file");
    put_secret(home, "keys/pki.password", PASSWORD.as_bytes());
    home.set("sign.key", "file:keys/soon.p12");
    home.set("sign.password", "file:keys/pki.password");
    home.set("sign.trust", "[keys/soon.pem]");
}

/// What the start page and `status` say of the signing keys.
fn alarms(home: &Home) -> (String, usize) {
    add_staff(home);
    let served = Served::start(home);
    let page = Client::logged_in(served.url(), "viewer", OF_STAFF).get("/").text();
    let status = home.ask(&["status"]);
    (page, status["key_alarms"].as_array().expect("alarms").len())
}

#[test]
fn a_certificate_that_ends_soon_is_an_alarm_on_the_start_page_and_in_doctor() {
    let home = Home::new();
    self_signed(&home, "30");
    issue(&home, 1);
    let doctor = home.ask(&["doctor"]);
    let item = doctor["items"].as_array().expect("items").iter().find(|item| item["code"] == "key");
    assert_eq!(item.expect("an item")["level"], "warning");
    let (page, count) = alarms(&home);
    assert!(page.contains("29 天後到期"), "{page}");
    assert_eq!(count, 1);
}

#[test]
fn a_missing_link_is_an_alarm_until_it_is_added() {
    let pki = Pki::shared();
    let home = school(pki, "b-b", &[]);
    let at = |name: &str| home.at("keys").join(name).to_str().expect("UTF-8").to_owned();
    let password = format!("pass:{PASSWORD}");
    let (whole, leaf, alone) = (at("p256.p12"), at("leaf.key"), at("alone.p12"));
    let take = ["pkcs12", "-in", &whole, "-passin", &password, "-clcerts", "-nodes", "-out", &leaf];
    let close = ["pkcs12", "-export", "-in", &leaf, "-out", &alone, "-passout", &password];
    for arguments in [take.as_slice(), &close] {
        let done = Command::new("openssl").args(arguments).output().expect("openssl");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }
    fs::remove_file(&leaf).expect("our own file");
    fs::set_permissions(&alone, fs::Permissions::from_mode(0o600)).expect("our own file");
    home.set("sign.key", "file:keys/alone.p12");
    let (prints, students) = enrolled(&home, 1);
    let running = home.start("run", &["run"]);
    drop_all(&home, &prints, &students);
    // What nobody could verify is not archived.
    is_held(&home, "signature_unfit");
    let (page, count) = alarms(&home);
    assert!(page.contains("缺少上層憑證"), "{page}");
    assert_eq!(count, 1);
    drop(running);
    let issuer = put_certificate(&home, pki, "ca");
    home.set("sign.chain", &format!("[{issuer}]"));
    let _running = home.start("run", &["run"]);
    home.wait_for_closed(1, LONG);
    let doctor = home.ask(&["doctor"]);
    let item = doctor["items"].as_array().expect("items").iter().find(|item| item["code"] == "key");
    assert_eq!(item.expect("an item")["level"], "ok");
}

/// A SoftHSM token in the home with a key of the PKI, without its certificates; returns the file
/// that says where the tokens are.
fn put_on_token(home: &Home, pki: &Pki, label: &str) -> PathBuf {
    let at = |name: &str| home.at(name).to_str().expect("UTF-8").to_owned();
    let configuration = home.at("softhsm2.conf");
    fs::create_dir(home.at("tokens")).expect("a new folder");
    fs::write(&configuration, format!("directories.tokendir = {}\n", at("tokens")))
        .expect("a written file");
    put_secret(home, "keys/whole.p12", &pki.key(label));
    put_secret(home, "keys/pin", b"482911\n");
    let (whole, key, password) =
        (at("keys/whole.p12"), at("keys/key.pem"), format!("pass:{PASSWORD}"));
    let take = ["pkcs12", "-in", &whole, "-passin", &password, "-nocerts", "-nodes", "-out", &key];
    let make = [
        "--init-token",
        "--free",
        "--label",
        "School HSM",
        "--so-pin",
        "11112222",
        "--pin",
        "482911",
    ];
    let import = [
        "--import",
        &key,
        "--token",
        "School HSM",
        "--label",
        "seal",
        "--id",
        "01",
        "--pin",
        "482911",
    ];
    for (program, arguments) in
        [("openssl", take.as_slice()), ("softhsm2-util", &make), ("softhsm2-util", &import)]
    {
        let done = Command::new(program)
            .args(arguments)
            .env("SOFTHSM2_CONF", &configuration)
            .output()
            .unwrap_or_else(|error| panic!("{program}: {error}"));
        assert!(done.status.success(), "{program}: {}", String::from_utf8_lossy(&done.stderr));
    }
    fs::remove_file(&key).expect("our own file");
    fs::remove_file(&whole).expect("our own file");
    configuration
}

#[test]
fn a_key_on_a_token_signs_once_its_pin_is_right() {
    let pki = Pki::shared();
    let home = school(pki, "b-lta", &[&pki.tsa("tsa1")]);
    let configuration = put_on_token(&home, pki, "rsa2048");
    let module =
        ["/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so"]
            .into_iter()
            .find(|module| std::path::Path::new(module).exists())
            .expect("SoftHSM");
    home.set("sign.key", &format!("'pkcs11:token=School%20HSM;object=seal?module-path={module}'"));
    home.set("sign.password", "file:keys/pin");
    let chain = [put_certificate(&home, pki, "rsa2048"), put_certificate(&home, pki, "ca")];
    home.set("sign.chain", &format!("[{}]", chain.join(", ")));
    put_secret(&home, "keys/pin", b"000000\n");

    let (prints, students) = enrolled(&home, 2);
    let tokens = [("SOFTHSM2_CONF", configuration.as_os_str())];
    let running = home.start_with("run", &["run"], &tokens);
    drop_all(&home, &prints, &students);
    is_held(&home, "key_unusable");
    // Some probes later.
    std::thread::sleep(Duration::from_secs(2));
    assert!(home.pdfs("archive").is_empty());
    put_secret(&home, "keys/pin", b"482911\n");
    home.wait_for_closed(2, LONG);
    for certificate in home.certificates() {
        let file = archived_file(&home, &certificate);
        let said = home.ask(&["verify", file.to_str().expect("UTF-8")]);
        assert_eq!(
            (said[0]["verdict"].as_str(), said[0]["profile"].as_str()),
            (Some("valid"), Some("b-lta"))
        );
    }
    assert!(!running.said().contains("482911") && !running.said().contains("000000"));
}
