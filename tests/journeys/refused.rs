//! What is refused lies in its folder with its reason, and the pipeline goes on.

use sealpress_tests::{Home, until};
use serde_json::Value;
use std::fs;

use crate::{LONG, drop_all, enrolled, fixture, roster_of_the_fixtures, sidecar};

/// The reason beside a refused drop.
fn reason(home: &Home, folder: &str, name: &str) -> Value {
    let file = home.at(&format!("inbox/{folder}/{name}.error.json"));
    let text = until(&format!("{}", file.display()), LONG, || fs::read_to_string(&file).ok());
    let reason: Value = serde_json::from_str(&text).expect("JSON");
    for key in ["code", "stage", "message_zh", "message_en", "hint_zh", "hint_en", "sha256", "at"] {
        assert!(reason[key].as_str().is_some_and(|value| !value.is_empty()), "{key}: {reason}");
    }
    let for_people = until("the reason for people", LONG, || {
        fs::read_to_string(home.at(&format!("inbox/{folder}/{name}.error.txt"))).ok()
    });
    for key in ["message_zh", "message_en", "hint_zh", "hint_en"] {
        assert!(for_people.contains(reason[key].as_str().expect("text")), "{key}: {for_people}");
    }
    assert!(home.at(&format!("inbox/{folder}/{name}.pdf")).is_file(), "nothing is deleted");
    reason
}

#[test]
fn broken_drops_are_refused_with_a_reason_and_the_next_one_is_issued() {
    let home = Home::new();
    home.import(&roster_of_the_fixtures(&["工學士", "second"]));
    let _running = home.start("run", &["run"]);
    home.drop("text.pdf", b"no PDF at all\n%%EOF\n");
    home.drop("text.yaml", sidecar("工學士").as_bytes());
    home.drop("unembedded.pdf", &fixture("reportlab-cid-unembedded.pdf"));
    home.drop("unembedded.yaml", sidecar("工學士").as_bytes());
    home.drop("key.pdf", &fixture("libreoffice-writer.pdf"));
    home.drop("key.yaml", format!("{}collage: x\n", sidecar("工學士")).as_bytes());
    home.drop("nobody_zh_first.pdf", &fixture("libreoffice-pdfa2b.pdf"));
    home.drop("nonsense.pdf", &fixture("weasyprint-pdfa2b.pdf"));

    for name in ["text", "unembedded", "nobody_zh_first", "nonsense"] {
        reason(&home, "failed", name);
    }
    let unknown_key = reason(&home, "failed", "key");
    assert!(unknown_key["message_en"].as_str().expect("text").contains("collage"), "{unknown_key}");

    home.drop("good.pdf", &fixture("chromium-whitebg.pdf"));
    home.drop("good.yaml", sidecar("工學士").as_bytes());
    home.wait_for_closed(1, LONG);
    assert_eq!(home.ask(&["status"])["refused"], 5);
}

#[test]
fn a_page_of_another_student_is_refused() {
    let home = Home::new();
    let (prints, students) = enrolled(&home, 2);
    let _running = home.start("run", &["run"]);
    home.drop(&format!("{}_zh_first.pdf", students[0].number), &prints.print(&students[1]));
    let told = reason(&home, "failed", &format!("{}_zh_first", students[0].number)).to_string();
    for personal in [&students[0].name_zh, &students[1].name_zh, &students[0].email] {
        assert!(!told.contains(personal.as_str()), "a reason names no person: {told}");
    }
    assert!(home.certificates().is_empty());
}

#[test]
fn the_same_bytes_and_the_same_degree_are_duplicates() {
    let home = Home::new();
    let (prints, students) = enrolled(&home, 1);
    let _running = home.start("run", &["run"]);
    drop_all(&home, &prints, &students);
    home.wait_for_closed(1, LONG);

    let number = &students[0].number;
    home.drop(&format!("{number}_zh_first.pdf"), &prints.print(&students[0]));
    reason(&home, "duplicate", &format!("{number}_zh_first"));

    home.drop("again.pdf", &prints.print_with(&students[0], "printed once more"));
    let sidecar = format!("student_no: {number}\nkind: first\nlanguage: zh\n");
    home.drop("again.yaml", sidecar.as_bytes());
    reason(&home, "duplicate", "again");

    assert_eq!(home.certificates().len(), 1);
    assert_eq!(home.ask(&["status"])["duplicates"], 2);
}

#[test]
fn a_sidecar_may_come_before_or_after_its_pdf() {
    let home = Home::new();
    home.set("inbox.sidecar_required", "true");
    home.set("inbox.sidecar_wait", "30s");
    home.import(&roster_of_the_fixtures(&["before", "after"]));
    let _running = home.start("run", &["run"]);
    home.drop("before.yaml", sidecar("before").as_bytes());
    home.drop("after.pdf", &fixture("chromium-whitebg.pdf"));
    // The watcher has looked at both once it has taken a drop that came later.
    home.drop("marker.pdf", b"%PDF-1.4 nothing\n%%EOF\n");
    home.drop("marker.yaml", sidecar("before").as_bytes());
    reason(&home, "failed", "marker");
    assert!(home.at("inbox/after.pdf").is_file(), "it waits for its sidecar");

    home.drop("before.pdf", &fixture("libreoffice-writer.pdf"));
    let json = r#"{"student_no":"B11012345","kind":"first","language":"zh","programme":"資訊工程學系","degree":"after"}"#;
    home.drop("after.json", json.as_bytes());
    home.wait_for_closed(2, LONG);
}

#[test]
fn what_is_no_file_is_left_alone_and_stops_nothing() {
    let home = Home::new();
    let (prints, students) = enrolled(&home, 1);
    let inbox = home.at("inbox");
    fs::create_dir(inbox.join("folder.pdf")).expect("a folder");
    std::os::unix::fs::symlink("/etc/passwd", inbox.join("link.pdf")).expect("a link");
    let fifo = std::process::Command::new("mkfifo").arg(inbox.join("pipe.pdf")).status();
    assert!(fifo.expect("mkfifo runs").success());
    fs::write(inbox.join("~$lock.pdf"), "%PDF-1.4 locked\n%%EOF\n").expect("a file");
    fs::write(inbox.join(".hidden.pdf"), "%PDF-1.4 hidden\n%%EOF\n").expect("a file");
    let _running = home.start("run", &["run"]);
    drop_all(&home, &prints, &students);
    home.wait_for_closed(1, LONG);
    for name in ["folder.pdf", "link.pdf", "pipe.pdf", "~$lock.pdf", ".hidden.pdf"] {
        assert!(fs::symlink_metadata(inbox.join(name)).is_ok(), "{name} is where it was");
    }
}
