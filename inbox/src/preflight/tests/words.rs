//! Comparing the page's text with the roster.

use super::builder::{CATALOG, CONTENT, FONT, FREE, PAGE, PAGES, Raw, UNICODE};
use super::*;

const NUMBER: &str = "B11012345";

fn text_of(raw: &Raw) -> PageText {
    look(&raw.bytes()).unwrap().text
}

fn on(page: &str, name: &str, number: &str) -> TextVerdict {
    verdict_on(&text_of(&Raw::showing(page)), name, number)
}

#[test]
fn names_and_numbers_are_found_however_they_are_written() {
    for (page, name) in [
        ("學生王大明學號B11012345", "王大明"),
        ("學生　王　大　明　學號　Ｂ１１０１２３４５", "王大明"),
        ("王大\n明 B11012345", "王 大 明"),
        ("\u{2F24}同 B11012345", "大同"),
        ("王⻑⺠ B11012345", "王長民"),
        ("\u{F9FD}大 B11012345", "什大"),
        ("瓦歷斯‧諾幹 B11012345", "瓦歷斯·諾幹"),
        ("WANG,\nDA-MING (b11012345)", "Wang, Da-Ming"),
        ("Da‑Ming Wang B11012345", "WANG, Da-Ming"),
        ("Sean O’Neil B11012345", "Sean O'Neil"),
        ("𠮷野 B11012345", "𠮷野"),
    ] {
        assert_eq!(on(page, name, NUMBER), TextVerdict::Agrees, "{page} {name}");
    }
}

#[test]
fn parts_of_something_longer_are_not_found() {
    for (page, name, number) in [
        ("王大明 B110123456", "王大明", NUMBER),
        ("王大明 AB11012345", "王大明", NUMBER),
        ("王大明 B11012345", "王大明", "1101234"),
        ("王大明 B 1 1 0 1 2 3 4 5 6", "王大明", NUMBER),
        ("王大明 B11012345-7", "王大明", NUMBER),
        ("Chen Lina B11012345", "Chen Lin", NUMBER),
        ("王大明 2026/06/14", "王大明", "20260614"),
        ("WANG, Da-Ming-Li B11012345", "WANG, Da-Ming", NUMBER),
        ("林小華 B11012345", "王大明", NUMBER),
        ("王大明", "王大明", NUMBER),
        ("B11012345", "王大明", NUMBER),
    ] {
        let text = text_of(&Raw::showing(page));
        assert_eq!(verdict_on(&text, name, number), TextVerdict::Differs, "{page} {name} {number}");
    }
}

#[test]
fn letter_spaced_numbers_are_found() {
    assert_eq!(on("王大明\nB 1 1 0 1 2 3 4 5\n畢業", "王大明", NUMBER), TextVerdict::Agrees);
}

#[test]
fn the_certificate_number_serves_as_well() {
    let text = text_of(&Raw::showing("(114)學位字第000123號 王大明"));
    let check = |certificate_no| {
        text.check(&ExpectedText { name: "王大明", student_no: NUMBER, certificate_no })
    };
    assert_eq!(check(Some("（114）學位字第000123號")), TextVerdict::Agrees);
    assert_eq!(check(Some("（114）學位字第000124號")), TextVerdict::Differs);
    assert_eq!(check(None), TextVerdict::Differs);
}

#[test]
fn private_use_characters_can_not_be_read() {
    // The roster has the character, the print system a private one in its place.
    assert_eq!(on("王大\u{E123} B11012345", "王大堃", NUMBER), TextVerdict::Unreadable);
    // The private one is in the roster: nobody can say that it is the same.
    assert_eq!(on("王大\u{E123} B11012345", "王大\u{E123}", NUMBER), TextVerdict::Unreadable);
    // It must not vanish and leave a shorter name behind.
    assert_eq!(on("王大\u{E123}明 B11012345", "王大明", NUMBER), TextVerdict::Unreadable);
    assert_eq!(on("王大明 B11012345", "王大\u{E123}明", NUMBER), TextVerdict::Unreadable);
    // Somewhere else on the page it does not matter.
    assert_eq!(on("\u{E123} 王大明 B11012345", "王大明", NUMBER), TextVerdict::Agrees);
}

#[test]
fn a_placeholder_map_can_not_be_read() {
    let content = "BT /F1 20 Tf 100 500 Td <738B5927660E> Tj ET";
    let map = b"beginbfrange <0000> <FFFF> <0000> endbfrange";
    let text = text_of(&Raw::with(content).stream(UNICODE, "", map));
    assert_eq!(verdict_on(&text, "王大明", NUMBER), TextVerdict::Unreadable);
}

#[test]
fn the_text_stays_out_of_logs() {
    let text = text_of(&Raw::showing("王大明 B11012345"));
    let shown = format!("{text:?}");
    assert!(!shown.contains('王') && !shown.contains("110"), "{shown}");
}

