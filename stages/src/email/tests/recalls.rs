//! Word of a recall, as Python's mail library reads it.

use super::relay::{POLITE, Relay};
use super::*;

const READ: &str = r#"
import email, email.policy, sys
message = email.message_from_binary_file(open(sys.argv[1], "rb"), policy=email.policy.default)
assert not message.defects, message.defects
for name in ("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted"):
    print(f"{name}: {message[name]}")
print(message.is_multipart(), message.get_content_type(), message.get_content_charset())
sys.stdout.write(message.get_content())
"#;

/// Says whether the signature stands, and whether it would without the body.
const VERIFY: &str = r#"
import base64, dkim, subprocess, sys
der = subprocess.run(["openssl", "rsa", "-in", sys.argv[2], "-pubout", "-outform", "DER"], capture_output=True, check=True).stdout
record = b"v=DKIM1; k=rsa; p=" + base64.b64encode(der)
message = open(sys.argv[1], "rb").read()
head, body = message.split(b"\r\n\r\n", 1)
for bytes in (message, head + b"\r\n\r\nx" + body):
    print(dkim.verify(bytes, dnsfunc=lambda name, timeout=5: record))
"#;

fn notice() -> Sending {
    Sending { purpose: Purpose::Recall, ..sending("b1@student.example.edu.tw") }
}

fn recalled() -> Certificate {
    Certificate { status: Status::Recalled, ..certificate(Kind::First) }
}

/// Nothing lies in the archive of the schools here: word of a recall does not ask for the file.
async fn told(school: &School) -> String {
    let email = school.email().unwrap();
    let answer = email.run(&recalled(), (Letter::Recall, notice())).await.unwrap().answer;
    python("python3", READ, &[school.at("outbox").join(answer).to_str().unwrap()])
}

#[tokio::test]
async fn word_of_a_recall_says_so_in_both_languages_and_brings_no_file() {
    let said = told(&School::new(&[])).await;
    let head: Vec<&str> = said.lines().take(7).collect();
    assert_eq!(
        head,
        [
            "From: 國立範例科技大學註冊組 <registrar@example.edu.tw>",
            "To: b1@student.example.edu.tw",
            "Subject: 國立範例科技大學 收回數位學位證書通知 Recall of degree certificate 範科大學字第1140001號",
            "Date: Mon, 15 Jun 2026 08:30:00 +0000",
            &format!("Message-ID: <{SENDING}@example.edu.tw>"),
            "Auto-Submitted: auto-generated",
            "False text/plain utf-8",
        ]
    );
    for part in [
        "王大明 您好",
        "不具效力",
        "Dear WANG, Da-Ming,",
        "no longer valid",
        "回覆本信",
        "answer this message",
        "https://verify.example.edu.tw/v/0123456789abcdef0123456789abcdef",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(!said.contains(['{', '}']), "{said}");
}

#[tokio::test]
async fn word_of_a_recall_goes_under_the_sendings_own_envelope() {
    let relay = Relay::start(POLITE).await;
    let transport = format!("transport: {}", relay.url());
    let school = School::new(&[
        ("transport: folder:outbox", &transport),
        ("bounce: null", "bounce: bounce+{sending}@example.edu.tw"),
    ]);
    let email = school.email().unwrap();
    for _ in 0..2 {
        email.run(&recalled(), (Letter::Recall, notice())).await.unwrap();
    }
    let heard = relay.heard();
    let from = format!("MAIL FROM:<bounce+{SENDING}@example.edu.tw>");
    assert!(heard[0].commands.contains(&from), "{:?}", heard[0].commands);
    assert_eq!(heard[0].messages[0], heard[0].messages[1], "a retry differs");
}

#[tokio::test]
async fn word_of_a_recall_is_signed_like_every_mail() {
    let dkim = "dkim: { selector: s1, domain: example.edu.tw, key: file:keys/dkim.pem }";
    let school = School::new(&[("dkim: null", dkim)]);
    fs::create_dir_all(school.at("keys")).unwrap();
    let key = school.at("keys/dkim.pem");
    let made = Command::new("openssl").args(["genrsa", "-out"]).arg(&key).arg("2048").output();
    assert!(made.unwrap().status.success());
    let email = school.email().unwrap();
    let answer = email.run(&recalled(), (Letter::Recall, notice())).await.unwrap().answer;
    let file = school.at("outbox").join(answer);
    let venv = concat!(env!("CARGO_MANIFEST_DIR"), "/../.venv/bin/python");
    let said = python(venv, VERIFY, &[file.to_str().unwrap(), key.to_str().unwrap()]);
    assert_eq!(said, "True\nFalse\n");
}

#[tokio::test]
async fn a_home_without_the_text_gets_the_one_of_a_new_home() {
    let school = School::new(&[]);
    fs::remove_file(school.at("mail/recall.txt")).unwrap();
    assert!(told(&school).await.contains("收回"));
    fs::write(school.at("mail/recall.txt"), "Subject: 收回 {certificate_no}\n\nx {degree}\n")
        .unwrap();
    assert!(told(&school).await.trim_end().ends_with("x 工學士"));
    fs::write(school.at("mail/recall.txt"), "Subject: x\n\n{degre}\n").unwrap();
    let said = school.email().err().unwrap().to_string();
    assert!(said.contains("recall.txt") && said.contains("{degre}"), "{said}");
}
