//! Files that are broken, or whose structure leads round in circles.

use std::fmt::Write as _;
use std::fs;
use std::process::Command;

use crate::builder::{CATALOG, CONTENT, DESCENDANT, FONT, PAGE, PAGES};
use crate::sheet::{FREE, Sheet, UNICODE, find};
use crate::{Case, Must, Siege};

use Must::{Harmless, Refuse};

/// The file with another place at which its cross-reference is said to be.
fn starting_at(sheet: &Sheet, start: usize) -> Vec<u8> {
    let mut bytes = sheet.bytes();
    bytes.truncate(find(&bytes, b"startxref").expect("its end"));
    bytes.extend_from_slice(format!("startxref\n{start}\n%%EOF\n").as_bytes());
    bytes
}

/// The file, whose trailer says that another table stands before this one.
fn after(mut sheet: Sheet, previous: fn(usize) -> usize) -> Vec<u8> {
    let own = find(&sheet.bytes(), b"xref\n").expect("a table");
    write!(sheet.raw.trailer, " /Prev {}", previous(own)).expect("a string");
    sheet.bytes()
}

/// The file with a chain of so many tables, each of which names the one before.
fn revisions(sheet: &Sheet, count: usize) -> Vec<u8> {
    let mut bytes = sheet.bytes();
    let mut previous = find(&bytes, b"xref\n").expect("a table");
    for _ in 0..count {
        let start = bytes.len();
        let table = format!(
            "xref\n0 1\n0000000000 65535 f \ntrailer\n<< /Size 10 /Root 1 0 R /Prev {previous} >>\n\
             startxref\n{start}\n%%EOF\n"
        );
        bytes.extend_from_slice(table.as_bytes());
        previous = start;
    }
    bytes
}

/// The file as qpdf encrypts it.
fn encrypted(sheet: &Sheet, user: &str, bits: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a folder");
    let (plain, out) = (folder.path().join("plain.pdf"), folder.path().join("out.pdf"));
    fs::write(&plain, sheet.bytes()).expect("a written file");
    let mut qpdf = Command::new("qpdf");
    qpdf.args(["--allow-weak-crypto", "--encrypt", user, "owner", bits, "--"]);
    let done = qpdf.arg(&plain).arg(&out).status().expect("qpdf runs");
    assert!(done.success(), "qpdf encrypts");
    fs::read(out).expect("a written file")
}

#[test]
fn what_is_cut_off_is_refused() {
    let mut siege = Siege::lay();
    let student = siege.student();
    let whole = siege.prints.print(&student);
    // All at once: each is given the time that a file on its way needs.
    let before = siege.time();
    for tenth in 0..10 {
        let cut = &whole[..whole.len() * tenth / 10];
        siege.home.drop(&format!("cut-{tenth}.pdf"), cut);
        let sidecar = format!("student_no: {}\nkind: first\nlanguage: zh\n", student.number);
        siege.home.drop(&format!("cut-{tenth}.yaml"), sidecar.as_bytes());
    }
    for tenth in 0..10 {
        let code = if tenth == 0 { "empty" } else { "truncated" };
        let what = format!("cut at {tenth} tenths");
        let verdict = siege.verdict(&format!("cut-{tenth}"), &student.number);
        siege.hold(&what, &verdict, Refuse(code), &student);
    }
    siege.took("ten files cut off", before);
    // The same with an end put behind, as where a transfer lost a part.
    for tenth in 1..10 {
        let cut = [&whole[..whole.len() * tenth / 10], b"\n%%EOF\n"].concat();
        siege.one(
            &format!("cut at {tenth} tenths, with an end"),
            |_| cut.clone(),
            Refuse("pdf_damaged"),
        );
    }
    siege.lift();
}