#[test]
fn an_empty_expectation_is_never_found() {
    assert_eq!(on("王大明 B11012345", "", NUMBER), TextVerdict::Differs);
    assert_eq!(on("王大明 B11012345", "王大明", " "), TextVerdict::Differs);
}

#[test]
fn invisible_text_is_no_evidence() {
    let shown = "王大明 B11012345";
    let visible = Raw::showing(shown);
    assert_eq!(verdict_on(&text_of(&visible), "王大明", NUMBER), TextVerdict::Agrees);
    for (from, to) in [
        ("BT /F1", "BT 3 Tr /F1"),
        ("100 500 Td", "100 700 Td"),
        ("100 500 Td", "-400 500 Td"),
        ("BT /F1 20", "BT /F1 0.5"),
    ] {
        let hidden = Raw::showing(shown).edit(CONTENT, from, to);
        let hidden = hidden.edit(CONTENT, "ET", "ET                ");
        // Same length of text, so the stream's length is mended by hand.
        let text = text_of(&mend(hidden));
        assert!(text.is_empty(), "{to}");
        assert_eq!(verdict_on(&text, "王大明", NUMBER), TextVerdict::Unreadable, "{to}");
    }
}

/// Puts the content back as a stream of the right length.
fn mend(raw: Raw) -> Raw {
    let bytes = raw.bytes();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let start = text.find("BT ").unwrap();
    let end = start + text[start..].find("ET").unwrap() + 2;
    raw.stream(CONTENT, "", &text.as_bytes()[start..end])
}

#[test]
fn words_that_are_only_apart_are_apart() {
    let map = b"beginbfchar <0001> <0057> <0002> <0041> endbfchar";
    let gap = "BT /F1 20 Tf 100 500 Td [<0001> -300 <0002>] TJ ET";
    let none = "BT /F1 20 Tf 100 500 Td [<0001> 20 <0002>] TJ ET";
    let bold = "BT /F1 20 Tf 100 500 Td <0001> Tj 0.4 0 Td <0001> Tj ET";
    for (content, text) in [(gap, "W A"), (none, "WA"), (bold, "W")] {
        let page = Raw::with(content).stream(UNICODE, "", map);
        assert_eq!(text_of(&page), text_of(&Raw::showing(text)), "{content}");
    }
}

#[test]
fn text_in_forms_is_shown() {
    let shown = Raw::showing("王大明 B11012345");
    let content = String::from_utf8_lossy(&shown.bytes()).into_owned();
    let start = content.find("BT ").unwrap();
    let end = start + content[start..].find("ET").unwrap() + 2;
    let form = "/Type /XObject /Subtype /Form /BBox [0 0 900 900] /Matrix [1 0 0 1 0 -100]";
    let page = shown
        .stream(20, form, &content.as_bytes()[start..end])
        .stream(CONTENT, "", b"q 0.5 0 0 0.5 0 0 cm /X1 Do Q")
        .edit(PAGE, "/Font <<", "/XObject << /X1 20 0 R >> /Font <<");
    assert_eq!(verdict_on(&text_of(&page), "王大明", NUMBER), TextVerdict::Agrees);
}

#[test]
fn codes_of_a_character_set_are_read_without_a_map() {
    let page = |encoding: &str, codes: &str| {
        Raw::with(&format!("BT /F1 20 Tf 100 500 Td <{codes}> Tj ET"))
            .edit(FONT, "/Identity-H", encoding)
            .edit(FONT, "/ToUnicode 7 0 R", "")
    };
    let big5 = text_of(&page("/ETen-B5-H", "A4FDA46AA9FA2042313130"));
    assert_eq!(verdict_on(&big5, "王大明", "B110"), TextVerdict::Agrees);
    let utf16 = text_of(&page("/UniCNS-UTF16-H", "738B5927660E00200042003100310030"));
    assert_eq!(verdict_on(&utf16, "王大明", "B110"), TextVerdict::Agrees);
    let glyphs = text_of(&page("/Identity-H", "738B5927660E"));
    assert_eq!(verdict_on(&glyphs, "王大明", "B110"), TextVerdict::Unreadable);
}

#[test]
fn the_first_page_of_any_file_can_be_read() {
    let text = "王大明\n115-000001";
    let read =
        |raw: &Raw| first_page_text(&raw.bytes(), &LIMITS).map(|text| text.as_str().to_owned());
    assert_eq!(read(&Raw::showing(text)).unwrap(), text);
    let two = Raw::showing(text)
        .edit(PAGES, "[3 0 R]", "[3 0 R 9 0 R]")
        .object(FREE, "<< /Type /Page /Parent 2 0 R /Contents 4 0 R >>")
        .edit(CATALOG, "/Catalog", "/Catalog /OpenAction << /S /JavaScript /JS (x) >>");
    assert!(look(&two.bytes()).is_err(), "no drop");
    assert_eq!(read(&two).unwrap(), text);
    assert!(first_page_text(b"no PDF", &LIMITS).is_none());
}
