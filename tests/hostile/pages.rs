//! Pages of any number, size and turn.

use std::fmt::Write as _;

use crate::builder::{CATALOG, CONTENT, PAGE, PAGES};
use crate::sheet::{FREE, Sheet};
use crate::{Case, Must, Siege};

use Must::{Harmless, Refuse};

/// The page with other boxes than its own.
fn boxed(sheet: Sheet, boxes: &str) -> Vec<u8> {
    sheet.edit(PAGE, "/MediaBox[0 0 842 595]", boxes).bytes()
}

/// So many pages, in nodes of a thousand.
fn many_pages(mut sheet: Sheet, pages: u32) -> Vec<u8> {
    let mut nodes = String::new();
    for start in (0..pages).step_by(1_000) {
        let (node, mut kids) = (20 + start / 1_000, String::new());
        for page in start..(start + 1_000).min(pages) {
            let number = 1_000 + page;
            write!(kids, "{number} 0 R ").expect("a string");
            let body =
                format!("<</Type/Page/Parent {node} 0 R/MediaBox[0 0 842 595]/Contents 4 0 R>>");
            sheet = sheet.object(number, &body);
        }
        write!(nodes, "{node} 0 R ").expect("a string");
        sheet = sheet.object(node, &format!("<</Type/Pages/Parent 2 0 R/Kids[{kids}]/Count 1>>"));
    }
    sheet.object(PAGES, &format!("<</Type/Pages/Kids[{nodes}]/Count 1>>")).bytes()
}

/// The page under so many levels of nodes.
fn deep(mut sheet: Sheet, levels: u32) -> Vec<u8> {
    for level in 0..levels {
        let number = 100 + level;
        let kid = if level + 1 == levels { PAGE } else { number + 1 };
        let parent = if level == 0 { PAGES } else { number - 1 };
        let body = format!("<</Type/Pages/Parent {parent} 0 R/Kids[{kid} 0 R]/Count 1>>");
        sheet = sheet.object(number, &body);
    }
    sheet.object(PAGES, "<</Type/Pages/Kids[100 0 R]/Count 1>>").bytes()
}

