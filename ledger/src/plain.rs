//! What may stand in a field, wherever it comes from: roster, sidecar or file name.

/// Longest student number, in characters.
const LONGEST_NUMBER: usize = 32;

/// Whether a character can be seen where it stands, and changes nothing of what stands beside it:
/// no control character, none that turns the direction of text, none without a shape of its own.
/// (Variation selectors have their place in names, and are plain.)
#[must_use]
pub fn is_plain(c: char) -> bool {
    !c.is_control()
        && !matches!(c,
            '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

/// Whether a text can be a student number: letters and digits without accents, `-` and `_`.
#[must_use]
pub fn is_student_no(text: &str) -> bool {
    let sane = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    (1..=LONGEST_NUMBER).contains(&text.len()) && text.chars().all(sane)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_not_be_seen_is_not_plain() {
        for c in ['a', '王', '\u{20bb7}', '\u{fe00}', '\u{e0100}', '=', '<', '\'', ' ', '\u{3000}']
        {
            assert!(is_plain(c), "{c:?}");
        }
        for c in ['\0', '\n', '\u{9b}', '\u{202e}', '\u{2067}', '\u{61c}', '\u{200b}', '\u{e0041}']
        {
            assert!(!is_plain(c), "{c:?}");
        }
    }

    #[test]
    fn a_student_number_is_no_formula_and_no_path() {
        for number in ["B11012345", "1", "m_10-2"] {
            assert!(is_student_no(number), "{number}");
        }
        for text in ["", "=1+1", "../B1", "B1 ", "王1", "Ｂ１", "B1'--", &"1".repeat(33)] {
            assert!(!is_student_no(text), "{text}");
        }
    }
}
