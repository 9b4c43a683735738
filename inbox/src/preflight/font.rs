//! A font as the page names it: whether it is in the file, how bytes become glyphs, how wide
//! they are, and what they say (ISO 32000-2, 9.5 to 9.8).

use std::collections::HashMap;

use lopdf::{Dictionary, Object, Stream};

use super::cmap::CMap;
use super::encoding::{Base, Charset, glyph_text};
use super::fault::Fault;
use super::filter::{Budget, FilterError};
use super::pdf::{Pdf, as_dict};

/// What a font costs of the budget besides its inflated bytes, since it is kept: by itself, for
/// each width, and for each byte of a CMap. Many fonts may share one table of widths.
const FONT_COST: usize = 16 * 1024;
const ENTRY_COST: usize = 32;
const MAP_COST: usize = 16;

/// Items of `Differences` that are looked at: each of 256 codes with its number and name.
const MAX_DIFFERENCES: usize = 512;

/// Items of a table of widths that are looked at.
const MAX_WIDTHS: usize = 70_000;

/// A font.
#[derive(Debug)]
pub(super) struct Font<'a> {
    /// The name of its `BaseFont`, without the subset's tag.
    name: String,
    /// Whether its program is in the file.
    embedded: bool,
    /// Whether all else is there that a reader needs to show its glyphs.
    complete: bool,
    /// Whether its lines run downwards.
    pub(super) vertical: bool,
    /// A Type 3 font's glyph procedures, which are content streams.
    pub(super) procedures: Option<Procedures<'a>>,
    codes: Codes,
    unicode: Option<CMap>,
    widths: Widths,
}

/// What a Type 3 font draws.
#[derive(Debug)]
pub(super) struct Procedures<'a> {
    /// Its glyph procedures by code.
    pub(super) by_code: HashMap<u32, &'a Stream>,
    /// Its own resources.
    pub(super) resources: Option<&'a Dictionary>,
}

/// One glyph that a string shows.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Glyph {
    /// Its code.
    pub(super) code: u32,
    /// How many bytes the code has.
    pub(super) length: usize,
    /// How far the pen moves, in thousandths of the font's size (Type 3: matrix applied).
    pub(super) width: f64,
    /// What it says; `None` when that can't be known.
    pub(super) text: Option<String>,
}

#[derive(Debug)]
enum Codes {
    /// One byte a code, with the characters of its encoding.
    Simple(Vec<Option<char>>),
    /// A composite font whose codes are those of a character set.
    Charset(Charset),
    /// A composite font with a CMap of its own.
    Embedded(CMap),
    /// A composite font with two bytes a code and no meaning but the glyph.
    TwoBytes,
}

#[derive(Debug, Default)]
struct Widths {
    by_code: HashMap<u32, f64>,
    default: f64,
    scale: f64,
}

impl<'a> Font<'a> {
    /// The font of a font dictionary.
    pub(super) fn read(
        pdf: &'a Pdf,
        dict: &'a Dictionary,
        budget: &mut Budget,
    ) -> Result<Self, FilterError> {
        let subtype = pdf.name(dict, b"Subtype");
        let descendant = pdf
            .array(dict, b"DescendantFonts")
            .and_then(|fonts| as_dict(pdf.resolve(fonts.first()?)))
            .filter(|_| subtype == b"Type0");
        let encoding = pdf.get(dict, b"Encoding");
        let codes = match descendant {
            Some(_) => composite_codes(pdf, encoding, budget)?,
            None => Codes::Simple(simple_characters(pdf, dict, encoding)),
        };
        let unicode = match pdf.stream(dict, b"ToUnicode") {
            Some(stream) => Some(map(pdf, stream, budget)?),
            None => None,
        };
        let widths = match descendant {
            Some(descendant) => composite_widths(pdf, descendant),
            None => simple_widths(pdf, dict),
        };
        budget.spend(FONT_COST.saturating_add(ENTRY_COST.saturating_mul(widths.by_code.len())))?;
        let placeholder = descendant.is_some_and(|font| pdf.stream(font, b"CIDToGIDMap").is_none())
            && matches!(codes, Codes::TwoBytes);
        Ok(Self {
            name: base_name(pdf.name(dict, b"BaseFont")),
            embedded: subtype == b"Type3" || is_embedded(pdf, descendant.unwrap_or(dict)),
            complete: descendant.is_none_or(|font| is_complete(pdf, font, encoding)),
            vertical: encoding.as_name().is_ok_and(|name| name.ends_with(b"-V")),
            procedures: (subtype == b"Type3").then(|| procedures(pdf, dict)),
            codes,
            unicode: unicode.filter(|map| !(placeholder && map.is_placeholder())),
            widths,
        })
    }

