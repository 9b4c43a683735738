//! A layout (版面): what is composed for a language, kind and college.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::{Kind, Language};

/// One file of `layouts/`. Lengths are millimetres, measured from the page's lower left corner;
/// sizes of text are points.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layout {
    /// The file's name without `.yaml`; filled in when it is read.
    #[serde(skip)]
    pub name: String,
    /// Which certificates it is for. Of several that fit, the one that says most wins.
    #[serde(rename = "for")]
    pub matches: LayoutMatch,
    /// Width and height of the page, in millimetres (A4 landscape is 297 × 210).
    pub page_mm: [f64; 2],
    /// JPEG, PNG or one-page PDF that fills the page, relative to the home.
    pub background: PathBuf,
    /// The seals.
    pub seals: Seals,
    /// The certificate's number (字號).
    pub serial: PlacedText,
    /// The QR code that opens the verification page.
    pub qr: QrPlace,
    /// The note of a reissue or rename (補發).
    pub note: NoteText,
    /// Font of serial and note (TrueType), relative to the home.
    pub font: PathBuf,
    /// How the raw page is put on the page.
    #[serde(default)]
    pub raw: RawPlace,
}

/// Which certificates a layout is for; what is left out matches all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LayoutMatch {
    /// The language.
    pub language: Language,
    /// The kinds; none named is all.
    #[serde(default)]
    pub kinds: Vec<Kind>,
    /// The colleges, as roster or sidecar write them; none named is all.
    #[serde(default)]
    pub colleges: Vec<String>,
}

/// The seals of a layout.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seals {
    /// The president's seal (校長章), which is also the signature's appearance.
    pub president: PlacedImage,
    /// Deans' seals (院長章) by college; the first that names the certificate's college is used.
    #[serde(default)]
    pub deans: Vec<DeanSeal>,
}

/// A dean's seal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeanSeal {
    /// The colleges it belongs to.
    pub colleges: Vec<String>,
    /// The seal and its place.
    pub seal: PlacedImage,
}

/// An image and its place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlacedImage {
    /// PNG or JPEG, relative to the home.
    pub image: PathBuf,
    /// Left edge, mm.
    pub x: f64,
    /// Lower edge, mm.
    pub y: f64,
    /// Width, mm.
    pub width: f64,
    /// Height, mm.
    pub height: f64,
}

/// Which part of a line of text stands at its `x`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Align {
    /// Its start.
    #[default]
    Left,
    /// Its middle.
    Center,
    /// Its end.
    Right,
}

/// A line of text and its place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlacedText {
    /// The text; `{certificate_no}` and `{student_no}` are filled in.
    pub text: String,
    /// Where the baseline starts, or ends, or has its middle, mm.
    pub x: f64,
    /// Baseline, mm.
    pub y: f64,
    /// Size, points.
    pub size: f64,
    /// What stands at `x`.
    #[serde(default)]
    pub align: Align,
}

/// Place of the QR code.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QrPlace {
    /// Left edge, mm.
    pub x: f64,
    /// Lower edge, mm.
    pub y: f64,
    /// Side, mm.
    pub size: f64,
}

/// The note that a kind carries, and its place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoteText {
    /// The note by kind, filled in as the number is; a kind without one has none.
    pub text: BTreeMap<Kind, String>,
    /// Where the baseline starts, or ends, or has its middle, mm.
    pub x: f64,
    /// Baseline, mm.
    pub y: f64,
    /// Size, points.
    pub size: f64,
    /// What stands at `x`.
    #[serde(default)]
    pub align: Align,
}

/// How the raw page is put on the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawPlace {
    /// Scale the raw page to the layout's page instead of refusing one of another size.
    pub fit: bool,
}

impl Layout {
    /// Of `layouts`, the one for this certificate that says most about it.
    #[must_use]
    pub fn choose<'a>(
        layouts: &'a [Self],
        language: Language,
        kind: Kind,
        college: Option<&str>,
    ) -> Option<&'a Self> {
        layouts.iter().filter(|layout| layout.matches.fits(language, kind, college)).max_by_key(
            |layout| (!layout.matches.colleges.is_empty(), !layout.matches.kinds.is_empty()),
        )
    }

    /// The dean's seal for a college, where the layout has one.
    #[must_use]
    pub fn dean_seal(&self, college: Option<&str>) -> Option<&PlacedImage> {
        let college = college?;
        self.seals
            .deans
            .iter()
            .find(|dean| dean.colleges.iter().any(|name| name == college))
            .map(|dean| &dean.seal)
    }
}

impl LayoutMatch {
    fn fits(&self, language: Language, kind: Kind, college: Option<&str>) -> bool {
        self.language == language
            && (self.kinds.is_empty() || self.kinds.contains(&kind))
            && (self.colleges.is_empty()
                || college.is_some_and(|college| self.colleges.iter().any(|name| name == college)))
    }
}
