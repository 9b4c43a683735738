//! The folder as a print system and a crash may leave it.

use jiff::Timestamp;
use sealpress_config::{Home, Layout, Settings, Stage};
use sealpress_ledger::{
    Certificate, CertificateFilter, CertificateId, Degree, Ledger, Student, StudentSource,
    WaitingFor,
};
use std::fs;
use std::future::Future;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use uuid::Uuid;

use crate::{Doorbell, Watcher};

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
    watcher: Watcher,
    ledger: Ledger,
    rung: Arc<Rung>,
    now: Instant,
}

impl Folder {
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        for folder in ["inbox/done", "inbox/failed", "inbox/duplicate", "work"] {
            fs::create_dir_all(dir.path().join(folder)).unwrap();
        }
        let default = |path: &str| {
            let (_, bytes) =
                sealpress_config::defaults::files().iter().find(|(name, _)| *name == path).unwrap();
            std::str::from_utf8(bytes).unwrap()
        };
        let settings: Settings = serde_yaml::from_str(default("sealpress.yaml")).unwrap();
        let layouts: Vec<Layout> = ["layouts/zh.yaml", "layouts/en.yaml"]
            .map(|path| serde_yaml::from_str(default(path)).unwrap())
            .to_vec();
        let ledger = Ledger::open(&dir.path().join("ledger.db")).await.unwrap();
        ledger.import_students(&[wang()], "test", Timestamp::now()).await.unwrap();
        let rung = Arc::new(Rung::default());
        let watcher = Watcher::new(
            Home::new(dir.path()),
            settings,
            layouts,
            ledger.clone(),
            Arc::clone(&rung) as Arc<dyn Doorbell>,
            Arc::new(Timestamp::now),
        );
        Self { dir, watcher, ledger, rung, now: Instant::now() }
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

fn wang() -> Student {
    Student {
        student_no: "B11012345".into(),
        name_zh: Some("王大明".into()),
        name_en: Some("WANG, Da-Ming".into()),
        birthday: None,
        email: Some("wang@example.edu.tw".into()),
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

#[tokio::test]
async fn a_settled_file_becomes_a_certificate_and_is_told_of() {
    let mut folder = Folder::new().await;
    folder.put(NAMED, &page());
    folder.after(1).await;
    assert!(folder.certificates().await.is_empty(), "taken before it settled");
    folder.after(2).await;
    let [one] = folder.certificates().await.try_into().unwrap();
    assert_eq!(*folder.rung.0.lock().unwrap(), [one.id]);
    assert!(folder.path("work").join(one.id.to_string()).join(NAMED).is_file());
    folder.put("again.pdf", &page());
    folder.after(15).await;
    assert_eq!(folder.code("inbox/duplicate/again.error.json"), "duplicate_drop");
    assert_eq!(folder.certificates().await.len(), 1);
}

#[tokio::test]
async fn a_file_that_is_still_written_waits_and_one_that_never_ends_is_refused() {
    let mut folder = Folder::new().await;
    let whole = page();
    folder.put(NAMED, &whole[..whole.len() / 2]);
    folder.after(5).await;
    assert_eq!(folder.names("inbox"), [NAMED]);
    folder.after(40).await;
    assert_eq!(folder.names("inbox/failed").len(), 3);
    assert_eq!(
        fs::read(folder.path("inbox/failed").join(NAMED)).unwrap(),
        whole[..whole.len() / 2]
    );
}

#[tokio::test]
async fn sidecars_come_in_either_order() {
    for sidecar_first in [true, false] {
        let mut folder = Folder::new().await;
        let sidecar = |folder: &Folder| folder.put("scan0001.yaml", SIDECAR.as_bytes());
        if sidecar_first {
            sidecar(&folder);
            folder.after(5).await;
        }
        folder.put("scan0001.pdf", &page());
        folder.after(3).await;
        if !sidecar_first {
            assert!(folder.certificates().await.is_empty());
            sidecar(&folder);
            folder.after(3).await;
        }
        assert_eq!(folder.certificates().await.len(), 1, "{sidecar_first}");
        assert!(folder.names("inbox").is_empty());
    }
}

#[tokio::test]
async fn a_sidecar_or_a_pdf_that_stays_alone_is_refused() {
    let mut folder = Folder::new().await;
    folder.put("scan0001.pdf", &page());
    folder.put("other.json", b"{}");
    folder.after(200).await;
    assert_eq!(folder.code("inbox/failed/scan0001.error.json"), "field_missing");
    assert_eq!(folder.code("inbox/failed/other.error.json"), "sidecar_without_pdf");
    assert!(folder.path("inbox/failed/other.json").is_file());
}

#[tokio::test]
async fn what_is_no_regular_file_is_neither_opened_nor_moved() {
    let mut folder = Folder::new().await;
    fs::create_dir(folder.path("inbox/folder.pdf")).unwrap();
    folder.put("real.txt", &page());
    std::os::unix::fs::symlink(folder.path("inbox/real.txt"), folder.path("inbox/link.pdf"))
        .unwrap();
    let pipe = folder.path("inbox/pipe.pdf");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    folder.after(100).await;
    for name in ["folder.pdf", "link.pdf", "pipe.pdf", "real.txt"] {
        assert!(fs::symlink_metadata(folder.path("inbox").join(name)).is_ok(), "{name} was moved");
    }
    assert!(folder.certificates().await.is_empty());
    assert!(folder.names("inbox/failed").is_empty());
}

#[tokio::test]
async fn names_that_cannot_be_kept_are_refused_under_ones_that_can() {
    let mut folder = Folder::new().await;
    let long = format!("{}.pdf", "長".repeat(80));
    for name in [&b"two\nlines.pdf"[..], b"not\xffutf8.pdf", long.as_bytes()] {
        fs::write(folder.path("inbox").join(std::ffi::OsStr::from_bytes(name)), page()).unwrap();
    }
    folder.after(5).await;
    let failed = folder.names("inbox/failed");
    assert_eq!(failed.len(), 9, "{failed:?}");
    for name in failed.iter().filter(|name| name.ends_with(".json")) {
        assert_eq!(folder.code(&format!("inbox/failed/{name}")), "bad_name");
    }
}

#[tokio::test]
async fn a_huge_file_is_refused_unread() {
    let mut folder = Folder::new().await;
    let file = fs::File::create(folder.path("inbox").join(NAMED)).unwrap();
    file.set_len(10 * 1024 * 1024 * 1024).unwrap();
    let started = Instant::now();
    folder.after(5).await;
    assert_eq!(folder.code("inbox/failed/B11012345_zh_first.error.json"), "too_large");
    assert!(started.elapsed() < Duration::from_secs(30));
}

#[tokio::test]
async fn a_crash_after_the_claim_loses_neither_pdf_nor_sidecar() {
    let mut folder = Folder::new().await;
    let id = Uuid::now_v7().to_string();
    fs::create_dir(folder.path("work").join(&id)).unwrap();
    fs::write(folder.path("work").join(&id).join("scan0001.pdf"), page()).unwrap();
    folder.put("scan0001.yaml", SIDECAR.as_bytes());
    fs::create_dir(folder.path("work").join(Uuid::now_v7().to_string())).unwrap();
    folder.after(0).await;
    let [one] = folder.certificates().await.try_into().unwrap();
    assert_eq!(one.id.to_string(), id);
    assert_eq!(folder.names("work"), [id], "the empty folder is gone");
}

#[tokio::test]
async fn a_crash_between_refusal_and_move_ends_with_the_move() {
    let mut folder = Folder::new().await;
    folder.put(NAMED, b"no PDF at all");
    folder.after(5).await;
    assert_eq!(folder.code("inbox/failed/B11012345_zh_first.error.json"), "not_a_pdf");
    // The same again, with the files where a crash after the ledger's word leaves them.
    let json = fs::read(folder.path("inbox/failed/B11012345_zh_first.error.json")).unwrap();
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    let id = json["id"].as_str().unwrap().to_owned();
    fs::create_dir(folder.path("work").join(&id)).unwrap();
    fs::rename(folder.path("inbox/failed").join(NAMED), folder.path("work").join(&id).join(NAMED))
        .unwrap();
    folder.after(61).await;
    assert!(folder.names("work").is_empty());
    assert_eq!(folder.names("inbox/failed").len(), 3, "{:?}", folder.names("inbox/failed"));
}

#[tokio::test]
async fn refused_files_never_take_each_others_place() {
    let mut folder = Folder::new().await;
    for text in ["one", "two"] {
        folder.put(NAMED, text.as_bytes());
        folder.after(5).await;
    }
    assert_eq!(fs::read(folder.path("inbox/failed").join(NAMED)).unwrap(), b"one");
    assert_eq!(fs::read(folder.path("inbox/failed/B11012345_zh_first~2.pdf")).unwrap(), b"two");
    assert_eq!(folder.code("inbox/failed/B11012345_zh_first~2.error.json"), "not_a_pdf");
}

#[tokio::test]
async fn a_page_that_cannot_be_read_waits_for_approval() {
    let mut folder = Folder::new().await;
    folder.put(NAMED, &fixture("scan-jpg.pdf"));
    folder.after(5).await;
    let [one] = folder.certificates().await.try_into().unwrap();
    assert_eq!(one.waiting_for, Some(WaitingFor::Approval));
    assert!(folder.rung.0.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_reissue_waits_for_the_first_issue_and_needs_one() {
    let mut folder = Folder::new().await;
    folder.put("B11012345_en_reissue.pdf", &fixture("weasyprint-pdfa2b.pdf"));
    folder.after(5).await;
    assert_eq!(
        folder.code("inbox/failed/B11012345_en_reissue.error.json"),
        "no_earlier_certificate"
    );
    folder.put(NAMED, &page());
    folder.after(5).await;
    folder.put("B11012345_zh_reissue.pdf", &fixture("libreoffice-pdfa2b.pdf"));
    folder.after(5).await;
    assert_eq!(folder.certificates().await.len(), 1);
    assert_eq!(folder.names("work").len(), 2, "the reissue waits");
    let first = folder.certificates().await.remove(0);
    folder.ledger.cancel(first.id, "test", "test", Timestamp::now()).await.unwrap();
    folder.after(61).await;
    assert_eq!(
        folder.code("inbox/failed/B11012345_zh_reissue.error.json"),
        "no_earlier_certificate"
    );
    assert_eq!(folder.code("inbox/failed/B11012345_zh_first.error.json"), "cancelled");
}

#[tokio::test]
async fn a_second_first_issue_is_a_duplicate_of_the_degree() {
    let mut folder = Folder::new().await;
    folder.put(NAMED, &page());
    folder.after(5).await;
    folder.put(NAMED, &fixture("libreoffice-pdfa2b.pdf"));
    folder.after(5).await;
    assert_eq!(folder.code("inbox/duplicate/B11012345_zh_first.error.json"), "duplicate_degree");
}

#[tokio::test]
async fn combinations_that_the_school_does_not_issue_are_refused() {
    let mut folder = Folder::new().await;
    folder.put("B11012345_en_rename.pdf", &page());
    folder.after(5).await;
    assert_eq!(folder.code("inbox/failed/B11012345_en_rename.error.json"), "flow_not_allowed");
}
