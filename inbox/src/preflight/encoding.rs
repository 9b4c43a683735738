//! The encodings of simple fonts, glyph names, and the character sets behind the predefined
//! CMaps (ISO 32000-2, annex D and 9.7.5.2).

use std::collections::HashMap;
use std::sync::LazyLock;

use encoding_rs::{BIG5, EUC_KR, GBK, MACINTOSH, SHIFT_JIS, WINDOWS_1252};

/// The upper half of StandardEncoding from 0xA0 on; a space is no character.
const STANDARD_HIGH: &str = " ¡¢£⁄¥ƒ§¤'“«‹›ﬁﬂ –†‡· ¶•‚„”»…‰ ¿ `´ˆ˜¯˘˙¨ ˚¸ ˝˛ˇ—                Æ ª    ŁØŒº     æ   ı  łøœß    ";

/// Glyph names (Adobe Glyph List, the part for Latin script), as `name code` pairs.
static GLYPH_NAMES: LazyLock<HashMap<&'static [u8], char>> = LazyLock::new(|| {
    let mut words = include_str!("glyph_names.txt").split_whitespace();
    let mut names = HashMap::new();
    while let (Some(name), Some(code)) = (words.next(), words.next()) {
        if let Some(glyph) = u32::from_str_radix(code, 16).ok().and_then(char::from_u32) {
            names.insert(name.as_bytes(), glyph);
        }
    }
    names
});

/// An encoding that a simple font may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Base {
    /// StandardEncoding.
    Standard,
    /// WinAnsiEncoding.
    WinAnsi,
    /// MacRomanEncoding.
    MacRoman,
}

impl Base {
    pub(super) fn named(name: &[u8]) -> Option<Self> {
        match name {
            b"StandardEncoding" => Some(Self::Standard),
            b"WinAnsiEncoding" => Some(Self::WinAnsi),
            b"MacRomanEncoding" => Some(Self::MacRoman),
            _ => None,
        }
    }

    /// The character of `code`.
    pub(super) fn character(self, code: u8) -> Option<char> {
        match self {
            Self::WinAnsi => WINDOWS_1252.decode_without_bom_handling(&[code]).0.chars().next(),
            Self::MacRoman => MACINTOSH.decode_without_bom_handling(&[code]).0.chars().next(),
            Self::Standard => match code {
                b'\'' => Some('’'),
                b'`' => Some('‘'),
                0x20..=0x7E => Some(char::from(code)),
                0xA0.. => STANDARD_HIGH
                    .chars()
                    .nth(usize::from(code - 0xA0))
                    .filter(|&character| character != ' '),
                _ => None,
            },
        }
        .filter(|&character| character != char::REPLACEMENT_CHARACTER)
    }
}

/// The text of a glyph name: by the list, or `uniXXXX` and `uXXXXXX`; a suffix is dropped.
pub(super) fn glyph_text(name: &[u8]) -> Option<char> {
    let stem = name.split(|&byte| byte == b'.').next()?;
    if let Some(&character) = GLYPH_NAMES.get(stem) {
        return Some(character);
    }
    let digits = match stem {
        [b'u', b'n', b'i', digits @ ..] if digits.len() == 4 => digits,
        [b'u', digits @ ..] if (4..=6).contains(&digits.len()) => digits,
        _ => return None,
    };
    let digits = std::str::from_utf8(digits).ok()?;
    u32::from_str_radix(digits, 16).ok().and_then(char::from_u32)
}

/// A character set whose codes a predefined CMap takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Charset {
    /// UCS-2 and UTF-16.
    Utf16,
    /// UTF-32.
    Utf32,
    /// Big5 without the areas where a host keeps its own characters (造字).
    Big5,
    /// GBK.
    Gbk,
    /// Shift JIS.
    ShiftJis,
    /// EUC-KR.
    EucKr,
}

