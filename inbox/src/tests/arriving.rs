//! What arrives in the folder, and how.

use super::*;

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
    folder.after(60).await;
    assert_eq!(folder.code("inbox/failed/B11012345_zh_first.error.json"), "truncated");
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
    let (said, mut folder) = (Said::begin(), Folder::new().await);
    fs::create_dir(folder.path("inbox/folder.pdf")).unwrap();
    folder.put("real.txt", &page());
    std::os::unix::fs::symlink(folder.path("inbox/real.txt"), folder.path("inbox/link.pdf"))
        .unwrap();
    let pipe = folder.path("inbox/pipe.pdf");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    folder.after(100).await;
    assert_eq!(said.count("left alone"), 3, "each is told of once, and done/ is none of them");
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
    for recognised in ["bad-name-two_lines.pdf", "bad-name-not_utf8.pdf"] {
        assert_eq!(fs::read(folder.path("inbox/failed").join(recognised)).unwrap(), page());
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
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn endings_in_capitals_are_the_same_endings() {
    let mut folder = Folder::new().await;
    folder.put("SCAN0001.YAML", SIDECAR.as_bytes());
    folder.put("SCAN0001.PDF", &page());
    folder.after(3).await;
    assert_eq!(folder.certificates().await.len(), 1);
    assert!(folder.names("inbox").is_empty(), "{:?}", folder.names("inbox"));
}

#[tokio::test]
async fn a_name_that_only_looks_like_the_pattern_waits_for_its_sidecar() {
    let mut folder = Folder::new().await;
    folder.put("scan_2026_001.pdf", &page());
    folder.after(5).await;
    assert_eq!(folder.names("inbox"), ["scan_2026_001.pdf"]);
    folder.put("scan_2026_001.yaml", SIDECAR.as_bytes());
    folder.after(3).await;
    assert_eq!(folder.certificates().await.len(), 1);
}

#[tokio::test]
async fn a_sidecar_that_is_still_written_is_waited_for() {
    let mut folder = Folder::new().await;
    folder.put(NAMED, &page());
    folder.watcher.pass(folder.now).await;
    folder.now += Duration::from_secs(1);
    folder.put("B11012345_zh_first.yaml", b"student_no: B110");
    folder.after(1).await;
    assert_eq!(folder.names("work").len(), 0, "its sidecar has not settled");
    folder.put("B11012345_zh_first.yaml", SIDECAR.as_bytes());
    folder.after(2).await;
    assert_eq!(folder.certificates().await.len(), 1);
    assert!(folder.names("inbox").is_empty());
}

#[tokio::test]
async fn two_sidecars_are_one_too_many() {
    let mut folder = Folder::new().await;
    folder.put("a.yaml", SIDECAR.as_bytes());
    folder.put("a.json", b"{}");
    folder.put("a.pdf", &page());
    folder.after(5).await;
    assert_eq!(folder.code("inbox/failed/a.error.json"), "two_sidecars");
    for kept in ["a.pdf", "a.yaml", "a.json"] {
        assert!(folder.path("inbox/failed").join(kept).is_file(), "{kept}");
    }
}

#[tokio::test]
async fn a_school_may_want_a_sidecar_with_each_pdf() {
    let mut folder = Folder::with(|settings| settings.inbox.sidecar_required = true).await;
    folder.put(NAMED, &page());
    folder.after(11).await;
    assert_eq!(folder.names("inbox"), [NAMED], "its sidecar has two seconds and ten");
    folder.after(1).await;
    assert_eq!(folder.code("inbox/failed/B11012345_zh_first.error.json"), "sidecar_required");
}

#[tokio::test]
async fn of_two_the_older_comes_first() {
    let mut folder = Folder::new().await;
    let minute = Duration::from_secs(60);
    for (name, age) in [("a_new.pdf", minute), ("b_old.pdf", 2 * minute)] {
        folder.put(name, &page());
        folder.put(&name.replace("pdf", "yaml"), SIDECAR.as_bytes());
        let file = fs::File::options().write(true).open(folder.path("inbox").join(name)).unwrap();
        file.set_modified(std::time::SystemTime::now() - age).unwrap();
    }
    folder.after(5).await;
    assert_eq!(folder.certificates().await.remove(0).drop_name, "b_old.pdf");
    assert_eq!(folder.code("inbox/duplicate/a_new.error.json"), "duplicate_drop");
}

#[tokio::test]
async fn an_empty_file_is_waited_for_and_refused() {
    let mut folder = Folder::new().await;
    folder.put(NAMED, b"");
    folder.after(59).await;
    assert_eq!(folder.names("inbox"), [NAMED]);
    folder.after(1).await;
    assert_eq!(folder.code("inbox/failed/B11012345_zh_first.error.json"), "empty");
}
