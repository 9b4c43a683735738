//! CMaps: which text a font's codes stand for (`ToUnicode`, ISO 32000-2, 9.10.3), and how many
//! bytes a code has (9.7.6).

use std::collections::{BTreeMap, HashMap};

use super::lexer::{Lexer, Token};

/// A mapping shared by this many codes of a font says nothing: a broken writer's filler.
const TOO_SHARED: usize = 4;

/// A parsed CMap.
#[derive(Debug, Default)]
pub(super) struct CMap {
    single: HashMap<u32, Vec<u16>>,
    ranges: BTreeMap<u32, (u32, Vec<u16>)>,
    shared: HashMap<Vec<u16>, usize>,
    spaces: Vec<(usize, u32, u32)>,
}

impl CMap {
    /// Reads what can be read; the rest is left out.
    pub(super) fn parse(source: &[u8]) -> Self {
        let mut map = Self::default();
        let mut lexer = Lexer::new(source, 0);
        let mut section: Vec<Token<'_>> = Vec::new();
        while let Some(token) = lexer.token() {
            match token {
                Token::Word(b"begincodespacerange" | b"beginbfchar" | b"beginbfrange") => {
                    section.clear();
                }
                Token::Word(b"endcodespacerange") => map.code_spaces(&section),
                Token::Word(b"endbfchar") => map.chars(&section),
                Token::Word(b"endbfrange") => map.bf_ranges(&section),
                token => section.push(token),
            }
        }
        map
    }

    /// The text of `code`: `None` when the map is silent or can't be trusted.
    pub(super) fn text(&self, code: u32) -> Option<String> {
        let units = match self.single.get(&code) {
            Some(units) => {
                let shared = self.shared.get(units).copied().unwrap_or(0);
                (shared < TOO_SHARED).then(|| units.clone())?
            }
            None => {
                let (first, (last, base)) = self.ranges.range(..=code).next_back()?;
                (code <= *last).then(|| advance(base, code - first))??
            }
        };
        String::from_utf16(&units).ok()
    }

    /// Whether codes stand for themselves over a wide range. In a font whose codes are glyph
    /// numbers this is a placeholder that some writers leave, not text.
    pub(super) fn is_placeholder(&self) -> bool {
        self.ranges.iter().any(|(first, (last, base))| {
            last - first >= 0xFF && base.as_slice() == [u16::try_from(*first).unwrap_or(0)]
        })
    }

    /// The code at the start of `bytes` and its length, by the code space ranges; `None` when
    /// there are none.
    pub(super) fn code(&self, bytes: &[u8]) -> Option<(u32, usize)> {
        for &(length, low, high) in &self.spaces {
            let code = bytes.get(..length).map(big_endian)?;
            let inside = (0..length).all(|index| {
                let byte = |value: u32| value >> (8 * index) & 0xFF;
                (byte(low)..=byte(high)).contains(&byte(code))
            });
            if inside {
                return Some((code, length));
            }
        }
        None
    }

