//! Object streams (ISO 32000-2, section 7.5.7): one reader finds an object in them by its number,
//! another by its place.

use lopdf::Stream;
use std::collections::BTreeSet;

use super::syntax::Lexer;
use crate::limits;

/// The numbers of the objects that it holds, in their order.
pub(super) fn numbers(stream: &Stream) -> Option<Vec<u32>> {
    let bytes = limits::inflated(stream)?;
    let value = |key: &[u8]| usize::try_from(stream.dict.get(key).ok()?.as_i64().ok()?).ok();
    let (count, first) = (value(b"N")?, value(b"First")?);
    let mut header = Lexer::new(bytes.get(..first)?, 0);
    let mut numbers = Vec::new();
    let mut starts = Vec::new();
    for _ in 0..count {
        numbers.push(header.count::<u32>()?);
        starts.push(first.checked_add(header.count::<usize>()?)?);
    }
    header.skip();
    let once = numbers.iter().collect::<BTreeSet<_>>().len() == numbers.len();
    if !once || header.at != first || bytes.get(..first)?.contains(&b'%') {
        return None;
    }
    let ends = starts.iter().skip(1).copied().chain([bytes.len()]);
    for (start, end) in starts.iter().copied().zip(ends) {
        let mut lexer = Lexer::new(bytes.get(..end)?, start);
        lexer.object()?;
        lexer.skip();
        if lexer.at != end {
            return None;
        }
    }
    Some(numbers)
}
