//! The words of PDF syntax, read from foreign bytes: objects in a file, operators in a content
//! stream, mappings in a CMap (ISO 32000-2, 7.2 and 7.3).

use lopdf::{Dictionary, Object, StringFormat};

/// Deepest nesting of arrays and dictionaries. Print systems stay below ten.
const MAX_DEPTH: usize = 40;

/// Most parts of one object. The widths of a font with every possible glyph are 65,535.
const MAX_PARTS: usize = 100_000;

/// Longest string, and deepest brackets in one.
const MAX_STRING: usize = 1 << 20;
const MAX_BRACKETS: usize = 32;

/// One word.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token<'a> {
    /// A number without a point.
    Integer(i64),
    /// A number with a point.
    Real(f32),
    /// A name, without its slash, `#xx` resolved.
    Name(Vec<u8>),
    /// A string, literal or hexadecimal, decoded.
    String(Vec<u8>),
    /// `[`
    ArrayStart,
    /// `]`
    ArrayEnd,
    /// `<<`
    DictStart,
    /// `>>`
    DictEnd,
    /// Anything else: `obj`, `R`, `Tj`, `true`.
    Word(&'a [u8]),
}

/// Reads words from `data`, from position `at` on.
#[derive(Debug, Clone)]
pub(super) struct Lexer<'a> {
    data: &'a [u8],
    at: usize,
    parts: usize,
}

pub(super) const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0 | 0x0C)
}

const fn is_delimiter(byte: u8) -> bool {
    matches!(byte, b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%')
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

impl<'a> Lexer<'a> {
    pub(super) const fn new(data: &'a [u8], at: usize) -> Self {
        Self { data, at, parts: 0 }
    }

    /// Where the next word is looked for.
    pub(super) const fn position(&self) -> usize {
        self.at
    }

    /// How many parts the last object had: numbers, names, arrays and so on, at all depths.
    pub(super) const fn parts(&self) -> usize {
        self.parts
    }

    /// Goes on at `at`.
    pub(super) const fn seek(&mut self, at: usize) {
        self.at = at;
    }

    fn peek(&self) -> Option<u8> {
        self.data.get(self.at).copied()
    }

    fn take_while(&mut self, keep: impl Fn(u8) -> bool) -> &'a [u8] {
        let rest = self.data.get(self.at..).unwrap_or_default();
        let length = rest.iter().position(|&byte| !keep(byte)).unwrap_or(rest.len());
        self.at += length;
        rest.get(..length).unwrap_or_default()
    }

    /// Skips white space and comments.
    pub(super) fn skip_space(&mut self) {
        loop {
            self.take_while(is_space);
            if self.peek() != Some(b'%') {
                return;
            }
            self.take_while(|byte| byte != b'\n' && byte != b'\r');
        }
    }

    /// The next word; `None` at the end, or where a string does not end.
    pub(super) fn token(&mut self) -> Option<Token<'a>> {
        self.skip_space();
        let start = self.at;
        let byte = self.peek()?;
        self.at += 1;
        Some(match byte {
            b'/' => Token::Name(self.name()),
            b'(' => Token::String(self.literal()?),
            b'<' if self.peek() == Some(b'<') => {
                self.at += 1;
                Token::DictStart
            }
            b'<' => Token::String(self.hexadecimal()?),
            b'>' if self.peek() == Some(b'>') => {
                self.at += 1;
                Token::DictEnd
            }
            b'[' => Token::ArrayStart,
            b']' => Token::ArrayEnd,
            b'>' | b')' | b'{' | b'}' => Token::Word(self.data.get(start..self.at)?),
            _ => {
                self.take_while(|byte| !is_space(byte) && !is_delimiter(byte));
                number_or_word(self.data.get(start..self.at)?)
            }
        })
    }

    fn name(&mut self) -> Vec<u8> {
        let raw = self.take_while(|byte| !is_space(byte) && !is_delimiter(byte));
        let mut name = Vec::with_capacity(raw.len());
        let mut rest = raw;
        while let Some((&first, tail)) = rest.split_first() {
            let escaped = match (first, tail) {
                (b'#', [high, low, ..]) => hex(*high).zip(hex(*low)),
                _ => None,
            };
            match escaped {
                Some((high, low)) => {
                    name.push(high << 4 | low);
                    rest = tail.get(2..).unwrap_or_default();
                }
                None => {
                    name.push(first);
                    rest = tail;
                }
            }
        }
        name
    }

    fn literal(&mut self) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        let mut open = 1_usize;
        loop {
            let byte = self.peek()?;
            self.at += 1;
            if out.len() >= MAX_STRING || open > MAX_BRACKETS {
                return None;
            }
            match byte {
                b'(' => open += 1,
                b')' => {
                    open -= 1;
                    if open == 0 {
                        return Some(out);
                    }
                }
                b'\\' => {
                    self.escape(&mut out)?;
                    continue;
                }
                _ => {}
            }
            out.push(byte);
        }
    }

    fn escape(&mut self, out: &mut Vec<u8>) -> Option<()> {
        let byte = self.peek()?;
        self.at += 1;
        match byte {
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'b' => out.push(8),
            b'f' => out.push(0x0C),
            b'\r' => {
                if self.peek() == Some(b'\n') {
                    self.at += 1;
                }
            }
            b'\n' => {}
            b'0'..=b'7' => {
                let mut value = u16::from(byte - b'0');
                for _ in 0..2 {
                    match self.peek() {
                        Some(digit @ b'0'..=b'7') => {
                            value = value * 8 + u16::from(digit - b'0');
                            self.at += 1;
                        }
                        _ => break,
                    }
                }
                out.push(value.to_le_bytes()[0]);
            }
            other => out.push(other),
        }
        Some(())
    }

    fn hexadecimal(&mut self) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        let mut half = None;
        loop {
            let byte = self.peek()?;
            self.at += 1;
            if out.len() >= MAX_STRING {
                return None;
            }
            match (byte, hex(byte), half.take()) {
                (b'>', _, None) => return Some(out),
                (b'>', _, Some(high)) => {
                    out.push(high << 4);
                    return Some(out);
                }
                (_, Some(low), Some(high)) => out.push(high << 4 | low),
                (_, Some(high), None) => half = Some(high),
                // White space is allowed; other bytes are skipped as readers do.
                (_, None, waiting) => half = waiting,
            }
        }
    }

    /// The object that `first` begins; `None` where it is malformed or beyond all use. References are resolved into `Object::Reference`.
    pub(super) fn object(&mut self, first: Token<'a>) -> Option<Object> {
        self.parts = 0;
        self.nested(first, MAX_DEPTH)
    }

    fn nested(&mut self, first: Token<'a>, depth: usize) -> Option<Object> {
        let depth = depth.checked_sub(1)?;
        self.parts += 1;
        if self.parts > MAX_PARTS {
            return None;
        }
        Some(match first {
            Token::Integer(number) => self.reference(number).unwrap_or(Object::Integer(number)),
            Token::Real(number) => Object::Real(number),
            Token::Name(name) => Object::Name(name),
            Token::String(bytes) => Object::String(bytes, StringFormat::Literal),
            Token::Word(b"true") => Object::Boolean(true),
            Token::Word(b"false") => Object::Boolean(false),
            Token::Word(b"null") => Object::Null,
            Token::ArrayStart => {
                let mut array = Vec::new();
                loop {
                    match self.token()? {
                        Token::ArrayEnd => break Object::Array(array),
                        token => array.push(self.nested(token, depth)?),
                    }
                }
            }
            Token::DictStart => {
                let mut dict = Dictionary::new();
                loop {
                    match self.token()? {
                        Token::DictEnd => break Object::Dictionary(dict),
                        Token::Name(key) => {
                            let first = self.token()?;
                            dict.set(key, self.nested(first, depth)?);
                        }
                        _ => return None,
                    }
                }
            }
            Token::ArrayEnd | Token::DictEnd | Token::Word(_) => return None,
        })
    }

    fn reference(&mut self, number: i64) -> Option<Object> {
        let number = u32::try_from(number).ok()?;
        let mut ahead = self.clone();
        let Token::Integer(generation) = ahead.token()? else { return None };
        let generation = u16::try_from(generation).ok()?;
        if ahead.token()? != Token::Word(b"R") {
            return None;
        }
        self.at = ahead.at;
        Some(Object::Reference((number, generation)))
    }
}