impl Charset {
    /// The character set of a predefined CMap by its name.
    pub(super) fn of_cmap(name: &[u8]) -> Option<Self> {
        let name = std::str::from_utf8(name).ok()?;
        let name = name.strip_suffix("-H").or_else(|| name.strip_suffix("-V"))?;
        match name {
            "ETen-B5" | "ETenms-B5" | "B5pc" => Some(Self::Big5),
            "GBK-EUC" | "GBKp-EUC" | "GBK2K" | "GB-EUC" => Some(Self::Gbk),
            "90ms-RKSJ" | "90msp-RKSJ" => Some(Self::ShiftJis),
            "KSCms-UHC" | "KSCms-UHC-HW" | "KSC-EUC" => Some(Self::EucKr),
            _ if !name.starts_with("Uni") => None,
            _ if name.ends_with("-UCS2") || name.ends_with("-UTF16") => Some(Self::Utf16),
            _ if name.ends_with("-UTF32") => Some(Self::Utf32),
            _ => None,
        }
    }

    /// How many of `bytes` the first code takes; at least one.
    pub(super) fn length(self, bytes: &[u8]) -> usize {
        let Some(&lead) = bytes.first() else { return 1 };
        let wanted = match self {
            Self::Utf16 if (0xD8..=0xDB).contains(&lead) => 4,
            Self::Utf16 => 2,
            Self::Utf32 => 4,
            Self::ShiftJis if (0xA0..=0xDF).contains(&lead) => 1,
            Self::Big5 | Self::Gbk | Self::ShiftJis | Self::EucKr => {
                if lead <= 0x80 {
                    1
                } else {
                    2
                }
            }
        };
        wanted.min(bytes.len())
    }

    /// The text of one code.
    pub(super) fn text(self, code: &[u8]) -> Option<String> {
        let decode = |encoding: &'static encoding_rs::Encoding| {
            encoding
                .decode_without_bom_handling_and_without_replacement(code)
                .map(std::borrow::Cow::into_owned)
        };
        match self {
            Self::Utf16 => {
                let units: Vec<u16> = code
                    .chunks(2)
                    .map(|pair| pair.iter().fold(0, |unit, &byte| unit << 8 | u16::from(byte)))
                    .collect();
                String::from_utf16(&units).ok()
            }
            Self::Utf32 => {
                let code = code.iter().fold(0_u32, |code, &byte| code << 8 | u32::from(byte));
                char::from_u32(code).map(String::from)
            }
            // 8140–A0FE, C6A1–C8FE and FA40–FEFE are the user-defined areas: what stands there
            // is known to the host that made the file and to nobody else.
            Self::Big5 => match code {
                [0x81..=0xA0 | 0xC7..=0xC8 | 0xFA..=0xFE, _] | [0xC6, 0xA1..=0xFF] => None,
                _ => decode(BIG5),
            },
            Self::Gbk => decode(GBK),
            Self::ShiftJis => decode(SHIFT_JIS),
            Self::EucKr => decode(EUC_KR),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn simple_encodings() {
        assert_eq!(Base::WinAnsi.character(0x97), Some('—'));
        assert_eq!(Base::MacRoman.character(0xD1), Some('—'));
        assert_eq!(Base::Standard.character(0xD0), Some('—'));
        assert_eq!(Base::Standard.character(b'\''), Some('’'));
        assert_eq!(Base::Standard.character(0xFB), Some('ß'));
        assert_eq!(Base::Standard.character(0xFF), None);
    }

    #[test]
    fn glyph_names() {
        assert_eq!(glyph_text(b"hyphen"), Some('-'));
        assert_eq!(glyph_text(b"a.sc"), Some('a'));
        assert_eq!(glyph_text(b"uni738B"), Some('王'));
        assert_eq!(glyph_text(b"u20BB7"), Some('𠮷'));
        assert_eq!(glyph_text(b"g123"), None);
    }

    #[test]
    fn charsets_of_predefined_cmaps() {
        let big5 = Charset::of_cmap(b"ETen-B5-H").unwrap();
        assert_eq!(big5.text(b"\xA4\xFD").as_deref(), Some("王"));
        assert_eq!(big5.text(b"\xFA\x40"), None);
        assert_eq!(big5.length(b"A"), 1);
        let utf16 = Charset::of_cmap(b"UniCNS-UTF16-V").unwrap();
        assert_eq!(utf16.length(b"\xD8\x42\xDF\xB7"), 4);
        assert_eq!(utf16.text(b"\xD8\x42\xDF\xB7").as_deref(), Some("𠮷"));
        assert_eq!(Charset::of_cmap(b"UniCNS-UCS2-H"), Some(Charset::Utf16));
        assert_eq!(Charset::of_cmap(b"Identity-H"), None);
    }
}