#[test]
fn a_page_is_one_and_of_the_right_size() {
    const CASES: &[Case] = &[
        (
            "no page",
            |s| s.object(PAGES, "<</Type/Pages/Kids[]/Count 0>>").bytes(),
            Refuse("page_count"),
        ),
        (
            "no page, but counted as one",
            |s| s.object(PAGES, "<</Type/Pages/Kids[]/Count 1>>").bytes(),
            Refuse("page_count"),
        ),
        ("two pages, counted as one", |s| many_pages(s, 2), Refuse("page_count")),
        ("10,000 pages", |s| many_pages(s, 10_000), Refuse("page_count")),
        (
            "a page tree that is its own child",
            |s| s.object(PAGES, "<</Type/Pages/Kids[2 0 R]/Count 1>>").bytes(),
            Refuse("pdf_damaged"),
        ),
        (
            "two nodes that are each other's children",
            |s| {
                s.object(PAGES, "<</Type/Pages/Kids[10 0 R]/Count 1>>")
                    .object(FREE, "<</Type/Pages/Kids[2 0 R]/Count 1>>")
                    .bytes()
            },
            Refuse("pdf_damaged"),
        ),
        (
            "the same page twice",
            |s| s.object(PAGES, "<</Type/Pages/Kids[3 0 R 3 0 R]/Count 1>>").bytes(),
            Refuse("pdf_damaged"),
        ),
        (
            "a catalog as its own page tree",
            |s| s.object(CATALOG, "<</Type/Catalog/Pages 1 0 R>>").bytes(),
            Refuse("pdf_damaged"),
        ),
        ("4,000 levels of pages", |s| deep(s, 4_000), Refuse("pdf_damaged|pdf_too_deep")),
        ("50,000 levels of pages", |s| deep(s, 50_000), Refuse("pdf_too_many_objects")),
        (
            "a node that inherits from itself",
            |s| {
                s.object(PAGES, "<</Type/Pages/Kids[3 0 R]/Count 1/Parent 2 0 R/Rotate 0>>").bytes()
            },
            Refuse("pdf_damaged"),
        ),
        (
            "a page that inherits by another way than the tree's",
            |s| {
                s.edit(PAGE, "/Parent 2 0 R", "/Parent 10 0 R")
                    .object(FREE, "<</Type/Pages/Kids[3 0 R]/Count 1/Resources<<>>/Rotate 180>>")
                    .bytes()
            },
            Refuse("pdf_damaged"),
        ),
        (
            "a page without content",
            |s| s.edit(PAGE, "/Contents 4 0 R", "").bytes(),
            Refuse("pdf_damaged"),
        ),
        (
            "content that is an array of itself",
            |s| {
                s.edit(PAGE, "/Contents 4 0 R", "/Contents 10 0 R")
                    .object(FREE, "[10 0 R 4 0 R]")
                    .bytes()
            },
            Refuse("pdf_damaged"),
        ),
        (
            "content in 3,000 parts",
            |s| {
                let parts = "11 0 R ".repeat(2_999);
                s.edit(PAGE, "/Contents 4 0 R", "/Contents 10 0 R")
                    .object(FREE, &format!("[{parts} 4 0 R]"))
                    .stream(FREE + 1, "", b" ")
                    .bytes()
            },
            Harmless,
        ),
        ("a huge box", |s| boxed(s, "/MediaBox[0 0 99999999 99999999]"), Refuse("page_box")),
        ("an empty box", |s| boxed(s, "/MediaBox[0 0 0 0]"), Refuse("page_box")),
        ("an inverted box", |s| boxed(s, "/MediaBox[842 595 0 0]"), Refuse("page_box")),
        (
            "a box of infinite numbers",
            |s| boxed(s, "/MediaBox[0 0 9e99 1e400]"),
            Refuse("pdf_damaged"),
        ),
        (
            "a box of the longest numbers",
            |s| boxed(s, &format!("/MediaBox[0 0 {0} {0}]", "9".repeat(400))),
            Refuse("pdf_damaged"),
        ),
        ("a box of words", |s| boxed(s, "/MediaBox[/a /b /c /d]"), Refuse("page_box")),
        ("a box of three numbers", |s| boxed(s, "/MediaBox[0 0 842]"), Refuse("page_box")),
        ("no box", |s| boxed(s, ""), Refuse("page_box")),
        (
            "a crop box outside the page",
            |s| boxed(s, "/MediaBox[0 0 842 595]/CropBox[900 0 1742 595]"),
            Refuse("page_box"),
        ),
        (
            "a crop box that shows a corner",
            |s| boxed(s, "/MediaBox[0 0 842 595]/CropBox[0 0 421 297]"),
            Refuse("page_size"),
        ),
        (
            "a page far from nought",
            |s| {
                let far = format!("1 0 0 1 10000 10000 cm {}", s.content);
                boxed(s.stream(CONTENT, "", far.as_bytes()), "/MediaBox[10000 10000 10842 10595]")
            },
            Harmless,
        ),
        (
            "a page on its side",
            |s| boxed(s, "/MediaBox[0 0 842 595]/Rotate 90"),
            Refuse("page_size"),
        ),
        ("upside down", |s| boxed(s, "/MediaBox[0 0 842 595]/Rotate 180"), Harmless),
        ("turned once around", |s| boxed(s, "/MediaBox[0 0 842 595]/Rotate -360"), Harmless),
        ("turned by 45", |s| boxed(s, "/MediaBox[0 0 842 595]/Rotate 45"), Refuse("page_box")),
        (
            "turned by a huge number of degrees",
            |s| boxed(s, "/MediaBox[0 0 842 595]/Rotate 9999999999999999990"),
            Refuse("pdf_damaged"),
        ),
        ("turned by a word", |s| boxed(s, "/MediaBox[0 0 842 595]/Rotate /a"), Refuse("page_box")),
        (
            "half the size, enlarged by a unit",
            |s| boxed(s.draws(".5 0 0 .5 0 0 cm {}"), "/MediaBox[0 0 421 297.5]/UserUnit 2"),
            Harmless,
        ),
        ("enlarged", |s| boxed(s, "/MediaBox[0 0 842 595]/UserUnit 2"), Refuse("page_size")),
        ("a unit of nought", |s| boxed(s, "/MediaBox[0 0 842 595]/UserUnit 0"), Refuse("page_box")),
        ("a negative unit", |s| boxed(s, "/MediaBox[0 0 842 595]/UserUnit -1"), Refuse("page_box")),
        ("a huge unit", |s| boxed(s, "/MediaBox[0 0 842 595]/UserUnit 75000"), Refuse("page_box")),
    ];
    let mut siege = Siege::lay();
    siege.judge(CASES);
    siege.lift();
}
