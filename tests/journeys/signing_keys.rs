//! The signing key: alarms before it ends, and where it may lie.

use sealpress_tests::{Client, Home, PASSWORD as OF_STAFF, Served, add_staff};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use crate::pki::{PASSWORD, Pki};
use crate::profiles::{is_held, is_valid_at, issue, put_certificate, put_secret, school};
use crate::{LONG, drop_all, enrolled};

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
        is_valid_at(&home, &certificate, "b-lta");
    }
    assert!(!running.said().contains("482911") && !running.said().contains("000000"));
}