    /// Whether every reader, on any computer, has what it needs to show a glyph.
    pub(super) fn can_be_shown(&self) -> Result<(), Fault> {
        if !self.embedded {
            return Err(Fault::FontNotEmbedded(self.name.clone()));
        }
        if !self.complete {
            return Err(Fault::FontIncomplete(self.name.clone()));
        }
        Ok(())
    }

    /// Whether the glyph is the space of a simple font: it leaves no mark.
    pub(super) fn is_blank(&self, glyph: &Glyph) -> bool {
        matches!(self.codes, Codes::Simple(_)) && glyph.code == 32 && self.procedures.is_none()
    }

    /// The glyph at the start of `bytes`, which holds one byte at least.
    pub(super) fn glyph(&self, bytes: &[u8]) -> Glyph {
        let (code, length) = match &self.codes {
            Codes::Simple(_) => (big_endian(bytes, 1), 1),
            Codes::Charset(charset) => {
                let length = charset.length(bytes);
                (big_endian(bytes, length), length)
            }
            Codes::Embedded(map) => map.code(bytes).unwrap_or_else(|| two_bytes(bytes)),
            Codes::TwoBytes => two_bytes(bytes),
        };
        let by_code = match &self.codes {
            Codes::Simple(characters) => {
                let index = usize::try_from(code).unwrap_or(usize::MAX);
                characters.get(index).copied().flatten().map(String::from)
            }
            Codes::Charset(charset) => charset.text(bytes.get(..length).unwrap_or_default()),
            Codes::Embedded(_) | Codes::TwoBytes => None,
        };
        let mapped = self.unicode.as_ref().and_then(|map| map.text(code));
        Glyph {
            code,
            length,
            width: self.widths.of(code),
            text: mapped.or(by_code).filter(|text| is_readable(text)),
        }
    }
}

