//! The known attacks on signed PDFs: universal signature forgery, incremental saving, signature
//! wrapping (Mladenov et al., 2019), and shadow documents (Mainka et al., 2021); each with the very
//! check that tells.

use jiff::Timestamp;
use pades::{CheckCode, Profile, Trust, Verdict, Verification, certify, verify};
use std::fmt::Write as _;

use crate::accepted::request;
use crate::lasting::failures;
use crate::pages;
use crate::tampered::trial_key;

struct Victim {
    bytes: Vec<u8>,
    trust: Trust,
}

/// A certified page: the catalog is object 1, the page 3, its content 4, a font 6, the signature 8
/// and its field 9.
fn victim() -> Victim {
    certified(&pages::classic())
}

fn certified(page: &[u8]) -> Victim {
    let (key, trust) = trial_key();
    let mut unseen = request();
    unseen.appearance = None;
    unseen.field = "One".into();
    Victim { bytes: certify(page, &unseen, &key).unwrap(), trust }
}

/// What is put where an object's offset stands in a cross-reference section.
enum Entry {
    /// An object that the update brings.
    Object(String),
    /// A place in the file that is there already.
    Place(usize),
    /// The object is deleted.
    Free,
}

impl Victim {
    fn verify(&self, bytes: &[u8]) -> Verification {
        verify(bytes, &self.trust, Timestamp::now())
    }

    fn find(&self, text: &str) -> usize {
        self.bytes.windows(text.len()).rposition(|window| window == text.as_bytes()).unwrap()
    }

    /// An object as the last revision has it, without its frame.
    fn object(&self, number: u32) -> String {
        let head = format!("\n{number} 0 obj\n");
        let from = self.find(&head) + head.len();
        let text = String::from_utf8_lossy(&self.bytes[from..]).into_owned();
        text.split("\nendobj").next().unwrap().to_owned()
    }

    /// The file with an update behind it; `trailer` is what its trailer has besides.
    fn updated(&self, entries: &[(u32, Entry)], trailer: &str) -> Vec<u8> {
        let mut out = self.bytes.clone();
        let mut table = String::from("xref\n");
        for (number, entry) in entries {
            let (at, generation, kind) = match entry {
                Entry::Object(_) => (out.len(), 0, 'n'),
                Entry::Place(at) => (*at, 0, 'n'),
                Entry::Free => (0, 1, 'f'),
            };
            writeln!(table, "{number} 1\n{at:010} {generation:05} {kind} ").unwrap();
            if let Entry::Object(body) = entry {
                out.extend(format!("{number} 0 obj\n{body}\nendobj\n").bytes());
            }
        }
        let former = lopdf::Document::load_mem(&self.bytes).unwrap().xref_start;
        let start = out.len();
        out.extend(table.bytes());
        out.extend(
            format!("trailer\n<</Size 90/Prev {former}{trailer}>>\nstartxref\n{start}\n%%EOF\n")
                .bytes(),
        );
        out
    }

    fn with(&self, entries: &[(u32, &str)]) -> Vec<u8> {
        let entries: Vec<(u32, Entry)> =
            entries.iter().map(|(number, body)| (*number, Entry::Object((*body).into()))).collect();
        self.updated(&entries, "/Root 1 0 R")
    }
}

const FORGED: &str = "<</Length 20>>\nstream\n0 g 0 0 900 900 re f\nendstream";

#[test]
fn incremental_saving_is_told() {
    let victim = victim();
    let page = victim.object(3);
    let catalog = victim.object(1);
    let field =
        "<</Type/Annot/Subtype/Widget/FT/Sig/T(Two)/Rect[0 0 0 0]/F 132/A<</S/JavaScript/JS(1)>>>>";
    let overlay = "<</Type/Annot/Subtype/FreeText/Rect[0 0 900 900]/Contents(forged)>>";
    let other_pages = catalog.replace("/Pages 2 0 R", "/Pages 20 0 R");
    let tree = "<</Type/Pages/Kids[21 0 R]/Count 1>>";
    let leaf = "<</Type/Page/Parent 20 0 R/MediaBox[0 0 9 9]>>";
    let without_permissions = catalog.replace("/Perms", "/Terms");
    let with_action = catalog.replacen("<<", "<</OpenAction[3 0 R/Fit]", 1);
    let annotated = page.replace("[9 0 R]", "[9 0 R 20 0 R]");
    assert_ne!(annotated, page);
    let listed = catalog.replace("/Fields [9 0 R]", "/Fields [9 0 R 20 0 R]");
    assert_ne!(listed, catalog);
    let moved = page.replace("841.89", "84.189");
    for (what, update) in [
        ("the content is replaced", victim.with(&[(4, FORGED)])),
        ("a font is replaced", victim.with(&[(6, "<</Type/Font/Subtype/Type1/BaseFont/Symbol>>")])),
        ("the seal is replaced", victim.with(&[(5, FORGED)])),
        ("the page is replaced", victim.with(&[(3, leaf)])),
        ("the page is cut", victim.with(&[(3, &moved)])),
        ("an annotation covers the page", victim.with(&[(3, &annotated), (20, overlay)])),
        ("the page tree is replaced", victim.with(&[(2, tree), (21, leaf)])),
        (
            "the catalog names another page tree",
            victim.with(&[(1, &other_pages), (20, tree), (21, leaf)]),
        ),
        ("the permissions are gone", victim.with(&[(1, &without_permissions)])),
        ("opening the document acts", victim.with(&[(1, &with_action)])),
        ("a new field acts", victim.with(&[(1, &listed), (20, field)])),
        ("a number that was free is used", victim.with(&[(0, FORGED)])),
        (
            "the field is replaced",
            victim.with(&[(9, &victim.object(9).replace("/F 132", "/F 132/Rect [0 0 9 9]"))]),
        ),
    ] {
        let ours = victim.verify(&update);
        assert_eq!(failures(&ours), [CheckCode::LaterRevisions], "{what}");
        assert!(!ours.is_sound(), "{what}");
    }
}

