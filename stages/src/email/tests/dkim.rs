//! The DKIM signature, checked as RFC 6376 says, with the arithmetic left to openssl.

use sealpress_config::{Dkim, Secret};
use std::fs;

use super::*;

const KEY: &str = "keys/dkim.pem";

fn school(kind: &[&str]) -> School {
    let mut school = School::new();
    fs::create_dir_all(school.folder.path().join("keys")).unwrap();
    write_key(school.folder.path(), KEY, kind);
    school.settings.mail.dkim = Some(Dkim {
        selector: "s1".into(),
        domain: "example.edu.tw".into(),
        key: Secret::File(KEY.into()),
    });
    school
}

/// White space as relaxed canonicalization has it (sections 3.4.2 and 3.4.4): one space for each
/// run, none at a line's end.
fn relaxed(line: &str) -> String {
    let words: Vec<&str> = line.split([' ', '\t']).filter(|word| !word.is_empty()).collect();
    let indent = if line.starts_with([' ', '\t']) && !words.is_empty() { " " } else { "" };
    format!("{indent}{}", words.join(" "))
}

fn relaxed_header(header: &str) -> String {
    let (name, value) = header.split_once(':').unwrap();
    let value = relaxed(&value.replace("\r\n", ""));
    format!("{}:{}", name.trim_end().to_lowercase(), value.trim_start())
}

fn relaxed_body(body: &str) -> String {
    let lines: Vec<String> = body.split("\r\n").map(relaxed).collect();
    format!("{}\r\n", lines.join("\r\n").trim_end_matches("\r\n"))
}

fn tag<'a>(signature: &'a str, name: &str) -> &'a str {
    let of = |part: &'a str| part.trim().split_once('=').filter(|(one, _)| *one == name);
    signature.split(';').find_map(of).unwrap().1
}

fn unbase64(text: &str, folder: &Path) -> Vec<u8> {
    let (from, to) = (folder.join("base64"), folder.join("bytes"));
    fs::write(&from, text.split_whitespace().collect::<String>()).unwrap();
    let (from, to) = (from.to_str().unwrap(), to.to_str().unwrap());
    run("openssl", &["base64", "-d", "-A", "-in", from, "-out", to]);
    fs::read(to).unwrap()
}

/// Head of a message as its headers, folded lines together.
fn unfolded(head: &str) -> Vec<String> {
    let mut headers: Vec<String> = Vec::new();
    for line in head.split("\r\n") {
        match headers.last_mut().filter(|_| line.starts_with([' ', '\t'])) {
            Some(header) => header.push_str(&format!("\r\n{line}")),
            None => headers.push(line.to_owned()),
        }
    }
    headers
}

#[tokio::test]
async fn the_signature_covers_what_a_reader_sees_and_verifies() {
    let school = school(&["genrsa", "-traditional"]);
    school.mail(certificate(), sending("wang@example.org")).await.unwrap();
    let message = String::from_utf8(school.message()).unwrap();
    let (head, body) = message.split_once("\r\n\r\n").unwrap();
    let headers = unfolded(head);
    let named = |name: &str| -> Vec<&String> {
        let is = |header: &&String| header.to_lowercase().starts_with(&format!("{name}:"));
        headers.iter().filter(is).collect()
    };
    let [signature] = named("dkim-signature").try_into().unwrap();
    let value = signature.split_once(':').unwrap().1;
    let signed: Vec<String> =
        tag(value, "h").split(':').map(|name| name.trim().to_lowercase()).collect();
    let expected = ["from", "to", "subject", "date", "message-id", "mime-version", "content-type"];
    assert_eq!(signed, expected);
    for (name, expected) in
        [("c", "relaxed/relaxed"), ("a", "rsa-sha256"), ("d", "example.edu.tw"), ("s", "s1")]
    {
        assert_eq!(tag(value, name), expected);
    }

    let folder = school.folder.path();
    let body_hash = Sha256Hash::of(relaxed_body(body).as_bytes()).to_string();
    let claimed: String =
        unbase64(tag(value, "bh"), folder).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(claimed, body_hash);

    let mut covered = String::new();
    for name in &signed {
        let [header] = named(name).try_into().unwrap();
        covered.push_str(&relaxed_header(header));
        covered.push_str("\r\n");
    }
    let bare = signature.replacen(tag(value, "b"), "", 1);
    covered.push_str(&relaxed_header(&bare));
    assert!(verifies(folder, &covered, &unbase64(tag(value, "b"), folder)));
    assert!(!verifies(
        folder,
        &covered.replacen("114", "115", 1),
        &unbase64(tag(value, "b"), folder)
    ));
}

fn verifies(folder: &Path, covered: &str, signature: &[u8]) -> bool {
    fs::write(folder.join("covered"), covered).unwrap();
    fs::write(folder.join("signature"), signature).unwrap();
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let (key, public) = (path(KEY), path("public.pem"));
    run("openssl", &["rsa", "-in", &key, "-pubout", "-out", &public]);
    let (signature, covered) = (path("signature"), path("covered"));
    let arguments = ["dgst", "-sha256", "-verify", &public, "-signature", &signature, &covered];
    Command::new("openssl").args(arguments).output().unwrap().status.success()
}

#[tokio::test]
async fn a_key_that_can_not_sign_is_refused() {
    let other = school(&["ecparam", "-genkey", "-name", "prime256v1"]);
    assert!(matches!(other.prepare().err(), Some(EmailError::Dkim)));
    fs::remove_file(other.folder.path().join(KEY)).unwrap();
    assert!(matches!(other.prepare().err(), Some(EmailError::Secret(_))));
}