/// Whether text says what a reader sees: no replacement or control character, and no private-use
/// code point, of which only the host that made the file knows the meaning.
fn is_readable(text: &str) -> bool {
    !text.is_empty()
        && text.chars().all(|character| {
            let blank = matches!(character, '\t' | '\n' | '\r');
            let private = matches!(character,
                '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..='\u{FFFFD}' | '\u{100000}'..='\u{10FFFD}');
            let nothing = u32::from(character) & 0xFFFE == 0xFFFE || character == '\u{FFFD}';
            blank || !(private || nothing || character.is_control())
        })
}

fn big_endian(bytes: &[u8], length: usize) -> u32 {
    bytes.iter().take(length.min(4)).fold(0, |code, &byte| code << 8 | u32::from(byte))
}

fn two_bytes(bytes: &[u8]) -> (u32, usize) {
    let length = bytes.len().min(2);
    (big_endian(bytes, length), length)
}

/// `ABCDEF+Name` without its tag.
fn base_name(raw: &[u8]) -> String {
    let name = String::from_utf8_lossy(raw);
    match name.split_once('+') {
        Some((tag, rest)) if tag.len() == 6 => rest.to_owned(),
        _ => name.into_owned(),
    }
}

fn is_embedded(pdf: &Pdf, font: &Dictionary) -> bool {
    let Some(descriptor) = pdf.dict(font, b"FontDescriptor") else { return false };
    [b"FontFile".as_slice(), b"FontFile2", b"FontFile3"]
        .into_iter()
        .any(|key| pdf.stream(descriptor, key).is_some_and(|program| !program.content.is_empty()))
}

/// A composite font names its encoding and its character collection (ISO 32000-2, tables 115 and
/// 119). Poppler shows no glyph of one that does not.
fn is_complete(pdf: &Pdf, descendant: &Dictionary, encoding: &Object) -> bool {
    let collection = pdf.dict(descendant, b"CIDSystemInfo");
    let named = |key| collection.is_some_and(|of| pdf.get(of, key).as_str().is_ok());
    matches!(encoding, Object::Name(_) | Object::Stream(_))
        && named(b"Registry")
        && named(b"Ordering")
}

fn map(pdf: &Pdf, stream: &Stream, budget: &mut Budget) -> Result<CMap, FilterError> {
    let source = pdf.decode(stream, budget)?;
    budget.spend(source.len().saturating_mul(MAP_COST))?;
    Ok(CMap::parse(&source))
}

fn composite_codes(
    pdf: &Pdf,
    encoding: &Object,
    budget: &mut Budget,
) -> Result<Codes, FilterError> {
    Ok(match encoding {
        Object::Stream(stream) => Codes::Embedded(map(pdf, stream, budget)?),
        Object::Name(name) => Charset::of_cmap(name).map_or(Codes::TwoBytes, Codes::Charset),
        _ => Codes::TwoBytes,
    })
}

/// The characters of a simple font's 256 codes, where its encoding tells them.
fn simple_characters(pdf: &Pdf, font: &Dictionary, encoding: &Object) -> Vec<Option<char>> {
    let flags = pdf
        .dict(font, b"FontDescriptor")
        .and_then(|descriptor| pdf.get(descriptor, b"Flags").as_i64().ok())
        .unwrap_or(0);
    let nonsymbolic = flags & 32 != 0 && flags & 4 == 0;
    let truetype = pdf.name(font, b"Subtype") == b"TrueType";
    let named = match encoding {
        Object::Name(name) => Base::named(name),
        Object::Dictionary(dict) => Base::named(pdf.name(dict, b"BaseEncoding")),
        _ => None,
    };
    // A symbolic TrueType subset has codes of its writer's choice, whatever the encoding says.
    if truetype && !nonsymbolic && flags != 0 {
        return vec![None; 256];
    }
    let base = named.or_else(|| nonsymbolic.then_some(Base::Standard));
    let mut characters: Vec<Option<char>> =
        (0..=u8::MAX).map(|code| base.and_then(|base| base.character(code))).collect();
    for (code, name) in differences(pdf, encoding) {
        if let Some(slot) = characters.get_mut(code) {
            *slot = glyph_text(name);
        }
    }
    characters
}

/// The codes and glyph names of an encoding's `Differences`.
fn differences<'a>(pdf: &'a Pdf, encoding: &'a Object) -> Vec<(usize, &'a [u8])> {
    let list = as_dict(encoding).and_then(|dict| pdf.array(dict, b"Differences"));
    let mut code = 0_usize;
    let mut found = Vec::new();
    for item in list.unwrap_or_default().iter().take(MAX_DIFFERENCES) {
        match pdf.resolve(item) {
            Object::Integer(start) => code = usize::try_from(*start).unwrap_or(usize::MAX),
            Object::Name(name) => {
                found.push((code, name.as_slice()));
                code = code.saturating_add(1);
            }
            _ => {}
        }
    }
    found
}

