//! Updates that show one document to the lenient reader, and another to somebody else.

use jiff::Timestamp;
use pades::{CheckCode, Verification, certify, verify};

use crate::authorities::trust;
use crate::lasting::failures;
use crate::profiles::key;
use crate::{accepted, pages};

/// Numbers that the certified page does not have.
const FORGED: usize = 500;
const CONTAINER: usize = 501;
const REFERENCES: usize = 502;

pub(crate) struct Update {
    pub(crate) bytes: Vec<u8>,
    /// What its cross-reference stream lists: number, and the three fields.
    rows: Vec<(usize, [u64; 3])>,
    former: usize,
    /// More of its trailer.
    pub(crate) more: String,
    /// The page, as it is.
    pub(crate) page: String,
}

pub(crate) fn text_of(bytes: &[u8], from: &str, to: &str) -> String {
    let text = String::from_utf8_lossy(bytes);
    let rest = text.rsplit_once(from).unwrap().1;
    rest.split_once(to).unwrap().0.to_owned()
}

impl Update {
    /// An update of a certified page, which brings a forged content and lists it.
    pub(crate) fn new() -> Self {
        let bytes = certify(&pages::classic(), &accepted::request(), &key("p256")).unwrap();
        let former = text_of(&bytes, "startxref\n", "\n").parse().unwrap();
        let page = text_of(&bytes, "\n3 0 obj\n", "\nendobj");
        let mut update = Self { bytes, rows: Vec::new(), former, more: String::new(), page };
        let text = "BT /F 24 Tf 100 300 Td (Forged) Tj ET";
        let length = text.len();
        update.object(FORGED, &format!("<</Length {length}>>\nstream\n{text}\nendstream"));
        update
    }

    fn forged_page(&self) -> String {
        let forged = self.page.replace("/Contents 4 0 R", &format!("/Contents {FORGED} 0 R"));
        assert_ne!(forged, self.page);
        forged
    }

    fn unlisted(&mut self, number: usize, body: &str) {
        self.bytes.extend(format!("{number} 0 obj\n{body}\nendobj\n").bytes());
    }

    pub(crate) fn object(&mut self, number: usize, body: &str) {
        self.rows.push((number, [1, self.bytes.len().try_into().unwrap(), 0]));
        self.unlisted(number, body);
    }

    /// An object stream with these objects, which it lists by itself alone.
    fn container(&mut self, objects: &[(usize, &str)]) {
        let (mut head, mut body) = (String::new(), String::new());
        for (number, object) in objects {
            head += &format!("{number} {} ", body.len());
            body += &format!("{object} ");
        }
        let (count, first, length) = (objects.len(), head.len(), head.len() + body.len());
        self.object(CONTAINER, &format!("<</Type/ObjStm/N {count}/First {first}/Length {length}>>\nstream\n{head}{body}\nendstream"));
    }

    fn end(&mut self, start: usize) -> Vec<u8> {
        self.bytes.extend(format!("startxref\n{start}\n%%EOF\n").bytes());
        std::mem::take(&mut self.bytes)
    }

    fn trailer(&self) -> String {
        let former = self.former;
        format!("/Size 510/Root 1 0 R/Prev {former}/ID[<00112233><44556677>]")
    }

    fn with_stream(&mut self) -> Vec<u8> {
        let start = self.bytes.len();
        self.rows.push((REFERENCES, [1, start.try_into().unwrap(), 0]));
        self.rows.sort_unstable();
        let index: Vec<String> =
            self.rows.iter().map(|(number, _)| format!("{number} 1")).collect();
        let row = |(_, [kind, field, last]): &(usize, [u64; 3])| {
            let kind = u8::try_from(*kind).unwrap();
            let last = u32::try_from(*last).unwrap();
            [[kind].as_slice(), &field.to_be_bytes(), &last.to_be_bytes()].concat()
        };
        let rows: Vec<u8> = self.rows.iter().flat_map(row).collect();
        let (index, length, trailer) = (index.join(" "), rows.len(), self.trailer());
        self.bytes.extend(format!("{REFERENCES} 0 obj\n<</Type/XRef{trailer}/W[1 8 4]/Index[{index}]/Length {length}>>\nstream\n").bytes());
        self.bytes.extend(rows);
        self.bytes.extend(b"\nendstream\nendobj\n");
        self.end(start)
    }

    /// A table, with these lines in front.
    pub(crate) fn with_table(&mut self, lines: &str) -> Vec<u8> {
        let start = self.bytes.len();
        let mut table = format!("xref\n{lines}");
        for (number, [_, offset, _]) in &self.rows {
            table += &format!("{number} 1\n{offset:010} 00000 n \n");
        }
        let trailer = self.trailer() + &self.more;
        self.bytes.extend(format!("{table}trailer\n<<{trailer}>>\n").bytes());
        self.end(start)
    }
}