#[test]
fn what_is_broken_is_refused() {
    const CASES: &[Case] = &[
        ("a text", |_| b"Dear Sir or Madam,\n%%EOF\n".to_vec(), Refuse("not_a_pdf")),
        ("a picture", |_| b"\xFF\xD8\xFF\xE0 JFIF".to_vec(), Refuse("not_a_pdf")),
        ("zeros", |_| vec![0; 4_000_000], Refuse("not_a_pdf")),
        (
            "a program of a web page before a PDF",
            |s| [b"<script>alert(1)</script>".repeat(60), s.bytes()].concat(),
            Refuse("not_a_pdf"),
        ),
        ("a head and an end", |_| b"%PDF-1.7\n%%EOF\n".to_vec(), Refuse("pdf_damaged")),
        (
            "a head and an end far apart",
            |_| [b"%PDF-1.7\n".to_vec(), vec![b'\n'; 19 << 20], b"%%EOF\n".to_vec()].concat(),
            Refuse("pdf_damaged"),
        ),
        (
            "a head and 19 MB of opened arrays",
            |_| {
                [b"%PDF-1.7\n".to_vec(), vec![b'['; 19 << 20], b"startxref\n9\n%%EOF\n".to_vec()]
                    .concat()
            },
            Refuse("pdf_damaged"),
        ),
        ("a table at the end of the file", |s| starting_at(&s, 99_999_999), Refuse("pdf_damaged")),
        ("a table in an object", |s| starting_at(&s, 20), Refuse("pdf_damaged")),
        ("a table before the file", |s| starting_at(&s, usize::MAX), Refuse("pdf_damaged")),
        ("a table after itself", |s| after(s, |own| own), Harmless),
        ("a table after nothing", |s| after(s, |_| 0), Refuse("pdf_damaged")),
        ("a table after the file", |s| after(s, |own| own * 1_000), Refuse("pdf_damaged")),
        ("1,000 revisions", |s| revisions(&s, 1_000), Refuse("pdf_damaged")),
        ("20 revisions", |s| revisions(&s, 20), Harmless),
        (
            "4,000 names for one object",
            |s| {
                s.stream(FREE, "", &vec![b'x'; 1 << 20]).raw.bytes_with(|offsets| {
                    let at = offsets[&FREE];
                    offsets.extend((100..4_100).map(|number| (number, at)));
                })
            },
            Refuse("pdf_damaged"),
        ),
        (
            "objects under each other's numbers",
            |s| {
                s.raw.bytes_with(|offsets| {
                    let (page, font) = (offsets[&PAGE], offsets[&FONT]);
                    offsets.extend([(PAGE, font), (FONT, page)]);
                })
            },
            Harmless,
        ),
        ("a reference to itself", |s| s.object(PAGE, "3 0 R").bytes(), Refuse("pdf_damaged")),
        (
            "a chain of references",
            |mut s| {
                for number in 100..5_000 {
                    s = s.object(number, &format!("{} 0 R", number + 1));
                }
                s.edit(CATALOG, "/Pages 2 0 R", "/Pages 100 0 R").object(5_000, "2 0 R").bytes()
            },
            Refuse("pdf_damaged"),
        ),
        ("no catalog", |s| s.object(CATALOG, "null").bytes(), Refuse("pdf_damaged")),
        (
            "60,000 objects",
            |mut s| {
                for number in 100..60_100 {
                    s = s.object(number, "null");
                }
                s.bytes()
            },
            Refuse("pdf_too_many_objects"),
        ),
        (
            "50,000 levels of arrays",
            |s| s.object(FREE, &format!("{}{}", "[".repeat(50_000), "]".repeat(50_000))).bytes(),
            Refuse("pdf_damaged|pdf_too_deep"),
        ),
        (
            "50,000 levels of dictionaries",
            |s| {
                s.object(FREE, &format!("{}{}", "<</A".repeat(50_000), ">>".repeat(50_000))).bytes()
            },
            Refuse("pdf_damaged|pdf_too_deep"),
        ),
        (
            "50,000 levels of arrays as content",
            |s| s.draws(&format!("{}{} {{}}", "[".repeat(50_000), "]".repeat(50_000))).bytes(),
            Harmless,
        ),
        (
            "100,000 saved states",
            |s| s.draws(&format!("{} {{}} {}", "q ".repeat(100_000), "Q ".repeat(100_000))).bytes(),
            Harmless,
        ),
        (
            "a form in itself",
            |s| {
                s.resources("/XObject << /X 10 0 R >>")
                    .stream(FREE, "/Subtype /Form /BBox [0 0 842 595]", b"/X Do")
                    .draws("{} /X Do")
                    .bytes()
            },
            Refuse("pdf_damaged|pdf_too_deep"),
        ),
        (
            "a font in itself",
            |s| s.edit(FONT, "[6 0 R]", "[5 0 R]").bytes(),
            Refuse("font_not_embedded"),
        ),
        (
            "no font program",
            |s| s.edit(DESCENDANT, "/FontDescriptor 7 0 R", "").bytes(),
            Refuse("font_not_embedded"),
        ),
        (
            "no character collection",
            |s| s.edit(DESCENDANT, "/CIDSystemInfo", "/Was").bytes(),
            Refuse("font_incomplete"),
        ),
        (
            "a length that is too long",
            |s| s.edit(CONTENT, "/Length ", "/Length 9").bytes(),
            Refuse("pdf_damaged"),
        ),
        (
            "a length of nought",
            |s| s.edit(CONTENT, "/Length ", "/Length 0 /Was ").bytes(),
            Refuse("pdf_damaged"),
        ),
        (
            "a negative length",
            |s| s.edit(CONTENT, "/Length ", "/Length -").bytes(),
            Refuse("pdf_damaged"),
        ),
        ("no length", |s| s.edit(CONTENT, "/Length", "/Size").bytes(), Refuse("pdf_damaged")),
        (
            "a length that is the stream itself",
            |s| s.object(CONTENT, "<< /Length 4 0 R >>\nstream\nq Q\nendstream").bytes(),
            Refuse("pdf_damaged"),
        ),
        (
            "lengths that lead on",
            |mut s| {
                for number in 100..4_000 {
                    let length = format!("<< /Length {} 0 R >>\nstream\n\nendstream", number + 1);
                    s = s.object(number, &length);
                }
                s.bytes()
            },
            Refuse("pdf_damaged"),
        ),
    ];
    let mut siege = Siege::lay();
    siege.judge(CASES);
    siege.lift();
}

