//! What an update may add, with something in it that it may not.

use pades::{CheckCode, Profile, Verdict};

use crate::doubled::{Update, is_told, judged, text_of};
use crate::lasting::failures;

/// An update that adds a field, which the form and the page list.
fn with_field(entries: &str, kid: &str) -> Vec<u8> {
    let mut update = Update::new();
    update.object(503, &format!("<</FT/Sig/T(More){entries}>>"));
    update.object(504, &format!("<</Parent 503 0 R/Rect[0 0 0 0]{kid}>>"));
    listing(&mut update, "503 0 R");
    update.with_table("")
}

/// List something in the form, and on the page.
fn listing(update: &mut Update, field: &str) {
    let page = update.page.clone();
    let catalog = text_of(&update.bytes, "\n1 0 obj\n", "\nendobj");
    let more = |text: &str, key: &str| {
        let (before, after) = text.split_once(key).unwrap();
        let (list, rest) = after.split_once(']').unwrap();
        format!("{before}{key}{list} {field}]{rest}")
    };
    update.object(3, &more(&page, "/Annots"));
    update.object(1, &more(&catalog, "/Fields"));
}

#[test]
fn a_new_field_that_is_something_else_too_is_told() {
    const PLAIN: &str = "/Type/Annot/Subtype/Widget/Rect[0 0 0 0]/F 132/P 3 0 R";
    assert_eq!(failures(&judged(&with_field(PLAIN, ""))), []);
    for other in [
        "/Type/Annot/Subtype/Text/Rect[0 0 0 0]",
        "/Subtype/Widget/Rect[0 0 0 0]/Contents(Forged)",
        "/Subtype/Widget/Rect[0 0 0 0]/AA<</PV<</S/JavaScript/JS(1)>>>>",
        "/Subtype/Widget/Rect[0 0 0 0]/A<</S/URI/URI(x)>>",
        "/Subtype(Widget)/Rect[0 0 0 0]",
        "/Subtype/Widget/Type/Page/Rect[0 0 0 0]",
    ] {
        is_told(other, &with_field(other, ""));
    }
    for kid in ["/Subtype/Text/Open true", "/Subtype/Widget/AA<</PV<</S/JavaScript/JS(1)>>>>"] {
        is_told(kid, &with_field("/Kids[504 0 R]", kid));
    }
}

#[test]
fn what_is_said_of_the_document_is_part_of_what_is_certified() {
    let mut update = Update::new();
    let plain = judged(&update.with_table(""));
    assert!(plain.verdict == Verdict::Valid && plain.certifies(Profile::BB));
    let mut update = Update::new();
    update.object(503, "<</Title(Doctor of Medicine)>>");
    update.more = "/Info 503 0 R".into();
    let ours = judged(&update.with_table(""));
    assert_eq!((failures(&ours), ours.certifies(Profile::BB)), (vec![], false));
}

#[test]
fn a_field_that_can_not_be_reached_is_told() {
    let mut update = Update::new();
    listing(&mut update, "509 0 R");
    let ours = judged(&update.with_table(""));
    assert_eq!(failures(&ours).first(), Some(&CheckCode::Signatures));
}