pub(crate) fn judged(bytes: &[u8]) -> Verification {
    verify(bytes, &trust("root"), Timestamp::now())
}

pub(crate) fn is_told(name: &str, bytes: &[u8]) {
    assert_eq!(failures(&judged(bytes)), [CheckCode::LaterRevisions], "{name}");
}

/// What makes the attacks attacks: without the twist each of these is allowed.
#[test]
fn an_honest_update_of_every_shape_is_allowed() {
    assert_eq!(failures(&judged(&Update::new().with_table(""))), []);
    assert_eq!(failures(&judged(&Update::new().with_stream())), []);
    let mut update = Update::new();
    let page = update.page.clone();
    update.object(3, &page);
    assert_eq!(failures(&judged(&update.with_stream())), []);
    let mut update = Update::new();
    update.container(&[(503, "<</A 1>>"), (3, &page)]);
    update.rows.extend([(503, [2, 501, 0]), (3, [2, 501, 1])]);
    assert_eq!(failures(&judged(&update.with_stream())), []);
}

#[test]
fn an_object_that_is_packed_in_two_ways_is_told() {
    let page = Update::new().page;
    let forged = Update::new().forged_page();

    // By its number it is the last of two, by its place the first.
    let mut update = Update::new();
    update.container(&[(3, &forged), (3, &page)]);
    update.rows.push((3, [2, 501, 0]));
    is_told("twice", &update.with_stream());

    let mut update = Update::new();
    update.container(&[(503, &forged), (3, &page)]);
    update.rows.extend([(3, [2, 501, 0]), (503, [2, 501, 1])]);
    is_told("another index", &update.with_stream());

    // It nests deeper than the lenient reader goes, which then takes the packed one.
    let mut update = Update::new();
    let deep = format!("{}{}", "[".repeat(102), "]".repeat(102));
    update.object(3, &forged.replacen("<<", &format!("<</X {deep}"), 1));
    update.container(&[(3, &page)]);
    is_told("deep", &update.with_stream());

    let mut update = Update::new();
    update.container(&[(503, "<</A 1/A 2>>")]);
    update.rows.push((503, [2, 501, 0]));
    is_told("a key twice", &update.with_stream());
}

#[test]
fn an_entry_that_is_passed_over_is_told() {
    let at = |update: &Update| update.bytes.len();
    for (name, entry) in [
        ("unknown type", [3, 0, 0]),
        ("offset that wraps", [1, 1 << 32, 0]),
        ("generation that wraps", [1, 0, 1 << 16]),
    ] {
        let mut update = Update::new();
        let [kind, high, last] = entry;
        let old = update.bytes.windows(9).position(|it| it == b"\n4 0 obj\n").unwrap() + 1;
        update.rows.push((4, [kind, high + u64::try_from(old).unwrap(), last]));
        is_told(name, &update.with_stream());
    }

    let mut update = Update::new();
    let forged = update.forged_page();
    let start = at(&update);
    update.unlisted(3, &forged);
    is_told("generation", &update.with_table(&format!("3 1\n{start:010} 65536 n \n")));

    let mut update = Update::new();
    let (page, start) = (update.page.clone(), at(&update));
    update.unlisted(3, &page);
    is_told("count", &update.with_table(&format!("3 0\n{start:010} 00000 n \n")));

    let mut update = Update::new();
    update.former -= 1;
    assert_ne!(failures(&judged(&update.with_table(""))), [], "another former section");
}

#[test]
fn an_object_that_nobody_lists_is_told() {
    let forged = Update::new().forged_page();
    let mut update = Update::new();
    update.unlisted(3, &forged);
    is_told("between objects", &update.with_table(""));

    let hidden = format!("3 0 obj\n{forged}\nendobj");
    let mut update = Update::new();
    let length = hidden.len();
    update.object(503, &format!("<</Length {length}>>\nstream\n{hidden}\nendstream"));
    is_told("in a stream", &update.with_table(""));

    let mut update = Update::new();
    update.bytes.extend(b"% 3 0 obj <</Type/Page>> endobj\n");
    is_told("in a comment", &update.with_stream());

    let mut update = Update::new();
    update.object(503, "<</Length 24>>\nstream\n3 %\n0 %\nobj<<>> endobj  \nendstream");
    is_told("around comments", &update.with_table(""));

    let mut update = Update::new();
    update.bytes.extend(b"0 g 0 0 900 900 re f\n");
    is_told("something else", &update.with_table(""));
}

#[test]
fn a_key_that_stands_twice_is_told() {
    let page = Update::new().page;
    for key in ["/Contents", "/#43ontents"] {
        let mut update = Update::new();
        update.object(3, &page.replacen("<<", &format!("<<{key} {FORGED} 0 R"), 1));
        is_told(key, &update.with_table(""));
    }
}
