//! Objects in streams, and the tables that list them.

use std::fmt::Write as _;

use crate::builder::{CATALOG, PAGE};
use crate::sheet::Sheet;
use crate::{Case, Must, Siege};

use Must::{Harmless, Refuse};

/// An object stream with these objects.
fn packed(sheet: Sheet, number: u32, objects: &[(u32, &str)], entries: &str) -> Sheet {
    let (mut index, mut bodies) = (String::new(), String::new());
    for (number, body) in objects {
        write!(index, "{number} {} ", bodies.len()).expect("a string");
        bodies.push_str(body);
        bodies.push(' ');
    }
    let entries = format!("/Type /ObjStm /N {} /First {} {entries}", objects.len(), index.len());
    sheet.stream(number, &entries, format!("{index}{bodies}").as_bytes())
}

#[test]
fn objects_in_streams_play_no_tricks() {
    const CASES: &[Case] = &[
        (
            "a catalog in an object stream",
            |s| {
                let s = s.object(CATALOG, "null").trailer(" /Was 1");
                let mut s = packed(s, 20, &[(21, "<</Type/Catalog/Pages 2 0 R>>")], "");
                s.raw.trailer = "/Root 21 0 R".into();
                s.raw.bytes_packed(&[(21, 20)], "")
            },
            Harmless,
        ),
        (
            "an object stream in itself",
            |s| packed(s, 20, &[(20, "<<>>")], "").raw.bytes_packed(&[(20, 20)], ""),
            Harmless,
        ),
        (
            "an object stream that extends itself",
            |s| packed(s, 20, &[(21, "<<>>")], "/Extends 20 0 R").raw.bytes_packed(&[(21, 20)], ""),
            Harmless,
        ),
        (
            "JavaScript in an object stream",
            |s| {
                packed(s, 20, &[(21, "<</S/JavaScript/JS(1)>>")], "")
                    .raw
                    .bytes_packed(&[(21, 20)], "")
            },
            Refuse("javascript"),
        ),
        (
            "JavaScript in an object stream that no table lists",
            |s| packed(s, 20, &[(21, "<</S/JavaScript/JS(1)>>")], "").bytes(),
            Refuse("javascript"),
        ),
        (
            "a million objects said to be in a stream",
            |s| {
                s.stream(20, "/Type /ObjStm /N 1000000 /First 4", b"1 0 <<>>")
                    .raw
                    .bytes_packed(&[(21, 20)], "")
            },
            Harmless,
        ),
        (
            "objects beyond the end of their stream",
            |s| {
                s.stream(20, "/Type /ObjStm /N 1 /First 9999", b"21 0 <<>>")
                    .raw
                    .bytes_packed(&[(21, 20)], "")
            },
            Refuse("pdf_damaged"),
        ),
        (
            "objects that lie over each other",
            |s| {
                let index: String = (100..4_000).map(|number| format!("{number} 0 ")).collect();
                let entries = format!("/Type /ObjStm /N 3900 /First {}", index.len());
                s.stream(20, &entries, format!("{index}({})", "x".repeat(1 << 16)).as_bytes())
                    .bytes()
            },
            Refuse("pdf_damaged"),
        ),
        (
            "a stream in an object stream",
            |s| {
                packed(s, 20, &[(21, "<</Length 3>>stream\nq Q\nendstream")], "")
                    .edit(PAGE, "/Contents 4 0 R", "/Contents 21 0 R")
                    .raw
                    .bytes_packed(&[(21, 20)], "")
            },
            Refuse("pdf_damaged"),
        ),
        ("widths of nought", |s| s.raw.bytes_packed(&[], "/W [0 0 0]"), Refuse("pdf_damaged")),
        (
            "widths of gigabytes",
            |s| s.raw.bytes_packed(&[], "/W [1 99999999999 1]"),
            Refuse("pdf_damaged"),
        ),
        (
            "a trillion entries",
            |s| s.raw.bytes_packed(&[], "/Index [0 999999999999]"),
            Refuse("pdf_damaged"),
        ),
    ];
    let mut siege = Siege::lay();
    siege.judge(CASES);
    siege.lift();
}
