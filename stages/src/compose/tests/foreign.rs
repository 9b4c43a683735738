//! Pages as other programs may write them, made here.

use super::*;
use lopdf::{Dictionary, Stream, dictionary};

/// An A4 page with this content; `more` adds to the document and to the page.
pub(super) fn page(content: &str, more: impl FnOnce(&mut Document, &mut Dictionary)) -> Vec<u8> {
    let mut document = Document::with_version("1.7");
    let pages = document.new_object_id();
    let content = document.add_object(Stream::new(Dictionary::new(), content.as_bytes().to_vec()));
    let mut page = dictionary! {
        "Type" => "Page", "Parent" => pages, "Contents" => content,
        "MediaBox" => vec![0.into(), 0.into(), 842.into(), 595.into()],
    };
    more(&mut document, &mut page);
    let page = document.add_object(page);
    document.objects.insert(
        pages,
        dictionary! { "Type" => "Pages", "Kids" => vec![page.into()], "Count" => 1 }.into(),
    );
    let catalog = document.add_object(dictionary! { "Type" => "Catalog", "Pages" => pages });
    document.trailer.set("Root", catalog);
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).unwrap();
    bytes
}

fn composed(raw: &[u8]) -> Page {
    Page::of(&SAMPLE, &certificate(), raw).checked()
}

fn is_black([red, green, blue]: [u8; 3]) -> bool {
    red < 30 && green < 30 && blue < 30
}

fn form(content: &str) -> Stream {
    let dict = dictionary! {
        "Type" => "XObject", "Subtype" => "Form",
        "BBox" => vec![0.into(), 0.into(), 842.into(), 595.into()],
    };
    Stream::new(dict, content.as_bytes().to_vec())
}

#[test]
fn a_turned_page_with_an_origin_of_its_own_stands_upright() {
    // Shown by 90° clockwise: what is at the lower left of the page is at the upper left.
    let raw = page("10 20 60 60 re f", |_, page| {
        page.set("MediaBox", vec![0.into(), 0.into(), 700.into(), 900.into()]);
        page.set("CropBox", vec![10.into(), 20.into(), 605.into(), 862.into()]);
        page.set("Rotate", 90);
    });
    let page = composed(&raw).shown();
    assert!(is_black(page.at_mm(10.0, 200.0)));
    for (x, y) in [(10.0, 10.0), (287.0, 200.0), (287.0, 10.0), (30.0, 200.0)] {
        assert!(!is_black(page.at_mm(x, y)), "{x} {y}");
    }
}

#[test]
fn what_is_outside_the_crop_box_is_not_shown() {
    let raw = page("0 0 900 700 re f", |_, page| {
        page.set("MediaBox", vec![0.into(), 0.into(), 900.into(), 700.into()]);
        page.set("CropBox", vec![20.into(), 20.into(), 862.into(), 615.into()]);
        page.set("Rotate", Object::Null);
    });
    let page = composed(&raw).shown();
    assert!(is_black(page.at_mm(148.0, 105.0)) && is_black(page.at_mm(1.0, 1.0)));
}

#[test]
fn a_user_unit_is_kept() {
    let raw = page("0 0 421 100 re f", |_, page| {
        page.set("MediaBox", vec![0.into(), 0.into(), 421.into(), 297.into()]);
        page.set("UserUnit", 2);
    });
    let page = composed(&raw).shown();
    assert!(is_black(page.at_mm(290.0, 60.0)) && !is_black(page.at_mm(148.0, 90.0)));
}

#[test]
fn boxes_and_resources_of_the_tree_are_inherited() {
    let mut document =
        Document::load_mem(&page("/X Do", |_, page| drop(page.remove(b"MediaBox")))).unwrap();
    let black = document.add_object(form("0 g 0 0 300 300 re f"));
    let root = document.trailer.get(b"Root").and_then(Object::as_reference).unwrap();
    let pages = document
        .get_dictionary(root)
        .unwrap()
        .get(b"Pages")
        .and_then(Object::as_reference)
        .unwrap();
    let tree = document.get_dictionary_mut(pages).unwrap();
    tree.set("MediaBox", vec![0.into(), 0.into(), 842.into(), 595.into()]);
    tree.set("Resources", dictionary! { "XObject" => dictionary! { "X" => black } });
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).unwrap();
    assert!(is_black(composed(&bytes).shown().at_mm(50.0, 50.0)));

    // Null, and a reference to nothing, are no value of the page's own.
    for nothing in [Object::Null, Object::Reference((999, 0))] {
        let page = document.page_iter().next().unwrap();
        let page = document.get_dictionary_mut(page).unwrap();
        page.set("MediaBox", nothing.clone());
        page.set("Resources", nothing);
        let mut bytes = Vec::new();
        document.save_to(&mut bytes).unwrap();
        assert!(is_black(composed(&bytes).shown().at_mm(50.0, 50.0)));
    }
}

