//! What all certificates of a layout share, written once.

use allsorts::binary::read::ReadScope;
use allsorts::font_data::FontData;
use allsorts::tables::{FontTableProvider, NameTable};
use allsorts::tag;
use lopdf::{Dictionary, Object, Stream, dictionary};
use printpdf::ParsedFont;
use sealpress_config::{Home, Layout, PlacedImage};
use std::path::{Path, PathBuf};

use super::objects::Objects;
use super::raw_page::{Target, add as add_page, reals};
use super::take::take;
use super::{ComposeError, image};

const POINTS_PER_MM: f64 = 72.0 / 25.4;

/// A layout with its artwork: the bytes that each of its certificates begins with.
pub(super) struct Prepared {
    pub(super) layout: Layout,
    pub(super) shared: Objects,
    /// Width and height in points.
    pub(super) page: [f64; 2],
    pub(super) background: Background,
    /// The president's seal as a Form XObject.
    pub(super) president: Object,
    /// Left, lower, right and upper edge of the president's seal in points.
    pub(super) seal_rect: [f64; 4],
    /// Deans' seals as images, in the layout's order.
    pub(super) deans: Vec<Object>,
    /// The graphics state that multiplies.
    pub(super) multiply: Object,
    pub(super) font: Font,
}

/// What fills the page.
pub(super) enum Background {
    /// An image, drawn from its unit square.
    Image(Object),
    /// A page of a PDF, placed already.
    Page(Object),
}

/// The font of serial and note.
pub(super) struct Font {
    pub(super) bytes: Vec<u8>,
    pub(super) parsed: ParsedFont,
    /// PostScript name.
    pub(super) name: String,
}

impl Prepared {
    pub(super) fn new(home: &Home, layout: &Layout) -> Result<Self, ComposeError> {
        let page = layout.page_mm.map(points);
        let mut shared = Objects::new();
        let background = background(home, &layout.background, page, &mut shared)?;
        let place = &layout.seals.president;
        let image = add_image(home, &place.image, &mut shared)?;
        let president = shared.add(seal_form(place, image));
        let deans = layout
            .seals
            .deans
            .iter()
            .map(|dean| add_image(home, &dean.seal.image, &mut shared))
            .collect::<Result<_, _>>()?;
        let multiply = shared.add(dictionary! {
            "Type" => "ExtGState", "BM" => "Multiply", "ca" => 1, "CA" => 1,
        });
        Ok(Self {
            font: font(home, &layout.font)?,
            layout: layout.clone(),
            seal_rect: [place.x, place.y, place.x + place.width, place.y + place.height]
                .map(points),
            shared,
            page,
            background,
            president,
            deans,
            multiply,
        })
    }

    /// The dean's seal for a college, and its place.
    pub(super) fn dean(&self, college: Option<&str>) -> Option<(&Object, &PlacedImage)> {
        let wanted = self.layout.dean_seal(college)?;
        let at =
            self.layout.seals.deans.iter().position(|dean| std::ptr::eq(&dean.seal, wanted))?;
        Some((self.deans.get(at)?, wanted))
    }
}

/// Millimetres in points.
pub(super) fn points(mm: f64) -> f64 {
    mm * POINTS_PER_MM
}

fn background(
    home: &Home,
    path: &Path,
    [width, height]: [f64; 2],
    shared: &mut Objects,
) -> Result<Background, ComposeError> {
    let (file, bytes) = read(home, path)?;
    if bytes.starts_with(b"%PDF-") {
        let target = Target { width, height, fit: true };
        // The operator's own file, so it is read here.
        return match take(&bytes) {
            Ok(page) => Ok(Background::Page(add_page(shared, page, target))),
            Err(error) => Err(unusable(file, error.why())),
        };
    }
    image::add(shared, bytes).map(Background::Image).map_err(|why| unusable(file, why))
}

fn add_image(home: &Home, path: &Path, shared: &mut Objects) -> Result<Object, ComposeError> {
    let (file, bytes) = read(home, path)?;
    image::add(shared, bytes).map_err(|why| unusable(file, why))
}

/// The seal as what a signature's widget shows (ISO 32000-2, section 12.5.5).
fn seal_form(place: &PlacedImage, image: Object) -> Stream {
    let (width, height) = (points(place.width), points(place.height));
    let mut images = Dictionary::new();
    images.set("Seal", image);
    let form = dictionary! {
        "Type" => "XObject",
        "Subtype" => "Form",
        "BBox" => reals(&[0.0, 0.0, width, height]),
        "Resources" => dictionary! { "XObject" => images },
    };
    Stream::new(form, format!("q {width:.3} 0 0 {height:.3} 0 0 cm /Seal Do Q").into_bytes())
}

fn font(home: &Home, path: &Path) -> Result<Font, ComposeError> {
    let (file, bytes) = read(home, path)?;
    let parsed = ParsedFont::from_bytes(&bytes, 0, &mut Vec::new());
    match parsed.filter(|font| !font.codepoint_to_glyph.is_empty()) {
        Some(parsed) => Ok(Font {
            name: postscript_name(&bytes).unwrap_or_else(|| "Overlay".into()),
            bytes,
            parsed,
        }),
        None => Err(unusable(file, "it is no TrueType font with a Unicode character map")),
    }
}

fn postscript_name(font: &[u8]) -> Option<String> {
    let face = ReadScope::new(font).read::<FontData<'_>>().ok()?;
    let table = face.table_provider(0).ok()?.table_data(tag::NAME).ok()??.into_owned();
    let names = ReadScope::new(&table).read::<NameTable<'_>>().ok()?;
    names.string_for_id(NameTable::POSTSCRIPT_NAME)
}

fn read(home: &Home, path: &Path) -> Result<(PathBuf, Vec<u8>), ComposeError> {
    let file = home.resolve(path);
    match std::fs::read(&file) {
        Ok(bytes) => Ok((file, bytes)),
        Err(source) => Err(ComposeError::Unreadable { file, source }),
    }
}

fn unusable(file: PathBuf, why: impl Into<String>) -> ComposeError {
    ComposeError::Unusable { file, why: why.into() }
}
