//! `sealpress keys`: from a new key to a certificate that a school signs with, in a file and on a
//! token.

use sealpress_tests::{Home, sealpress};
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const PIN: &str = "482911";

fn tool(home: &Home, program: &str, arguments: &[&str]) {
    let done = Command::new(program)
        .args(arguments)
        .current_dir(home.path())
        .env("SOFTHSM2_CONF", home.at("softhsm2.conf"))
        .stdin(Stdio::null())
        .output()
        .expect("tests/setup.sh installs it");
    assert!(done.status.success(), "{program}: {}", String::from_utf8_lossy(&done.stderr));
}

/// A certificate authority in the home, and what it gives for a request.
fn authority(home: &Home) {
    let curve = "ec_paramgen_curve:P-256";
    let new = ["req", "-x509", "-nodes", "-newkey", "ec", "-pkeyopt", curve, "-days", "900"];
    let named = ["-subj", "/CN=Authority", "-keyout", "ca.key", "-out", "ca.pem"];
    tool(home, "openssl", &[&new[..], &named].concat());
    home.set("sign.trust", "[ca.pem]");
}

fn issue(home: &Home, request: &str, certificate: &str) {
    tool(home, "openssl", &["req", "-in", request, "-verify", "-noout"]);
    let sign = ["x509", "-req", "-in", request, "-CA", "ca.pem", "-CAkey", "ca.key"];
    let with = ["-days", "800", "-copy_extensions", "copyall", "-out", certificate];
    tool(home, "openssl", &[&sign[..], &with].concat());
}

/// `sealpress keys …` with SoftHSM's tokens: its exit code, and what it printed.
fn keys(home: &Home, arguments: &[&str]) -> (i32, Value) {
    let done = Command::new(sealpress())
        .arg("keys")
        .args(arguments)
        .arg("--json")
        .current_dir(home.path())
        .env("SEALPRESS_HOME", home.path())
        .env("SOFTHSM2_CONF", home.at("softhsm2.conf"))
        .stdin(Stdio::null())
        .output()
        .expect("sealpress starts");
    let said = serde_json::from_slice(&done.stdout).unwrap_or_else(|error| {
        panic!("{arguments:?}: {error}: {}", String::from_utf8_lossy(&done.stderr))
    });
    (done.status.code().expect("no signal"), said)
}

fn mode(file: &Path) -> u32 {
    fs::metadata(file).expect("a file").permissions().mode() & 0o777
}

#[test]
fn a_new_key_in_a_file_is_given_its_certificate() {
    let home = Home::new();
    authority(&home);
    let at = ["--key", "file:keys/2027.p12", "--pin", "file:keys/2027.password"];
    let new = ["new", "--kind", "rsa-3072", "--common-name", "校長", "--csr", "2027.csr"];
    let (code, made) = keys(&home, &[&new[..], &at].concat());
    assert_eq!(code, 0, "{made}");
    assert_eq!(made["kind"], "rsa-3072");
    for file in ["keys/2027.p12", "keys/2027.password"] {
        assert_eq!(mode(&home.at(file)), 0o600, "{file}");
    }
    let key = fs::read(home.at("keys/2027.p12")).expect("a key");
    // Nothing is overwritten, neither the key nor a request.
    fs::rename(home.at("2027.csr"), home.at("kept.csr")).expect("our own file");
    assert_eq!(keys(&home, &[&new[..], &at].concat()).0, 2);
    assert!(!home.at("2027.csr").exists(), "no request for a key that was not made");
    assert_eq!(fs::read(home.at("keys/2027.p12")).expect("a key"), key);
    let (code, said) = keys(&home, &[&["show"], &at[..]].concat());
    assert_eq!(code, 1, "its certificate is still to come: {said}");

    issue(&home, "kept.csr", "2027.pem");
    let (code, said) = keys(&home, &[&["import"], &at[..], &["ca.pem"]].concat());
    assert_eq!(code, 1, "the key's own certificate is missing: {said}");
    assert_eq!(fs::read(home.at("keys/2027.p12")).expect("a key"), key);
    let (code, said) = keys(&home, &[&["import"], &at[..], &["ca.pem", "2027.pem"]].concat());
    assert_eq!(code, 0, "{said}");
    assert_eq!(mode(&home.at("keys/2027.p12")), 0o600);
    assert!(!home.at("keys/2027.p12.new").exists());

    home.set("sign.key", "file:keys/2027.p12");
    home.set("sign.password", "file:keys/2027.password");
    let (code, said) = keys(&home, &["check"]);
    assert_eq!(code, 0, "{said}");
    let row = &said[0];
    assert_eq!(row["signs"], true);
    assert_eq!(row["kind"], "rsa-3072");
    assert_eq!(row["complete"], true);
    assert_eq!(row["issuer"], "CN=Authority");
    assert!(row["subject"].as_str().expect("text").starts_with("CN=校長,O="), "{row}");
    assert_eq!(row["chain"].as_array().expect("a list").len(), 2);
    assert!(row["ends_first"].as_str() <= row["until"].as_str(), "{row}");
}

