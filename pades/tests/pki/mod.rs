//! A public key infrastructure on 127.0.0.1: a root, an issuing CA, signers, OCSP, CRLs and
//! timestamp authorities, as `pki.yml` describes them. The arithmetic and the encoding are
//! certomancer's, so that nothing here agrees with us by construction.
//!
//! Self-contained, for any test binary: `#[path = "../../../pades/tests/pki/mod.rs"] mod pki;`.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

/// What opens each PKCS#12 file.
pub(crate) const PASSWORD: &str = "sealpress";

/// The running services; they end with this value, or with the process that started them.
pub(crate) struct Pki {
    served: Child,
    port: u16,
}

impl Pki {
    /// Start one on a free port.
    pub(crate) fn start() -> Self {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let python = std::env::var_os("SEALPRESS_PYTHON")
            .map_or_else(|| workspace.join(".venv/bin/python"), PathBuf::from);
        // It reads its standard input to the end, which comes when we drop it or die.
        let mut served = Command::new(python)
            .arg(workspace.join("pades/tests/pki/pki.py"))
            .arg(Path::new(env!("CARGO_TARGET_TMPDIR")).join("pki-keys"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(served.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let port = line.trim().parse().expect("the test PKI did not start; what it said is above");
        Self { served, port }
    }

    /// The one that the tests of this process share.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: OnceLock<Pki> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// The PKCS#12 file of a label in `pki.yml`, such as `rsa2048`, `rsa3072`, `p256`, `p384`:
    /// its key, its certificate, the CA's and the root's. [`PASSWORD`] opens it.
    pub(crate) fn key(&self, label: &str) -> Vec<u8> {
        self.get(&format!("http://127.0.0.1:{}/pkcs12/{label}", self.port))
    }

    /// The certificate of a label, in DER.
    pub(crate) fn certificate(&self, label: &str) -> Vec<u8> {
        self.get(&format!("http://127.0.0.1:{}/certificate/{label}", self.port))
    }

    /// Where an OCSP responder takes requests, by POST.
    pub(crate) fn ocsp(&self, label: &str) -> String {
        format!("http://127.0.0.1:{}/school/ocsp/{label}", self.port)
    }

    /// Where a CRL lies.
    pub(crate) fn crl(&self, label: &str) -> String {
        format!("http://127.0.0.1:{}/school/crls/{label}/latest.crl", self.port)
    }

    /// Where a timestamp authority takes requests, by POST: `tsa1`, `tsa2`, and those that must
    /// not be believed, `tsa-unmeant`, `tsa-ended` and `tsa-revoked`.
    pub(crate) fn tsa(&self, label: &str) -> String {
        format!("http://127.0.0.1:{}/school/tsa/{label}", self.port)
    }

    fn get(&self, url: &str) -> Vec<u8> {
        ask(url, None, None).unwrap()
    }
}

impl Drop for Pki {
    fn drop(&mut self) {
        drop(self.served.stdin.take());
        self.served.wait().unwrap();
    }
}

/// What lies at `http://HOST:PORT/PATH`, or what it answers to a `body` of a content type.
/// `at` (RFC 3339) is the time that the services believe it to be. An error says what is wrong.
pub(crate) fn ask(
    url: &str,
    body: Option<(&str, &[u8])>,
    at: Option<&str>,
) -> Result<Vec<u8>, String> {
    let (host, path) = url.strip_prefix("http://").and_then(|rest| rest.split_once('/')).unwrap();
    let mut stream = TcpStream::connect(host).map_err(|error| error.to_string())?;
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let method = if body.is_some() { "POST" } else { "GET" };
    let (content_type, body) = body.unwrap_or(("text/plain", &[]));
    let mut request = format!(
        "{method} /{path} HTTP/1.0\r\nHost: {host}\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n",
        body.len()
    );
    if let Some(at) = at {
        request += &format!("X-Certomancer-Fake-Time: {at}\r\n");
    }
    request += "\r\n";
    stream.write_all(&[request.as_bytes(), body].concat()).map_err(|error| error.to_string())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).map_err(|error| error.to_string())?;
    let head = answer.windows(4).position(|four| four == b"\r\n\r\n").ok_or("no answer")?;
    let status = String::from_utf8_lossy(&answer[..head]).lines().next().unwrap_or("").to_owned();
    if status.contains(" 200 ") { Ok(answer.split_off(head + 4)) } else { Err(status) }
}
