//! What a child may have sent that is not what it was made to send.

use lopdf::dictionary;

use super::super::take::take;
use super::*;

const BOUNDS: Bounds = Bounds { objects: 200, depth: 12 };

/// A page with an image, a font and a form, as an honest child sends it.
fn page() -> Taken {
    let image = Stream::new(
        dictionary! { "Subtype" => "Image", "Filter" => vec!["FlateDecode".into()] },
        vec![1, 2, 3],
    );
    Taken {
        visible: [0.0, 0.0, 842.0, 595.0],
        rotate: 0,
        unit: 1.0,
        content: b"q Q".to_vec(),
        coding: Dictionary::new(),
        objects: vec![
            (2, Object::Stream(image)),
            (1, dictionary! { "Subtype" => "Type1", "Widths" => vec![Object::Real(0.5)] }.into()),
            (
                0,
                dictionary! {
                    "Font" => dictionary! { "AA" => Object::Reference((1, 0)) },
                    "XObject" => dictionary! { "I" => Object::Reference((2, 0)) },
                }
                .into(),
            ),
        ],
    }
}

fn arrives(taken: &Taken) -> bool {
    Taken::received(&taken.sent().unwrap(), BOUNDS).is_ok()
}

/// The page with its font, an object of its own, made into something else.
fn with(font: impl Into<Object>) -> Taken {
    let mut page = page();
    page.objects[1].1 = font.into();
    page
}

#[test]
fn a_page_arrives_as_it_was_sent() {
    let page = page();
    assert_eq!(Taken::received(&page.sent().unwrap(), BOUNDS), Ok(page));
}

#[test]
fn every_fixture_arrives_as_it_was_taken() {
    let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures");
    let bounds = Bounds { objects: 50_000, depth: 32 };
    let mut arrived = 0;
    for file in std::fs::read_dir(fixtures).unwrap().map(|file| file.unwrap().path()) {
        if file.extension().is_some_and(|extension| extension == "pdf") {
            let taken = take(&std::fs::read(&file).unwrap()).unwrap();
            let sent = taken.sent().unwrap();
            assert_eq!(Taken::received(&sent, bounds), Ok(taken), "{}", file.display());
            arrived += 1;
        }
    }
    assert!(arrived > 10, "{arrived}");
}

#[test]
fn what_leads_out_of_a_page_does_not_arrive() {
    for key in ["AA", "JS", "OpenAction", "Metadata", "Parent", "Names", "EF"] {
        let mut font = dictionary! { "Subtype" => "Type1" };
        font.set(key, 1);
        assert!(!arrives(&with(font.clone())), "{key}");
        assert!(!arrives(&with(vec![font.into()])), "{key}, deeper");
    }
    for kind in ["Catalog", "Page", "Action", "Annot", "EmbeddedFile", "Filespec"] {
        assert!(!arrives(&with(dictionary! { "Type" => kind })), "{kind}");
    }
    for key in ["F", "FFilter", "FDecodeParms"] {
        let mut elsewhere = Stream::new(Dictionary::new(), Vec::new());
        elsewhere.dict.set(key, "elsewhere");
        assert!(!arrives(&with(elsewhere)), "{key}");
    }
    // Where the producer chose the names, they mean nothing.
    assert!(arrives(&with(dictionary! { "CharProcs" => dictionary! { "JS" => 1, "AA" => 2 } })));
}

#[test]
fn streams_are_packed_as_streams_are() {
    let packed = |filter: Object| with(Stream::new(dictionary! { "Filter" => filter }, vec![0]));
    assert!(arrives(&packed("DCTDecode".into())));
    assert!(arrives(&packed(vec!["ASCII85Decode".into(), "LZWDecode".into()].into())));
    for filter in [
        Object::from("Crypt"),
        "Unheard".into(),
        1.into(),
        vec![Object::from(vec!["FlateDecode".into()])].into(),
        vec!["FlateDecode".into(); 5].into(),
        Object::Reference((0, 0)),
    ] {
        assert!(!arrives(&packed(filter.clone())), "{filter:?}");
    }
    let coded = |coding| arrives(&Taken { coding, ..page() });
    assert!(coded(dictionary! { "Filter" => "FlateDecode" }));
    assert!(!coded(dictionary! { "Filter" => "Unheard" }));
    assert!(!coded(dictionary! { "Resources" => 1 }));
}

