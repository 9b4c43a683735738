//! What the configuration bounds.

use std::fmt::Write as _;

use super::builder::{FREE, PAGE, PAGES, Raw};
use super::*;

fn page() -> Raw {
    Raw::showing("王大明")
}

fn verdict_within(limits: Limits, raw: &Raw) -> String {
    let examined = examine(&raw.bytes(), &limits, A4);
    examined.map_or_else(|reason| reason.code, |_| "accepted".to_owned())
}

/// A page whose tree has so many levels between the root and the page.
fn tree(levels: u32) -> Raw {
    let lowest = FREE + levels - 1;
    let mut raw = page().edit(PAGES, "[3 0 R]", &format!("[{FREE} 0 R]")).edit(
        PAGE,
        "/Parent 2 0 R",
        &format!("/Parent {lowest} 0 R"),
    );
    for level in 0..levels {
        let (number, below) = (FREE + level, FREE + level + 1);
        let kid = if level + 1 == levels { PAGE } else { below };
        let parent = if level == 0 { PAGES } else { number - 1 };
        let body = format!("<< /Type /Pages /Parent {parent} 0 R /Kids [{kid} 0 R] /Count 1 >>");
        raw = raw.object(number, &body);
    }
    raw
}

#[test]
fn a_page_tree_is_as_deep_as_the_limit_and_no_deeper() {
    let limits = Limits { max_depth: 12, ..LIMITS };
    assert_eq!(verdict_within(limits, &tree(5)), "accepted");
    assert_eq!(verdict_within(limits, &tree(20)), "pdf_too_deep");
    assert_eq!(verdict_within(LIMITS, &tree(20)), "accepted");
    assert_eq!(verdict_within(LIMITS, &tree(3_000)), "pdf_too_deep");
}

#[test]
fn things_within_things_are_as_deep_as_the_limit_and_no_deeper() {
    let limits = Limits { max_depth: 12, ..LIMITS };
    let nested =
        |depth: usize| page().object(FREE, &format!("{}{}", "[".repeat(depth), "]".repeat(depth)));
    assert_eq!(verdict_within(limits, &nested(12)), "accepted");
    assert_eq!(verdict_within(limits, &nested(13)), "pdf_too_deep");
    let dictionaries = format!("{}null{}", "<</A ".repeat(13), ">>".repeat(13));
    assert_eq!(verdict_within(limits, &page().object(FREE, &dictionaries)), "pdf_too_deep");
    // The parser itself goes no deeper than this.
    assert_eq!(verdict_within(LIMITS, &nested(10_000)), "pdf_damaged");
}

/// A page with images of these sizes, none of which has a pixel.
fn images(sizes: &[&str]) -> Raw {
    let mut raw = page();
    for (number, size) in (FREE..).zip(sizes) {
        let mut dict = String::from("/Type /XObject /Subtype /Image /ColorSpace /DeviceGray ");
        write!(dict, "/BitsPerComponent 8 {size}").unwrap();
        raw = raw.stream(number, &dict, b"");
    }
    raw
}

#[test]
fn images_have_as_many_pixels_together_as_the_limit() {
    let limits = Limits { max_image_pixels: 1_000_000, ..LIMITS };
    for (sizes, code) in [
        (&["/Width 1000 /Height 1000"][..], "accepted"),
        (&["/Width 1000 /Height 1001"], "pdf_too_many_pixels"),
        (&["/Width 700 /Height 700", "/Width 700 /Height 700"], "accepted"),
        (&["/Width 700 /Height 700"; 3], "pdf_too_many_pixels"),
        (&["/Width 9223372036854775807 /Height 9223372036854775807"], "pdf_too_many_pixels"),
        (&["/Width -5000 /Height -5000"], "accepted"),
        (&["/Width 5000.0 /Height 5000.0"], "pdf_too_many_pixels"),
        (&["/Width 10 0 R /Height 10 0 R", "/Width 1 /Height 1"], "accepted"),
    ] {
        assert_eq!(verdict_within(limits, &images(sizes)), code, "{sizes:?}");
    }
    let indirect = images(&["/Width 10 0 R /Height 10 0 R"]).object(FREE + 1, "5000");
    assert_eq!(verdict_within(limits, &indirect), "pdf_too_many_pixels");
}

#[test]
fn an_image_that_is_larger_than_it_says_is_as_large_as_it_is() {
    let limits = Limits { max_image_pixels: 1_000_000, ..LIMITS };
    let dict = "/Subtype /Image /Width 1 /Height 1 /Filter /DCTDecode";
    // Start of image, and a frame of 4096 by 4096.
    let jpeg = b"\xFF\xD8\xFF\xC0\0\x0B\x08\x10\0\x10\0\x01\x01\x11\0";
    let large = page().stream(FREE, dict, jpeg);
    assert_eq!(verdict_within(limits, &large), "pdf_too_many_pixels");
    assert_eq!(verdict_within(LIMITS, &large), "accepted");
}
