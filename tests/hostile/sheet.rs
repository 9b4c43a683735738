//! A print system's certificate whose every part can be changed.

use sealpress_tests::{PrintSystem, Student};

use crate::builder::{CATALOG, CONTENT, PAGE, Raw};

/// Numbers of objects that [`PrintSystem`] writes and [`Raw::showing`] has elsewhere.
pub(crate) const DESCRIPTOR: u32 = 7;
pub(crate) const PROGRAM: u32 = 8;
pub(crate) const UNICODE: u32 = 9;
/// The first number that is free.
pub(crate) const FREE: u32 = 10;

/// A certificate of a student, as the print system wrote it.
pub(crate) struct Sheet {
    pub(crate) raw: Raw,
    /// What its page draws.
    pub(crate) content: String,
}

impl Sheet {
    /// The certificate of a student.
    pub(crate) fn of(prints: &PrintSystem, student: &Student) -> Self {
        let bytes = prints.print(student);
        let mut raw = Raw::with("");
        let mut content = String::new();
        for number in CATALOG..FREE {
            let body = object(&bytes, number);
            let Some(at) = find(body, b"stream\n") else {
                raw = raw.object(number, text(body));
                continue;
            };
            let data = &body[at + b"stream\n".len()..body.len() - b"\nendstream".len()];
            let entries = text(&body[2..at]).trim_end_matches(">>");
            let entries = entries.rsplit_once("/Length ").map_or("", |(entries, _)| entries);
            raw = raw.stream(number, entries, data);
            if number == CONTENT {
                content = text(data).to_owned();
            }
        }
        Self { raw, content }
    }

    /// Entries for the catalog.
    pub(crate) fn catalog(self, entries: &str) -> Self {
        self.edit(CATALOG, "/Pages", &format!("{entries} /Pages"))
    }

    /// Entries for the page.
    pub(crate) fn page(self, entries: &str) -> Self {
        self.edit(PAGE, "/Parent", &format!("{entries} /Parent"))
    }

    /// Entries for the page's resources.
    pub(crate) fn resources(self, entries: &str) -> Self {
        self.edit(PAGE, "/Font<<", &format!("{entries} /Font<<"))
    }

    /// Entries for the trailer.
    pub(crate) fn trailer(mut self, entries: &str) -> Self {
        self.raw.trailer.push_str(entries);
        self
    }

    /// Another content; `{}` stands for the old one.
    pub(crate) fn draws(self, content: &str) -> Self {
        let content = content.replace("{}", &self.content);
        self.stream(CONTENT, "", content.as_bytes())
    }

    pub(crate) fn edit(mut self, number: u32, from: &str, to: &str) -> Self {
        self.raw = self.raw.edit(number, from, to);
        self
    }

    pub(crate) fn object(mut self, number: u32, body: &str) -> Self {
        self.raw = self.raw.object(number, body);
        self
    }

    pub(crate) fn stream(mut self, number: u32, entries: &str, data: &[u8]) -> Self {
        self.raw = self.raw.stream(number, entries, data);
        self
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.raw.bytes()
    }
}

/// Where `what` stands in `bytes` first.
pub(crate) fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

fn object(bytes: &[u8], number: u32) -> &[u8] {
    let head = format!("\n{number} 0 obj\n");
    let start = find(bytes, head.as_bytes()).expect("an object") + head.len();
    let end = find(&bytes[start..], b"\nendobj\n").expect("its end");
    &bytes[start..start + end]
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("ASCII")
}
