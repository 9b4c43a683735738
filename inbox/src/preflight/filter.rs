//! Inflating streams within a budget, so that a bomb costs no more than the budget.

use std::io::Read;

use flate2::read::DeflateDecoder;
use lopdf::{Dictionary, Object, Stream};
use weezl::{BitOrder, decode::Decoder};

/// Longest row of a PNG predictor, in bits. Whoever decodes it holds two rows in memory.
const MAX_ROW_BITS: usize = 8 << 20;

/// Filters of one stream.
const MAX_FILTERS: usize = 4;

/// How many bytes may still be inflated or interpreted. One budget serves a whole drop, so that
/// many small bombs count like one big one.
#[derive(Debug)]
pub(super) struct Budget {
    left: u64,
}

/// Why a stream gives no bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FilterError {
    /// The budget is spent.
    Exhausted,
    /// The bytes are not what the filter says.
    Damaged,
    /// A filter that carries pictures, or one that nobody knows.
    Unsupported,
}

impl Budget {
    pub(super) const fn new(bytes: u64) -> Self {
        Self { left: bytes }
    }

    /// Takes `bytes` off.
    pub(super) fn spend(&mut self, bytes: usize) -> Result<(), FilterError> {
        let bytes = u64::try_from(bytes).map_err(|_| FilterError::Exhausted)?;
        self.left = self.left.checked_sub(bytes).ok_or(FilterError::Exhausted)?;
        Ok(())
    }
}

/// The names of a stream's filters, in the order of decoding; `resolve` follows references.
pub(super) fn filters<'a>(
    dict: &'a Dictionary,
    resolve: &dyn Fn(&'a Object) -> &'a Object,
) -> Option<Vec<&'a [u8]>> {
    let Ok(entry) = dict.get(b"Filter") else { return Some(Vec::new()) };
    match resolve(entry) {
        Object::Name(name) => Some(vec![name.as_slice()]),
        // Real producers chain two filters at most; a chain of a hundred is an attack.
        Object::Array(names) if names.len() <= MAX_FILTERS => {
            names.iter().map(|name| resolve(name).as_name().ok()).collect()
        }
        Object::Null => Some(Vec::new()),
        _ => None,
    }
}

/// The bytes of `stream` with every filter undone.
pub(super) fn decode<'a>(
    stream: &'a Stream,
    resolve: &dyn Fn(&'a Object) -> &'a Object,
    budget: &mut Budget,
) -> Result<Vec<u8>, FilterError> {
    let names = filters(&stream.dict, resolve).ok_or(FilterError::Damaged)?;
    let mut data: Option<Vec<u8>> = None;
    for (index, name) in names.iter().enumerate() {
        let parms = parameters(&stream.dict, index, resolve);
        let input = data.as_deref().unwrap_or(&stream.content);
        data = Some(undo(name, input, parms, budget)?);
    }
    match data {
        Some(data) => Ok(data),
        None => {
            budget.spend(stream.content.len())?;
            Ok(stream.content.clone())
        }
    }
}

/// Unpacks `stream` without keeping what it becomes, up to a filter that carries a picture.
pub(super) fn count<'a>(
    stream: &'a Stream,
    resolve: &dyn Fn(&'a Object) -> &'a Object,
    budget: &mut Budget,
) -> Result<(), FilterError> {
    let names = filters(&stream.dict, resolve).ok_or(FilterError::Damaged)?;
    let mut data: Option<Vec<u8>> = None;
    for (index, name) in names.iter().enumerate() {
        let parms = parameters(&stream.dict, index, resolve);
        let input = data.as_deref().unwrap_or(&stream.content);
        let mut spend = |piece: &[u8]| budget.spend(piece.len());
        match *name {
            b"FlateDecode" | b"Fl" if index + 1 == names.len() => inflate(input, &mut spend)?,
            b"LZWDecode" | b"LZW" if index + 1 == names.len() => unlzw(input, parms, &mut spend)?,
            b"RunLengthDecode" | b"RL" if index + 1 == names.len() => {
                unrunlength(input, &mut spend)?;
            }
            _ => match undo(name, input, parms, budget) {
                Ok(undone) => data = Some(undone),
                // A picture, or what no reader unpacks either.
                Err(FilterError::Unsupported) => return Ok(()),
                Err(error) => return Err(error),
            },
        }
    }
    Ok(())
}

fn parameters<'a>(
    dict: &'a Dictionary,
    index: usize,
    resolve: &dyn Fn(&'a Object) -> &'a Object,
) -> Option<&'a Dictionary> {
    let entry = dict.get(b"DecodeParms").or_else(|_| dict.get(b"DP")).ok()?;
    match resolve(entry) {
        Object::Dictionary(parms) if index == 0 => Some(parms),
        Object::Array(list) => resolve(list.get(index)?).as_dict().ok(),
        _ => None,
    }
}

