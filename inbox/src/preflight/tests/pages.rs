//! One page, of the right size, in a file that opens.

use lopdf::{Document, EncryptionState, EncryptionVersion, Permissions};

use super::builder::{CATALOG, CONTENT, FREE, PAGE, PAGES, Raw};
use super::*;

fn page() -> Raw {
    Raw::showing("王大明")
}

#[test]
fn a_plain_page_is_accepted() {
    assert_eq!(verdict(&page().bytes()), "accepted");
    let junk = [b"\xEF\xBB\xBFX-Header: 1\n".as_slice(), &page().bytes()].concat();
    assert_eq!(verdict(&junk), "accepted");
}

#[test]
fn other_files_are_no_pdf() {
    for bytes in [b"".as_slice(), b"PK\x03\x04 a zip", b"\xFF\xD8\xFF\xE0 a picture", &[0; 4_000]] {
        assert_eq!(verdict(bytes), "not_a_pdf");
    }
    let buried = [vec![b' '; 2_000], page().bytes()].concat();
    assert_eq!(verdict(&buried), "not_a_pdf");
}

#[test]
fn exactly_one_page() {
    let none = page().edit(PAGES, "[3 0 R]", "[]");
    let two = page()
        .edit(PAGES, "[3 0 R]", "[3 0 R 9 0 R]")
        .object(FREE, "<< /Type /Page /Parent 2 0 R /Contents 4 0 R >>");
    for (raw, pages) in [(none, "0"), (two, "2")] {
        let reason = look(&raw.bytes()).unwrap_err();
        assert_eq!(reason.code, "page_count");
        assert!(reason.message_zh.contains(pages) && reason.message_en.contains(pages), "{reason}");
    }
}

#[test]
fn a_page_tree_that_is_none_is_refused() {
    for kids in ["[2 0 R]", "[3 0 R 3 0 R]", "[1 0 R]", "[99 0 R]"] {
        assert_eq!(verdict(&page().edit(PAGES, "[3 0 R]", kids).bytes()), "pdf_damaged", "{kids}");
    }
    let lost = page().edit(PAGE, "/Contents 4 0 R", "/Contents [4 0 R 99 0 R]");
    assert_eq!(verdict(&lost.bytes()), "pdf_damaged");
    let no_pages = page().edit(CATALOG, "/Pages 2 0 R", "");
    assert_eq!(verdict(&no_pages.bytes()), "pdf_damaged");
}

/// Some readers inherit on the way down, others by `/Parent`: what was examined is what both show.
#[test]
fn a_page_has_one_way_up() {
    let own = "/Parent 2 0 R";
    for parent in ["", "/Parent 9 0 R", "/Parent 3 0 R", "/Parent 180", "/Parent << /Rotate 0 >>"] {
        let raw =
            page().edit(PAGE, own, parent).object(FREE, "<< /Type /Pages /Kids [] /Count 0 >>");
        assert_eq!(verdict(&raw.bytes()), "pdf_damaged", "{parent}");
    }
    for (parent, code) in [
        ("/Parent null", "accepted"),
        ("/Parent 9 0 R", "pdf_damaged"),
        ("/Parent << /Rotate 0 >>", "pdf_damaged"),
    ] {
        let raw = page()
            .edit(PAGES, "/Kids", &format!("{parent} /Kids"))
            .object(FREE, "<< /Type /Pages /Kids [] /Count 0 >>");
        assert_eq!(verdict(&raw.bytes()), code, "above all pages: {parent}");
    }
}

#[test]
fn the_size_is_what_a_reader_shows() {
    for (boxes, code) in [
        ("/MediaBox [0 0 842 596]", "accepted"),
        ("/MediaBox [0 0 841.9 595]", "accepted"),
        ("/MediaBox [0 0 843.5 595]", "page_size"),
        ("/MediaBox [0 0 595 842]", "page_size"),
        ("/MediaBox [0 0 595 842] /Rotate 90", "accepted"),
        ("/MediaBox [0 0 595 842] /Rotate -270", "accepted"),
        ("/MediaBox [0 0 842 595] /Rotate 180", "accepted"),
        ("/MediaBox [0 0 842 595] /Rotate 90", "page_size"),
        ("/MediaBox [0 0 842 595] /Rotate 45", "page_box"),
        ("/MediaBox [-100 -100 900 700] /CropBox [0 0 842 595]", "accepted"),
        ("/MediaBox [0 0 842 595] /CropBox [-50 -50 900 900]", "accepted"),
        ("/MediaBox [0 0 842 595] /CropBox [0 0 400 595]", "page_size"),
        ("/MediaBox [0 0 421 297.5] /UserUnit 2", "accepted"),
        ("/MediaBox [0 0 842 595] /UserUnit 2", "page_size"),
        ("/MediaBox [0 0 842 595] /UserUnit 0", "page_box"),
        ("/MediaBox [842 595 0 0]", "page_box"),
        ("/MediaBox [0 0 0 0]", "page_box"),
        ("/MediaBox [0 0 842]", "page_box"),
        ("/MediaBox [0 0 (a) 595]", "page_box"),
        ("/MediaBox [0 0 99999999 99999999]", "page_box"),
        ("/MediaBox [0 0 842 595] /CropBox [900 0 1000 595]", "page_box"),
    ] {
        let raw = page().edit(PAGE, "/Parent", &format!("{boxes} /Parent"));
        assert_eq!(verdict(&raw.bytes()), code, "{boxes}");
    }
}

#[test]
fn a_layout_that_scales_takes_other_sizes() {
    let fit = ExpectedPage { fit: true, ..A4 };
    let letter = page().edit(PAGE, "/Parent", "/MediaBox [0 0 792 612] /Parent");
    assert_eq!(verdict(&letter.bytes()), "page_size");
    assert!(examine(&letter.bytes(), &LIMITS, fit).is_ok());
    let none = page().edit(PAGE, "/Parent", "/MediaBox [0 0 1 1] /Parent");
    assert_eq!(examine(&none.bytes(), &LIMITS, fit).unwrap_err().code, "page_box");
}

#[test]
fn a_password_to_open_is_refused() {
    for (user, code) in [("", "accepted"), ("secret", "pdf_encrypted")] {
        let mut raw = page();
        raw.trailer.push_str(" /ID [<0123456789ABCDEF> <0123456789ABCDEF>]");
        let mut document = Document::load_mem(&raw.bytes()).unwrap();
        let version = EncryptionVersion::V2 {
            document: &document,
            owner_password: "owner",
            user_password: user,
            key_length: 128,
            permissions: Permissions::all(),
        };
        let state = EncryptionState::try_from(version).unwrap();
        document.encrypt(&state).unwrap();
        let mut bytes = Vec::new();
        document.save_to(&mut bytes).unwrap();
        assert_eq!(verdict(&bytes), code, "{user:?}");
    }
}

#[test]
fn a_stream_that_the_parser_would_lose_is_refused() {
    let longer = page().edit(CONTENT, "/Length ", "/Length 1");
    assert_eq!(verdict(&longer.bytes()), "pdf_damaged");
    let none = page().edit(CONTENT, "/Length", "/Size");
    assert_eq!(verdict(&none.bytes()), "pdf_damaged");
}
