//! Skipping images that stand inside a content stream (ISO 32000-2, 8.9.7).

use lopdf::{Dictionary, Object};

use super::lexer::{Lexer, Token, is_space};

/// Moves `lexer` from behind `BI` to behind `EI`, or to the end when there is none.
pub(super) fn skip(content: &[u8], lexer: &mut Lexer<'_>) {
    let mut dict = Dictionary::new();
    while let Some(token) = lexer.token() {
        match token {
            Token::Word(b"ID") => break,
            Token::Name(key) => {
                if let Some(value) = lexer.token().and_then(|token| lexer.object(token)) {
                    dict.set(key, value);
                }
            }
            _ => {}
        }
    }
    // One white space stands between ID and the data.
    let start = lexer.position() + 1;
    let known = length(&dict).and_then(|length| start.checked_add(length));
    let from = known.filter(|&end| ends_at(content, end)).unwrap_or(start);
    let end = (from..content.len()).find(|&at| ends_at(content, at)).map(|at| at + 3);
    lexer.seek(end.unwrap_or(content.len()));
}

/// Whether `EI` with white space around it stands at `at`, followed by text, not picture data.
fn ends_at(content: &[u8], at: usize) -> bool {
    let Some([before, b'E', b'I', after @ ..]) = content.get(at..) else { return false };
    is_space(*before)
        && after.first().is_none_or(|&byte| is_space(byte))
        && after.iter().take(10).all(|&byte| is_space(byte) || byte.is_ascii_graphic())
}

/// How many bytes the picture has, where no filter hides it.
fn length(dict: &Dictionary) -> Option<usize> {
    let get = |short: &[u8], long: &[u8]| dict.get(short).or_else(|_| dict.get(long)).ok();
    let number =
        |short, long| get(short, long).and_then(|value| usize::try_from(value.as_i64().ok()?).ok());
    if get(b"F", b"Filter").is_some() {
        return None;
    }
    let mask = matches!(get(b"IM", b"ImageMask"), Some(Object::Boolean(true)));
    let colors = match get(b"CS", b"ColorSpace").and_then(|space| space.as_name().ok()) {
        _ if mask => 1,
        Some(b"G" | b"DeviceGray") => 1,
        Some(b"RGB" | b"DeviceRGB") => 3,
        Some(b"CMYK" | b"DeviceCMYK") => 4,
        _ => return None,
    };
    let bits = if mask { 1 } else { number(b"BPC", b"BitsPerComponent")? };
    let row = number(b"W", b"Width")?.checked_mul(colors)?.checked_mul(bits)?.div_ceil(8);
    row.checked_mul(number(b"H", b"Height")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_that_looks_like_an_end_is_skipped() {
        let content = b"BI /W 4 /H 2 /CS /G /BPC 8 ID \n EI BT (\nEI BT";
        let mut lexer = Lexer::new(content, 2);
        skip(content, &mut lexer);
        assert_eq!(lexer.token(), Some(Token::Word(b"BT")));
        assert_eq!(lexer.token(), None);
    }

    #[test]
    fn an_open_image_ends_the_content() {
        let content = b"BI /W 4 /F /Fl ID \x00\x01 EI\xFF";
        let mut lexer = Lexer::new(content, 2);
        skip(content, &mut lexer);
        assert_eq!(lexer.token(), None);
    }
}