#[test]
fn content_that_is_out_of_balance_does_not_reach_the_seals_and_the_number() {
    let raw = page("q q q 0 0 1 rg 0.1 0 0 0.1 0 0 cm 3 Tr 100 Tz 0 0 8420 5950 re W n", |_, _| ());
    let page = composed(&raw);
    assert!(page.text().contains("證書字號"));
    // A finder pattern of the QR code, at the upper left of its place.
    assert!(is_black(page.shown().at_mm(27.3, 43.7)));
}

#[test]
fn content_in_several_streams_is_joined() {
    let raw = page("0 g 0 0 300", |document, page| {
        let second = document.add_object(Stream::new(Dictionary::new(), b"300 re f".to_vec()));
        let first = page.get(b"Contents").unwrap().clone();
        page.set("Contents", vec![first, second.into()]);
    });
    assert!(is_black(composed(&raw).shown().at_mm(50.0, 50.0)));
}

#[test]
fn names_that_a_producer_chose_are_kept_whatever_they_are() {
    for name in ["A", "AA", "P", "B", "F", "Metadata", "Names", "Parent"] {
        let raw = page(&format!("/{name} Do"), |document, page| {
            let black = document.add_object(form("0 g 0 0 300 300 re f"));
            let mut named = Dictionary::new();
            named.set(name, black);
            let named = document.add_object(named);
            page.set("Resources", dictionary! { "XObject" => named });
        });
        assert!(is_black(composed(&raw).shown().at_mm(50.0, 50.0)), "{name}");
    }
}

#[test]
fn a_form_without_resources_uses_the_pages() {
    let raw = page("/Outer Do", |document, page| {
        let outer = document.add_object(form("/Inner Do"));
        let inner = document.add_object(form("0 g 0 0 300 300 re f"));
        page.set(
            "Resources",
            dictionary! { "XObject" => dictionary! { "Outer" => outer, "Inner" => inner } },
        );
    });
    let composed = composed(&raw);
    assert!(is_black(composed.shown().at_mm(50.0, 50.0)));
    let document = Document::load(composed.path()).unwrap();
    let forms = document.objects.values().filter_map(|object| object.as_stream().ok());
    let without = forms.filter(|form| {
        form.dict.get(b"Subtype").and_then(Object::as_name).is_ok_and(|kind| kind == b"Form")
            && !form.dict.has(b"Resources")
    });
    assert_eq!(without.count(), 0);
}

#[test]
fn what_is_active_or_of_the_document_is_left_behind() {
    let raw = page("/X Do", |document, page| {
        let script = document.add_object(
            dictionary! { "S" => "JavaScript", "JS" => Object::string_literal("ALERT") },
        );
        let note = document.add_object(dictionary! { "Type" => "Annot", "Subtype" => "Text", "Contents" => Object::string_literal("NOTE") });
        let meta = document
            .add_object(Stream::new(dictionary! { "Type" => "Metadata" }, b"SECRET".to_vec()));
        let mut black = form("0 g 0 0 300 300 re f");
        black.dict.extend(&dictionary! { "Metadata" => meta, "AA" => script, "StructParent" => 7, "Note" => note });
        let black = document.add_object(black);
        page.set("Resources", dictionary! { "XObject" => dictionary! { "X" => black } });
        page.set("AA", dictionary! { "O" => script });
        page.set("Annots", vec![note.into()]);
        page.set("Metadata", meta);
    });
    let composed = composed(&raw);
    assert!(is_black(composed.shown().at_mm(50.0, 50.0)));
    let bytes = std::fs::read(composed.path()).unwrap();
    for word in ["ALERT", "NOTE", "SECRET", "JavaScript", "/AA", "/Annots", "StructParent"] {
        assert!(!bytes.windows(word.len()).any(|window| window == word.as_bytes()), "{word}");
    }
}

#[test]
fn white_over_black_on_the_page_covers_it_and_lets_the_background_through() {
    let raw = page("0 g 0 0 842 595 re f 1 g 100 100 300 300 re f", |_, _| ());
    let page = composed(&raw).shown();
    let [red, green, _] = page.at_mm(70.0, 70.0);
    assert!(red > 240 && green > 230, "the background, not black and not bare white");
    assert!(is_black(page.at_mm(20.0, 100.0)));
}
