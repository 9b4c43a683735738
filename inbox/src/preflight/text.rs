//! What the page shows as text, and whether it names the student.
//!
//! Both sides are cut into tokens: a Chinese character is a token of its own, a run of other
//! letters and digits is one, and everything else (space, hyphen, comma, middle dot, bracket)
//! only separates. Something expected is found where *whole consecutive tokens*, written
//! together, equal its own tokens written together. So spacing and punctuation do not matter,
//! `B1101234` is not found in `B11012345`, nor `Lin` in `Lina`; while a Chinese name is found
//! inside a longer line, because pages write 學生王大明學號 without any boundary. A name that is
//! the beginning of a longer one (王大, 王大明) would be found as well; the student number, which
//! must be found too, tells those two apart.

use unicode_normalization::UnicodeNormalization;

/// CJK radicals and the characters that they look like (Unicode's equivalent unified
/// ideographs), in pairs. Fonts draw both with one glyph, and writers pick the wrong one.
/// NFKC knows the Kangxi radicals, but not these.
const RADICALS: &str = "\
    ⺁厂⺂乛⺃乚⺄乙⺅亻⺆冂⺇𠘨⺈刀⺉刂⺊卜⺋㔾⺌小⺍小⺎兀⺏尣⺐尢⺑𡯂⺒巳⺓幺⺔彑\
    ⺕彐⺖忄⺗心⺘扌⺙攵⺛旡⺜日⺝月⺞歺⺟母⺠民⺡氵⺢氺⺣灬⺤爫⺥爫⺦丬⺧牛⺨犭⺩王\
    ⺪𤴔⺫目⺬示⺭礻⺮𥫗⺯糹⺰纟⺱罓⺲罒⺳㓁⺴冗⺵𦉫⺶羊⺷𦍌⺸𦍋⺹耂⺺肀⺻聿⺼肉⺽𦥑\
    ⺾艹⺿艹⻀艹⻁虎⻂衤⻃覀⻄西⻅见⻆角⻇𧢲⻈讠⻉贝⻊𧾷⻋车⻌辶⻍辶⻎辶⻏邑⻐钅⻑長\
    ⻒镸⻓长⻔门⻕𨸏⻖阝⻗雨⻘青⻙韦⻚页⻛风⻜飞⻝食⻞𩙿⻟飠⻠饣⻡𩠐⻢马⻣骨⻤鬼⻥鱼\
    ⻦鸟⻧卤⻨麦⻩黄⻪黾⻫斉⻬齐⻭歯⻮齿⻯竜⻰龙⻱龜⻲亀⻳龟";

/// The text that a page shows. It names a person, so its `Debug` form tells nothing of it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct PageText {
    text: String,
    unreadable: bool,
}

impl std::fmt::Debug for PageText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let characters = self.text.chars().count();
        f.debug_struct("PageText")
            .field("characters", &characters)
            .field("unreadable", &self.unreadable)
            .finish()
    }
}

/// What the page must say, from the roster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExpectedText<'a> {
    /// The student's name in the certificate's language.
    pub name: &'a str,
    /// The student number.
    pub student_no: &'a str,
    /// The certificate number, where it is known before composing.
    pub certificate_no: Option<&'a str>,
}

/// What comparing the page with the roster gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextVerdict {
    /// The page names the student, and the student or certificate number.
    Agrees,
    /// The page is readable and does not.
    Differs,
    /// They were not found, and part of the page, or all of it, can't be read, by us or by anybody
    /// who looks at it: a person decides.
    Unreadable,
}

#[derive(Debug, PartialEq, Eq)]
struct Token {
    text: String,
    /// What stands before it.
    before: Gap,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gap {
    /// Nothing: a Chinese character beside another.
    None,
    /// A hyphen or apostrophe, as inside a name.
    Joint,
    /// A space.
    Space,
    /// Punctuation, or a new line.
    Break,
}

impl PageText {
    /// What another process read off a page.
    pub(super) const fn said(text: String, readable: bool) -> Self {
        Self { text, unreadable: !readable }
    }

