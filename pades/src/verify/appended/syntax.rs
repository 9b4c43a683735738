//! PDF's syntax, read without any leniency (ISO 32000-2, sections 7.2 and 7.3).

use std::collections::BTreeMap;

/// How deep an object may nest; the lenient reader goes a little deeper.
const DEEPEST: usize = 64;

/// A dictionary's entries: each key, and its value's bytes.
pub(super) type Entries<'a> = BTreeMap<Vec<u8>, &'a [u8]>;

pub(super) enum Token<'a> {
    Name(Vec<u8>),
    /// A number, a keyword or an operator.
    Word(&'a [u8]),
    Text,
    OpenArray,
    CloseArray,
    OpenDictionary,
    CloseDictionary,
}

/// Something that is read from front to back.
#[derive(Clone)]
pub(super) struct Lexer<'a> {
    bytes: &'a [u8],
    pub(super) at: usize,
}

pub(super) const fn is_white(byte: u8) -> bool {
    matches!(byte, 0 | b'\t' | b'\n' | b'\x0C' | b'\r' | b' ')
}

const fn is_regular(byte: u8) -> bool {
    !is_white(byte)
        && !matches!(byte, b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%')
}

impl<'a> Lexer<'a> {
    pub(super) const fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at }
    }

    fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    fn while_true(&mut self, is: impl Fn(u8) -> bool) -> &'a [u8] {
        let rest = self.rest();
        let length = rest.iter().take_while(|byte| is(**byte)).count();
        self.at += length;
        rest.get(..length).unwrap_or_default()
    }

    /// Go on to what is neither white space nor a comment.
    pub(super) fn skip(&mut self) {
        loop {
            self.while_true(is_white);
            if self.rest().first() != Some(&b'%') {
                return;
            }
            self.while_true(|byte| !matches!(byte, b'\r' | b'\n'));
        }
    }

    pub(super) fn token(&mut self) -> Option<Token<'a>> {
        self.skip();
        let (token, length) = match self.rest() {
            [b'<', b'<', ..] => (Token::OpenDictionary, 2),
            [b'>', b'>', ..] => (Token::CloseDictionary, 2),
            [b'[', ..] => (Token::OpenArray, 1),
            [b']', ..] => (Token::CloseArray, 1),
            [b'/', ..] => {
                self.at += 1;
                return name(self.while_true(is_regular)).map(Token::Name);
            }
            [b'<', ..] => return self.hexadecimal(),
            [b'(', ..] => return self.literal(),
            [byte, ..] if is_regular(*byte) => {
                return Some(Token::Word(self.while_true(is_regular)));
            }
            _ => return None,
        };
        self.at += length;
        Some(token)
    }

    fn hexadecimal(&mut self) -> Option<Token<'a>> {
        self.at += 1;
        self.while_true(|byte| is_white(byte) || byte.is_ascii_hexdigit());
        let closed = self.rest().first() == Some(&b'>');
        self.at += 1;
        closed.then_some(Token::Text)
    }

    fn literal(&mut self) -> Option<Token<'a>> {
        let mut open = 0_usize;
        let mut escaped = false;
        for (index, byte) in self.rest().iter().enumerate() {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'(' => open += 1,
                b')' => open -= 1,
                _ => {}
            }
            if open == 0 {
                self.at += index + 1;
                return Some(Token::Text);
            }
        }
        None
    }

    pub(super) fn word(&mut self) -> Option<&'a [u8]> {
        match self.token()? {
            Token::Word(word) => Some(word),
            Token::Name(_)
            | Token::Text
            | Token::OpenArray
            | Token::CloseArray
            | Token::OpenDictionary
            | Token::CloseDictionary => None,
        }
    }

    pub(super) fn keyword(&mut self, expected: &[u8]) -> Option<()> {
        (self.word()? == expected).then_some(())
    }

    /// A number without a sign.
    pub(super) fn count<T: std::str::FromStr>(&mut self) -> Option<T> {
        number(self.word()?)
    }

    /// An object, with its entries where it is a dictionary. No dictionary may have a key twice:
    /// one reader takes the first, another the last.
    pub(super) fn object(&mut self) -> Option<Entries<'a>> {
        self.value(DEEPEST)
    }

    fn value(&mut self, depth: usize) -> Option<Entries<'a>> {
        let depth = depth.checked_sub(1)?;
        match self.token()? {
            Token::OpenDictionary => self.dictionary(depth),
            Token::OpenArray => self.array(depth),
            Token::Word(word) if is_number(word) => self.rest_of_reference(),
            Token::Word(b"true" | b"false" | b"null") | Token::Name(_) | Token::Text => {
                Some(Entries::new())
            }
            Token::Word(_) | Token::CloseArray | Token::CloseDictionary => None,
        }
    }

    fn dictionary(&mut self, depth: usize) -> Option<Entries<'a>> {
        let mut entries = Entries::new();
        loop {
            match self.token()? {
                Token::CloseDictionary => return Some(entries),
                Token::Name(key) => {
                    let start = self.at;
                    self.value(depth)?;
                    let value = self.bytes.get(start..self.at)?;
                    if entries.insert(key, value).is_some() {
                        return None;
                    }
                }
                Token::Word(_)
                | Token::Text
                | Token::OpenArray
                | Token::CloseArray
                | Token::OpenDictionary => return None,
            }
        }
    }

    fn array(&mut self, depth: usize) -> Option<Entries<'a>> {
        loop {
            let mut ahead = self.clone();
            if matches!(ahead.token()?, Token::CloseArray) {
                *self = ahead;
                return Some(Entries::new());
            }
            self.value(depth)?;
        }
    }

    /// Behind a number: two more words, where it begins a reference.
    fn rest_of_reference(&mut self) -> Option<Entries<'a>> {
        let mut ahead = self.clone();
        if ahead.count::<u16>().is_some() && ahead.keyword(b"R").is_some() {
            *self = ahead;
        }
        Some(Entries::new())
    }
}