#[test]
fn a_key_that_the_authority_made_is_taken_over_into_a_new_file() {
    let home = Home::new();
    let (code, trial) = keys(
        &home,
        &["new", "--key", "file:theirs.p12", "--pin", "file:theirs.password", "--common-name", "x"],
    );
    assert_eq!((code, &trial["kind"]), (0, &json!("p-256")));
    assert!(home.at("theirs.pem").exists(), "its certificate is beside it");
    let theirs = home.at("theirs.p12");
    let from = ["--from", theirs.to_str().expect("UTF-8"), "--from-pin", "file:theirs.password"];
    let to = ["--key", "file:keys/ours.p12", "--pin", "file:keys/ours.password"];
    let (code, said) = keys(&home, &[&["import"], &to[..], &from].concat());
    assert_eq!(code, 0, "{said}");
    assert_eq!(said[0]["signs"], true);
    assert_eq!(said[0]["complete"], false, "nobody trusts it but itself");
    let passwords = ["theirs.password", "keys/ours.password"]
        .map(|file| fs::read(home.at(file)).expect("a password"));
    assert_ne!(passwords[0], passwords[1]);
    let (code, said) = keys(&home, &[&["import"], &to[..], &from].concat());
    assert_eq!(code, 2, "nothing is overwritten: {said}");
    // The password is asked for where nothing names it.
    let show = ["keys", "show", "--json", "--password-fd", "0", "--key", "file:theirs.p12"];
    assert_eq!(home.pipe(&show, &passwords[0]).code, 0);
    let wrong = home.pipe(&show, b"wrong\n");
    assert_eq!(wrong.code, 1);
    let says = wrong.json()[0]["error_zh"].as_str().expect("a reason").to_owned();
    assert!(says.contains("密碼不正確"), "{says}");
}

#[test]
fn a_new_key_on_a_token_is_given_its_certificate() {
    let home = Home::new();
    authority(&home);
    fs::create_dir(home.at("tokens")).expect("a new folder");
    let tokens = format!("directories.tokendir = {}\n", home.at("tokens").display());
    fs::write(home.at("softhsm2.conf"), tokens).expect("a new file");
    for (name, text) in [("keys/pin", PIN), ("keys/wrong", "000000")] {
        fs::write(home.at(name), text).expect("a new file");
        fs::set_permissions(home.at(name), fs::Permissions::from_mode(0o600)).expect("our own");
    }
    let make = ["--init-token", "--free", "--label", "School HSM", "--pin", PIN];
    tool(&home, "softhsm2-util", &[&make[..], &["--so-pin", "87654321"]].concat());
    let module: PathBuf = ["/usr/lib/softhsm", "/usr/lib64/softhsm", "/usr/lib64/pkcs11"]
        .into_iter()
        .map(|folder| Path::new(folder).join("libsofthsm2.so"))
        .find(|file| file.exists())
        .expect("SoftHSM");
    let place =
        |token: &str| format!("pkcs11:token={token};object=seal?module-path={}", module.display());
    let (key, gone) = (place("School%20HSM"), place("Gone"));
    let at = ["--key", &key, "--pin", "file:keys/pin"];
    let new = ["new", "--common-name", "校長", "--country", "TW"];
    let (code, made) = keys(&home, &[&new[..], &at, &["--csr", "seal.csr"]].concat());
    assert_eq!(code, 0, "{made}");
    let (code, said) = keys(&home, &[&new[..], &at, &["--csr", "again.csr"]].concat());
    assert_eq!(code, 1, "the label is taken: {said}");
    assert!(!home.at("again.csr").exists());
    issue(&home, "seal.csr", "seal.pem");
    let (code, said) = keys(&home, &[&["import"], &at[..], &["seal.pem", "ca.pem"]].concat());
    assert_eq!(code, 0, "{said}");
    let (code, said) = keys(&home, &[&["check"], &at[..]].concat());
    assert_eq!(code, 0, "{said}");
    assert_eq!(said[0]["complete"], true);
    assert_eq!(said[0]["subject"].as_str().map(|text| text.ends_with("C=TW")), Some(true));

    let (code, said) = keys(&home, &["check", "--key", &key, "--pin", "file:keys/wrong"]);
    assert_eq!(code, 1, "{said}");
    assert!(said[0]["error_en"].as_str().expect("a reason").contains("PIN is wrong"), "{said}");
    let (code, said) = keys(&home, &["check", "--key", &gone, "--pin", "file:keys/pin"]);
    assert_eq!(code, 3, "a token that is not there may come back: {said}");
}
