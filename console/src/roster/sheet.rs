//! Rows of cells out of a file.

use calamine::{Data, Reader, Xlsx};
use encoding_rs::{BIG5, Encoding, UTF_8};
use std::io::Cursor;

use super::RosterError;

/// A row.
#[derive(Default)]
pub(super) struct Line {
    /// Its number, from 1.
    pub(super) number: usize,
    pub(super) cells: Vec<String>,
    /// Whether all of its bytes could be decoded.
    pub(super) readable: bool,
}

/// Rows of a CSV file, in UTF-8, UTF-16 with its mark, or else Big5; with commas, semicolons or
/// tabs, whichever the first row has most of.
pub(super) fn csv(bytes: &[u8]) -> Result<Vec<Line>, RosterError> {
    let encoding = Encoding::for_bom(bytes).map_or_else(
        || if std::str::from_utf8(bytes).is_ok() { UTF_8 } else { BIG5 },
        |(encoding, _)| encoding,
    );
    // What can't be decoded becomes U+FFFD, and its row is refused.
    let (text, _, _) = encoding.decode(bytes);
    let first = text.lines().next().unwrap_or_default();
    let count = |delimiter: &u8| first.bytes().filter(|byte| byte == delimiter).count();
    let delimiter = b",;\t".iter().copied().max_by_key(count).unwrap_or(b',');
    let mut reader = ::csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut lines = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|_| RosterError::Unreadable("CSV"))?;
        let number = record
            .position()
            .map_or(lines.len() + 1, |at| usize::try_from(at.line()).unwrap_or_default());
        let cells: Vec<String> = record.iter().map(str::to_owned).collect();
        let readable = !cells.iter().any(|cell| cell.contains('\u{fffd}'));
        lines.push(Line { number, cells, readable });
    }
    Ok(lines)
}

/// Rows of the first sheet of an XLSX file.
pub(super) fn xlsx(bytes: &[u8]) -> Result<Vec<Line>, RosterError> {
    const KIND: RosterError = RosterError::Unreadable("XLSX");
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|_| KIND)?;
    let sheet = book.worksheet_range_at(0).ok_or(KIND)?.map_err(|_| KIND)?;
    let above = sheet.start().map_or(0, |(row, _)| row as usize);
    let lines = sheet.rows().enumerate().map(|(at, row)| Line {
        number: above + at + 1,
        cells: row.iter().map(cell).collect(),
        readable: true,
    });
    Ok(lines.collect())
}

/// A cell as text; a number without the fraction that spreadsheets add, a date as ISO 8601.
fn cell(cell: &Data) -> String {
    match cell {
        Data::Float(number) if number.fract() == 0.0 => format!("{number:.0}"),
        Data::DateTime(at) => {
            let (year, month, day, ..) = at.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}")
        }
        Data::Error(_) => "\u{fffd}".into(),
        other => other.to_string(),
    }
}