pub(super) fn number<T: std::str::FromStr>(word: &[u8]) -> Option<T> {
    let digits = !word.is_empty() && word.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(word).ok().filter(|_| digits)?.parse().ok()
}

/// The numbers of an array, or of a value that is one.
pub(super) fn numbers(value: &[u8]) -> Option<Vec<u64>> {
    let mut lexer = Lexer::new(value, 0);
    let mut found = Vec::new();
    loop {
        lexer.skip();
        if lexer.rest().is_empty() {
            return Some(found);
        }
        match lexer.token()? {
            Token::OpenArray | Token::CloseArray => {}
            Token::Word(word) => found.push(number(word)?),
            Token::Name(_) | Token::Text | Token::OpenDictionary | Token::CloseDictionary => {
                return None;
            }
        }
    }
}

/// Whether `value` is this name.
pub(super) fn is_name(value: &[u8], expected: &[u8]) -> bool {
    matches!(Lexer::new(value, 0).token(), Some(Token::Name(name)) if name == expected)
}

fn is_number(word: &[u8]) -> bool {
    let digits = word.strip_prefix(b"-").or_else(|| word.strip_prefix(b"+")).unwrap_or(word);
    let points = digits.iter().filter(|byte| **byte == b'.').count();
    points <= 1
        && digits.len() > points
        && digits.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.')
}

fn name(mut spelled: &[u8]) -> Option<Vec<u8>> {
    let mut name = Vec::with_capacity(spelled.len());
    loop {
        let (byte, rest) = match spelled {
            [] => return Some(name),
            [b'#', high, low, rest @ ..] => {
                let digits = [*high, *low];
                let digits = std::str::from_utf8(&digits).ok()?;
                (u8::from_str_radix(digits, 16).ok()?, rest)
            }
            [byte, rest @ ..] => (*byte, rest),
        };
        name.push(byte);
        spelled = rest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_standard_allows_is_read() {
        for text in [
            "<</A 1/B 2 0 R/C[1 0 R 2 -3.5 .5]/D(a\\)(b))/E<0a F>/F/G/H true/I<</A null>>>>",
            "[]",
            "(text)",
            "12",
            "<< % comment >>\n/A/B>>",
        ] {
            let mut lexer = Lexer::new(text.as_bytes(), 0);
            assert!(lexer.object().is_some(), "{text}");
            assert_eq!(lexer.at, text.len(), "{text}");
        }
    }

    #[test]
    fn what_two_readers_may_read_in_two_ways_is_refused() {
        let deep = format!("{}{}", "[".repeat(70), "]".repeat(70));
        for text in [
            "<</A 1/A 2>>",
            "<</A 1/#41 2>>",
            "<</B<</A 1/A 1>>>>",
            "[<</A 1/A 1>>]",
            "<</A>>",
            "<</A 1 2>>",
            "<</A 1 0 X>>",
            "<</A 1",
            "[1 2",
            "(a(b)",
            "<0g>",
            "--1",
            "1.2.3",
            &deep,
        ] {
            let mut lexer = Lexer::new(text.as_bytes(), 0);
            assert!(lexer.object().is_none(), "{text}");
        }
    }
}
