//! Writes PDFs object by object, so that a test can get every byte wrong on purpose.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;

/// Numbers of the objects of [`Raw::showing`].
pub(super) const CATALOG: u32 = 1;
pub(super) const PAGES: u32 = 2;
pub(super) const PAGE: u32 = 3;
pub(super) const CONTENT: u32 = 4;
pub(super) const FONT: u32 = 5;
pub(super) const DESCENDANT: u32 = 6;
pub(super) const UNICODE: u32 = 7;
pub(super) const PROGRAM: u32 = 8;
/// The first number that is free.
pub(super) const FREE: u32 = 9;

/// A file in the making.
pub(super) struct Raw {
    objects: BTreeMap<u32, Vec<u8>>,
    pub(super) trailer: String,
}

pub(super) fn deflate(data: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

impl Raw {
    /// One A4 page that shows `text` line by line with an embedded font.
    pub(super) fn showing(text: &str) -> Self {
        let mut codes: Vec<char> = text.chars().filter(|&c| c != '\n').collect();
        codes.sort_unstable();
        codes.dedup();
        let mut map =
            String::from("begincmap 1 begincodespacerange <0000> <FFFF> endcodespacerange\n");
        for (code, character) in codes.iter().enumerate() {
            let units: String = character
                .encode_utf16(&mut [0; 2])
                .iter()
                .map(|unit| format!("{unit:04X}"))
                .collect();
            writeln!(map, "1 beginbfchar <{:04X}> <{units}> endbfchar", code + 1).unwrap();
        }
        let mut content = String::from("BT /F1 20 Tf 100 500 Td 30 TL\n");
        for line in text.split('\n') {
            let line: String = line
                .chars()
                .map(|c| format!("{:04X}", codes.binary_search(&c).unwrap() + 1))
                .collect();
            writeln!(content, "<{line}> Tj T*").unwrap();
        }
        content.push_str("ET");
        Self::with(&content).stream(UNICODE, "", map.as_bytes())
    }

    /// One A4 page with this content; `F1` is embedded, its text is not readable.
    pub(super) fn with(content: &str) -> Self {
        Self { objects: BTreeMap::new(), trailer: "/Root 1 0 R".into() }
            .object(CATALOG, "<< /Type /Catalog /Pages 2 0 R >>")
            .object(PAGES, "<< /Type /Pages /Kids [3 0 R] /Count 1 /MediaBox [0 0 842 595] >>")
            .object(
                PAGE,
                "<< /Type /Page /Parent 2 0 R /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
            )
            .stream(CONTENT, "", content.as_bytes())
            .object(
                FONT,
                "<< /Type /Font /Subtype /Type0 /BaseFont /ABCDEF+Ming /Encoding /Identity-H \
                 /DescendantFonts [6 0 R] /ToUnicode 7 0 R >>",
            )
            .object(
                DESCENDANT,
                "<< /Type /Font /Subtype /CIDFontType2 /BaseFont /ABCDEF+Ming /DW 1000 \
                 /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> \
                 /FontDescriptor << /Type /FontDescriptor /Flags 4 /FontFile2 8 0 R >> >>",
            )
            .stream(UNICODE, "", b"")
            .stream(PROGRAM, "", b"a font program")
    }

    /// Puts (or replaces) an object.
    pub(super) fn object(mut self, number: u32, body: &str) -> Self {
        self.objects.insert(number, body.as_bytes().to_vec());
        self
    }

    /// Puts a stream; `entries` are those of its dictionary besides `Length`.
    pub(super) fn stream(mut self, number: u32, entries: &str, data: &[u8]) -> Self {
        let mut body = format!("<< {entries} /Length {} >>\nstream\n", data.len()).into_bytes();
        body.extend_from_slice(data);
        body.extend_from_slice(b"\nendstream");
        self.objects.insert(number, body);
        self
    }

    /// Replaces a part of an object.
    pub(super) fn edit(mut self, number: u32, from: &str, to: &str) -> Self {
        let body = self.objects.get_mut(&number).unwrap();
        let text = String::from_utf8(body.clone()).unwrap();
        assert!(text.contains(from), "{from} is not in object {number}");
        *body = text.replace(from, to).into_bytes();
        self
    }

    fn body(&self) -> (Vec<u8>, BTreeMap<u32, usize>) {
        let mut bytes = b"%PDF-1.7\n".to_vec();
        let mut offsets = BTreeMap::new();
        for (number, body) in &self.objects {
            offsets.insert(*number, bytes.len());
            bytes.extend_from_slice(format!("{number} 0 obj\n").as_bytes());
            bytes.extend_from_slice(body);
            bytes.extend_from_slice(b"\nendobj\n");
        }
        (bytes, offsets)
    }

    /// The file with a plain cross-reference table.
    pub(super) fn bytes(&self) -> Vec<u8> {
        self.bytes_with(|_| {})
    }

    /// The same with the table changed.
    pub(super) fn bytes_with(&self, change: impl Fn(&mut BTreeMap<u32, usize>)) -> Vec<u8> {
        let (mut bytes, mut offsets) = self.body();
        change(&mut offsets);
        let start = bytes.len();
        let mut tail = String::from("xref\n0 1\n0000000000 65535 f \n");
        for (number, offset) in &offsets {
            write!(tail, "{number} 1\n{offset:010} 00000 n \n").unwrap();
        }
        let size = offsets.keys().next_back().unwrap() + 1;
        let trailer = &self.trailer;
        write!(tail, "trailer\n<< /Size {size} {trailer} >>\nstartxref\n{start}\n%%EOF\n").unwrap();
        bytes.extend_from_slice(tail.as_bytes());
        bytes
    }

    /// The file with a cross-reference stream: `packed` are objects in object streams, as
    /// (number, number of the stream); `entries` go to the cross-reference stream's dictionary.
    pub(super) fn bytes_packed(&self, packed: &[(u32, u32)], entries: &str) -> Vec<u8> {
        let (mut bytes, offsets) = self.body();
        let own =
            offsets.keys().copied().chain(packed.iter().map(|entry| entry.0)).max().unwrap() + 1;
        let start = bytes.len();
        let mut rows: BTreeMap<u32, (u8, u32)> = offsets
            .iter()
            .map(|(number, at)| (*number, (1, u32::try_from(*at).unwrap())))
            .collect();
        rows.extend(packed.iter().map(|(number, container)| (*number, (2, *container))));
        rows.insert(own, (1, u32::try_from(start).unwrap()));
        let mut data = Vec::new();
        for number in 0..=own {
            let (kind, value) = rows.get(&number).copied().unwrap_or((0, 0));
            data.push(kind);
            data.extend_from_slice(&value.to_be_bytes());
            data.push(0);
        }
        let data = deflate(&data);
        bytes.extend_from_slice(
            format!(
                "{own} 0 obj\n<< /Type /XRef /Size {} /W [1 4 1] /Filter /FlateDecode {} {entries} /Length {} >>\nstream\n",
                own + 1, self.trailer, data.len(),
            )
            .as_bytes(),
        );
        bytes.extend_from_slice(&data);
        bytes.extend_from_slice(
            format!("\nendstream\nendobj\nstartxref\n{start}\n%%EOF\n").as_bytes(),
        );
        bytes
    }
}
