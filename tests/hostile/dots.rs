//! Pictures of more dots than any memory has room for.

use crate::bombs::{FLATE, picture, size};
use crate::builder::deflate;
use crate::sheet::FREE;
use crate::{Must, Siege};

use Must::{Harmless, Refuse};

/// A JPEG that says it is so large, and ends there.
fn jpeg(width: u16, height: u16) -> Vec<u8> {
    let mut bytes = vec![0xFF, 0xD8, 0xFF, 0xC0, 0x00, 0x0B, 0x08];
    bytes.extend_from_slice(&height.to_be_bytes());
    bytes.extend_from_slice(&width.to_be_bytes());
    bytes.extend_from_slice(&[0x01, 0x01, 0x11, 0x00, 0xFF, 0xD9]);
    bytes
}

#[test]
fn a_picture_has_so_many_dots_and_no_more() {
    let mut siege = Siege::lay();
    let dot = deflate(&[0]);
    siege.one(
        "a picture of ten by ten",
        |s| picture(s, &format!("{}{FLATE}", size(10, 10)), &deflate(&[0; 100])),
        Harmless,
    );
    for (what, width, height) in [
        ("wide", 4_000_000_000, 1),
        ("high", 1, 4_000_000_000),
        ("square", 100_000, 100_000),
        ("endless", 9_000_000_000_000_000_000, 9_000_000_000_000_000_000),
    ] {
        let entries = format!("{}{FLATE}", size(width, height));
        siege.one(
            &format!("a picture: {what}"),
            |s| picture(s, &entries, &dot),
            Refuse("pdf_too_many_pixels"),
        );
        let masked = format!("{}{FLATE} /SMask 11 0 R", size(10, 10));
        siege.one(
            &format!("a mask: {what}"),
            |s| {
                let mask = format!("/Subtype /Image {entries}");
                picture(s.stream(FREE + 1, &mask, &dot), &masked, &deflate(&[0; 100]))
            },
            Refuse("pdf_too_many_pixels"),
        );
        siege.one(
            &format!("a fax: {what}"),
            |s| {
                let parms = format!("/DecodeParms << /K -1 /Columns {width} /Rows {height} >>");
                picture(s, &format!("{}/Filter /CCITTFaxDecode {parms}", size(10, 10)), &[0, 16, 1])
            },
            Refuse("pdf_too_many_pixels"),
        );
    }
    siege.one(
        "many pictures",
        |mut s| {
            for number in 100..200 {
                s = s.stream(
                    number,
                    &format!("/Subtype /Image {}{FLATE}", size(3_000, 3_000)),
                    &dot,
                );
            }
            s.bytes()
        },
        Refuse("pdf_too_many_pixels"),
    );
    let small = size(10, 10);
    siege.one(
        "a JPEG larger than it is said to be",
        |s| picture(s, &format!("{small}/Filter /DCTDecode"), &jpeg(65_535, 65_535)),
        Refuse("pdf_too_many_pixels"),
    );
    siege.one(
        "the same, packed",
        |s| {
            picture(
                s,
                &format!("{small}/Filter [/FlateDecode /DCTDecode]"),
                &deflate(&jpeg(65_535, 65_535)),
            )
        },
        Refuse("pdf_too_many_pixels"),
    );
    siege.lift();
}