    fn code_spaces(&mut self, section: &[Token<'_>]) {
        for pair in section.chunks_exact(2) {
            if let [Token::String(low), Token::String(high)] = pair
                && low.len() == high.len()
                && (1..=4).contains(&low.len())
                && self.spaces.len() < 100
            {
                self.spaces.push((low.len(), big_endian(low), big_endian(high)));
            }
        }
        // A short code is tried before a longer one that begins alike.
        self.spaces.sort_unstable();
    }

    fn chars(&mut self, section: &[Token<'_>]) {
        for pair in section.chunks_exact(2) {
            if let [Token::String(code), Token::String(text)] = pair {
                self.put(big_endian(code), utf16(text));
            }
        }
    }

    fn bf_ranges(&mut self, section: &[Token<'_>]) {
        let mut rest = section;
        while let [Token::String(low), Token::String(high), tail @ ..] = rest {
            let (low, high) = (big_endian(low), big_endian(high));
            rest = match tail {
                [Token::String(text), after @ ..] => {
                    if low == high {
                        self.put(low, utf16(text));
                    } else if low < high {
                        self.ranges.insert(low, (high, utf16(text)));
                    }
                    after
                }
                [Token::ArrayStart, items @ ..] => {
                    let end = items.iter().position(|token| *token == Token::ArrayEnd);
                    let end = end.unwrap_or(items.len());
                    for (code, item) in (low..=high).zip(items.iter().take(end)) {
                        if let Token::String(text) = item {
                            self.put(code, utf16(text));
                        }
                    }
                    items.get(end + 1..).unwrap_or_default()
                }
                _ => return,
            };
        }
    }

    fn put(&mut self, code: u32, units: Vec<u16>) {
        if self.single.insert(code, units.clone()).is_none() {
            *self.shared.entry(units).or_default() += 1;
        }
    }
}

fn big_endian(bytes: &[u8]) -> u32 {
    bytes.iter().take(4).fold(0, |code, &byte| code << 8 | u32::from(byte))
}

fn utf16(bytes: &[u8]) -> Vec<u16> {
    match bytes {
        // One byte is no UTF-16, but writers mean the character by it.
        [byte] => vec![u16::from(*byte)],
        _ => bytes
            .chunks_exact(2)
            .map(|pair| pair.iter().fold(0, |unit, &byte| unit << 8 | u16::from(byte)))
            .collect(),
    }
}

/// `base` with its last character moved on by `steps`.
fn advance(base: &[u16], steps: u32) -> Option<Vec<u16>> {
    let text = String::from_utf16(base).ok()?;
    let last = text.chars().next_back()?;
    let moved = char::from_u32(u32::from(last).checked_add(steps)?)?;
    let mut units: Vec<u16> =
        text.chars().take(text.chars().count() - 1).collect::<String>().encode_utf16().collect();
    units.extend(moved.encode_utf16(&mut [0; 2]).iter());
    Some(units)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &[u8] = b"/CIDInit /ProcSet findresource begin begincmap /UCS usecmap
        1 begincodespacerange <00> <80> <8140> <FEFE> endcodespacerange
        2 beginbfchar <01> <738B> <02> <00660069> endbfchar
        3 beginbfrange <10> <12> <5927> <20> <21> [<660E> <D842DFB7>] <30> <31> <D842DFB7>
        endbfrange endcmap";

    #[test]
    fn maps_codes_to_text() {
        let map = CMap::parse(SOURCE);
        for (code, text) in [
            (1, Some("王")),
            (2, Some("fi")),
            (0x10, Some("大")),
            (0x12, Some("\u{5929}")),
            (0x21, Some("𠮷")),
            (0x30, Some("𠮷")),
            (0x31, Some("\u{20BB8}")),
            (0x13, None),
        ] {
            assert_eq!(map.text(code).as_deref(), text, "{code:x}");
        }
    }

    #[test]
    fn codes_have_the_length_of_their_space() {
        let map = CMap::parse(SOURCE);
        assert_eq!(map.code(b"\x41\x41"), Some((0x41, 1)));
        assert_eq!(map.code(b"\xA4\x41"), Some((0xA441, 2)));
        assert_eq!(map.code(b"\xFF\xFF"), None);
    }

    #[test]
    fn filler_is_no_text() {
        let filler = CMap::parse(
            b"beginbfchar <01> <0041> <02> <0041> <03> <0041> <04> <0041> <05> <0042> endbfchar",
        );
        assert_eq!(filler.text(1), None);
        assert_eq!(filler.text(5).as_deref(), Some("B"));
        let identity = CMap::parse(b"beginbfrange <0000> <FFFF> <0000> endbfrange");
        assert!(identity.is_placeholder());
        assert!(!CMap::parse(SOURCE).is_placeholder());
    }
}
