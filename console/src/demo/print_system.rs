//! A paper-certificate print system as a school has one: black text on a white ground (白底黑字),
//! fonts embedded, A4 landscape.

use allsorts::binary::read::ReadScope;
use allsorts::font_data::FontData;
use allsorts::subset::{CmapTarget, SubsetProfile, subset};
use anyhow::{Context, anyhow};
use printpdf::{
    Color, FontId, Mm, Op, ParsedFont, PdfDocument, PdfFontHandle, PdfPage, PdfSaveOptions, Point,
    Pt, Rgb, TextItem,
};
use std::collections::BTreeSet;

/// The print system, with its font.
pub(crate) struct PrintSystem {
    font: &'static [u8],
    parsed: ParsedFont,
}

/// What is printed on one page.
pub(crate) struct Page<'a> {
    pub(crate) name_zh: &'a str,
    pub(crate) name_en: &'a str,
    pub(crate) student_no: &'a str,
    pub(crate) programme: &'a str,
    pub(crate) degree: &'a str,
    pub(crate) english: bool,
    /// Told apart from another print of the same certificate.
    pub(crate) print: u32,
}

impl PrintSystem {
    pub(crate) fn new(font: &'static [u8]) -> anyhow::Result<Self> {
        let parsed = ParsedFont::from_bytes(font, 0, &mut Vec::new())
            .ok_or_else(|| anyhow!("the sample font can't be read"))?;
        Ok(Self { font, parsed })
    }

    /// One page as a PDF.
    pub(crate) fn print(&self, page: &Page<'_>) -> anyhow::Result<Vec<u8>> {
        let lines = if page.english { english(page) } else { chinese(page) };
        let all: String = lines.iter().map(|(text, _, _)| text.as_str()).collect();
        let font = self.subset(&all)?;
        let mut document = PdfDocument::new("paper certificate");
        let font_id = document.add_font(&font);
        let mut ops = vec![Op::SetFillColor { col: Color::Rgb(Rgb::new(0.0, 0.0, 0.0, None)) }];
        for (text, size, y) in &lines {
            ops.extend(centred(&font, &font_id, text, *size, *y));
        }
        let page = PdfPage::new(Mm(297.0), Mm(210.0), ops);
        Ok(document.with_pages(vec![page]).save(&PdfSaveOptions::default(), &mut Vec::new()))
    }

    /// The font with the glyphs of one page alone.
    fn subset(&self, text: &str) -> anyhow::Result<ParsedFont> {
        let mut glyphs = BTreeSet::from([0]);
        for character in text.chars() {
            let glyph = self.parsed.lookup_glyph_index(character.into());
            glyphs.insert(glyph.with_context(|| format!("the sample font has no “{character}”"))?);
        }
        let glyphs: Vec<u16> = glyphs.into_iter().collect();
        let face = ReadScope::new(self.font).read::<FontData<'_>>()?;
        let tables = face.table_provider(0)?;
        let bytes = subset(&tables, &glyphs, &SubsetProfile::Minimal, CmapTarget::Unicode)
            .map_err(|error| anyhow!("the sample font can't be subset: {error}"))?;
        ParsedFont::from_bytes(&bytes, 0, &mut Vec::new())
            .ok_or_else(|| anyhow!("the subset font can't be read"))
    }
}

type Line = (String, f32, f32);

fn chinese(page: &Page<'_>) -> Vec<Line> {
    vec![
        ("國立範例科技大學".into(), 34.0, 158.0),
        ("學位證書".into(), 28.0, 140.0),
        (format!("學生 {} 學號 {}", page.name_zh, page.student_no), 18.0, 118.0),
        (format!("在本校 {} 修業期滿成績及格准予畢業", page.programme), 16.0, 104.0),
        (format!("依學位授予法之規定授予 {} 學位", page.degree), 16.0, 91.0),
        ("校長 陳小華".into(), 18.0, 66.0),
        (format!("第 {} 次列印", page.print), 8.0, 12.0),
    ]
}

fn english(page: &Page<'_>) -> Vec<Line> {
    vec![
        ("National Example University of Science and Technology".into(), 22.0, 156.0),
        ("Diploma".into(), 28.0, 138.0),
        (format!("This certifies that {} ({})", page.name_en, page.student_no), 16.0, 116.0),
        (
            format!(
                "has fulfilled the requirements of the Department of {}",
                english_name(page.programme)
            ),
            13.0,
            104.0,
        ),
        ("and has been awarded the degree of Bachelor".into(), 13.0, 93.0),
        ("Chen Hsiao-Hua, President".into(), 14.0, 66.0),
        (format!("Print {}", page.print), 8.0, 12.0),
    ]
}

fn english_name(programme: &str) -> &'static str {
    super::plan::PROGRAMMES
        .iter()
        .find(|(name, ..)| *name == programme)
        .map_or("Computer Science", |(_, english, ..)| english)
}

fn centred(font: &ParsedFont, id: &FontId, text: &str, size: f32, y_mm: f32) -> Vec<Op> {
    let units: u32 = text
        .chars()
        .filter_map(|character| font.lookup_glyph_index(character.into()))
        .filter_map(|glyph| font.get_glyph_width(glyph))
        .map(u32::from)
        .sum();
    let width = units as f32 / f32::from(font.units_per_em.max(1)) * size;
    let x = (Pt::from(Mm(297.0)).0 - width) / 2.0;
    vec![
        Op::StartTextSection,
        Op::SetFont { font: PdfFontHandle::External(id.clone()), size: Pt(size) },
        Op::SetTextCursor { pos: Point { x: Pt(x), y: Mm(y_mm).into() } },
        Op::ShowText { items: vec![TextItem::Text(text.to_owned())] },
        Op::EndTextSection,
    ]
}