#[test]
fn places_and_references_are_those_of_the_page() {
    assert!(!arrives(&with(Object::Reference((3, 0)))), "beyond the last");
    assert!(!arrives(&with(Object::Reference((u32::MAX, 0)))));
    assert!(arrives(&with(Object::Reference((1, 0)))), "a circle has an end");
    let mut twice = page();
    twice.objects[0].0 = 1;
    assert!(!arrives(&twice), "two at one place");
    let mut lost = page();
    lost.objects.push((3, Object::Null));
    assert!(!arrives(&lost), "an object that nothing refers to");
    let none = Taken { objects: Vec::new(), ..page() };
    assert!(!arrives(&none), "no resources");
    let mut other = page();
    other.objects[2].1 = Object::Null;
    assert!(!arrives(&other), "resources that are no dictionary");
}

#[test]
fn numbers_names_and_boxes_have_bounds() {
    assert!(!arrives(&with(Object::Real(f32::NAN))));
    assert!(!arrives(&with(Object::Real(f32::INFINITY))));
    assert!(!arrives(&with(Object::Name(vec![b'n'; 2_000]))));
    assert!(!arrives(&with(Object::string_literal(vec![b's'; (1 << 20) + 1]))));
    for visible in [
        [0.0, 0.0, f64::NAN, 595.0],
        [0.0, 0.0, f64::INFINITY, 595.0],
        [842.0, 0.0, 0.0, 595.0],
        [0.0, 0.0, 0.0, 0.0],
        [-1e12, 0.0, 842.0, 595.0],
    ] {
        assert!(!arrives(&Taken { visible, ..page() }), "{visible:?}");
    }
    for unit in [0.0, -1.0, f64::NAN, 1e9] {
        assert!(!arrives(&Taken { unit, ..page() }), "{unit}");
    }
}

#[test]
fn how_much_and_how_deep_has_bounds() {
    let deep = |depth| (0..depth).fold(Object::Null, |inner, _| vec![inner].into());
    assert!(arrives(&with(deep(12))));
    assert!(!arrives(&with(deep(13))));
    let broad = |parts| with(vec![Object::Null; parts]);
    assert!(arrives(&broad(BOUNDS.nodes() - 20)));
    assert!(!arrives(&broad(BOUNDS.nodes())));
    let mut many = page();
    let font = (3..300).map(|place| Object::Reference((place, 0))).collect::<Vec<_>>();
    many.objects[1].1 = font.into();
    many.objects.extend((3..300).map(|place| (place, Object::Null)));
    assert!(!arrives(&many), "more objects than there may be");
}

/// Nodes that make no object; the encoding itself can say what `Taken` can't.
#[test]
fn nodes_that_do_not_come_out_even_are_no_page() {
    let sent = |nodes: Vec<Node<'_>>| {
        let resources = vec![Node::Dictionary(Vec::new())];
        let sent = Sent {
            visible: [0.0, 0.0, 842.0, 595.0],
            rotate: 0,
            unit: 1.0,
            content: 0,
            coding: resources,
            objects: vec![(0, nodes)],
        };
        Taken::received(&postcard::to_allocvec(&sent).unwrap(), BOUNDS).is_ok()
    };
    assert!(sent(vec![Node::Dictionary(Vec::new())]));
    assert!(sent(vec![Node::Null, Node::Dictionary(vec![b"K"])]));
    assert!(!sent(vec![]));
    assert!(!sent(vec![Node::Null, Node::Dictionary(Vec::new())]));
    assert!(!sent(vec![Node::Dictionary(vec![b"K"])]));
    assert!(!sent(vec![Node::Array(u32::MAX)]));
    assert!(!sent(vec![Node::Null, Node::Null, Node::Dictionary(vec![b"K", b"K"])]), "twice");
    assert!(!sent(vec![Node::Stream(0)]));
    assert!(!sent(vec![Node::Dictionary(Vec::new()), Node::Stream(1)]), "bytes that are not there");
}

#[test]
fn an_answer_that_is_cut_off_or_goes_on_is_no_page() {
    let sent = page().sent().unwrap();
    for length in 0..sent.len() {
        assert!(Taken::received(&sent[..length], BOUNDS).is_err(), "{length}");
    }
    assert!(Taken::received(&[sent.as_slice(), b"x"].concat(), BOUNDS).is_err());
}

/// Whatever byte is another: it is no page, or one that keeps to all of the above; never a panic.
#[test]
fn a_byte_that_is_another_does_no_harm() {
    let sent = page().sent().unwrap();
    let mut taken = 0;
    for at in 0..sent.len() {
        for other in [0x00, 0x01, 0x7F, 0x80, 0xFF, sent[at].wrapping_add(1)] {
            let mut bytes = sent.clone();
            bytes[at] = other;
            if let Ok(page) = Taken::received(&bytes, BOUNDS) {
                assert!(checked::check(&page, BOUNDS).is_some());
                taken += 1;
            }
        }
    }
    assert!(taken > 0, "some bytes are content");
}
