//! The process `chromedriver`, on a port of its own.

use serde_json::Value;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::until;

/// A running chromedriver. It is killed when it is dropped, and its Chromium ends with it.
///
/// It stays in the process group of the test, so that whoever ends that group (a runner that waited
/// too long, a person at the keyboard) ends it too.
#[derive(Debug)]
pub(crate) struct Driver {
    child: Child,
    url: String,
    log: PathBuf,
}

impl Driver {
    /// Starts one that leaves its traces in `folder` alone, and waits until it listens. The port
    /// that it draws may be another's already for one kind of address: then another is drawn.
    pub(crate) fn start(folder: &Path) -> Self {
        until("a driver of browsers", Duration::from_secs(30), || Self::try_start(folder))
    }

    fn try_start(folder: &Path) -> Option<Self> {
        let log = folder.join("chromedriver.log");
        let said = File::create(&log).expect("a log file");
        let mut child = Command::new("chromedriver")
            .args(["--port=0", "--log-level=WARNING"])
            .env("LANGUAGE", "zh_TW")
            .env("TMPDIR", folder)
            .env("HOME", folder)
            .stdin(Stdio::null())
            .stdout(said.try_clone().expect("a second handle"))
            .stderr(said)
            .spawn()
            .expect("chromedriver is installed (tests/setup.sh)");
        let port = until("chromedriver", Duration::from_secs(20), || {
            let said = fs::read_to_string(&log).expect("its log");
            let ended = child.try_wait().expect("our own child").is_some();
            assert!(!ended || said.contains("port not available"), "chromedriver ended: {said}");
            if ended { Some(None) } else { port(&said).map(Some) }
        })?;
        Some(Self { child, url: format!("http://127.0.0.1:{port}"), log })
    }

    /// Where it listens.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// What it has said so far.
    pub(crate) fn said(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// A command of a session, and its answer.
    pub(crate) fn command(&self, session: &str, path: &str, body: &Value) -> Value {
        let url = format!("{}/session/{session}/{path}", self.url);
        let answer: Value = ureq::post(&url)
            .send_json(body)
            .and_then(|mut answer| answer.body_mut().with_config().limit(LARGEST).read_json())
            .unwrap_or_else(|error| panic!("{path}: {error}; {}", self.said()));
        answer["value"].clone()
    }
}

/// A picture of the longest page is smaller, in bytes.
const LARGEST: u64 = 256 * 1024 * 1024;

/// The port of “ChromeDriver was started successfully on port 44813.”
fn port(said: &str) -> Option<u16> {
    let (_, rest) = said.split_once("successfully on port ")?;
    rest.split_once('.')?.0.parse().ok()
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