fn number_or_word(word: &[u8]) -> Token<'_> {
    let numeric = word.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.'));
    let text = std::str::from_utf8(word).unwrap_or_default();
    if !numeric {
        return Token::Word(word);
    }
    if let Ok(number) = text.parse::<i64>() {
        return Token::Integer(number);
    }
    text.parse::<f32>().map_or(Token::Word(word), Token::Real)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_kind_of_word() {
        let source = b"<</A#42 [1 -2.5 (a\\(b\\051\\n(c)) <4 1 4>] /R 3 0 R>> % note\n BT .5";
        let mut lexer = Lexer::new(source, 0);
        let first = lexer.token().unwrap();
        let object = lexer.object(first).unwrap();
        let dict = object.as_dict().unwrap();
        let array = dict.get(b"AB").unwrap().as_array().unwrap();
        assert_eq!(array[0].as_i64().unwrap(), 1);
        assert!((array[1].as_float().unwrap() + 2.5).abs() < f32::EPSILON);
        assert_eq!(array[2].as_str().unwrap(), b"a(b)\n(c)");
        assert_eq!(array[3].as_str().unwrap(), b"A@");
        assert_eq!(dict.get(b"R").unwrap().as_reference().unwrap(), (3, 0));
        assert_eq!(lexer.token(), Some(Token::Word(b"BT")));
        assert_eq!(lexer.token(), Some(Token::Real(0.5)));
        assert_eq!(lexer.token(), None);
    }

    #[test]
    fn refuses_deep_nesting_and_open_strings() {
        let deep = [b"[".repeat(100), b"]".repeat(100)].concat();
        let mut lexer = Lexer::new(&deep, 0);
        let first = lexer.token().unwrap();
        assert_eq!(lexer.object(first), None);
        assert_eq!(Lexer::new(b"(never (closed)", 0).token(), None);
    }
}
