//! What a roster file would cost to read, before it is read: the libraries that read it have no
//! limits of their own.

use std::io::{Cursor, Read, sink};
use zip::ZipArchive;

use super::RosterError;

/// Parts that an XLSX file may have. A workbook of many sheets has some dozens.
const MOST_PARTS: usize = 500;

/// What all parts of an XLSX file may inflate to together, in bytes. A sheet of 40,000 students has
/// about 40 MB.
const MOST_INFLATED: u64 = 128 * 1024 * 1024;

/// What the table of words may inflate to, in bytes: its reader keeps all of it, and a word of five
/// bytes costs more than twenty there. 40,000 students have about 10 MB.
const MOST_WORDS: u64 = 16 * 1024 * 1024;

/// Longest row of a CSV file, in bytes: twenty times what a roster's columns can hold.
pub(super) const LONGEST_ROW: usize = 64 * 1024;

/// Weighs an XLSX file: inflates each part once and keeps nothing of it.
pub(super) fn xlsx(bytes: &[u8]) -> Result<(), RosterError> {
    const KIND: RosterError = RosterError::Unreadable("XLSX");
    // A reader takes memory for each part that the directory lists, and each has this mark.
    if bytes.windows(4).filter(|window| *window == b"PK\x01\x02").count() > MOST_PARTS {
        return Err(RosterError::TooLarge);
    }
    let mut zip = ZipArchive::new(Cursor::new(bytes)).map_err(|_| KIND)?;
    let mut left = MOST_INFLATED;
    for at in 0..zip.len() {
        let part = zip.by_index(at).map_err(|_| KIND)?;
        let words = part.name_raw().to_ascii_lowercase().ends_with(b"sharedstrings.xml");
        let most = if words { left.min(MOST_WORDS) } else { left };
        // What it says of its size is not believed.
        let size = std::io::copy(&mut part.take(most + 1), &mut sink()).map_err(|_| KIND)?;
        if size > most {
            return Err(RosterError::TooLarge);
        }
        left -= size;
    }
    Ok(())
}

/// Weighs a CSV file: finds its rows as its reader will, where a quotation mark at the beginning of
/// a cell takes delimiters and line ends into the cell.
pub(super) fn csv(text: &[u8], delimiter: u8) -> Result<(), RosterError> {
    let (mut start, mut line, mut begun_on) = (0, 1_usize, 1);
    let (mut quoted, mut at_cell) = (false, true);
    for (at, byte) in text.iter().copied().enumerate() {
        match byte {
            // Two in a row within a cell close and open it again, which is the same.
            b'"' if quoted || at_cell || text.get(at.wrapping_sub(1)) == Some(&b'"') => {
                quoted = !quoted;
            }
            b'\n' | b'\r' if !quoted => (start, begun_on) = (at + 1, line + 1),
            _ => {}
        }
        at_cell = !quoted && (byte == delimiter || matches!(byte, b'\n' | b'\r'));
        line += usize::from(byte == b'\n');
        if at - start.min(at) > LONGEST_ROW {
            return Err(RosterError::RowTooLong(begun_on));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_as_long_as_its_reader_makes_it() {
        let long = |row: &str| match csv(format!("a,b\n{row}").as_bytes(), b',') {
            Ok(()) => None,
            Err(RosterError::RowTooLong(line)) => Some(line),
            Err(other) => panic!("{other}"),
        };
        let full = "x".repeat(LONGEST_ROW);
        assert_eq!(long("B1,x\n"), None);
        assert_eq!(long(&"B1,x\n".repeat(100_000)), None);
        assert_eq!(long(&format!("B1,{full}")), Some(2));
        assert_eq!(long(&",".repeat(LONGEST_ROW + 2)), Some(2));
        // Line ends inside a cell do not end its row; in the middle of one, a mark opens nothing.
        let lines = "x\n".repeat(LONGEST_ROW);
        assert_eq!(long(&format!("B1,\"{lines}\"")), Some(2));
        assert_eq!(long(&format!("B1,\"a\"\"{lines}")), Some(2));
        assert_eq!(long(&format!("B1,\"a\"\n{lines}")), None);
        assert_eq!(long(&format!("B1,5\" disk\n{lines}")), None);
        assert_eq!(long(&format!("\n\nB1,{full}\n")), Some(4));
    }
}
