//! Folders that can't be written any more, or that the kernel says nothing of.

use sealpress_tests::{Home, Mounted, Running, until};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

use crate::{LONG, School, says};

/// Root may do everything: it runs without that right.
const WITHOUT_OVERRIDE: [&str; 3] = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"];

fn start(school: &School) -> Running {
    // Whoever is not root has none to give up, and may not try.
    let user = fs::metadata("/proc/self").map(|own| own.uid());
    let by: &[&str] = if user.is_ok_and(|user| user == 0) { &WITHOUT_OVERRIDE } else { &["env"] };
    school.home.start_by(by, "run", &["run"])
}

/// The folder can't be written for a while.
fn closed_for_a_while(folder: &str, complains: impl Fn(&School, &Running)) {
    let mut school = School::of(4);
    let running = start(&school);
    school.print(0..2);
    school.home.wait_for_closed(2, LONG);
    // Of the archive, the folder of this month.
    let place = match folder {
        "archive" => school.home.pdfs("archive")[0].parent().expect("a month").to_owned(),
        _ => school.home.at(folder),
    };
    let mode = |mode| {
        fs::set_permissions(&place, fs::Permissions::from_mode(mode)).expect("our own folder");
    };
    running.pause();
    school.print(2..4);
    mode(0o550);
    running.go_on();
    complains(&school, &running);
    mode(0o750);
    school.ends_well(vec![running]);
}

#[test]
fn the_inbox_can_not_be_written() {
    closed_for_a_while("inbox", |_, running| says(running, "stays in the inbox"));
}

#[test]
fn work_can_not_be_written() {
    closed_for_a_while("work", |_, running| says(running, "no drop can be taken now"));
}

#[test]
fn the_archive_can_not_be_written() {
    closed_for_a_while("archive", |school, _| school.is_held("press", "archive_unusable"));
}

#[test]
fn the_mail_folder_can_not_be_written() {
    let mut school = School::of(2);
    school.home.set("mail.transport", "folder:outbox");
    let outbox = school.home.at("outbox");
    let mode = |mode| {
        fs::set_permissions(&outbox, fs::Permissions::from_mode(mode)).expect("our own folder");
    };
    mode(0o550);
    let _running = start(&school);
    school.print(0..2);
    school.is_held("post", "outbox_unusable");
    mode(0o750);
    school.home.wait_for_closed(2, LONG);
    assert_eq!(school.home.files("outbox").len(), 2);
}

#[test]
fn the_kernel_gives_no_watch() {
    let mut school = School::of(3);
    let by = [
        "unshare",
        "--user",
        "--map-root-user",
        "sh",
        "-c",
        "echo 0 >/proc/sys/user/max_inotify_instances && exec \"$@\"",
        "sh",
    ];
    let running = school.home.start_by(&by, "run", &["run"]);
    says(&running, "scanned on a timer alone");
    school.print(0..3);
    school.ends_well(vec![running]);
}

/// On a share, another host's print system writes, and this host's kernel tells nobody.
#[test]
fn the_inbox_is_on_a_share() {
    let behind = tempfile::tempdir().expect("a folder");
    let share = Mounted::share_of(behind.path());
    let mut school = School::in_home(Home::within(share.path()), 3);
    let name = school.home.path().file_name().expect("a name").to_owned();
    let running = school.home.start("run", &["run"]);
    says(&running, "ready");
    school.print_by_way_of(0..3, &behind.path().join(name).join("inbox"));
    until("the first certificate", LONG, || (school.issued() > 0).then_some(()));
    school.ends_well(vec![running]);
}
