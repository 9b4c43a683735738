//! A PDF around what the fuzzer made up. Most changes of a whole file only break its table of
//! offsets, so that nothing behind the table is ever reached; here the table is always right.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Between the parts of an input that is no PDF of its own.
const BETWEEN: &[u8] = b"\n====\n";

/// The file that an input stands for: itself where it begins as a PDF; else one whose page, content,
/// and further objects from 5 on are the input's parts.
pub fn file(input: &[u8]) -> Cow<'_, [u8]> {
    if input.starts_with(b"%PDF-") {
        return input.into();
    }
    let mut pdf = b"%PDF-1.7\n".to_vec();
    let mut table = String::new();
    let mut put = |body: &[&[u8]]| {
        writeln!(table, "{:010} 00000 n ", pdf.len()).expect("a string");
        let number = table.len() / 20;
        pdf.extend_from_slice(format!("{number} 0 obj\n").as_bytes());
        body.iter().for_each(|part| pdf.extend_from_slice(part));
        pdf.extend_from_slice(b"\nendobj\n");
    };
    let mut parts = parts(input).into_iter();
    let page = parts.next().unwrap_or_default();
    let content = parts.next().unwrap_or_default();
    put(&[b"<</Type/Catalog/Pages 2 0 R>>"]);
    put(&[b"<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 842 595]>>"]);
    put(&[b"<</Type/Page/Parent 2 0 R/Contents 4 0 R ", page, b">>"]);
    let length = format!("<</Length {}>>\nstream\n", content.len());
    put(&[length.as_bytes(), content, b"\nendstream"]);
    for part in parts.take(40) {
        // A dictionary, a line with a star, and data: a stream, whose length is the right one.
        match part.windows(3).position(|window| window == b"\n*\n") {
            Some(at) => {
                let (entries, data) = (&part[..at], &part[at + 3..]);
                let length = format!("/Length {}>>\nstream\n", data.len());
                put(&[b"<<", entries, length.as_bytes(), data, b"\nendstream"]);
            }
            None => put(&[part]),
        }
    }
    let (size, start) = (table.len() / 20 + 1, pdf.len());
    let tail = format!(
        "xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n<</Size {size}/Root 1 0 R>>\n\
         startxref\n{start}\n%%EOF\n"
    );
    pdf.extend_from_slice(tail.as_bytes());
    pdf.into()
}

fn parts(input: &[u8]) -> Vec<&[u8]> {
    let (mut parts, mut rest) = (Vec::new(), input);
    while let Some(at) = rest.windows(BETWEEN.len()).position(|window| window == BETWEEN) {
        parts.push(&rest[..at]);
        rest = &rest[at + BETWEEN.len()..];
    }
    parts.push(rest);
    parts
}
