//! No room on the disk, for each folder that could be one of its own.

use sealpress_tests::{Home, Mounted, until};

use crate::{LONG, School, says};

#[test]
fn the_archive_is_full() {
    let mut school = School::of(3);
    let disk = Mounted::disk_on(&school.home.at("archive"), 16);
    disk.fill();
    let running = school.home.start("run", &["run"]);
    school.print(0..3);
    school.is_held("press", "archive_unusable");
    assert_eq!(school.issued(), 0);
    disk.make_room();
    school.ends_well(vec![running]);
}

#[test]
fn the_archive_is_not_mounted() {
    let mut school = School::of(3);
    let (archive, away) = (school.home.at("archive"), school.home.at("archive.away"));
    std::fs::rename(&archive, &away).expect("our own folder");
    let running = school.home.start("run", &["run"]);
    school.print(0..3);
    school.is_held("press", "archive_unusable");
    assert!(!archive.exists(), "nothing is archived where the archive is not");
    std::fs::rename(&away, &archive).expect("our own folder");
    school.ends_well(vec![running]);
}

#[test]
fn the_mail_folder_is_full() {
    let mut school = School::of(3);
    school.home.set("mail.transport", "folder:outbox");
    let disk = Mounted::disk_on(&school.home.at("outbox"), 16);
    disk.fill();
    let running = school.home.start("run", &["run"]);
    school.print(0..3);
    school.is_held("post", "outbox_unusable");
    until("three certificates in force", LONG, || (school.issued() == 3).then_some(()));
    disk.make_room();
    school.home.wait_for_closed(3, LONG);
    drop(running);
    let mails = school.home.files("outbox");
    assert_eq!(mails.len(), 3, "{mails:?}");
    assert_eq!(school.home.run(&["audit"]).code, 0);
}

#[test]
fn the_ledger_is_full() {
    let disk = Mounted::disk(16);
    let mut school = School::of(3);
    let ledger = disk.path().join("ledger.db");
    for file in ["ledger.db", "ledger.db-wal"] {
        let file = school.home.at(file);
        if file.exists() {
            let name = file.file_name().expect("a name");
            std::fs::copy(&file, disk.path().join(name)).expect("a copy");
            std::fs::remove_file(&file).expect("our own file");
        }
    }
    // What reads the ledger by its usual name finds it there.
    std::os::unix::fs::symlink(&ledger, school.home.at("ledger.db")).expect("a link");
    school.home.set("ledger", &format!("sqlite:{}", ledger.display()));
    let running = school.home.start("run", &["run"]);
    says(&running, "ready");
    disk.fill();
    school.print(0..3);
    says(&running, "no drop can be taken now");
    assert!(school.home.files("work").len() >= 2, "what was claimed lies in work/");
    disk.make_room();
    school.ends_well(vec![running]);
}

#[test]
fn the_queue_is_full() {
    let disk = Mounted::disk(4);
    let mut school = School::of(3);
    school.home.set("queue", &format!("sqlite:{}", disk.path().join("queue.db").display()));
    let running = school.home.start("run", &["run"]);
    says(&running, "ready");
    disk.fill();
    school.print(0..3);
    until("drops that are accepted without it", LONG, || {
        (school.home.certificates().len() == 3).then_some(())
    });
    disk.make_room();
    school.ends_well(vec![running]);
}

/// Inbox, `work/`, ledger, archive and all: the usual small host.
#[test]
fn the_disk_of_the_whole_home_is_full() {
    let disk = Mounted::disk(64);
    let mut school = School::in_home(Home::within(disk.path()), 4);
    let running = school.home.start("run", &["run"]);
    school.print(0..2);
    until("the first certificates", LONG, || (school.issued() == 2).then_some(()));
    // The print system is quicker than the disk is full.
    running.pause();
    school.print(2..4);
    disk.fill();
    running.go_on();
    until("a complaint", LONG, || {
        let said = running.said();
        let complains = ["no drop can be taken now", "is held", "was not recorded", "no turn"];
        complains.iter().any(|word| said.contains(word)).then_some(())
    });
    disk.make_room();
    school.ends_well(vec![running]);
}
