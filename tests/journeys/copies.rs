//! What became of a certificate's file on its way: `verify` tells an original, an altered one, and
//! a damaged copy of a genuine one apart.

use sealpress_tests::Home;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::accepted::archived_file;
use crate::{LONG, drop_all, enrolled};

/// A home with one certificate, superseded where `reissued`, and the file of the first.
fn issued(reissued: bool) -> (Home, PathBuf) {
    let home = Home::new();
    let (prints, students) = enrolled(&home, 1);
    let _running = home.start("run", &["run"]);
    drop_all(&home, &prints, &students);
    home.wait_for_closed(1, LONG);
    let first = archived_file(&home, &home.certificates()[0]);
    if reissued {
        let reprinted = prints.print_with(&students[0], "reissue");
        home.drop(&format!("{}_zh_reissue.pdf", students[0].number), &reprinted);
        home.wait_for_closed(2, LONG);
    }
    (home, first)
}

fn judged(home: &Home, file: &Path) -> Value {
    let output = home.run(&["verify", "--json", file.to_str().expect("UTF-8")]);
    let judged = output.json()[0].clone();
    let valid = judged["verdict"] == "valid";
    assert_eq!(output.code, i32::from(!valid), "{judged}");
    judged
}

fn word<'a>(judged: &'a Value, key: &str) -> &'a str {
    judged[key].as_str().unwrap_or_default()
}

/// What `verify` finds of these bytes; whatever is no original is not valid.
fn finding(home: &Home, bytes: &[u8]) -> String {
    let file = home.at("handed-in.pdf");
    fs::write(&file, bytes).expect("a written file");
    let judged = judged(home, &file);
    assert_eq!(word(&judged, "verdict"), "not_valid", "{judged}");
    word(&judged, "finding").to_owned()
}

fn tool(program: &str, arguments: &[&str], from: &Path, to: &Path) -> Vec<u8> {
    let ran = Command::new(program).args(arguments).arg(from).arg(to).output();
    let ran = ran.unwrap_or_else(|error| panic!("{program}: {error}; run tests/setup.sh"));
    assert!(ran.status.success(), "{program}: {}", String::from_utf8_lossy(&ran.stderr));
    fs::read(to).expect("its result")
}

/// Saved anew with every stream plain, and two glyphs of the line that was drawn with most of them
/// exchanged: the page shows another name or number.
fn with_another_text(home: &Home, original: &Path) -> Vec<u8> {
    let plain = home.at("plain.pdf");
    let mut bytes = tool("qpdf", &["--qdf", "--object-streams=disable"], original, &plain);
    let (at, glyphs) = longest_line(&bytes);
    let glyph = |from: usize| bytes[at + from..at + from + 4].to_vec();
    let from = (0..glyphs - 4).step_by(4).find(|from| glyph(*from) != glyph(*from + 4));
    let from = at + from.expect("two glyphs that are not one");
    bytes[from..from + 8].rotate_left(4);
    fs::write(&plain, &bytes).expect("a written file");
    tool("qpdf", &[], &plain, &home.at("other-text.pdf"))
}

/// Where the longest string of glyphs stands that a line shows, and its digits.
fn longest_line(bytes: &[u8]) -> (usize, usize) {
    let ends = bytes.windows(4).enumerate().filter(|(_, end)| *end == b"> Tj");
    let line = |(end, _): (usize, &[u8])| {
        let start = bytes[..end].iter().rposition(|byte| *byte == b'<')? + 1;
        let digits = &bytes[start..end];
        digits.iter().all(u8::is_ascii_hexdigit).then_some((start, digits.len()))
    };
    ends.filter_map(line).max_by_key(|(_, digits)| *digits).expect("a line of glyphs")
}

/// An incremental update (ISO 32000-2, section 7.5.6) that writes over the page.
fn with_an_update(original: &[u8]) -> Vec<u8> {
    const PAGE: &str = "<</Type /Page/Parent";
    let text = String::from_utf8_lossy(original);
    let (before, page) = text.rsplit_once(PAGE).expect("a page");
    let number = before.split_whitespace().rev().nth(2).expect("its number");
    let page = page.split_once("endobj").expect("its end").0;
    let content = between(page, "/Contents ", " 0 R");
    let (_, trailer) = text.rsplit_once("trailer").expect("a trailer");
    let (root, previous) = (between(trailer, "/Root ", " 0 R"), between(trailer, "startxref", "%"));
    let (_, size) = trailer.rsplit_once("/Size ").expect("a size");
    let size: u32 = size.split('>').next().and_then(|size| size.parse().ok()).expect("a number");
    let font = "/Font <</H <</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>";
    let page = page
        .replace(&format!("/Contents {content} "), &format!("/Contents [{content} 0 R {size} "))
        .replacen(" 0 R/Resources <<", &format!(" 0 R]/Resources <<{font}"), 1);
    let shown = "BT /H 40 Tf 200 300 Td (with honours) Tj ET";

    let mut bytes = original.to_vec();
    let mut add = |text: String| {
        let at = bytes.len();
        bytes.extend(text.bytes());
        at
    };
    let page = add(format!("{number} 0 obj\n{PAGE}{page}endobj\n"));
    let length = shown.len();
    let stream =
        add(format!("{size} 0 obj\n<</Length {length}>>\nstream\n{shown}\nendstream\nendobj\n"));
    let rows = format!("{number} 1\n{page:010} 00000 n \n{size} 1\n{stream:010} 00000 n \n");
    let xref = add(format!("xref\n{rows}"));
    add(format!(
        "trailer\n<</Size {}/Root {root} 0 R/Prev {}>>\nstartxref\n{xref}\n%%EOF\n",
        size + 1,
        previous.trim()
    ));
    bytes
}

fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let (_, rest) = text.split_once(from).unwrap_or_else(|| panic!("{from} in {text}"));
    rest.split_once(to).unwrap_or_else(|| panic!("{to} in {text}")).0
}

#[test]
fn an_altered_certificate_is_told_from_a_damaged_copy() {
    let (home, original) = issued(false);
    let judgement = judged(&home, &original);
    assert_eq!((word(&judgement, "verdict"), word(&judgement, "finding")), ("valid", "valid"));
    let bytes = fs::read(&original).expect("the archived file");

    for at in [bytes.len() / 2, bytes.len() - 10] {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1;
        assert_eq!(finding(&home, &flipped), "altered", "byte {at}");
    }

    let updated = with_an_update(&bytes);
    assert!(shows(&home, &updated, "with honours"), "other programs show the update");
    assert_eq!(finding(&home, &updated), "altered");
    let saved_after_update = saved_anew(&home, &updated);
    assert_eq!(finding(&home, &saved_after_update), "altered", "saved anew to hide the update");

    let other_text = with_another_text(&home, &original);
    assert_eq!(finding(&home, &other_text), "altered");

    let copy = saved_anew(&home, &bytes);
    assert_eq!(finding(&home, &copy), "damaged_copy");
    let printed = home.at("printed.pdf");
    let printed = tool("pdftocairo", &["-pdf"], &original, &printed);
    assert_eq!(finding(&home, &printed), "damaged_copy");
    let judgement = judged(&home, &home.at("handed-in.pdf"));
    assert_eq!(word(&judgement, "certificate_no"), "115-000001");
    assert_eq!(word(&judgement, "status"), "issued");
}

/// Whether another maker's tool reads this on the page.
fn shows(home: &Home, bytes: &[u8], text: &str) -> bool {
    let file = home.at("shown.pdf");
    fs::write(&file, bytes).expect("a written file");
    sealpress_tests::judges::text(&file).contains(&text.replace(' ', ""))
}

fn saved_anew(home: &Home, bytes: &[u8]) -> Vec<u8> {
    let from = home.at("to-save.pdf");
    fs::write(&from, bytes).expect("a written file");
    tool("qpdf", &["--object-streams=generate"], &from, &home.at("saved.pdf"))
}

#[test]
fn what_another_school_signed_is_not_genuine() {
    let (home, original) = issued(true);
    assert_eq!(word(&judged(&home, &original), "finding"), "not_latest");
    let (stranger, foreign) = issued(false);
    assert_eq!(word(&judged(&stranger, &foreign), "finding"), "valid");
    // The other school counts its numbers as this one does: but for the code, the page is the same.
    let foreign = fs::read(foreign).expect("the archived file");
    assert_eq!(finding(&home, &foreign), "not_genuine");
    assert_eq!(finding(&home, b"no PDF at all"), "not_genuine");
    assert_eq!(finding(&home, b"%PDF-1.7\n%%EOF\n"), "not_genuine");
}

#[test]
fn of_several_files_and_a_zip_each_is_judged() {
    let (home, original) = issued(false);
    let original = original.to_str().expect("UTF-8");
    let zip = home.at("applicants.zip");
    fs::write(home.at("notes.txt"), "x").expect("a written file");
    let zipped = Command::new("python3")
        .args(["-m", "zipfile", "-c"])
        .args([&zip, Path::new(original), &home.at("notes.txt")])
        .status();
    assert!(zipped.expect("Python is installed (tests/setup.sh)").success());
    let zip = zip.to_str().expect("UTF-8");

    let output = home.run(&["verify", "--json", original, zip]);
    assert_eq!(output.code, 0, "what is no PDF is no finding: {}", output.data);
    let rows = output.json();
    let rows = rows.as_array().expect("a list");
    assert_eq!(rows.len(), 3);
    assert_eq!((word(&rows[0], "verdict"), word(&rows[1], "verdict")), ("valid", "valid"));
    assert_eq!(word(&rows[2], "not_judged"), "not_a_pdf");

    let output = home.run(&["verify", "--csv", zip]);
    let lines: Vec<&str> = output.data.lines().collect();
    assert!(lines[0].starts_with("\u{FEFF}file,verdict,"), "{}", lines[0]);
    assert!(lines[1].contains(",valid,115-000001,"), "{}", lines[1]);
    assert!(lines[2].contains("notes.txt,not a PDF"), "{}", lines[2]);
}
