//! The folder as a print system and a crash may leave it.

use jiff::Timestamp;
use sealpress_config::{Home, Layout, Settings, Stage};
use sealpress_ledger::{
    By, Certificate, CertificateFilter, CertificateId, Degree, Ledger, Student, StudentSource, Via,
    WaitingFor,
};
use std::fs;
use std::future::Future;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use uuid::Uuid;

use crate::preflight::Limits;
use crate::{Doorbell, Watcher};

mod arriving;
mod crashing;
mod deciding;
mod here;
mod said;
mod watching;

use here::Here;
use said::Said;

const NAMED: &str = "B11012345_zh_first.pdf";
const SIDECAR: &str = "student_no: B11012345\nkind: first\nlanguage: zh\n";

#[derive(Default)]
struct Rung(Mutex<Vec<CertificateId>>);

impl Doorbell for Rung {
    fn ring(&self, id: CertificateId, _: Stage) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        self.0.lock().unwrap().push(id);
        Box::pin(async {})
    }
}

struct Folder {
    dir: tempfile::TempDir,
    settings: Settings,
    watcher: Watcher,
    ledger: Ledger,
    rung: Arc<Rung>,
    /// No page can be examined.
    broken: Arc<AtomicBool>,
    now: Instant,
}

/// A file that `sealpress init` writes.
fn default(path: &str) -> &'static str {
    let (_, bytes) =
        sealpress_config::defaults::files().iter().find(|(name, _)| *name == path).unwrap();
    std::str::from_utf8(bytes).unwrap()
}

impl Folder {
    async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// A home whose settings differ from those that `sealpress init` writes.
    async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        for folder in ["inbox/done", "inbox/failed", "inbox/duplicate", "work"] {
            fs::create_dir_all(dir.path().join(folder)).unwrap();
        }
        let mut settings: Settings = serde_yaml::from_str(default("sealpress.yaml")).unwrap();
        change(&mut settings);
        let ledger = Ledger::open(&dir.path().join("ledger.db")).await.unwrap();
        ledger
            .import_students(&[wang()], &By::new("test", Via::Cli, "test"), Timestamp::now())
            .await
            .unwrap();
        let rung = Arc::new(Rung::default());
        let doorbell = Arc::clone(&rung) as Arc<dyn Doorbell>;
        let broken = Arc::new(AtomicBool::new(false));
        let watcher = watcher(dir.path(), &settings, &ledger, doorbell, &broken);
        Self { dir, settings, watcher, ledger, rung, broken, now: Instant::now() }
    }

    /// Another process in place of this one: it remembers nothing.
    async fn restart(&mut self) {
        self.ledger.close().await;
        self.ledger = Ledger::open(&self.path("ledger.db")).await.unwrap();
        self.watcher = self.another(Arc::clone(&self.rung) as Arc<dyn Doorbell>);
    }

    /// Another watcher of the same home.
    fn another(&self, doorbell: Arc<dyn Doorbell>) -> Watcher {
        watcher(self.dir.path(), &self.settings, &self.ledger, doorbell, &self.broken)
    }

    fn path(&self, path: &str) -> PathBuf {
        self.dir.path().join(path)
    }

    fn put(&self, name: &str, bytes: &[u8]) {
        fs::write(self.path("inbox").join(name), bytes).unwrap();
    }

    /// Looks, lets `seconds` pass, and looks again.
    async fn after(&mut self, seconds: u64) {
        self.watcher.pass(self.now).await;
        self.now += Duration::from_secs(seconds);
        self.watcher.pass(self.now).await;
    }

    async fn certificates(&self) -> Vec<Certificate> {
        self.ledger.certificates(&CertificateFilter::default()).await.unwrap()
    }

    fn names(&self, folder: &str) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.path(folder))
            .unwrap()
            .map(|entry| entry.unwrap())
            .filter(|entry| !entry.file_name().to_str().is_some_and(|name| name.starts_with('.')))
            .filter(|entry| entry.path().is_file() || folder == "work")
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        names.sort_unstable();
        names
    }

    fn code(&self, reason: &str) -> String {
        let json: serde_json::Value =
            serde_json::from_slice(&fs::read(self.path(reason)).unwrap()).unwrap();
        for key in ["stage", "message_zh", "message_en", "hint_zh", "hint_en", "at"] {
            assert!(json[key].as_str().is_some_and(|text| !text.is_empty()), "{key}");
        }
        json["code"].as_str().unwrap().to_owned()
    }
}

fn watcher(
    home: &Path,
    settings: &Settings,
    ledger: &Ledger,
    doorbell: Arc<dyn Doorbell>,
    broken: &Arc<AtomicBool>,
) -> Watcher {
    let here = Here { limits: Limits::from(&settings.inbox), broken: Arc::clone(broken) };
    let layouts: Vec<Layout> = ["layouts/zh.yaml", "layouts/en.yaml"]
        .map(|path| serde_yaml::from_str(default(path)).unwrap())
        .to_vec();
    let clock = Arc::new(Timestamp::now);
    let (home, settings, ledger) = (Home::new(home), settings.clone(), ledger.clone());
    Watcher::new(home, settings, layouts, ledger, Arc::new(here), doorbell, clock)
}

fn wang() -> Student {
    Student {
        student_no: "B11012345".into(),
        name_zh: Some("王大明".into()),
        name_en: Some("WANG, Da-Ming".into()),
        birthday: None,
        email: Some("wang@example.edu.tw".into()),
        school_email: None,
        source: StudentSource::Roster,
        degrees: vec![Degree {
            programme: "資訊工程學系".into(),
            degree: "工學士".into(),
            college: None,
            certificate_no: None,
        }],
    }
}

fn fixture(name: &str) -> Vec<u8> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/");
    fs::read(format!("{path}{name}")).unwrap()
}

fn page() -> Vec<u8> {
    fixture("libreoffice-writer.pdf")
}
