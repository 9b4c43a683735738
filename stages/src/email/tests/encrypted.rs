//! STARTTLS, with a relay in Python whose certificate is of its own making.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

use super::*;

/// Prints its port, then each command that it hears, with `tls` or `clear` before it.
const RELAY: &str = r#"
import socket, ssl, sys
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
while True:
    connection, _ = listener.accept()
    how, stream = "clear", connection.makefile("rwb", buffering=0)
    try:
        stream.write(b"220 relay.test\r\n")
        while line := stream.readline():
            word = line.split()[0].decode()
            print(how, word, flush=True)
            answer = {"EHLO": b"250-relay.test\r\n250-STARTTLS\r\n250 AUTH PLAIN", "DATA": b"354 go on",
                      "STARTTLS": b"220 go on", "AUTH": b"235 welcome"}.get(word, b"250 ok")
            stream.write(answer + b"\r\n")
            if word == "STARTTLS":
                connection = context.wrap_socket(connection, server_side=True)
                how, stream = "tls", connection.makefile("rwb", buffering=0)
            if word == "DATA":
                while stream.readline() != b".\r\n":
                    pass
                stream.write(b"250 taken\r\n")
    except OSError:
        print(how, "broken", flush=True)
"#;

struct Relay {
    process: Child,
    port: String,
    heard: BufReader<std::process::ChildStdout>,
}

impl Relay {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (key, certificate) = (folder.path().join("key"), folder.path().join("certificate"));
        let made = Command::new("openssl")
            .args(["req", "-x509", "-nodes", "-newkey", "rsa:2048", "-subj", "/CN=relay.test"])
            .args(["-days", "2", "-keyout"])
            .arg(&key)
            .arg("-out")
            .arg(&certificate)
            .output()
            .unwrap();
        assert!(made.status.success());
        let mut process = Command::new("python3")
            .args(["-c", RELAY])
            .args([&certificate, &key])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut heard = BufReader::new(process.stdout.take().unwrap());
        let mut port = String::new();
        heard.read_line(&mut port).unwrap();
        Self { process, port: port.trim().to_owned(), heard }
    }

    /// What it heard until it heard this.
    fn heard_until(&mut self, last: &str) -> Vec<String> {
        let mut heard = Vec::new();
        loop {
            let mut line = String::new();
            assert_ne!(self.heard.read_line(&mut line).unwrap(), 0, "{heard:?}");
            heard.push(line.trim().to_owned());
            if line.trim() == last {
                return heard;
            }
        }
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::test]
async fn encryption_that_is_offered_is_taken_whoever_made_the_certificate() {
    let mut relay = Relay::start();
    let transport = format!("transport: smtp://127.0.0.1:{}", relay.port);
    let school = School::new(&[("transport: folder:outbox", &transport)]);
    school.mail(&school.email().unwrap(), &sending("b1@example.org")).await.unwrap();
    let heard = relay.heard_until("tls DATA");
    assert_eq!(heard[..3], ["clear EHLO", "clear STARTTLS", "tls EHLO"], "{heard:?}");
}

#[tokio::test]
async fn a_password_goes_to_nobody_whose_certificate_is_not_trusted() {
    let mut relay = Relay::start();
    // Another name for this machine than those that are taken for it.
    let transport = format!("transport: smtp://127.1:{}", relay.port);
    let school = School::new(&[
        ("transport: folder:outbox", &transport),
        ("user: null", "user: sealpress"),
        ("password: null", "password: file:smtp"),
    ]);
    school.put_secret("smtp", "opensesame\n");
    let error = school.mail(&school.email().unwrap(), &sending("b1@example.org")).await;
    let Err(StageError::Hold(reason)) = error else { panic!("{error:?}") };
    assert!(reason.message_en.contains("TLS"), "{}", reason.message_en);
    let heard = relay.heard_until("clear broken");
    assert!(heard.iter().all(|line| !line.ends_with("AUTH")), "{heard:?}");
}
