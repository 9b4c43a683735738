//! Names of files that lead elsewhere, say something to a program, or can't be shown.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::time::{Duration, Instant};

use crate::siege::{PATIENCE, Verdict, code_in};
use crate::{Must, Siege};

use Must::{Harmless, Refuse};

/// Names that are as good as others, whatever they would mean to a shell, a database, a
/// spreadsheet or a web page.
const PLAIN: [&str; 17] = [
    "a%2f..%2f..%2fup",
    "a\\..\\..\\up",
    "a..b",
    "-rf",
    "--help",
    "$(touch owned)",
    "`touch owned`",
    ";reboot",
    "'; DROP TABLE certificates; --",
    "\" OR 1=1 --",
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)<",
    "=HYPERLINK(\"http:evil\")",
    "@SUM(1)",
    "%s%n%x",
    "done.pdf.exe",
    "證書\u{3000}（補發）",
];

#[test]
fn names_are_data_and_never_paths_or_programs() {
    let mut siege = Siege::lay();
    siege.still_works();
    let mut before: Vec<OsString> = siege.files();
    for name in PLAIN {
        let student = siege.student();
        let sidecar = format!("student_no: {}\nkind: first\nlanguage: zh\n", student.number);
        siege.home.drop(&format!("{name}.yaml"), sidecar.as_bytes());
        siege.home.drop(&format!("{name}.pdf"), &siege.prints.print(&student));
        let before = siege.time();
        let verdict = siege.verdict(name, &student.number);
        siege.took(name, before);
        siege.hold(name, &verdict, Harmless, &student);
    }
    let mut after: Vec<OsString> = siege.files();
    for files in [&mut before, &mut after] {
        // What the queue and the ledger keep while they run comes and goes.
        files.retain(|file| !file.as_bytes().windows(4).any(|part| part == b".db-"));
    }
    assert_eq!(after, before, "no name made a file beside the folders");
    siege.lift();
}

#[test]
fn names_that_no_person_could_read_are_refused_under_another() {
    let long = "長".repeat(83);
    let names: [(&str, Vec<u8>); 13] = [
        ("two lines", b"two\nlines.pdf".to_vec()),
        ("a return", b"one\r.pdf".to_vec()),
        ("a bell", b"\x07.pdf".to_vec()),
        ("colours of a terminal", b"\x1b[31mred\x1b[0m.pdf".to_vec()),
        ("an escape of eight bits", "a\u{9b}31m.pdf".into()),
        ("turned about", "invoice\u{202e}fdp.exe.pdf".into()),
        ("isolated", "a\u{2067}b\u{2069}.pdf".into()),
        ("an Arabic mark", "a\u{61c}b.pdf".into()),
        ("nothing to see", "a\u{200b}b.pdf".into()),
        ("a line separator", "a\u{2028}b.pdf".into()),
        ("Big5", b"\xa4\xfd\xa4\x6a.pdf".to_vec()),
        ("no text at all", b"\xff\xfe\xfd.pdf".to_vec()),
        ("255 bytes", format!("{long}ab.pdf").into_bytes()),
    ];
    let mut siege = Siege::lay();
    for (what, name) in names {
        let student = siege.student();
        assert!(name.len() <= 255);
        let path = siege.home.at("inbox").join(OsStr::from_bytes(&name));
        fs::write(path, siege.prints.print(&student)).expect("a file");
        let before = siege.time();
        let verdict = siege.refused_somehow();
        siege.took(what, before);
        siege.hold(what, &verdict, Refuse("bad_name"), &student);
    }
    assert!(siege.home.certificates().is_empty());
    siege.lift();
}

#[test]
fn names_that_are_not_for_us_are_left_alone() {
    let mut siege = Siege::lay();
    let names: [&[u8]; 12] = [
        b"..pdf",
        b"...pdf",
        b".hidden.pdf",
        b"~$lock.pdf",
        b"x.pdf~",
        b"x.pdf.exe",
        b"x.pdf ",
        b"x.pdf\n",
        b"pdf",
        b".pdf",
        b"x.pdf.tmp",
        b"two\nlines.yaml",
    ];
    for name in names {
        let student = siege.student();
        let path = siege.home.at("inbox").join(OsStr::from_bytes(name));
        fs::write(path, siege.prints.print(&student)).expect("a file");
    }
    siege.still_works();
    for name in names {
        let path = siege.home.at("inbox").join(OsStr::from_bytes(name));
        if !path.is_file() {
            siege.fail(&name.escape_ascii().to_string(), "it is not where it was");
        }
    }
    assert_eq!(siege.home.certificates().len(), 1, "the good drop alone");
    siege.lift();
}

impl Siege {
    /// Whatever is refused next, under whatever name; the reason is taken away.
    fn refused_somehow(&self) -> Verdict {
        let (failed, started) = (self.home.at("inbox/failed"), Instant::now());
        while started.elapsed() < PATIENCE {
            for entry in fs::read_dir(&failed).into_iter().flatten().flatten() {
                let path = entry.path();
                let name = entry.file_name().into_string().expect("UTF-8");
                assert!(!name.chars().any(char::is_control), "{name:?}");
                let moved = || failed.join(name.replace(".error.json", ".pdf")).exists();
                if name.ends_with(".error.json") && !name.starts_with('.') && moved() {
                    let code = code_in(&path).expect("a reason");
                    fs::remove_file(path).expect("a reason that was read");
                    return Verdict::Refused(code);
                }
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Verdict::Nothing
    }

    /// What lies in the home itself, and beside it.
    fn files(&self) -> Vec<OsString> {
        let home = self.home.path();
        let parents = [home.to_owned(), home.join("inbox"), home.join("work")];
        let entries = parents.iter().flat_map(|folder| fs::read_dir(folder).expect("a folder"));
        let mut names: Vec<OsString> =
            entries.map(|entry| entry.expect("an entry").file_name()).collect();
        names.sort();
        names
    }
}
