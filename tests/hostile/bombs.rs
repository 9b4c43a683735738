//! Small files that become large.

use flate2::Compression;
use flate2::write::DeflateEncoder;
use std::io::{BufReader, Read as _, Write as _};
use weezl::BitOrder;

use crate::builder::{CONTENT, PAGE, deflate};
use crate::sheet::{DESCRIPTOR, FREE, PROGRAM, Sheet, UNICODE};
use crate::{Must, Siege};

use Must::Refuse;

const GIGABYTE: u64 = 1 << 30;
pub(crate) const FLATE: &str = "/Filter /FlateDecode";

/// More than a gigabyte of spaces, deflated.
fn flate() -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(vec![0x78, 0x01], Compression::fast());
    let block = vec![b' '; 1 << 20];
    for _ in 0..1_100 {
        encoder.write_all(&block).expect("memory");
    }
    encoder.finish().expect("memory")
}

/// A gigabyte of spaces in LZW.
fn lzw() -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = weezl::encode::Encoder::with_tiff_size_switch(BitOrder::Msb, 8);
    let spaces = BufReader::with_capacity(1 << 16, std::io::repeat(b' ').take(GIGABYTE));
    encoder.into_stream(&mut out).encode_all(spaces).status.expect("memory");
    out
}

/// The certificate with a picture of this dictionary and data, which its page draws first.
pub(crate) fn picture(sheet: Sheet, entries: &str, data: &[u8]) -> Vec<u8> {
    sheet
        .resources("/XObject << /Im 10 0 R >>")
        .stream(FREE, &format!("/Subtype /Image {entries}"), data)
        .draws("q 1 0 0 1 0 0 cm /Im Do Q {}")
        .bytes()
}

/// A picture's size and colours.
pub(crate) fn size(width: u64, height: u64) -> String {
    format!("/Width {width} /Height {height} /ColorSpace /DeviceGray /BitsPerComponent 8 ")
}

#[test]
fn what_becomes_a_gigabyte_is_refused_before_it_does() {
    let (flate, lzw) = (flate(), lzw());
    let twice = deflate(&flate);
    let thrice = deflate(&twice);
    let (double, triple) =
        ("/Filter [/FlateDecode /FlateDecode]", "/Filter [/FlateDecode /FlateDecode /FlateDecode]");
    let mut siege = Siege::lay();
    for (what, entries, data) in [
        ("Flate", FLATE, &flate),
        ("LZW", "/Filter /LZWDecode", &lzw),
        ("Flate twice", double, &twice),
        ("Flate three times", triple, &thrice),
        ("LZW in Flate", "/Filter [/FlateDecode /LZWDecode]", &deflate(&lzw)),
        (
            "RunLength in Flate",
            "/Filter [/FlateDecode /RunLengthDecode]",
            &deflate(&[129, b' '].repeat(8 << 20)),
        ),
        (
            "ASCII85 in Flate",
            "/Filter [/FlateDecode /ASCII85Decode]",
            &deflate(&vec![b'z'; 60 << 20]),
        ),
    ] {
        siege.one(
            &format!("{what} as content"),
            |s| s.stream(CONTENT, entries, data).bytes(),
            Refuse("pdf_inflates"),
        );
        siege.one(
            &format!("{what} as a map of codes"),
            |s| s.stream(UNICODE, entries, data).bytes(),
            Refuse("pdf_inflates"),
        );
        siege.one(
            &format!("{what} as a font"),
            |s| s.stream(PROGRAM, entries, data).bytes(),
            Refuse("pdf_inflates"),
        );
        siege.one(
            &format!("{what} as a picture"),
            |s| picture(s, &format!("{} {entries}", size(10, 10)), data),
            Refuse("pdf_inflates"),
        );
        siege.one(
            &format!("{what}, which nothing refers to"),
            |s| s.stream(FREE, entries, data).bytes(),
            Refuse("pdf_inflates"),
        );
    }
    siege.one(
        "as an object stream",
        |s| {
            let entries = format!("/Type /ObjStm /N 1 /First 4 {FLATE}");
            s.stream(20, &entries, &flate).raw.bytes_packed(&[(21, 20)], "")
        },
        Refuse("pdf_inflates"),
    );
    siege.one(
        "as 99 profiles of colour",
        |mut s| {
            let half = deflate(&vec![b' '; 8 << 20]);
            for number in 100..199 {
                s = s.stream(number, &format!("/N 3 {FLATE}"), &half);
            }
            s.bytes()
        },
        Refuse("pdf_inflates"),
    );
    siege.one(
        "forms of forms of forms",
        |mut s| {
            for level in 0..12 {
                let (own, next) = (100 + level, 101 + level);
                let entries = format!(
                    "/Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X {next} 0 R >> >>"
                );
                s = s.stream(own, &entries, "/X Do ".repeat(20).as_bytes());
            }
            s.resources("/XObject << /X 100 0 R >>").draws("{} /X Do").bytes()
        },
        Refuse("pdf_inflates"),
    );
    siege.one(
        "20,000,000 operators",
        |s| s.stream(CONTENT, FLATE, &deflate(&b"q Q ".repeat(10_000_000))).bytes(),
        Refuse("pdf_inflates"),
    );
    siege.one(
        "a row of a gigabyte",
        |s| {
            let parms = "/DecodeParms << /Predictor 12 /Columns 1000000000 >>";
            s.stream(CONTENT, &format!("{FLATE} {parms}"), &deflate(b"\x02abc")).bytes()
        },
        Refuse("pdf_damaged"),
    );
    siege.one(
        "the whole page as a descriptor",
        |s| s.stream(DESCRIPTOR, FLATE, &flate).bytes(),
        Refuse("pdf_inflates"),
    );
    siege.one(
        "a page that is a bomb",
        |s| s.stream(PAGE, FLATE, &flate).bytes(),
        Refuse("pdf_inflates"),
    );
    siege.lift();
}