fn procedures<'a>(pdf: &'a Pdf, font: &'a Dictionary) -> Procedures<'a> {
    let glyphs = pdf.dict(font, b"CharProcs");
    let by_code = differences(pdf, pdf.get(font, b"Encoding"))
        .into_iter()
        .filter_map(|(code, name)| Some((u32::try_from(code).ok()?, pdf.stream(glyphs?, name)?)))
        .collect();
    Procedures { by_code, resources: pdf.dict(font, b"Resources") }
}

impl Widths {
    fn of(&self, code: u32) -> f64 {
        self.by_code.get(&code).copied().unwrap_or(self.default) * self.scale
    }
}

fn simple_widths(pdf: &Pdf, font: &Dictionary) -> Widths {
    let first = pdf.get(font, b"FirstChar").as_i64().ok().and_then(|code| u32::try_from(code).ok());
    let listed = pdf.array(font, b"Widths").unwrap_or_default();
    let by_code = (first.unwrap_or(0)..)
        .zip(listed.iter().take(256))
        .filter_map(|(code, width)| Some((code, pdf.number(width)?)))
        .collect();
    // Type 3 widths are in the font's own units; its matrix makes them parts of the size.
    let matrix = pdf.numbers(font, b"FontMatrix").and_then(|matrix| matrix.first().copied());
    let scale = if pdf.name(font, b"Subtype") == b"Type3" {
        matrix.unwrap_or(0.001) * 1_000.0
    } else {
        1.0
    };
    let missing = pdf
        .dict(font, b"FontDescriptor")
        .and_then(|descriptor| pdf.number(descriptor.get(b"MissingWidth").ok()?));
    // The standard fonts may leave their widths out; half the size is about right.
    let default = missing.unwrap_or(if listed.is_empty() { 500.0 } else { 0.0 });
    Widths { by_code, default, scale }
}

fn composite_widths(pdf: &Pdf, font: &Dictionary) -> Widths {
    let default = font.get(b"DW").ok().and_then(|width| pdf.number(width)).unwrap_or(1_000.0);
    let mut by_code = HashMap::new();
    let mut rest = pdf.array(font, b"W").unwrap_or_default();
    // Each code once is enough; ranges over ranges are an attack.
    let mut left = 4 * 0x1_0000_u32;
    if rest.len() > MAX_WIDTHS {
        return Widths { by_code, default, scale: 1.0 };
    }
    while let [first, second, tail @ ..] = rest {
        let Some(first) = code_number(pdf, first) else { break };
        if let Object::Array(list) = pdf.resolve(second) {
            let widths = list.iter().filter_map(|width| pdf.number(width));
            by_code.extend((first..=0xFFFF).zip(widths));
            rest = tail;
        } else {
            let ([width, after @ ..], Some(last)) = (tail, code_number(pdf, second)) else { break };
            let Some(after_range) = left.checked_sub(last.saturating_sub(first)) else { break };
            left = after_range;
            if let Some(width) = pdf.number(width) {
                by_code.extend((first..=last).map(|code| (code, width)));
            }
            rest = after;
        }
    }
    Widths { by_code, default, scale: 1.0 }
}

fn code_number(pdf: &Pdf, object: &Object) -> Option<u32> {
    let number = pdf.resolve(object).as_i64().ok()?;
    u32::try_from(number).ok().filter(|&number| number <= 0xFFFF)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_and_broken_code_points_are_unreadable() {
        for text in
            ["\u{E000}", "\u{F0001}", "\u{FFFD}", "\0", "\u{1}", "", "王\u{E000}", "\u{FFFF}"]
        {
            assert!(!is_readable(text), "{text:?}");
        }
        for text in ["王", " ", "\u{20BB7}", "\u{2F24}", "fi"] {
            assert!(is_readable(text), "{text:?}");
        }
    }

    #[test]
    fn names_lose_their_subset_tag() {
        assert_eq!(base_name(b"ABCDEF+UKaiTW"), "UKaiTW");
        assert_eq!(base_name(b"Helvetica"), "Helvetica");
    }
}