#[test]
fn a_second_catalog_is_told() {
    let victim = victim();
    let other = Entry::Object(victim.object(1).replace("/Pages 2 0 R", "/Pages 21 0 R"));
    let pages = Entry::Object("<</Type/Pages/Kids[22 0 R]/Count 1>>".into());
    let page = Entry::Object("<</Type/Page/Parent 21 0 R/MediaBox[0 0 9 9]>>".into());
    let ours =
        victim.verify(&victim.updated(&[(20, other), (21, pages), (22, page)], "/Root 20 0 R"));
    assert_eq!(failures(&ours), [CheckCode::LaterRevisions]);
}

#[test]
fn what_is_appended_without_cross_references_of_its_own_is_told() {
    let victim = victim();
    let former = lopdf::Document::load_mem(&victim.bytes).unwrap().xref_start;
    let body = format!("4 0 obj\n{FORGED}\nendobj\n");
    for (what, appended) in [
        ("objects alone", body.clone()),
        ("objects and a trailer", format!("{body}trailer\n<</Root 1 0 R>>\n")),
        ("objects and the former section", format!("{body}startxref\n{former}\n%%EOF\n")),
        ("the former section again", format!("startxref\n{former}\n%%EOF\n")),
    ] {
        let mut bytes = victim.bytes.clone();
        bytes.extend(appended.bytes());
        assert_eq!(failures(&victim.verify(&bytes)), [CheckCode::LaterRevisions], "{what}");
    }
}

#[test]
fn a_dictionary_that_two_readers_read_in_two_ways_is_told() {
    let victim = victim();
    let catalog = victim.object(1);
    let twice = catalog.replacen("<<", "<</Pages 20 0 R", 1);
    let escaped = catalog.replacen("<<", "<</#50ages 20 0 R", 1);
    let tree = "<</Type/Pages/Kids[]/Count 0>>";
    let same = Entry::Object(victim.object(6));
    for (what, update) in [
        ("the catalog", victim.with(&[(1, &twice), (20, tree)])),
        ("the catalog, escaped", victim.with(&[(1, &escaped), (20, tree)])),
        (
            "the content's dictionary",
            victim.with(&[(7, "<</Length 0/Length 0>>\nstream\n\nendstream")]),
        ),
        (
            "a font",
            victim.with(&[(6, "<</BaseFont/Symbol/Type/Font/Subtype/Type1/BaseFont/Helvetica>>")]),
        ),
        ("the trailer", victim.updated(&[(6, same)], "/Root 20 0 R/Root 1 0 R")),
    ] {
        assert_eq!(failures(&victim.verify(&update)), [CheckCode::LaterRevisions], "{what}");
    }
    // The same object again, written in the same way, changes nothing.
    let again = victim.with(&[(6, &victim.object(6))]);
    assert_eq!(failures(&victim.verify(&again)), []);
}

