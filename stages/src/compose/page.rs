//! One page of everything, in the order in which it is drawn.

use jiff::Timestamp;
use lopdf::{Dictionary, Object, Stream, StringFormat, dictionary};
use sealpress_config::Language;
use sealpress_ledger::{Certificate, Reason, Sha256Hash};

use super::objects::{Objects, reference};
use super::prepared::{Background, Prepared, points};
use super::raw_page::{self, Target, reals};
use super::taken::Taken;
use super::{SEAL, SEAL_RECT, overlay};

/// Composes the page of one certificate.
pub(super) fn compose_page(
    prepared: &Prepared,
    certificate: &Certificate,
    raw: Taken,
    link: &str,
) -> Result<Vec<u8>, Reason> {
    let [width, height] = prepared.page;
    let mut objects = Objects::after(&prepared.shared, raw.size() + 64 * 1024);
    let target = Target { width, height, fit: prepared.layout.raw.fit };
    let raw_form = raw_page::add(&mut objects, raw, target);
    let overlay = overlay::add(&mut objects, prepared, certificate, link)?;

    let mut images = Dictionary::new();
    let mut content = String::new();
    match &prepared.background {
        Background::Image(image) => {
            images.set("Background", image.clone());
            content += &format!("q {width:.3} 0 0 {height:.3} 0 0 cm /Background Do Q\n");
        }
        Background::Page(form) => {
            images.set("Background", form.clone());
            content += "q /Background Do Q\n";
        }
    }
    images.set("Raw", raw_form);
    content += "q /Multiply gs /Raw Do Q\n";
    if let Some((seal, place)) = prepared.dean(certificate.certified.college.as_deref()) {
        images.set("DeanSeal", seal.clone());
        let [width, height, x, y] = [place.width, place.height, place.x, place.y].map(points);
        // As ink is: what is printed under the seal shows through it.
        content +=
            &format!("q /Multiply gs {width:.3} 0 0 {height:.3} {x:.3} {y:.3} cm /DeanSeal Do Q\n");
    }
    images.set("Overlay", overlay);
    content += "q /Overlay Do Q\n";
    images.set(SEAL, prepared.president.clone());

    let content = objects.add(Stream::new(Dictionary::new(), content.into_bytes()));
    Ok(finish(objects, prepared, certificate, (images, content)))
}

fn finish(
    mut objects: Objects,
    prepared: &Prepared,
    certificate: &Certificate,
    (images, content): (Dictionary, Object),
) -> Vec<u8> {
    let [width, height] = prepared.page;
    let mut states = Dictionary::new();
    states.set("Multiply", prepared.multiply.clone());
    let (page, pages) = (objects.reserve(), objects.reserve());
    let mut of_page = dictionary! {
        "Type" => "Page",
        "Parent" => reference(pages),
        "MediaBox" => reals(&[0.0, 0.0, width, height]),
        "Contents" => content,
        "Resources" => dictionary! { "XObject" => images, "ExtGState" => states },
        "Group" => dictionary! { "S" => "Transparency", "CS" => "DeviceRGB" },
    };
    of_page.set(SEAL_RECT, reals(&prepared.seal_rect));
    objects.write(page, of_page.into());
    objects.write(
        pages,
        dictionary! { "Type" => "Pages", "Count" => 1, "Kids" => vec![reference(page)] }.into(),
    );
    let language = match certificate.certified.language {
        Language::Zh => "zh-TW",
        Language::En => "en",
    };
    let catalog = objects.add(dictionary! {
        "Type" => "Catalog",
        "Pages" => reference(pages),
        "Lang" => text(language),
        "ViewerPreferences" => dictionary! { "DisplayDocTitle" => true },
    });
    let info = objects.add(dictionary! {
        "Title" => text(&certificate.certified.certificate_no),
        "Producer" => text("Sealpress"),
        "CreationDate" => text(&date(certificate.accepted_at)),
    });
    // The same for every run over the same drop, and for no other certificate (section 14.4).
    let id = Sha256Hash::of(
        &[certificate.drop_hash.as_bytes(), &certificate.id.uuid().as_bytes()[..]].concat(),
    );
    let id = Object::String(id.as_bytes()[..16].to_vec(), StringFormat::Hexadecimal);
    let mut trailer = Dictionary::new();
    trailer.set("Root", catalog);
    trailer.set("Info", info);
    trailer.set("ID", vec![id.clone(), id]);
    objects.finish(trailer)
}

/// A text string: plain where it is ASCII, else UTF-16 with its mark (section 7.9.2.2).
fn text(text: &str) -> Object {
    if text.is_ascii() {
        return Object::String(text.as_bytes().to_vec(), StringFormat::Literal);
    }
    let utf16 = [0xFEFF].into_iter().chain(text.encode_utf16());
    Object::String(utf16.flat_map(u16::to_be_bytes).collect(), StringFormat::Hexadecimal)
}

fn date(at: Timestamp) -> String {
    at.strftime("D:%Y%m%d%H%M%SZ").to_string()
}
