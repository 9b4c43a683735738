//! Files that are made to cost memory, time or the process.

use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::DeflateEncoder;

use super::builder::{CATALOG, CONTENT, FREE, PAGE, PROGRAM, Raw, UNICODE, deflate};
use super::*;

const GIGABYTE: usize = 1 << 30;

/// A gigabyte of spaces, deflated; its checksum is left out, for nobody gets that far.
fn bomb() -> Vec<u8> {
    use std::io::Write as _;
    let mut encoder = DeflateEncoder::new(vec![0x78, 0x01], Compression::fast());
    let block = vec![b' '; 1 << 20];
    for _ in 0..GIGABYTE >> 20 {
        encoder.write_all(&block).unwrap();
    }
    encoder.finish().unwrap()
}

/// Highest memory use of this process so far, in bytes; the mark is set back first.
fn peak(reset: bool) -> u64 {
    if reset {
        // Where that is forbidden the mark only ever rises, and the test asks less.
        let _ = std::fs::write("/proc/self/clear_refs", "5");
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1_024
}

/// Examines, and fails when that takes far longer than any honest examination, or memory beyond
/// some copies of the file. (Unguarded, these files take minutes or never end.)
fn cheap(what: &str, bytes: &[u8]) -> String {
    let before = peak(true);
    let started = Instant::now();
    let verdict = verdict(bytes);
    let (took, grown) = (started.elapsed(), peak(false).saturating_sub(before));
    println!(
        "{what}: {verdict}, {took:?}, {} kB for a file of {} kB",
        grown >> 10,
        bytes.len() >> 10
    );
    assert!(took < Duration::from_secs(15), "{what} took {took:?}");
    let most = 4 * u64::try_from(bytes.len()).unwrap() + (24 << 20);
    assert!(grown < most, "{what} took {grown} bytes");
    verdict
}

fn page() -> Raw {
    Raw::showing("王大明")
}

#[test]
fn bombs_cost_neither_memory_nor_time() {
    let once = bomb();
    let twice = deflate(&once);
    let flate = "/Filter /FlateDecode";
    let double = "/Filter [/FlateDecode /FlateDecode]";
    let container = "/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode";
    let rows = "/DecodeParms << /Predictor 12 /Columns 6 >>";
    for (what, bytes, code) in [
        ("content", page().stream(CONTENT, flate, &once).bytes(), "pdf_inflates"),
        ("content, twice", page().stream(CONTENT, double, &twice).bytes(), "pdf_inflates"),
        ("map", page().stream(UNICODE, flate, &once).bytes(), "pdf_inflates"),
        ("map, twice", page().stream(UNICODE, double, &twice).bytes(), "pdf_inflates"),
        (
            "objects",
            page().stream(20, container, &once).bytes_packed(&[(21, 20)], ""),
            "pdf_inflates",
        ),
        ("objects, unlisted", page().stream(20, container, &once).bytes(), "pdf_inflates"),
        (
            "objects, twice",
            page().stream(20, &container.replace(" /Filter /FlateDecode", double), &twice).bytes(),
            "pdf_damaged",
        ),
        ("cross-reference", with_xref_stream(flate, &once), "pdf_inflates"),
        (
            "cross-reference, rows",
            with_xref_stream(&format!("{flate} {rows}"), &once),
            "pdf_inflates",
        ),
        ("cross-reference, twice", with_xref_stream(double, &twice), "pdf_damaged"),
    ] {
        assert_eq!(cheap(what, &bytes), code, "{what}");
    }
}

/// A page behind a cross-reference stream with these data.
fn with_xref_stream(entries: &str, data: &[u8]) -> Vec<u8> {
    let mut bytes = page()
        .stream(30, &format!("/Type /XRef /Size 9 /W [1 4 1] /Root 1 0 R {entries}"), data)
        .bytes();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let at = bytes.windows(8).position(|window| window == b"30 0 obj").unwrap();
    let cut = bytes.windows(9).rposition(|window| window == b"startxref").unwrap();
    assert!(text.contains("startxref"));
    bytes.truncate(cut);
    bytes.extend_from_slice(format!("startxref\n{at}\n%%EOF\n").as_bytes());
    bytes
}

#[test]
fn forms_of_forms_of_forms_end() {
    let mut raw = page().stream(CONTENT, "", b"/X0 Do").edit(
        PAGE,
        "/Font <<",
        "/XObject << /X0 30 0 R >> /Font <<",
    );
    for level in 0..12_u32 {
        let (own, next) = (30 + level, 31 + level);
        let entries = format!(
            "/Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X0 {next} 0 R >> >>"
        );
        raw = raw.stream(own, &entries, "/X0 Do ".repeat(20).as_bytes());
    }
    let limits = Limits { max_inflated_bytes: 1 << 20, ..LIMITS };
    let reason = examine(&raw.bytes(), &limits, A4).unwrap_err();
    assert_eq!(reason.code, "pdf_inflates");
    let own = "/Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X0 30 0 R >> >>";
    assert_eq!(cheap("own form", &raw.stream(30, own, b"/X0 Do").bytes()), "pdf_too_deep");
}

#[test]
fn many_names_for_one_object_are_refused() {
    let big = vec![b'x'; 1 << 20];
    let raw = page().stream(FREE, "", &big);
    let bytes = raw.bytes_with(|offsets| {
        let at = offsets[&FREE];
        for number in 100..5_000 {
            offsets.insert(number, at);
        }
    });
    assert_eq!(cheap("one object, many entries", &bytes), "pdf_damaged");
    // The same inside an object stream.
    let index: String = (100..5_000).map(|number| format!("{number} 0 ")).collect();
    let data = format!("{index}({})", "x".repeat(1 << 19));
    let entries = format!("/Type /ObjStm /N 4900 /First {} /Filter /FlateDecode", index.len());
    let bytes = page().stream(20, &entries, &deflate(data.as_bytes())).bytes();
    assert_eq!(cheap("one packed object, many entries", &bytes), "pdf_damaged");
}

#[test]
fn lengths_that_lead_on_are_refused() {
    let data = "6 0 5 2 17 17";
    let own = page().object(
        20,
        &format!("<< /Type /ObjStm /N 1 /First 4 /Length 21 0 R >>\nstream\n{data}\nendstream"),
    );
    assert_eq!(cheap("length in itself", &own.bytes_packed(&[(21, 20)], "")), "pdf_damaged");
    let mut chain = page();
    for number in 20..4_000 {
        let next = number + 1;
        chain = chain.object(number, &format!("<< /Length {next} 0 R >>\nstream\n\nendstream"));
    }
    assert_eq!(cheap("chain of lengths", &chain.bytes()), "pdf_damaged");
}

#[test]
fn a_length_in_an_object_stream_is_taken() {
    let content = "BT /F1 20 Tf 100 500 Td <0001> Tj ET";
    let raw = page()
        .object(CONTENT, &format!("<< /Length 21 0 R >>\nstream\n{content}\nendstream"))
        .stream(20, "/Type /ObjStm /N 1 /First 5", format!("21 0 {}", content.len()).as_bytes());
    let bytes = raw.bytes_packed(&[(21, 20)], "");
    assert!(!look(&bytes).unwrap().text.is_empty());
}

#[test]
fn absurd_numbers_are_refused() {
    for entries in [
        "/W [0 0 0]",
        "/W [1 99999999999 1]",
        "/W [1 4]",
        "/W [-1 4 1]",
        "/Index [0 999999999999]",
        "/Size 999999999",
    ] {
        let bytes = page().bytes_packed(&[], entries);
        assert_eq!(cheap(entries, &bytes), "pdf_damaged", "{entries}");
    }
    let columns = "/Filter /FlateDecode /DecodeParms << /Predictor 12 /Columns 8000000000 >>";
    let bytes = page().stream(CONTENT, columns, &deflate(b"\x02abc")).bytes();
    assert_eq!(cheap("columns", &bytes), "pdf_damaged");
    let bytes = page().bytes_packed(&[], "/DecodeParms << /Predictor 12 /Columns 8000000000 >>");
    assert_eq!(cheap("columns of the cross-reference", &bytes), "pdf_damaged");
}

#[test]
fn work_is_paid_for_as_well() {
    let many = "/F1 1 Tf\n".repeat(600_000);
    let raw = page().stream(CONTENT, "/Filter /FlateDecode", &deflate(many.as_bytes()));
    let limits = Limits { max_inflated_bytes: 16 << 20, ..LIMITS };
    assert_eq!(examine(&raw.bytes(), &limits, A4).unwrap_err().code, "pdf_inflates");
    // One table of widths, expanded by every font that the page selects.
    let mut raw = page().object(20, "[0 65535 500]");
    let mut fonts = String::new();
    let mut content = String::from("BT ");
    for number in 100..2_000_u32 {
        raw = raw.object(
            number,
            "<< /Type /Font /Subtype /Type0 /Encoding /Identity-H /DescendantFonts [<< /W 20 0 R >>] >>",
        );
        fonts.push_str(&format!("/F{number} {number} 0 R "));
        content.push_str(&format!("/F{number} 1 Tf "));
    }
    let raw = raw.stream(CONTENT, "", content.as_bytes()).edit(
        PAGE,
        "/Font <<",
        &format!("/Font << {fonts}"),
    );
    assert_eq!(verdict(&raw.bytes()), "pdf_inflates");
}

#[test]
fn nesting_and_loops_end() {
    for (what, body) in [
        ("arrays", format!("{}{}", "[".repeat(100_000), "]".repeat(100_000))),
        ("dictionaries", format!("{}{}", "<</A".repeat(100_000), ">>".repeat(100_000))),
        ("brackets", format!("{}{}", "(".repeat(100_000), ")".repeat(100_000))),
        ("parts", format!("[{}]", "[]".repeat(2_000_000))),
    ] {
        let bytes = page().object(FREE, &body).bytes();
        assert_eq!(cheap(what, &bytes), "pdf_damaged");
        let bytes = page().stream(CONTENT, "", body.as_bytes()).bytes();
        assert_eq!(cheap(what, &bytes), "accepted", "{what} as content");
    }
    let mut looped = page();
    let start = looped.bytes().windows(5).position(|window| window == b"xref\n").unwrap();
    looped.trailer = format!("/Root 1 0 R /Prev {start}");
    assert_eq!(cheap("revision before itself", &looped.bytes()), "accepted");
    let reference = page().object(FREE, "9 0 R").edit(CATALOG, "/Pages 2 0 R", "/Pages 9 0 R");
    assert_eq!(cheap("reference to itself", &reference.bytes()), "pdf_damaged");
}

#[test]
fn too_many_objects_are_refused() {
    let mut raw = page();
    for number in 20..400 {
        raw = raw.object(number, "null");
    }
    let limits = Limits { max_objects: 300, ..LIMITS };
    assert_eq!(examine(&raw.bytes(), &limits, A4).unwrap_err().code, "pdf_too_many_objects");
    assert!(examine(&raw.bytes(), &LIMITS, A4).is_ok());
}

#[test]
fn what_the_page_brings_along_is_no_bomb_either() {
    let bomb = bomb();
    let flate = "/Filter /FlateDecode";
    let image = |side: u32| {
        format!("/Subtype /Image /Width {side} /Height {side} /BitsPerComponent 8 {flate}")
    };
    for (what, number, entries) in [
        ("a font", PROGRAM, flate.to_owned()),
        ("something", FREE, flate.to_owned()),
        ("a picture", FREE, image(10)),
    ] {
        let bytes = page().stream(number, &entries, &bomb).bytes();
        assert_eq!(cheap(what, &bytes), "pdf_inflates", "{what}");
    }
    let many = (FREE..40)
        .fold(page(), |raw, number| raw.stream(number, flate, &deflate(&vec![b' '; 4 << 20])));
    assert_eq!(cheap("many that are large together", &many.bytes()), "pdf_inflates");
    // A page scanned at 600 dots an inch is large, and is no bomb.
    let scan = page().stream(FREE, &image(6_000), &deflate(&vec![0; 36_000_000]));
    assert_eq!(cheap("a scan", &scan.bytes()), "accepted");
}
