//! Every font that shows a glyph is in the file.

use super::builder::{DESCENDANT, FONT, FREE, PAGE, PROGRAM, Raw};
use super::*;

/// A page where `F2` is Helvetica without its program.
fn helvetica(content: &str) -> Raw {
    Raw::with(content)
        .edit(PAGE, "/F1 5 0 R", "/F1 5 0 R /F2 9 0 R")
        .object(FREE, "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
}

#[test]
fn a_font_counts_when_it_shows_something() {
    for (content, code) in [
        ("BT /F2 12 Tf 1 0 0 1 50 50 Tm (a) Tj ET", "font_not_embedded"),
        ("BT /F2 12 Tf 1 0 0 1 50 50 Tm [10 (a)] TJ ET", "font_not_embedded"),
        ("BT /F2 12 Tf 1 0 0 1 50 50 Tm (a) ' ET", "font_not_embedded"),
        ("BT /F2 12 Tf 1 0 0 1 50 50 Tm 0 0 (a) \" ET", "font_not_embedded"),
        ("BT /F2 12 Tf 0 14.4 TL ET", "accepted"),
        ("BT /F2 12 Tf () Tj ( ) Tj ET", "accepted"),
        ("BT /F2 12 Tf 3 Tr (a) Tj ET", "accepted"),
        ("q BT /F2 12 Tf ET Q BT /F1 12 Tf <0001> Tj ET", "accepted"),
        ("/F2 12 Tf q /F1 12 Tf Q BT (a) Tj ET", "font_not_embedded"),
        ("BT /F9 12 Tf (a) Tj ET", "font_missing"),
        ("BT (a) Tj ET", "font_missing"),
    ] {
        assert_eq!(verdict(&helvetica(content).bytes()), code, "{content}");
    }
}

#[test]
fn the_refusal_names_the_font_and_the_way_out() {
    let reason = look(&helvetica("BT /F2 12 Tf (a) Tj ET").bytes()).unwrap_err();
    assert!(reason.message_zh.contains("Helvetica") && reason.message_en.contains("Helvetica"));
    assert!(reason.hint_zh.contains("內嵌所有字型") && reason.hint_en.contains("embed all fonts"));
}

#[test]
fn a_program_that_is_not_there_is_no_program() {
    let content = "BT /F1 12 Tf <0001> Tj ET";
    assert_eq!(verdict(&Raw::with(content).bytes()), "accepted");
    let empty = Raw::with(content).stream(PROGRAM, "", b"");
    assert_eq!(verdict(&empty.bytes()), "font_not_embedded");
    let dangling = Raw::with(content).bytes_with(|offsets| {
        offsets.remove(&PROGRAM);
    });
    assert_eq!(verdict(&dangling), "font_not_embedded");
}

/// Poppler shows none of these.
#[test]
fn a_composite_font_says_how_its_codes_become_glyphs() {
    let shown = || Raw::with("BT /F1 12 Tf <0001> Tj ET");
    let collection = "/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >>";
    for raw in [
        shown().edit(DESCENDANT, collection, ""),
        shown().edit(DESCENDANT, collection, "/CIDSystemInfo null"),
        shown().edit(DESCENDANT, "/Registry (Adobe)", ""),
        shown().edit(DESCENDANT, "/Ordering (Identity)", "/Ordering /Identity"),
        shown().edit(FONT, "/Encoding /Identity-H", ""),
    ] {
        assert_eq!(verdict(&raw.bytes()), "font_incomplete");
    }
    let unused = Raw::with("").edit(DESCENDANT, collection, "");
    assert_eq!(verdict(&unused.bytes()), "accepted");
}

#[test]
fn fonts_hide_nowhere() {
    let inner = "BT /F2 12 Tf (a) Tj ET";
    let own = "/Resources << /Font << /F2 9 0 R >> >>";
    let type3 = "<< /Type /Font /Subtype /Type3 /FontMatrix [0.001 0 0 0.001 0 0] \
        /FontBBox [0 0 1000 1000] /FirstChar 65 /LastChar 65 /Widths [1000] \
        /Encoding << /Differences [65 /g] >> /CharProcs << /g 12 0 R >> \
        /Resources << /Font << /F2 9 0 R >> >> >>";
    let base = |content: &str| {
        helvetica(content)
            .edit(
                PAGE,
                "/Font <<",
                "/XObject << /X1 10 0 R >> /Pattern << /P1 11 0 R >> /ExtGState << /G1 14 0 R /G2 15 0 R >> \
                 /Font << /F3 13 0 R",
            )
            .stream(10, &format!("/Subtype /Form /BBox [0 0 9 9] {own}"), inner.as_bytes())
            .stream(11, &format!("/PatternType 1 /PaintType 1 {own}"), inner.as_bytes())
            .stream(12, "", format!("1000 0 d0 {inner}").as_bytes())
            .object(13, type3)
            .object(14, "<< /Font [9 0 R 12] >>")
            .object(15, "<< /SMask << /S /Luminosity /G 10 0 R >> >>")
    };
    for (content, code) in [
        ("0 0 9 9 re f", "accepted"),
        ("/X1 Do", "font_not_embedded"),
        ("/Pattern cs /P1 scn 0 0 9 9 re f", "font_not_embedded"),
        ("BT /F3 12 Tf (A) Tj ET", "font_not_embedded"),
        ("BT /F3 12 Tf (B) Tj ET", "accepted"),
        ("BT /G1 gs (a) Tj ET", "font_not_embedded"),
        ("/G2 gs", "font_not_embedded"),
    ] {
        assert_eq!(verdict(&base(content).bytes()), code, "{content}");
    }
}

#[test]
fn what_stands_in_an_inline_image_is_no_text() {
    let image = "BI /W 8 /H 1 /BPC 8 /CS /G ID (a) Tj  EI";
    let raw = helvetica(&format!("BT /F2 12 Tf {image} ET"));
    assert_eq!(verdict(&raw.bytes()), "accepted");
}

#[test]
fn a_symbolic_subset_without_a_map_can_not_be_read() {
    let font = |descriptor: &str, encoding: &str| {
        Raw::with("BT /F1 12 Tf 50 50 Td (AB) Tj ET").object(
            5,
            &format!(
                "<< /Type /Font /Subtype /TrueType /BaseFont /A /Encoding {encoding} \
                 /FontDescriptor << /Flags {descriptor} /FontFile2 8 0 R >> >>"
            ),
        )
    };
    for (flags, encoding, readable) in [
        ("32", "/WinAnsiEncoding", true),
        ("4", "/WinAnsiEncoding", false),
        ("4", "null", false),
        ("32", "<< /Differences [65 /B /A] >>", true),
        ("32", "<< /Differences [65 /g1 /g2] >>", false),
    ] {
        let text = look(&font(flags, encoding).bytes()).unwrap().text;
        assert_eq!(text.is_readable(), readable, "{flags} {encoding}");
    }
}
