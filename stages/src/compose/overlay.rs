//! The overlay: certificate number, note and QR code, drawn by printpdf with a subset of the
//! layout's font that holds just the glyphs of this certificate.

use allsorts::binary::read::ReadScope;
use allsorts::font_data::FontData;
use allsorts::subset::{CmapTarget, SubsetProfile, subset};
use lopdf::{Document, Object, Stream, dictionary};
use printpdf::{
    FontId, LinePoint, Mm, Op, PaintMode, ParsedFont, PdfDocument, PdfFont, PdfFontHandle, PdfPage,
    PdfSaveOptions, Point, Polygon, PolygonRing, Pt, TextItem, WindingOrder,
};
use qrcode::{Color, EcLevel, QrCode};
use sealpress_config::{Align, Layout, QrPlace};
use sealpress_ledger::{Certificate, Reason, Sha256Hash};
use std::collections::BTreeSet;

use super::objects::Objects;
use super::prepared::{Font, Prepared, points};
use super::raw_page::reals;
use super::transplant::Transplant;

/// The font's name in the overlay's resources: always the same, so that the same input gives the
/// same bytes.
const FONT: &str = "F1";

/// A line of text and its place.
struct Line {
    text: String,
    x: f64,
    y: f64,
    size: f64,
    align: Align,
}

/// Adds the overlay as a Form XObject and returns its reference.
pub(super) fn add(
    objects: &mut Objects,
    prepared: &Prepared,
    certificate: &Certificate,
    link: &str,
) -> Result<Object, Reason> {
    let drawn = draw(prepared, certificate, link)?;
    let page = drawn.page_iter().next().and_then(|page| drawn.get_dictionary(page).ok());
    let page = page.ok_or_else(not_drawn)?;
    let resources = page.get(b"Resources").and_then(|value| drawn.dereference(value));
    let resources = resources.and_then(|(_, value)| value.as_dict()).map_err(|_| not_drawn())?;
    let content = page
        .get(b"Contents")
        .and_then(|value| drawn.dereference(value))
        .map_err(|_| not_drawn())?;
    let content = match content.1 {
        Object::Array(parts) => {
            parts.first().and_then(|part| drawn.dereference(part).ok()).map(|(_, part)| part)
        }
        one => Some(one),
    };
    let content = content.and_then(|content| content.as_stream().ok()).ok_or_else(not_drawn)?;
    let mut transplant = Transplant::new(&drawn);
    transplant.resources(resources);
    let coding = transplant.dictionary(&content.dict);
    let numbers = objects.add_all(transplant.taken());
    let mut form = numbers.dictionary(coding);
    form.extend(&dictionary! {
        "Type" => "XObject",
        "Subtype" => "Form",
        "BBox" => reals(&[0.0, 0.0, prepared.page[0], prepared.page[1]]),
        "Resources" => numbers.of(0),
    });
    let content = content.content.clone();
    Ok(objects.add(Stream::new(form, content)))
}

fn draw(prepared: &Prepared, certificate: &Certificate, link: &str) -> Result<Document, Reason> {
    let lines = lines(&prepared.layout, certificate);
    let all: String = lines.iter().map(|line| line.text.as_str()).collect();
    let font = subset_for(&prepared.font, &all)?;
    let mut ops: Vec<Op> = lines.into_iter().flat_map(|line| shown(line, &font)).collect();
    ops.push(qr(link, prepared.layout.qr)?);
    let mut document = PdfDocument::new("");
    document.resources.fonts.map.insert(FontId(FONT.into()), PdfFont::new(font));
    let [width, height] = prepared.layout.page_mm.map(|mm| Mm(mm as f32));
    document.with_pages(vec![PdfPage::new(width, height, ops)]);
    let bytes = document.save(&PdfSaveOptions::default(), &mut Vec::new());
    Document::load_mem(&bytes).map_err(|_| not_drawn())
}

fn lines(layout: &Layout, certificate: &Certificate) -> Vec<Line> {
    let about = &certificate.certified;
    let filled = |text: &str| {
        text.replace("{certificate_no}", &about.certificate_no)
            .replace("{student_no}", &about.student_no)
    };
    let (serial, note) = (&layout.serial, &layout.note);
    let mut lines = vec![Line {
        text: filled(&serial.text),
        x: serial.x,
        y: serial.y,
        size: serial.size,
        align: serial.align,
    }];
    if let Some(text) = note.text.get(&about.kind) {
        let (x, y, size, align) = (note.x, note.y, note.size, note.align);
        lines.push(Line { text: filled(text), x, y, size, align });
    }
    lines
}

/// The font with the glyphs of one overlay alone. A character that it lacks is a refusal: an empty
/// box on a degree certificate is worse.
fn subset_for(font: &Font, text: &str) -> Result<ParsedFont, Reason> {
    let mut glyphs = BTreeSet::from([0]);
    for character in text.chars() {
        let glyph = font.parsed.lookup_glyph_index(character.into()).filter(|glyph| *glyph != 0);
        glyphs.insert(glyph.ok_or_else(|| missing_glyph(character))?);
    }
    let glyphs: Vec<u16> = glyphs.into_iter().collect();
    let mut cut = cut(&font.bytes, &glyphs).ok_or_else(not_drawn)?;
    // Two characters may share a glyph: what cutting has lost is drawn as an empty box too.
    let drawn = |character: &char| {
        cut.lookup_glyph_index((*character).into()).is_some_and(|glyph| glyph != 0)
    };
    if let Some(lost) = text.chars().find(|character| !drawn(character)) {
        return Err(missing_glyph(lost));
    }
    cut.font_name = Some(format!("{}+{}", tag_of(&glyphs), font.name));
    Ok(cut)
}

