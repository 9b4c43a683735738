//! What a person typed, as a question to the index of words. Nothing of it reaches the index but
//! letters and digits within quotation marks, so nothing of it can be taken for an operator.

use unicode_normalization::UnicodeNormalization;

/// Nobody types more, and a question is never longer.
const MOST_CHARACTERS: usize = 200;
const MOST_WORDS: usize = 8;
/// The least of an id that is looked for as one: ids begin alike, as numbers may.
const LEAST_OF_AN_ID: usize = 8;
/// The least of an address that is looked for as one.
const LEAST_OF_AN_ADDRESS: usize = 3;

/// One of the words that were typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// As it was typed, but for the width of its letters and digits.
    text: String,
    /// The same exactly as it was typed: a character may be stored in the form that the other
    /// form does away with.
    typed: String,
}

/// The words of a text, in which white space is all that counts.
pub(super) fn words(text: &str) -> Vec<Word> {
    let text: String = text.chars().take(MOST_CHARACTERS).collect();
    let words = text.split_whitespace().take(MOST_WORDS);
    words.map(|word| Word { text: word.nfkc().collect(), typed: word.to_owned() }).collect()
}

impl Word {
    /// The beginning of an e-mail address, where it may be one.
    pub(super) fn address(&self) -> Option<&str> {
        let printable = self.text.bytes().all(|byte| byte.is_ascii_graphic());
        (printable && self.text.len() >= LEAST_OF_AN_ADDRESS).then_some(&self.text)
    }

    /// Whether it can be nothing but an e-mail address.
    pub(super) fn is_address(&self) -> bool {
        self.text.contains('@')
    }

    /// Where the index has it, in the index's own language; `None` where there is nothing to look
    /// for.
    pub(super) fn question(&self) -> Option<String> {
        let mut alternatives = Vec::new();
        for text in [&self.text, &self.typed] {
            if let Some(whole) = whole_or_in_parts(text)
                && !alternatives.contains(&whole)
            {
                alternatives.push(whole);
            }
        }
        let joined: String = parts(&self.text).concat();
        if joined.len() >= LEAST_OF_AN_ID && joined.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            alternatives.push(format!("id : \"{joined}\" *"));
        }
        any(&alternatives)
    }
}

/// `Ya-Ting` is looked for as `yating`, and as `ya` and `ting`.
fn whole_or_in_parts(text: &str) -> Option<String> {
    let parts = parts(text);
    let whole = parts.concat();
    if whole.is_empty() {
        return None;
    }
    let begins = |word: &str| format!("\"{word}\" *");
    if parts.len() == 1 {
        return Some(format!("words : {}", begins(&whole)));
    }
    let parts: Vec<String> = parts.iter().map(|part| begins(part)).collect();
    Some(format!("words : ({} OR ({}))", begins(&whole), parts.join(" AND ")))
}

/// What stands between punctuation.
fn parts(text: &str) -> Vec<&str> {
    text.split(|character| !stands_in_words(character)).filter(|part| !part.is_empty()).collect()
}

/// Letters and digits of every script, and the private characters with which names are written
/// whose characters no standard has.
fn stands_in_words(character: char) -> bool {
    character.is_alphanumeric()
        || matches!(character, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10fffd}')
}

/// A word of the index that stands for a value in full: what a list is narrowed by.
pub(super) fn facet(name: &str, value: &str) -> String {
    format!("facets : \"{name}{value}\"")
}

/// The same for a value in which any character may stand.
pub(super) fn hex_facet(name: &str, value: &str) -> String {
    let hex: String = value.bytes().map(|byte| format!("{byte:02x}")).collect();
    facet(name, &hex)
}

/// The index's id of a certificate, in full.
pub(super) fn id(id: &str) -> String {
    format!("id : \"{}\"", id.replace('-', ""))
}

/// Any of these fits.
pub(super) fn any(alternatives: &[String]) -> Option<String> {
    (!alternatives.is_empty()).then(|| format!("({})", alternatives.join(" OR ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(text: &str) -> Vec<Option<String>> {
        words(text).iter().map(Word::question).collect()
    }

    #[test]
    fn a_word_is_the_beginning_of_one() {
        assert_eq!(question("王大明"), [Some("(words : \"王大明\" *)".into())]);
        assert_eq!(
            question("ya-ting"),
            [Some("(words : (\"yating\" * OR (\"ya\" * AND \"ting\" *)))".into())]
        );
    }

    #[test]
    fn the_width_of_digits_does_not_matter() {
        assert_eq!(question("Ｂ１"), [Some("(words : \"B1\" * OR words : \"Ｂ１\" *)".into())]);
    }

    #[test]
    fn an_id_is_looked_for_from_eight_digits_on() {
        assert_eq!(question("0197a1b")[0].as_deref().map(|q| q.contains("id :")), Some(false));
        assert_eq!(question("0197a1b2-7c")[0].as_deref().map(|q| q.contains("id :")), Some(true));
    }

    #[test]
    fn operators_and_quotation_marks_go_no_further() {
        assert_eq!(question("\"'; * ( ) - : ^"), vec![None; 7]);
        for text in ["NEAR(a", "a\"b", "AND", "words:x", "{a", "x^2"] {
            let question = question(text).remove(0).unwrap();
            let outside: String = question.split('"').step_by(2).collect();
            let known = outside
                .split([' ', '(', ')', '*', ':'])
                .all(|word| ["", "words", "OR", "AND"].contains(&word));
            assert!(known, "{question}");
        }
    }

    #[test]
    fn a_long_text_is_cut() {
        assert_eq!(words(&"a ".repeat(10_000)).len(), MOST_WORDS);
        assert_eq!(words(&"a".repeat(10_000))[0].text.len(), MOST_CHARACTERS);
    }

    #[test]
    fn an_address_is_one_from_three_characters_on() {
        assert_eq!(words("wa")[0].address(), None);
        assert_eq!(words("ｗang＠")[0].address(), Some("wang@"));
        assert_eq!(words("王大明")[0].address(), None);
    }
}
