//! Objects as they stand in the file, and the headers that a reader finds who searches for them.

use lopdf::{Document, Object, ObjectId};
use std::ops::Range;

use super::syntax::{Entries, Lexer, is_white, number};

/// An object, and where it stands.
pub(super) struct Placed<'a> {
    pub(super) entries: Entries<'a>,
    /// Its bytes, where it is a stream.
    pub(super) stream: Option<Range<usize>>,
    pub(super) end: usize,
}

/// The object `id` that stands at `at`; `document` knows the lengths of streams.
pub(super) fn read<'a>(
    pdf: &'a [u8],
    at: usize,
    id: ObjectId,
    document: &Document,
) -> Option<Placed<'a>> {
    let mut lexer = Lexer::new(pdf, at);
    if (lexer.count::<u32>()?, lexer.count::<u16>()?) != id {
        return None;
    }
    lexer.keyword(b"obj")?;
    let entries = lexer.object()?;
    let mut stream = None;
    match lexer.word()? {
        b"endobj" => {}
        b"stream" => {
            let start = lexer.at
                + match pdf.get(lexer.at..)? {
                    [b'\r', b'\n', ..] => 2,
                    [b'\n', ..] => 1,
                    _ => return None,
                };
            let length = length(entries.get(b"Length".as_slice())?, document)?;
            let end = start.checked_add(length)?;
            lexer.at = end;
            let gap = pdf.get(end..)?.iter().take_while(|byte| is_white(**byte)).count();
            if gap > 2 {
                return None;
            }
            lexer.keyword(b"endstream")?;
            lexer.keyword(b"endobj")?;
            stream = Some(start..end);
        }
        _ => return None,
    }
    Some(Placed { entries, stream, end: lexer.at })
}

fn length(value: &[u8], document: &Document) -> Option<usize> {
    let mut lexer = Lexer::new(value, 0);
    let first: u32 = lexer.count()?;
    let Some(generation) = lexer.count::<u16>() else { return usize::try_from(first).ok() };
    let length = document.objects.get(&(first, generation)).map(Object::as_i64)?.ok()?;
    usize::try_from(length).ok()
}

/// Every header of an object behind `from`, and where it stands: also in streams and comments, for
/// a reader who has lost his way looks there too.
pub(super) fn headers(pdf: &[u8], from: usize) -> Vec<(usize, Option<ObjectId>)> {
    let mut found = search(pdf, from, false);
    found.extend(search(pdf, from, true));
    found
}

/// `comments` says whether what follows a % in a line is passed over.
fn search(pdf: &[u8], from: usize, comments: bool) -> Vec<(usize, Option<ObjectId>)> {
    let mut found = Vec::new();
    let mut numbers: [Option<Range<usize>>; 2] = [None, None];
    let mut at = from;
    while let Some(rest) = pdf.get(at..).filter(|rest| !rest.is_empty()) {
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits > 0 {
            numbers = [numbers[1].take(), Some(at..at + digits)];
            at += digits;
            continue;
        }
        match rest {
            [b'o', b'b', b'j', ..] => {
                if let [Some(first), Some(second)] = numbers {
                    let value = |range: Range<usize>| pdf.get(range).unwrap_or_default();
                    let id = number(value(first.clone())).zip(number(value(second)));
                    found.push((first.start, id));
                }
                numbers = [None, None];
                at += 3;
            }
            [b'%', ..] if comments => {
                at += rest.iter().take_while(|byte| !matches!(byte, b'\r' | b'\n')).count();
            }
            [byte, ..] if is_white(*byte) => at += 1,
            _ => {
                numbers = [None, None];
                at += 1;
            }
        }
    }
    found
}