#[test]
fn what_opens_only_with_a_password_is_refused() {
    const CASES: &[Case] = &[
        ("no password to open, 40 bits", |s| encrypted(&s, "", "40"), Harmless),
        ("no password to open, 128 bits", |s| encrypted(&s, "", "128"), Harmless),
        ("no password to open, 256 bits", |s| encrypted(&s, "", "256"), Harmless),
        ("a password, 40 bits", |s| encrypted(&s, "secret", "40"), Refuse("pdf_encrypted")),
        ("a password, 128 bits", |s| encrypted(&s, "secret", "128"), Refuse("pdf_encrypted")),
        ("a password, 256 bits", |s| encrypted(&s, "secret", "256"), Refuse("pdf_encrypted")),
        (
            "a cipher that nobody knows",
            |s| {
                s.trailer(" /Encrypt << /Filter /Standard /V 99 /R 99 /O <00> /U <00> /P 0 >>")
                    .bytes()
            },
            Refuse("pdf_encrypted"),
        ),
        (
            "an encryption that refers to itself",
            |s| s.trailer(" /Encrypt 10 0 R").object(FREE, "10 0 R").bytes(),
            Refuse("pdf_encrypted"),
        ),
        (
            "a certificate's encryption",
            |s| s.trailer(" /Encrypt << /Filter /Adobe.PubSec /V 4 >>").bytes(),
            Refuse("pdf_encrypted"),
        ),
    ];
    let mut siege = Siege::lay();
    siege.judge(CASES);
    siege.lift();
}

#[test]
fn a_map_of_codes_that_never_ends_is_read_to_an_end() {
    const RANGES: &str = "beginbfrange <0000> <ffff> <0000> endbfrange\n";
    let mut siege = Siege::lay();
    siege.one(
        "ranges over ranges",
        |s| s.stream(UNICODE, "", RANGES.repeat(20_000).as_bytes()).bytes(),
        Must::Wait,
    );
    siege.one("no map", |s| s.object(UNICODE, "null").bytes(), Must::Wait);
    siege.one(
        "a map that is the page",
        |s| s.edit(FONT, "/ToUnicode 9 0 R", "/ToUnicode 3 0 R").bytes(),
        Must::Wait,
    );
    siege.one(
        "pages under a name of a font",
        |s| s.edit(PAGES, "/Kids[3 0 R]", "/Kids[5 0 R]").bytes(),
        Refuse("pdf_damaged"),
    );
    siege.lift();
}
