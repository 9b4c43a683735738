//! Keys that a dictionary has twice. One reader takes the first value, another the last, so that
//! what looks unchanged here may look changed elsewhere (ISO 32000-2, section 7.3.7, forbids them).

use std::collections::BTreeSet;

/// What is open at a place in an object.
enum Open {
    Array,
    Dictionary { keys: BTreeSet<Vec<u8>>, awaits_value: bool },
}

/// Most dictionaries and arrays in one another.
const DEEPEST: usize = 256;

/// Whether a dictionary in `text` has a key twice: in objects, one or several, up to a stream's
/// bytes, the end of the object, or the end of the file. What is no syntax of objects counts as
/// doubled too, since nobody can say how it is read.
pub(super) fn has_doubled_key(mut text: &[u8]) -> bool {
    let mut open: Vec<Open> = Vec::new();
    loop {
        text = text.trim_ascii_start();
        match text {
            [] => return !open.is_empty(),
            [0 | 0x0C, rest @ ..] => text = rest,
            [b'%', rest @ ..] => {
                let end = rest.iter().position(|byte| b"\r\n".contains(byte));
                text = end.and_then(|end| rest.get(end..)).unwrap_or_default();
            }
            [b'<', b'<', rest @ ..] => {
                takes_value(&mut open);
                open.push(Open::Dictionary { keys: BTreeSet::new(), awaits_value: false });
                text = rest;
            }
            [b'>', b'>', rest @ ..] => match open.pop() {
                Some(Open::Dictionary { awaits_value: false, .. }) => text = rest,
                Some(Open::Dictionary { awaits_value: true, .. } | Open::Array) | None => {
                    return true;
                }
            },
            [b'[', rest @ ..] => {
                takes_value(&mut open);
                open.push(Open::Array);
                text = rest;
            }
            [b']', rest @ ..] => match open.pop() {
                Some(Open::Array) => text = rest,
                Some(Open::Dictionary { .. }) | None => return true,
            },
            [b'/', rest @ ..] => {
                let (name, rest) = rest.split_at(regular(rest));
                if is_doubled(&mut open, plain(name)) {
                    return true;
                }
                text = rest;
            }
            [b'(', rest @ ..] => {
                takes_value(&mut open);
                let Some(rest) = behind_literal(rest) else { return true };
                text = rest;
            }
            [b'<', rest @ ..] => {
                takes_value(&mut open);
                let Some(end) = rest.iter().position(|byte| *byte == b'>') else { return true };
                text = rest.get(end + 1..).unwrap_or_default();
            }
            [b')' | b'>' | b'{' | b'}', ..] => return true,
            _ => {
                let (word, rest) = text.split_at(regular(text));
                if matches!(word, b"stream" | b"endobj" | b"startxref") {
                    return !open.is_empty();
                }
                takes_value(&mut open);
                text = rest;
            }
        }
        if open.len() > DEEPEST {
            return true;
        }
    }
}

/// A value begins, or, where none is awaited, a reference goes on.
fn takes_value(open: &mut [Open]) {
    if let Some(Open::Dictionary { awaits_value, .. }) = open.last_mut() {
        *awaits_value = false;
    }
}

/// A name is a key, or the value of the key before it.
fn is_doubled(open: &mut [Open], name: Vec<u8>) -> bool {
    match open.last_mut() {
        Some(Open::Dictionary { keys, awaits_value }) if !*awaits_value => {
            *awaits_value = true;
            !keys.insert(name)
        }
        Some(Open::Dictionary { awaits_value, .. }) => {
            *awaits_value = false;
            false
        }
        Some(Open::Array) | None => false,
    }
}

/// How many bytes are neither white space nor delimiters (ISO 32000-2, section 7.2.3).
fn regular(text: &[u8]) -> usize {
    let ends = |byte: &u8| byte.is_ascii_whitespace() || b"\0()<>[]{}/%".contains(byte);
    text.iter().position(ends).unwrap_or(text.len())
}

/// A name without its escapes.
fn plain(mut name: &[u8]) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|it| u8::try_from(it).ok());
    let mut plain = Vec::with_capacity(name.len());
    loop {
        name = match name {
            [] => return plain,
            [b'#', high, low, rest @ ..] => match (digit(*high), digit(*low)) {
                (Some(high), Some(low)) => {
                    plain.push(high << 4 | low);
                    rest
                }
                _ => {
                    plain.push(b'#');
                    name.get(1..).unwrap_or_default()
                }
            },
            [byte, rest @ ..] => {
                plain.push(*byte);
                rest
            }
        };
    }
}

/// What follows a literal string whose bracket is open.
fn behind_literal(mut text: &[u8]) -> Option<&[u8]> {
    let mut depth = 1_usize;
    loop {
        text = match text {
            [b'\\', _, rest @ ..] => rest,
            [b'(', rest @ ..] => {
                depth += 1;
                rest
            }
            [b')', rest @ ..] => {
                depth -= 1;
                if depth == 0 {
                    return Some(rest);
                }
                rest
            }
            [_, rest @ ..] => rest,
            [] => return None,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::has_doubled_key;

    #[test]
    fn a_doubled_key_is_told_however_it_is_hidden() {
        for doubled in [
            "1 0 obj <</A 1/A 2>> endobj",
            "1 0 obj <</Pages 2 0 R/Page#73 3 0 R>> endobj",
            "<</A/A/A 1>>",
            "<</A<</B 1/B 2>>>>",
            "[<</A (x)/B <00> /A [1]>>]",
            "<</A (\\))/A 1>>",
            "<</A ((\\)))/A 1>>",
            "<</A % /B\n1/A 2>>",
            "10 0 11 9 <</A 1>> <</B 1/B 2>>",
            "xref\n0 1\n0000000000 65535 f \ntrailer <</Root 1 0 R/Root 2 0 R>> startxref",
            "<</A 1",
            "<</A>>",
            "<</A 1]",
            ">>",
            "(",
        ] {
            assert!(has_doubled_key(doubled.as_bytes()), "{doubled}");
        }
        for single in [
            "",
            "1 0 obj <</A/A/B/A/C<</A 1>>/D[/A/A]/E null>> endobj >>",
            "<</A (/A)/B </A>/C 1 0 R/D true>>",
            "5 0 obj\n<</Length 3>>\nstream\n<<(\nendstream",
            "<</A 1>> <</A 2>>",
            "<</A#20B 1/AB 2/A#2 3>>",
        ] {
            assert!(!has_doubled_key(single.as_bytes()), "{single}");
        }
    }
}