    /// Adds what a glyph says.
    pub(super) fn push_str(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Adds white space.
    pub(super) fn separate(&mut self, separator: char) {
        if !self.text.ends_with(['\n', separator]) {
            self.text.push(separator);
        }
    }

    /// Says that something is drawn that nobody can see: it is no evidence, and who put it there
    /// may have meant it to be.
    pub(super) fn hide(&mut self) {
        self.unreadable = true;
    }

    /// Adds a glyph that can't be read.
    pub(super) fn push_unreadable(&mut self) {
        self.unreadable = true;
        self.text.push(char::REPLACEMENT_CHARACTER);
    }

    /// The text, a line of the page a line; a glyph that can't be read is U+FFFD.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the page shows no text at all, as a scan does.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// Whether every glyph of the page could be read, and is seen.
    #[must_use]
    pub const fn is_readable(&self) -> bool {
        !self.unreadable
    }

    /// Compares the page with the roster.
    #[must_use]
    pub fn check(&self, expected: &ExpectedText<'_>) -> TextVerdict {
        let page = tokens(&self.text);
        let name = readings(expected.name).iter().any(|name| finds(&page, name));
        let mut numbers = std::iter::once(expected.student_no).chain(expected.certificate_no);
        let number = numbers.any(|number| finds(&page, &tokens(number)));
        let expectation_unreadable = tokens(expected.name).iter().any(Token::is_unreadable);
        if expectation_unreadable {
            TextVerdict::Unreadable
        } else if name && number {
            TextVerdict::Agrees
        } else if self.unreadable || self.is_empty() {
            TextVerdict::Unreadable
        } else {
            TextVerdict::Differs
        }
    }
}

impl Token {
    /// Whether it is a glyph that nobody can read, which equals nothing.
    fn is_unreadable(&self) -> bool {
        self.text.contains(is_unknown)
    }
}

/// A name as it may stand: as written, and `Surname, Given` also as `Given Surname`.
fn readings(name: &str) -> Vec<Vec<Token>> {
    let mut readings = vec![tokens(name)];
    let normal: String = name.nfkc().collect();
    if let Some((surname, given)) = normal.split_once(',')
        && !given.contains(',')
    {
        readings.push(tokens(&format!("{given} {surname}")));
    }
    readings
}

/// Whether whole consecutive tokens of `page`, written together, equal `wanted` written together.
fn finds(page: &[Token], wanted: &[Token]) -> bool {
    let needle: String = wanted.iter().map(|token| token.text.as_str()).collect();
    if needle.is_empty() || wanted.iter().any(Token::is_unreadable) {
        return false;
    }
    (0..page.len()).any(|start| {
        let mut rest = needle.as_str();
        for (index, token) in page.iter().enumerate().skip(start) {
            // A number may be letter-spaced; 2026/06/14 is no number.
            if index > start && wanted.len() == 1 && token.before == Gap::Break {
                return false;
            }
            match rest.strip_prefix(token.text.as_str()) {
                Some("") => return stands_alone(page, start, index, wanted.len()),
                Some(after) => rest = after,
                None => return false,
            }
        }
        false
    })
}

/// Whether the tokens from `start` to `end` are not part of something longer: `Da-Ming` is no
/// whole name in `Da-Ming-Li`; and where spaced digits were joined to a number, its neighbours
/// must be farther than a space, or `B 1 2 3 4` would hold `B123`.
fn stands_alone(page: &[Token], start: usize, end: usize, wanted: usize) -> bool {
    let joined = end - start >= wanted;
    let separate = |left: Option<&Token>, right: Option<&Token>| {
        let (Some(left), Some(right)) = (left, right) else { return true };
        let latin = left.text.ends_with(is_latin) && right.text.starts_with(is_latin);
        match right.before {
            Gap::Break => true,
            Gap::Joint => !latin,
            Gap::Space | Gap::None => !(latin && joined),
        }
    };
    let previous = start.checked_sub(1).and_then(|index| page.get(index));
    separate(previous, page.get(start)) && separate(page.get(end), page.get(end + 1))
}

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut gap = Gap::Break;
    let mut growing = false;
    for character in text.nfkc().map(unradical).flat_map(char::to_lowercase).nfkc() {
        if is_ignored(character) {
            continue;
        }
        let single = is_unknown(character) || is_ideograph(character);
        if !single && !character.is_alphanumeric() {
            gap = gap_after(gap, character);
            growing = false;
            continue;
        }
        match tokens.last_mut() {
            Some(token) if growing && !single => token.text.push(character),
            _ => tokens.push(Token { text: character.into(), before: gap }),
        }
        growing = !single;
        gap = Gap::None;
    }
    tokens
}

/// The gap so far and one more separating character.
fn gap_after(gap: Gap, character: char) -> Gap {
    let this = match character {
        '-' | '\'' | '\u{2010}'..='\u{2012}' | '\u{2018}' | '\u{2019}' | '\u{2212}' => Gap::Joint,
        '\n' | '\r' => Gap::Break,
        _ if character.is_whitespace() => Gap::Space,
        _ => Gap::Break,
    };
    match (gap, this) {
        (Gap::None, _) => this,
        (Gap::Break, _) | (_, Gap::Break) => Gap::Break,
        // “Da-Ming - Li”: a dash with space around it separates.
        (Gap::Joint, Gap::Space) | (Gap::Space, Gap::Joint) => Gap::Break,
        (Gap::Joint | Gap::Space, Gap::None | Gap::Joint | Gap::Space) => this,
    }
}

/// Characters that leave no mark: zero-width, variation selectors, combining marks, soft hyphen.
const fn is_ignored(character: char) -> bool {
    matches!(character,
        '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2064}'
        | '\u{FEFF}' | '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}' | '\u{300}'..='\u{36F}')
}

const fn is_unknown(character: char) -> bool {
    matches!(character, '\u{FFFD}' | '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..='\u{10FFFF}')
}

const fn is_ideograph(character: char) -> bool {
    matches!(character,
        '\u{2E80}'..='\u{2FDF}' | '\u{3005}'..='\u{3007}' | '\u{3040}'..='\u{312F}'
        | '\u{31A0}'..='\u{31BF}' | '\u{31F0}'..='\u{31FF}' | '\u{3400}'..='\u{9FFF}'
        | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

fn is_latin(character: char) -> bool {
    character.is_alphanumeric() && !is_ideograph(character)
}

fn unradical(character: char) -> char {
    if !('\u{2E80}'..='\u{2EFF}').contains(&character) {
        return character;
    }
    let mut pairs = RADICALS.chars();
    while let (Some(radical), Some(ideograph)) = (pairs.next(), pairs.next()) {
        if radical == character {
            return ideograph;
        }
    }
    character
}