#[test]
fn shadows_are_told() {
    let victim = victim();
    // Hide: what covered the forged content is taken away.
    let ours = victim.verify(&victim.updated(&[(5, Entry::Free)], "/Root 1 0 R"));
    assert_eq!(failures(&ours), [CheckCode::LaterRevisions], "hide");
    // Replace: what draws the signed text draws another.
    let font = victim.object(6).replace("Helvetica", "ZapfDingbats");
    assert_eq!(failures(&victim.verify(&victim.with(&[(6, &font)]))), [CheckCode::LaterRevisions]);
    // Hide and replace: the forged content was in the file when it was signed, under the number of
    // the genuine one; a section alone brings it forth.
    let hidden = format!("%\n4 0 obj\n{FORGED}\nendobj\n");
    let page = pages::classic();
    let at = page.windows(8).position(|window| window == b"\n1 0 obj").unwrap() + 1;
    let mut prepared = page[..at].to_vec();
    prepared.extend(hidden.bytes());
    prepared.extend(&page[at..]);
    let shift = hidden.len();
    let text = prepared.clone();
    let table = text.windows(5).rposition(|window| window == b"xref\n").unwrap();
    let table = text[..table].windows(5).rposition(|window| window == b"xref\n").unwrap();
    let moved =
        String::from_utf8_lossy(&text[table..]).lines().fold(String::new(), |mut out, line| {
            let offset = line.get(..10).and_then(|digits| digits.parse::<usize>().ok());
            match offset.filter(|_| line.ends_with("n ")) {
                Some(offset) => writeln!(out, "{:010}{}", offset + shift, &line[10..]).unwrap(),
                None if line.parse::<usize>().is_ok_and(|start| start > 100) => {
                    writeln!(out, "{table}").unwrap();
                }
                None => writeln!(out, "{line}").unwrap(),
            }
            out
        });
    prepared.truncate(table);
    prepared.extend(moved.bytes());
    let victim = certified(&prepared);
    assert_eq!(victim.verify(&victim.bytes).verdict, Verdict::Valid);
    let shadow = victim.updated(&[(4, Entry::Place(at + 2))], "/Root 1 0 R");
    assert_eq!(failures(&victim.verify(&shadow)), [CheckCode::LaterRevisions], "hide and replace");
}

#[test]
fn what_was_named_and_not_there_must_not_come_later() {
    let mut document = lopdf::Document::load_mem(&pages::classic()).unwrap();
    let content: Vec<lopdf::Object> = vec![(4, 0).into(), (40, 0).into()];
    document.get_dictionary_mut((3, 0)).unwrap().set("Contents", content);
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).unwrap();
    let victim = certified(&bytes);
    assert_eq!(victim.verify(&victim.bytes).verdict, Verdict::Valid);
    let ours = victim.verify(&victim.with(&[(40, FORGED)]));
    assert_eq!(failures(&ours), [CheckCode::LaterRevisions]);
}

#[test]
fn a_signature_that_is_taken_away_or_doubled_is_told() {
    let victim = victim();
    let catalog = victim.object(1);
    let none = catalog.replace("/Fields [9 0 R]", "/Fields []");
    assert_eq!(failures(&victim.verify(&victim.with(&[(1, &none)]))), [CheckCode::Signatures]);
    let twice = catalog.replace("/Fields [9 0 R]", "/Fields [9 0 R 20 0 R]");
    let copy = victim.object(9).replace("(One)", "(Two)");
    let ours = victim.verify(&victim.with(&[(1, &twice), (20, &copy)]));
    assert_eq!(failures(&ours), [CheckCode::Signatures]);
    // Universal forgery: the signature's own entries, replaced by nothing.
    let signature = victim.object(8);
    for (key, code) in [("/Contents ", CheckCode::Contents), ("/ByteRange ", CheckCode::ByteRange)]
    {
        for (what, value) in [("missing", ""), ("null", "null"), ("empty", "<>"), ("zero", "0")] {
            let name = if what == "missing" { "/Nothing " } else { key };
            let from = signature.find(key).unwrap();
            let end = from + signature[from..].find(['>', ']']).unwrap() + 1;
            let value = if what == "missing" { "0" } else { value };
            let forged = format!("{}{name}{value}{}", &signature[..from], &signature[end..]);
            let ours = victim.verify(&victim.with(&[(8, &forged)]));
            assert!(failures(&ours).contains(&code), "{key} {what}: {:?}", failures(&ours));
        }
    }
}

#[test]
fn wrapping_in_the_gap_is_told() {
    let victim = victim();
    let open = victim.find("/Contents <") + "/Contents <".len();
    let close = open + victim.bytes[open..].iter().position(|byte| *byte == b'>').unwrap();
    for inside in [">/ByteRange[0 9 9 9]/X<", ">>>endobj 4 0 obj null endobj<<<", " ", "\n"] {
        let mut bytes = victim.bytes.clone();
        bytes[close - 40..close - 40 + inside.len()].copy_from_slice(inside.as_bytes());
        assert_eq!(failures(&victim.verify(&bytes)), [CheckCode::ByteRange], "{inside}");
    }
}

#[test]
fn what_may_follow_does_not_make_another_certificate_of_it() {
    let victim = victim();
    let catalog = victim.object(1);
    let titled = victim
        .updated(&[(20, Entry::Object("<</Title(another)>>".into()))], "/Root 1 0 R/Info 20 0 R");
    let stored = victim.with(&[
        (1, &catalog.replacen("<<", "<</DSS 20 0 R", 1)),
        (20, "<</Certs[21 0 R]>>"),
        (21, "<</Length 1>>\nstream\n0\nendstream"),
    ]);
    for (what, update, certifies) in [("a title", titled, false), ("validation data", stored, true)]
    {
        let ours = victim.verify(&update);
        assert_eq!(failures(&ours), [], "{what}");
        assert_eq!(ours.certifies(Profile::BB), certifies, "{what}");
    }
}