fn undo(
    name: &[u8],
    input: &[u8],
    parms: Option<&Dictionary>,
    budget: &mut Budget,
) -> Result<Vec<u8>, FilterError> {
    let data = match name {
        b"FlateDecode" | b"Fl" => expand(input, |pour| inflate(input, pour), budget)?,
        b"LZWDecode" | b"LZW" => expand(input, |pour| unlzw(input, parms, pour), budget)?,
        b"RunLengthDecode" | b"RL" => expand(input, |pour| unrunlength(input, pour), budget)?,
        b"ASCII85Decode" | b"A85" => unascii85(input, budget)?,
        b"ASCIIHexDecode" | b"AHx" => unasciihex(input, budget)?,
        b"Crypt" => input.to_vec(),
        _ => return Err(FilterError::Unsupported),
    };
    predict(data, parms)
}

/// Takes a piece of output.
type Pour<'p> = &'p mut dyn FnMut(&[u8]) -> Result<(), FilterError>;

/// Input up to this size can't become more than some megabytes, whatever it holds.
const SMALL: usize = 4 * 1024;

/// Runs `filter` on `input`. A bigger input runs twice, first only to count, so that a bomb is
/// known before it takes memory.
fn expand(
    input: &[u8],
    filter: impl Fn(Pour<'_>) -> Result<(), FilterError>,
    budget: &mut Budget,
) -> Result<Vec<u8>, FilterError> {
    let mut out = Vec::new();
    let counted = input.len() > SMALL;
    if counted {
        let mut length = 0;
        filter(&mut |piece| {
            length += piece.len();
            budget.spend(piece.len())
        })?;
        out.reserve_exact(length);
    }
    filter(&mut |piece| {
        if !counted {
            budget.spend(piece.len())?;
        }
        out.extend_from_slice(piece);
        Ok(())
    })?;
    Ok(out)
}

/// Inflates; a damaged end gives what came before it, as readers do. They do not look at the
/// checksum either, so the header is skipped and the checksum is left alone.
fn inflate(input: &[u8], pour: Pour<'_>) -> Result<(), FilterError> {
    let mut reader = DeflateDecoder::new(input.get(2..).unwrap_or_default());
    let mut buffer = [0_u8; 8 * 1024];
    while let Ok(length @ 1..) = reader.read(&mut buffer) {
        pour(buffer.get(..length).unwrap_or_default())?;
    }
    Ok(())
}

fn unlzw(input: &[u8], parms: Option<&Dictionary>, pour: Pour<'_>) -> Result<(), FilterError> {
    let early = parms.and_then(|parms| parms.get(b"EarlyChange").ok()?.as_i64().ok()) != Some(0);
    let mut decoder = if early {
        Decoder::with_tiff_size_switch(BitOrder::Msb, 8)
    } else {
        Decoder::new(BitOrder::Msb, 8)
    };
    let mut buffer = vec![0_u8; 32 * 1024];
    let mut rest = input;
    loop {
        let step = decoder.decode_bytes(rest, &mut buffer);
        pour(buffer.get(..step.consumed_out).unwrap_or_default())?;
        rest = rest.get(step.consumed_in..).unwrap_or_default();
        match step.status {
            Ok(weezl::LzwStatus::Ok) if step.consumed_in > 0 || step.consumed_out > 0 => {}
            _ => return Ok(()),
        }
    }
}

fn unascii85(input: &[u8], budget: &mut Budget) -> Result<Vec<u8>, FilterError> {
    // `z` writes four bytes for one.
    budget.spend(input.len().saturating_mul(4))?;
    let mut out = Vec::new();
    let mut group = 0_u32;
    let mut count = 0_usize;
    for &byte in input {
        match byte {
            b'~' => break,
            b'z' if count == 0 => out.extend_from_slice(&[0; 4]),
            b'!'..=b'u' => {
                group = group.wrapping_mul(85).wrapping_add(u32::from(byte - b'!'));
                count += 1;
                if count == 5 {
                    out.extend_from_slice(&group.to_be_bytes());
                    (group, count) = (0, 0);
                }
            }
            _ => {}
        }
    }
    if count > 1 {
        for _ in count..5 {
            group = group.wrapping_mul(85).wrapping_add(84);
        }
        out.extend(group.to_be_bytes().iter().take(count - 1));
    }
    Ok(out)
}

fn unasciihex(input: &[u8], budget: &mut Budget) -> Result<Vec<u8>, FilterError> {
    budget.spend(input.len())?;
    let digits: Vec<u8> = input
        .iter()
        .take_while(|&&byte| byte != b'>')
        .filter_map(|&byte| char::from(byte).to_digit(16).and_then(|d| u8::try_from(d).ok()))
        .collect();
    Ok(digits
        .chunks(2)
        .map(|pair| pair.first().unwrap_or(&0) << 4 | pair.get(1).unwrap_or(&0))
        .collect())
}

fn unrunlength(input: &[u8], pour: Pour<'_>) -> Result<(), FilterError> {
    let mut rest = input;
    while let Some((&length, tail)) = rest.split_first() {
        match length {
            128 => break,
            0..=127 => {
                let (run, after) = tail.split_at((usize::from(length) + 1).min(tail.len()));
                pour(run)?;
                rest = after;
            }
            129..=255 => {
                let Some((&byte, after)) = tail.split_first() else { break };
                pour(&[byte; 128][..257 - usize::from(length)])?;
                rest = after;
            }
        }
    }
    Ok(())
}

/// Undoes a PNG predictor (RFC 2083, 6). TIFF's predictor is for pictures and is refused.
fn predict(data: Vec<u8>, parms: Option<&Dictionary>) -> Result<Vec<u8>, FilterError> {
    let number = |key: &[u8], default: i64| {
        parms.and_then(|parms| parms.get(key).ok()?.as_i64().ok()).unwrap_or(default)
    };
    match number(b"Predictor", 1) {
        1 => return Ok(data),
        10..=15 => {}
        _ => return Err(FilterError::Unsupported),
    }
    let size = |value: i64, most: usize| {
        usize::try_from(value).ok().filter(|value| (1..=most).contains(value))
    };
    let (Some(colors), Some(bits), Some(columns)) = (
        size(number(b"Colors", 1), 32),
        size(number(b"BitsPerComponent", 8), 16),
        size(number(b"Columns", 1), 1 << 20),
    ) else {
        return Err(FilterError::Damaged);
    };
    if colors * bits * columns > MAX_ROW_BITS {
        return Err(FilterError::Damaged);
    }
    let pixel = (colors * bits).div_ceil(8);
    let row = (colors * bits * columns).div_ceil(8);
    Ok(unpng(&data, pixel, row))
}

fn unpng(data: &[u8], pixel: usize, row: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len());
    let mut above = vec![0_u8; row];
    for line in data.chunks(row + 1) {
        let Some((&kind, bytes)) = line.split_first() else { break };
        let mut current = bytes.to_vec();
        for index in 0..current.len() {
            let get = |line: &[u8], back: usize| {
                index.checked_sub(back).and_then(|at| line.get(at)).copied().unwrap_or(0)
            };
            let (left, up, corner) = (get(&current, pixel), get(&above, 0), get(&above, pixel));
            let guess = match kind {
                1 => left,
                2 => up,
                3 => left.midpoint(up),
                4 => paeth(left, up, corner),
                _ => 0,
            };
            if let Some(byte) = current.get_mut(index) {
                *byte = byte.wrapping_add(guess);
            }
        }
        out.extend_from_slice(&current);
        current.resize(row, 0);
        above = current;
    }
    out
}

