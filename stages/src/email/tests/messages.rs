//! The message, as Python's mail library and dkimpy read it.

use super::*;

/// Prints the header fields and parts of a message, one line each.
const READ: &str = r#"
import email, email.policy, hashlib, sys
message = email.message_from_binary_file(open(sys.argv[1], "rb"), policy=email.policy.default)
for name in ("From", "Reply-To", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version"):
    print(f"{name}: {message[name]}")
assert not message.defects, message.defects
text, pdf = message.iter_parts()
print(text.get_content_type(), text.get_content_charset())
print(pdf.get_content_type(), pdf.get_content_disposition(), pdf.get_filename())
print(hashlib.sha256(pdf.get_payload(decode=True)).hexdigest())
sys.stdout.write(text.get_content())
"#;

/// Says whether the signature of a message stands, with the key that the DNS would give.
const VERIFY: &str = r#"
import base64, dkim, subprocess, sys
der = subprocess.run(["openssl", "rsa", "-in", sys.argv[2], "-pubout", "-outform", "DER"], capture_output=True, check=True).stdout
record = b"v=DKIM1; k=rsa; p=" + base64.b64encode(der)
def dns(name, timeout=5):
    return record if name == b"s1._domainkey.example.edu.tw." else None
message = open(sys.argv[1], "rb").read()
changes = {
    "as it is": message,
    "another subject": message.replace(b"\r\nSubject: ", b"\r\nSubject: Re ", 1),
    "another body": message.replace(b"\r\n\r\n--", b"\r\n\r\nx\r\n--", 1),
    "a second sender": message.replace(b"\r\nTo: ", b"\r\nFrom: <evil@example.org>\r\nTo: ", 1),
    "another date": message.replace(b"Date: Mon, 15", b"Date: Tue, 16", 1),
}
for name, changed in changes.items():
    assert name == "as it is" or changed != message, name
    print(name, dkim.verify(changed, dnsfunc=dns))
"#;

#[tokio::test]
async fn a_message_says_what_the_text_says_and_carries_the_file() {
    let school = School::new(&[("reply_to: null", "reply_to: 註冊組 <answers@example.edu.tw>")]);
    let email = school.email().unwrap();
    let accepted = school.mail(&email, &sending("b1@student.example.edu.tw")).await.unwrap();
    assert_eq!(accepted.answer, format!("{SENDING}.eml"));
    let file = school.at("outbox").join(accepted.answer);
    let said = python("python3", READ, &[file.to_str().unwrap()]);
    let head: Vec<&str> = said.lines().take(11).collect();
    let hash = Sha256Hash::of(&pdf()).to_string();
    assert_eq!(
        head,
        [
            "From: 國立範例科技大學註冊組 <registrar@example.edu.tw>",
            "Reply-To: 註冊組 <answers@example.edu.tw>",
            "To: b1@student.example.edu.tw",
            "Subject: 國立範例科技大學 數位學位證書 Digital degree certificate 範科大學字第1140001號",
            "Date: Mon, 15 Jun 2026 08:30:00 +0000",
            &format!("Message-ID: <{SENDING}@example.edu.tw>"),
            "Auto-Submitted: auto-generated",
            "MIME-Version: 1.0",
            "text/plain utf-8",
            "application/pdf attachment certificate-1140001.pdf",
            &hash,
        ]
    );
    for part in [
        "王大明 您好",
        "Dear WANG, Da-Ming,",
        "資訊工程學系",
        "中華民國 115 年 6 月 15 日",
        "2026-06-15",
        "https://verify.example.edu.tw/v/0123456789abcdef0123456789abcdef",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(!said.contains(['{', '}']), "{said}");
    // Nothing that a relay must be asked for.
    let bytes = fs::read(file).unwrap();
    assert!(bytes.is_ascii());
    assert!(bytes.split(|byte| *byte == b'\n').all(|line| line.len() < 999));
}

#[tokio::test]
async fn every_kind_has_a_text_of_its_own() {
    let school = School::new(&[]);
    let email = school.email().unwrap();
    for (kind, word) in [(Kind::Reissue, "補發"), (Kind::Rename, "更名換發")] {
        let answer =
            school.mail_kind(&email, &sending("b1@example.org"), kind).await.unwrap().answer;
        let file = school.at("outbox").join(answer);
        let said = python("python3", READ, &[file.to_str().unwrap()]);
        assert!(said.contains(word), "{said}");
    }
}

#[tokio::test]
async fn the_date_is_the_one_on_the_certificate() {
    let school = School::new(&[]);
    let (email, file) = (school.email().unwrap(), school.at("mail/first.txt"));
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, format!("\u{feff}{}", text.replace('\n', "\r\n"))).unwrap();
    let (mut certificate, archived) = school.archived(Kind::First).await;
    certificate.certified.issued_on = Some("2026-06-30".into());
    let answer = email
        .run(&certificate, (Letter::Certificate(archived), sending("b1@example.org")))
        .await
        .unwrap()
        .answer;
    let said = python("python3", READ, &[school.at("outbox").join(answer).to_str().unwrap()]);
    assert!(said.contains("中華民國 115 年 6 月 30 日"), "{said}");
    school.email().unwrap();
}

#[tokio::test]
async fn a_signature_stands_until_a_byte_is_changed_and_a_retry_is_the_same_bytes() {
    let dkim = "dkim: { selector: s1, domain: example.edu.tw, key: file:keys/dkim.pem }";
    let school = School::new(&[("dkim: null", dkim)]);
    fs::create_dir_all(school.at("keys")).unwrap();
    let key = school.at("keys/dkim.pem");
    for form in ["", "-traditional"] {
        let mut openssl = Command::new("openssl");
        openssl.args(["genrsa", "-out"]).arg(&key);
        if !form.is_empty() {
            openssl.arg(form);
        }
        assert!(openssl.arg("2048").output().unwrap().status.success());
        let mut files = Vec::new();
        for _ in 0..2 {
            let email = school.email().unwrap();
            let answer = school.mail(&email, &sending("b1@example.org")).await.unwrap().answer;
            files.push((fs::read(school.at("outbox").join(&answer)).unwrap(), answer));
        }
        assert!(files[0] == files[1], "{form}: a retry differs");
        assert_eq!(fs::read_dir(school.at("outbox")).unwrap().count(), 1);
        let file = school.at("outbox").join(&files[0].1);
        let venv = concat!(env!("CARGO_MANIFEST_DIR"), "/../.venv/bin/python");
        let said = python(venv, VERIFY, &[file.to_str().unwrap(), key.to_str().unwrap()]);
        let said: Vec<&str> = said.lines().collect();
        assert_eq!(
            said,
            [
                "as it is True",
                "another subject False",
                "another body False",
                "a second sender False",
                "another date False"
            ]
        );
    }
}

#[tokio::test]
async fn what_is_no_address_is_never_written_to() {
    let school = School::new(&[]);
    let email = school.email().unwrap();
    for to in [
        "",
        "b1",
        "b1@",
        "b1@example.org\r\nBcc: x@example.org",
        "b1@example.org\nBcc: x@example.org",
        "b1@example.org, x@example.org",
        "b1@example.org> SIZE=1\r\nRCPT TO:<x@example.org",
        "<b1@example.org>",
        "ｂ1@example.org",
        "b1@exam ple.org",
    ] {
        let Err(StageError::Reject(reason)) = school.mail(&email, &sending(to)).await else {
            panic!("{to:?} was taken");
        };
        assert_eq!(reason.code, "bad_address", "{to}");
        assert!(to.is_empty() || !format!("{reason:?}").contains(to), "{reason:?}");
    }
    assert!(!school.at("outbox").exists());
}

#[tokio::test]
async fn a_folder_that_can_not_be_written_holds_the_lane() {
    let school = School::new(&[]);
    let email = school.email().unwrap();
    fs::write(school.at("outbox"), "a file where the folder should be").unwrap();
    let held = school.mail(&email, &sending("b1@example.org")).await;
    assert!(matches!(held, Err(StageError::Hold(reason)) if reason.code == "outbox_unusable"));
    fs::remove_file(school.at("outbox")).unwrap();
    school.mail(&email, &sending("b1@example.org")).await.unwrap();
}

#[test]
fn texts_and_keys_are_checked_before_the_first_mail() {
    let refused = |changes: &[(&str, &str)], file: &str, text: &str| {
        let school = School::new(changes);
        school.put_secret(file, text);
        school.email().err().unwrap().to_string()
    };
    let said = refused(&[], "mail/first.txt", "Subject: x\n\nDear {nmae_en},\n");
    assert!(said.contains("first.txt") && said.contains("{nmae_en}"), "{said}");
    assert!(said.contains("name_en"), "{said}");
    for text in ["Dear {name_en},\n", "Subject:\n\nx", "Subject: x\nTo: y\n\nz", "Subject: {name"] {
        refused(&[], "mail/rename.txt", text);
    }
    let dkim = "dkim: { selector: s1, domain: example.edu.tw, key: file:keys/dkim.pem }";
    let said = refused(&[("dkim: null", dkim)], "keys/dkim.pem", "opensesame");
    assert!(said.contains("mail.dkim.key") && !said.contains("opensesame"), "{said}");
}
