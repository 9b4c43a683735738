//! What crashes and ill will leave in the folders.

use super::*;

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
async fn a_crash_between_the_files_of_a_refusal_ends_with_all_of_them() {
    // What is in failed/ already when it crashes: nothing, an unfinished reason, one reason, both.
    let steps: [&[&str]; 4] = [
        &[],
        &[".B11012345_zh_first.error.json.tmp"],
        &["B11012345_zh_first.error.json"],
        &["B11012345_zh_first.error.json", "B11012345_zh_first.error.txt"],
    ];
    for step in steps {
        let mut folder = Folder::new().await;
        folder.put(NAMED, b"no PDF at all");
        folder.after(5).await;
        let [json, text] = ["json", "txt"].map(|ending| {
            let path = folder.path(&format!("inbox/failed/B11012345_zh_first.error.{ending}"));
            let bytes = fs::read(&path).unwrap();
            fs::remove_file(path).unwrap();
            bytes
        });
        let id = serde_json::from_slice::<serde_json::Value>(&json).unwrap()["id"].clone();
        let work = folder.path("work").join(id.as_str().unwrap());
        fs::create_dir(&work).unwrap();
        fs::rename(folder.path("inbox/failed").join(NAMED), work.join(NAMED)).unwrap();
        for name in step {
            let bytes = if name.ends_with("json") { &json } else { &text };
            fs::write(folder.path("inbox/failed").join(name), bytes).unwrap();
        }
        folder.restart().await;
        folder.after(0).await;
        let whole = ["B11012345_zh_first.error.json", "B11012345_zh_first.error.txt", NAMED];
        assert_eq!(folder.names("inbox/failed"), whole, "{step:?}");
        assert!(folder.names("work").is_empty());
        let hidden = folder.path("inbox/failed/.B11012345_zh_first.error.json.tmp");
        assert!(!hidden.exists(), "{step:?}");
    }
}

#[tokio::test]
async fn a_crash_before_the_doorbell_leaves_a_certificate_that_stays_one() {
    let mut folder = Folder::new().await;
    folder.put(NAMED, &page());
    folder.after(5).await;
    let [one] = folder.certificates().await.try_into().unwrap();
    folder.restart().await;
    folder.put("B11012345_zh_first.yaml", b"student_no: X");
    folder.after(3).await;
    assert_eq!(folder.certificates().await.len(), 1);
    let work = folder.path("work").join(one.id.to_string());
    assert_eq!(fs::read_dir(work).unwrap().count(), 1, "a later sidecar is another drop's");
    assert_eq!(folder.rung.0.lock().unwrap().len(), 1, "reconciliation rings for what is there");
}

#[tokio::test]
async fn a_drop_that_waits_takes_no_later_sidecar() {
    let mut folder = Folder::new().await;
    folder.put(NAMED, &page());
    folder.after(5).await;
    folder.put("B11012345_zh_reissue.pdf", &fixture("libreoffice-pdfa2b.pdf"));
    folder.after(5).await;
    assert_eq!(folder.names("work").len(), 2);
    folder.put("B11012345_zh_reissue.yaml", SIDECAR.as_bytes());
    folder.after(61).await;
    assert_eq!(folder.names("inbox"), ["B11012345_zh_reissue.yaml"]);
}

#[tokio::test]
async fn a_sidecar_left_alone_in_work_is_refused_where_people_see_it() {
    let mut folder = Folder::new().await;
    let work = folder.path("work").join(Uuid::now_v7().to_string());
    fs::create_dir(&work).unwrap();
    fs::write(work.join("a.yaml"), SIDECAR).unwrap();
    folder.after(0).await;
    assert_eq!(folder.code("inbox/failed/a.error.json"), "sidecar_without_pdf");
    assert!(folder.path("inbox/failed/a.yaml").is_file());
    assert!(folder.names("work").is_empty());
}

#[tokio::test]
async fn while_the_ledger_is_down_drops_stay_and_it_is_said_once() {
    let (said, mut folder) = (Said::begin(), Folder::new().await);
    folder.ledger.close().await;
    for name in ["a_zh_first.pdf", "b_zh_first.pdf", NAMED] {
        folder.put(name, &page());
    }
    for _ in 0..5 {
        folder.after(5).await;
    }
    assert_eq!(said.count("no drop can be taken now"), 1, "{said:?}");
    assert_eq!(folder.names("inbox").len() + folder.names("work").len(), 3, "one may be claimed");
    assert!(folder.names("inbox").len() >= 2, "{:?}", folder.names("work"));
    folder.restart().await;
    folder.after(5).await;
    assert_eq!(folder.certificates().await.len(), 1);
    let refused = ["inbox/failed", "inbox/duplicate"].map(|place| folder.names(place).len());
    assert_eq!(refused.iter().sum::<usize>(), 6, "the two that name nobody known");
}

#[tokio::test]
async fn what_others_put_into_failed_is_neither_followed_nor_waited_for() {
    let mut folder = Folder::new().await;
    let failed = folder.path("inbox/failed");
    let pipe = failed.join("B11012345_zh_first.error.json");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let precious = folder.path("precious");
    fs::write(&precious, "precious").unwrap();
    for name in ["json", "txt"] {
        let link = failed.join(format!(".B11012345_zh_first~2.error.{name}.tmp"));
        std::os::unix::fs::symlink(&precious, link).unwrap();
    }
    folder.put(NAMED, b"no PDF at all");
    tokio::time::timeout(Duration::from_secs(10), folder.after(5)).await.unwrap();
    assert_eq!(folder.code("inbox/failed/B11012345_zh_first~2.error.json"), "not_a_pdf");
    assert_eq!(fs::read(precious).unwrap(), b"precious");
}