fn paeth(left: u8, up: u8, corner: u8) -> u8 {
    let estimate = i16::from(left) + i16::from(up) - i16::from(corner);
    [left, up, corner]
        .into_iter()
        .min_by_key(|&candidate| (estimate - i16::from(candidate)).abs())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(object: &Object) -> &Object {
        object
    }

    fn stream(filter: &str, content: &[u8]) -> Stream {
        let mut dict = Dictionary::new();
        dict.set("Filter", Object::Name(filter.as_bytes().to_vec()));
        Stream::new(dict, content.to_vec())
    }

    #[test]
    fn undoes_the_text_filters() {
        for (filter, content) in [
            ("ASCII85Decode", b"87cURD]i,\"Ebo80~>".as_slice()),
            ("ASCIIHexDecode", b"48656C6C 6F20576F726C6421>".as_slice()),
            ("RunLengthDecode", b"\x01He\xFFl\x07o World!\x80".as_slice()),
        ] {
            let stream = stream(filter, content);
            let out = decode(&stream, &plain, &mut Budget::new(1_000)).unwrap();
            assert_eq!(out, b"Hello World!", "{filter}");
        }
    }

    #[test]
    fn undoes_png_rows() {
        // Sub, then Up, then Average, then Paeth over rows of three grey pixels.
        let rows = [1, 1, 1, 1, 2, 1, 1, 1, 3, 1, 1, 1, 4, 1, 0, 0];
        assert_eq!(unpng(&rows, 1, 3), [1, 2, 3, 2, 3, 4, 2, 3, 4, 3, 3, 4]);
    }

    #[test]
    fn one_budget_for_all() {
        let stream = stream("RunLengthDecode", &[129, b'x'].repeat(10));
        let mut budget = Budget::new(2_000);
        assert_eq!(decode(&stream, &plain, &mut budget).unwrap().len(), 1_280);
        assert_eq!(decode(&stream, &plain, &mut budget), Err(FilterError::Exhausted));
    }
}