fn cut(font: &[u8], glyphs: &[u16]) -> Option<ParsedFont> {
    let face = ReadScope::new(font).read::<FontData<'_>>().ok()?;
    let tables = face.table_provider(0).ok()?;
    let bytes = subset(&tables, glyphs, &SubsetProfile::Minimal, CmapTarget::Unicode).ok()?;
    ParsedFont::from_bytes(&bytes, 0, &mut Vec::new())
}

/// Six letters that tell one subset of a font from another (ISO 32000-2, section 9.9.2).
fn tag_of(glyphs: &[u16]) -> String {
    let glyphs: Vec<u8> = glyphs.iter().flat_map(|glyph| glyph.to_be_bytes()).collect();
    let digest = Sha256Hash::of(&glyphs);
    digest.as_bytes().iter().take(6).map(|byte| char::from(b'A' + byte % 26)).collect()
}

fn shown(line: Line, font: &ParsedFont) -> Vec<Op> {
    let before = match line.align {
        Align::Left => 0.0,
        Align::Center => width(&line, font) / 2.0,
        Align::Right => width(&line, font),
    };
    let start = Point { x: Pt((points(line.x) - before) as f32), y: point(line.y) };
    vec![
        Op::StartTextSection,
        Op::SetFont {
            font: PdfFontHandle::External(FontId(FONT.into())),
            size: Pt(line.size as f32),
        },
        Op::SetTextCursor { pos: start },
        Op::ShowText { items: vec![TextItem::Text(line.text)] },
        Op::EndTextSection,
    ]
}

/// Width in points.
fn width(line: &Line, font: &ParsedFont) -> f64 {
    let glyphs =
        line.text.chars().filter_map(|character| font.lookup_glyph_index(character.into()));
    let units: f64 = glyphs.filter_map(|glyph| font.get_glyph_width(glyph)).map(f64::from).sum();
    units / f64::from(font.units_per_em.max(1)) * line.size
}

/// The QR code as one filled shape, so that no reader shows seams between its parts; each run of
/// dark modules in a row is one rectangle of it.
fn qr(link: &str, place: QrPlace) -> Result<Op, Reason> {
    let code =
        QrCode::with_error_correction_level(link, EcLevel::M).map_err(|_| link_too_long())?;
    let side = code.width();
    let module = place.size / side as f64;
    let colours = code.to_colors();
    let mut rings = Vec::new();
    for (row, modules) in colours.chunks(side).enumerate() {
        let upper = place.y + place.size - row as f64 * module;
        let mut column = 0;
        for run in modules.chunk_by(|one, next| one == next) {
            let (left, right) = (column, column + run.len());
            if run.first() == Some(&Color::Dark) {
                let [left, right] = [left, right].map(|column| place.x + column as f64 * module);
                rings.push(rectangle(left, upper - module, right, upper));
            }
            column = right;
        }
    }
    let (mode, winding_order) = (PaintMode::Fill, WindingOrder::NonZero);
    Ok(Op::DrawPolygon { polygon: Polygon { rings, mode, winding_order } })
}

fn rectangle(left: f64, lower: f64, right: f64, upper: f64) -> PolygonRing {
    let corner = |(x, y)| LinePoint { p: Point { x: point(x), y: point(y) }, bezier: false };
    PolygonRing {
        points: [(left, lower), (right, lower), (right, upper), (left, upper)].map(corner).to_vec(),
    }
}

fn point(mm: f64) -> Pt {
    Pt(points(mm) as f32)
}

fn missing_glyph(character: char) -> Reason {
    let (shown, code) = (character, u32::from(character));
    Reason::new(
        "missing_glyph",
        [
            format!("版面字型沒有「{shown}」（U+{code:04X}）這個字，無法印出證書字號或註記。"),
            format!(
                "The layout's font has no glyph for “{shown}” (U+{code:04X}), so number or note can't be drawn."
            ),
        ],
        [
            "請在版面設定改用含有此字的字型，或更正證書字號後重新投件。",
            "Set a font that has it in the layout, or mend the certificate number, and drop the file again.",
        ],
    )
}

fn link_too_long() -> Reason {
    Reason::new(
        "qr_too_long",
        ["查驗網址太長，無法製成 QR code。", "The verification address is too long for a QR code."],
        ["請縮短設定檔的 school.verify_url。", "Shorten school.verify_url in the configuration."],
    )
}

fn not_drawn() -> Reason {
    Reason::new(
        "overlay_not_drawn",
        ["證書字號與 QR code 無法繪製。", "Number and QR code could not be drawn."],
        [
            "請以 sealpress doctor 檢查版面與字型。",
            "Check layouts and fonts with `sealpress doctor`.",
        ],
    )
}
