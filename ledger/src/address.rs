//! What an e-mail address looks like.

/// Whether a mail can be addressed to it (RFC 5321 section 4.5.3.1 gives the lengths), and nothing
/// of it can end the header that it stands in.
#[must_use]
pub fn is_address(text: &str) -> bool {
    let Some((user, domain)) = text.split_once('@') else { return false };
    let atom = |c: char| c.is_ascii_graphic() && !"()<>[]:;@\\,\"".contains(c);
    let word = |word: &str| !word.is_empty() && word.chars().all(atom);
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.len() <= 254
        && user.len() <= 64
        && user.split('.').all(word)
        && domain.contains('.')
        && domain.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_carry_no_header() {
        for text in ["b1@student.example.edu.tw", "o'neil+tag@a-b.example"] {
            assert!(is_address(text), "{text}");
        }
        let (user, label) = ("u".repeat(65), "l".repeat(64));
        let long =
            [format!("{user}@b.c"), format!("a@{label}.c"), format!("a@{}c", "b.".repeat(130))];
        for text in [
            "a",
            "a@b",
            "@b.c",
            "a@",
            "a@b..c",
            "a@-b.c",
            "a@b-.c",
            ".a@b.c",
            "a.@b.c",
            "a..b@c.d",
            "a b@c.d",
            "a@b.c\r\nBcc: x@y.z",
            "a@b@c.d",
            "<a@b.c>",
            "a@b.c,x@y.z",
            "王@b.c",
        ]
        .into_iter()
        .chain(long.iter().map(String::as_str))
        {
            assert!(!is_address(text), "{text}");
        }
    }
}
