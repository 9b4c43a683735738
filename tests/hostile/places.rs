//! What lies in the inbox and is no ordinary file, and files that change under the eyes of whoever
//! reads them.

use sealpress_tests::{Home, until};
use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::{FileExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use crate::siege::{PATIENCE, Verdict, code_in};
use crate::{Must, Siege};

use Must::{Harmless, Refuse};

const TEN_GIGABYTES: u64 = 10 << 30;

fn fifo(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().expect("mkfifo runs").success());
}

/// A device that gives noughts for ever. Only root may make one; for others the link to one that
/// is there stands in its place, and what is judged is that no link is followed.
fn device(path: &Path) {
    let made = Command::new("mknod").arg(path).args(["c", "1", "5"]).output();
    if !made.expect("mknod runs").status.success() {
        eprintln!("no right to make a device; a link to one takes its place");
        symlink("/dev/zero", path).expect("a link");
    }
}

#[test]
fn what_is_no_regular_file_is_left_alone() {
    let mut siege = Siege::lay();
    let elsewhere = siege.home.at("elsewhere");
    fs::create_dir(&elsewhere).expect("a folder");
    let owner = siege.student();
    fs::write(elsewhere.join("whole.pdf"), siege.prints.print(&owner)).expect("a file");
    let socket = siege.home.at("s");
    let _listener = UnixListener::bind(&socket).expect("a socket");
    type Put<'a> = Box<dyn Fn(&Path) + 'a>;
    let ways: [(&str, Put<'_>); 10] = [
        ("a folder", Box::new(|path| fs::create_dir(path).expect("a folder"))),
        ("a pipe", Box::new(fifo)),
        ("a socket", Box::new(|path| fs::rename(&socket, path).expect("a socket"))),
        ("a device", Box::new(device)),
        (
            "a link to a file",
            Box::new(|path| symlink(elsewhere.join("whole.pdf"), path).expect("a link")),
        ),
        ("a link to a secret", Box::new(|path| symlink("/etc/shadow", path).expect("a link"))),
        ("a link to a folder", Box::new(|path| symlink(&elsewhere, path).expect("a link"))),
        ("a link to nothing", Box::new(|path| symlink("nowhere", path).expect("a link"))),
        ("a link to itself", Box::new(|path| symlink(path, path).expect("a link"))),
        (
            "a link to an endless device",
            Box::new(|path| symlink("/dev/zero", path).expect("a link")),
        ),
    ];
    let mut put = Vec::new();
    for (what, way) in &ways {
        let student = siege.student();
        for ending in ["pdf", "yaml"] {
            // One socket is enough.
            if *what == "a socket" && ending == "yaml" {
                continue;
            }
            let path = siege.home.at(&format!("inbox/{}_zh_first.{ending}", student.number));
            way(&path);
            put.push((*what, path, student.clone()));
        }
    }
    // The watcher has looked at all of them when it has taken what came later.
    siege.still_works();
    for (what, path, student) in &put {
        if fs::symlink_metadata(path).is_err() {
            siege.fail(what, "it is not where it was");
        }
        if siege.home.certificates().iter().any(|one| one["student_no"] == student.number.as_str())
        {
            siege.fail(what, "it is a certificate");
        }
    }
    assert!(siege.home.files("inbox/failed").is_empty(), "nothing is refused");
    // Beside a sidecar that is none, the PDF goes its way by its name.
    let student = siege.student();
    let name = format!("{}_zh_first", student.number);
    fifo(&siege.home.at(&format!("inbox/{name}.yaml")));
    siege.home.drop(&format!("{name}.pdf"), &siege.prints.print(&student));
    let verdict = siege.verdict(&name, &student.number);
    siege.hold("a sidecar that is a pipe", &verdict, Harmless, &student);
    siege.lift();
}

#[test]
fn a_huge_file_is_not_read() {
    let mut siege = Siege::lay();
    let student = siege.student();
    let huge = |name: &str, head: &[u8], tail: &[u8]| {
        let path = siege.home.at(&format!("inbox/{name}.tmp"));
        let file = File::create(&path).expect("a file");
        file.set_len(TEN_GIGABYTES).expect("a sparse file");
        file.write_all_at(head, 0).expect("its head");
        file.write_all_at(tail, TEN_GIGABYTES - tail.len() as u64).expect("its end");
        fs::rename(&path, siege.home.at("inbox").join(name)).expect("a dropped file");
    };
    huge("empty.pdf", b"", b"");
    huge("whole.pdf", b"%PDF-1.7\n", b"\nstartxref\n0\n%%EOF\n");
    huge("sidecar.yaml", b"student_no: ", b"");
    huge("sidecar-json.json", b"{\"student_no\": \"", b"\"}");
    for name in ["sidecar", "sidecar-json"] {
        siege.home.drop(&format!("{name}.pdf"), &siege.prints.print(&student));
    }
    for (name, code) in [
        ("empty", "too_large"),
        ("whole", "too_large"),
        ("sidecar", "sidecar_too_large"),
        ("sidecar-json", "sidecar_too_large"),
    ] {
        let verdict = siege.verdict(name, &student.number);
        siege.hold(&format!("10 GB: {name}"), &verdict, Refuse(code), &student);
    }
    siege.lift();
}

#[test]
fn a_file_that_is_written_slowly_is_taken_when_it_is_whole() {
    let mut siege = Siege::lay();
    let student = siege.student();
    let name = format!("{}_zh_first", student.number);
    let whole = siege.prints.print(&student);
    let path = siege.home.at(&format!("inbox/{name}.pdf"));
    let mut file = File::create(&path).expect("a file");
    for part in whole.chunks(whole.len() / 8 + 1) {
        file.write_all(part).expect("a part");
        thread::sleep(Duration::from_millis(60));
    }
    drop(file);
    let verdict = siege.verdict(&name, &student.number);
    siege.hold("written slowly", &verdict, Harmless, &student);

    // Replaced again and again by other pages; what lies there in the end counts.
    let (student, other) = (siege.student(), siege.student());
    let name = format!("{}_zh_first", student.number);
    for round in 0..12 {
        let last = round == 11;
        let page = siege.prints.print(if last { &student } else { &other });
        siege.home.drop(&format!("{name}.pdf"), &page);
        thread::sleep(Duration::from_millis(40));
    }
    let verdict = siege.verdict(&name, &student.number);
    siege.hold("replaced while it settles", &verdict, Harmless, &student);
    siege.lift();
}

/// A drop that waits in `work/` for a person, whose writer keeps it open.
fn waiting(siege: &mut Siege) -> (File, String, String) {
    let student = siege.student();
    let name = format!("{}_zh_first", student.number);
    let path = siege.home.at(&format!("inbox/{name}.tmp"));
    let mut file = File::create(&path).expect("a file");
    file.write_all(&siege.prints.print(&student)).expect("a page");
    fs::rename(&path, siege.home.at(&format!("inbox/{name}.pdf"))).expect("a dropped file");
    let id = until("a drop that waits", PATIENCE, || {
        let waiting = siege.home.ask(&["cert", "list", "--waiting"]);
        let mine = |one: &&serde_json::Value| one["student_no"] == student.number.as_str();
        let one = waiting.as_array().expect("a list").iter().find(mine).cloned();
        one.map(|one| one["id"].as_str().expect("an id").to_owned())
    });
    (file, name, id)
}

#[test]
fn what_changes_after_it_was_examined_is_not_signed() {
    let mut siege = Siege::lay_with(|home: &Home| home.set("approval", "all"));
    let other = siege.student();
    let other = siege.prints.print(&other);
    type Change<'a> = &'a dyn Fn(&File);
    let ways: [(&str, Change<'_>); 4] = [
        ("another page over it", &|file| {
            file.write_all_at(&other, 0).expect("written");
            file.set_len(other.len() as u64).expect("cut");
        }),
        ("something behind it", &|file| {
            let end = file.metadata().expect("a file").len();
            file.write_all_at(b"% more\n%%EOF\n", end).expect("written");
        }),
        ("10 GB of nothing behind it", &|file| file.set_len(TEN_GIGABYTES).expect("grown")),
        ("cut to nothing", &|file| file.set_len(0).expect("cut")),
    ];
    for (what, change) in ways {
        let (file, name, id) = waiting(&mut siege);
        change(&file);
        let _ = siege.home.ask(&["cert", "approve", &id]);
        let reason = siege.home.at(&format!("inbox/failed/{name}.error.json"));
        let code = until(what, PATIENCE, || code_in(&reason));
        let nobody = siege.student();
        siege.hold(what, &Verdict::Refused(code), Refuse("drop_changed"), &nobody);
    }
    assert!(siege.home.files("archive").is_empty(), "nothing was signed");
    siege.home.set("approval", "none");
    siege.restart();
    siege.lift();
}

#[test]
fn a_second_name_of_a_file_changes_no_certificate() {
    let mut siege = Siege::lay();
    let (student, other) = (siege.student(), siege.student());
    let name = format!("{}_zh_first", student.number);
    let outside = siege.home.at("outside.pdf");
    fs::write(&outside, siege.prints.print(&student)).expect("a file");
    fs::hard_link(&outside, siege.home.at(&format!("inbox/{name}.pdf"))).expect("a hard link");
    let verdict = siege.verdict(&name, &student.number);
    siege.hold("a hard link", &verdict, Harmless, &student);
    fs::write(&outside, siege.prints.print(&other)).expect("another page in its place");
    assert_eq!(siege.home.ask(&["audit"])["findings"], serde_json::json!([]));
    siege.lift();
}
