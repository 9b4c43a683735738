//! `verify` and `audit` find what was changed, and call nothing else changed.

use sealpress_tests::Home;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::accepted::archived_file;
use crate::{LONG, drop_all, enrolled};

fn issued(count: usize) -> Home {
    let home = Home::new();
    let (prints, students) = enrolled(&home, count);
    let _running = home.start("run", &["run"]);
    drop_all(&home, &prints, &students);
    home.wait_for_closed(count, LONG);
    home
}

fn verdict(home: &Home, file: &Path) -> (String, i32) {
    let output = home.run(&["verify", "--json", file.to_str().expect("UTF-8")]);
    let verdict = output.json()[0]["verdict"].as_str().expect("a verdict").to_owned();
    (verdict, output.code)
}

fn findings(home: &Home) -> Vec<String> {
    let output = home.run(&["audit", "--json"]);
    let findings = output.json()["findings"].as_array().expect("findings").clone();
    assert_eq!(output.code, i32::from(!findings.is_empty()));
    findings.iter().map(|finding| finding["code"].as_str().expect("a code").to_owned()).collect()
}

#[test]
fn verify_tells_genuine_altered_and_foreign_apart() {
    let home = issued(1);
    let original = archived_file(&home, &home.certificates()[0]);
    assert_eq!(verdict(&home, &original), ("valid".to_owned(), 0));

    let bytes = fs::read(&original).expect("the archived file");
    let copy = home.at("copy.pdf");
    fs::write(&copy, &bytes).expect("a copy");
    assert_eq!(verdict(&home, &copy).0, "valid", "wherever it lies");

    for at in [20, bytes.len() / 3, bytes.len() / 2, bytes.len() - 10] {
        let mut altered = bytes.clone();
        altered[at] ^= 1;
        fs::write(&copy, altered).expect("a copy");
        assert_eq!(verdict(&home, &copy), ("not_valid".to_owned(), 1), "byte {at}");
    }

    let mut appended = bytes;
    appended.extend_from_slice(b"\n1 0 obj\n<<>>\nendobj\n%%EOF\n");
    fs::write(&copy, appended).expect("a copy");
    assert_eq!(verdict(&home, &copy).0, "not_valid");

    // Signed by another school: its trial key is another one.
    let stranger = issued(1);
    let foreign = archived_file(&stranger, &stranger.certificates()[0]);
    assert_eq!(verdict(&home, &foreign), ("not_valid".to_owned(), 1));
}

#[test]
fn verify_says_that_a_superseded_certificate_is_not_the_latest() {
    let home = Home::new();
    let (prints, students) = enrolled(&home, 1);
    let _running = home.start("run", &["run"]);
    drop_all(&home, &prints, &students);
    home.wait_for_closed(1, LONG);
    let first = archived_file(&home, &home.certificates()[0]);
    let reprinted = prints.print_with(&students[0], "reissue");
    home.drop(&format!("{}_zh_reissue.pdf", students[0].number), &reprinted);
    home.wait_for_closed(2, LONG);
    assert_eq!(verdict(&home, &first).0, "not_latest");
}

#[test]
fn audit_finds_a_flipped_byte_a_missing_file_and_an_orphan() {
    let home = issued(3);
    assert_eq!(findings(&home), Vec::<String>::new());

    let files = home.pdfs("archive");
    let mut altered = fs::read(&files[0]).expect("an archived file");
    altered[1000] ^= 1;
    fs::set_permissions(&files[0], fs::Permissions::from_mode(0o600)).expect("our own file");
    fs::write(&files[0], altered).expect("a written file");
    assert_eq!(findings(&home), ["hash_differs"]);

    fs::remove_file(&files[1]).expect("a removed file");
    assert_eq!(findings(&home).len(), 2);

    fs::copy(&files[2], home.at("archive/stranger.pdf")).expect("a copy");
    let mut found = findings(&home);
    found.sort();
    assert_eq!(found, ["archive_orphan", "file_missing", "hash_differs"]);
}

#[test]
fn an_archived_file_is_read_only() {
    let home = issued(1);
    let mode = fs::metadata(&home.pdfs("archive")[0]).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o440);
}
