//! Names for people who may know a certificate's number, but not whose it is.

/// A name with its middle hidden: 王○明; of an English one the first letter of each word.
pub(crate) fn masked(name: &str) -> String {
    let name = name.trim();
    let words: Vec<&str> = name.split(|c: char| c.is_whitespace() || c == ',').collect();
    if name.contains(is_latin) {
        let initials = words.iter().filter_map(|word| word.chars().next());
        return initials.map(|initial| format!("{initial}.")).collect::<Vec<_>>().join(" ");
    }
    let characters: Vec<char> = name.chars().filter(|c| !c.is_whitespace()).collect();
    match characters.as_slice() {
        [] => String::new(),
        [_] => "○".into(),
        [first, _] => format!("{first}○"),
        [first, hidden @ .., last] => format!("{first}{}{last}", "○".repeat(hidden.len())),
    }
}

const fn is_latin(character: char) -> bool {
    character.is_ascii_alphabetic()
        || matches!(character, '\u{C0}'..='\u{24F}' | '\u{1E00}'..='\u{1EFF}')
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn the_middle_of_a_name_is_hidden() {
        for (name, shown) in [
            ("王小明", "王○明"),
            ("王明", "王○"),
            ("歐陽小明", "歐○○明"),
            ("王", "○"),
            (" 王 小 明 ", "王○明"),
            ("瓦歷斯·諾幹", "瓦○○○○幹"),
            ("𠮷野家", "𠮷○家"),
            ("WANG, Hsiao-Ming", "W. H."),
            ("Ming Wang", "M. W."),
            ("Élodie Dupont", "É. D."),
            ("", ""),
        ] {
            assert_eq!(masked(name), shown, "{name}");
        }
    }
}
