//! Rows of cells out of a file, one at a time.

use calamine::{Data, Reader, Xlsx};
use encoding_rs::{BIG5, Encoding, UTF_8};
use std::borrow::Cow;
use std::io::Cursor;

use super::row::RowError;
use super::{RosterError, weight};

/// Cells further to the right are no roster's. A sheet may name a cell in any column, and a row is
/// as long as its last cell.
const MOST_COLUMNS: usize = 1000;

/// A row.
#[derive(Default)]
pub(super) struct Line {
    /// Its number, from 1.
    pub(super) number: usize,
    pub(super) cells: Vec<String>,
    /// Why its cells can't be trusted, where they can't.
    pub(super) fault: Option<RowError>,
}

impl Line {
    pub(super) fn is_empty(&self) -> bool {
        self.cells.iter().all(|cell| cell.trim().is_empty())
    }
}

/// Reads the rows of a CSV file, with commas, semicolons or tabs, whichever the first row has
/// most of.
pub(super) fn csv(
    bytes: &[u8],
    mut take: impl FnMut(Line) -> Result<(), RosterError>,
) -> Result<(), RosterError> {
    let text = decoded(bytes);
    if text.contains('\0') {
        return Err(RosterError::Unreadable("CSV"));
    }
    let delimiter = delimiter(&text);
    weight::csv(text.as_bytes(), delimiter)?;
    let mut reader = ::csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut lines = LineCount { text: text.as_bytes(), at: 0, line: 1 };
    let mut width = None;
    for record in reader.records() {
        let record = record.map_err(|_| RosterError::Unreadable("CSV"))?;
        let number = lines.of(record.position().map_or(0, ::csv::Position::byte));
        let cells = record.iter().map(str::to_owned).collect();
        let mut line = Line { number, cells, fault: None };
        if line.is_empty() {
            continue;
        }
        line.fault = fault(&line.cells, *width.get_or_insert(line.cells.len()));
        take(line)?;
    }
    Ok(())
}

/// Counts lines as an editor does. The reader's own count lags behind where lines end in CR LF, or
/// are blank.
struct LineCount<'a> {
    text: &'a [u8],
    at: usize,
    line: usize,
}

impl LineCount<'_> {
    /// The line of the record that begins at a byte, or after the line ends that stand there.
    fn of(&mut self, byte: u64) -> usize {
        let byte = usize::try_from(byte).unwrap_or(usize::MAX);
        while let Some(one) = self.text.get(self.at) {
            if self.at >= byte && !matches!(one, b'\r' | b'\n') {
                break;
            }
            self.line += usize::from(*one == b'\n');
            self.at += 1;
        }
        self.line
    }
}

/// UTF-8, UTF-16 with its mark, or else Big5. What can't be decoded becomes U+FFFD, and its row is
/// refused; a UTF-8 file with a broken character stays one, or its names would be read as others.
fn decoded(bytes: &[u8]) -> Cow<'_, str> {
    if Encoding::for_bom(bytes).is_some() {
        return UTF_8.decode(bytes).0;
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return text.into();
    }
    let big5 = BIG5.decode_without_bom_handling(bytes).0;
    let broken = bytes.utf8_chunks().filter(|chunk| !chunk.invalid().is_empty()).count();
    if big5.matches('\u{fffd}').count() <= broken {
        return big5;
    }
    UTF_8.decode_without_bom_handling(bytes).0
}

fn delimiter(text: &str) -> u8 {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let head = first.as_bytes().get(..weight::LONGEST_ROW).unwrap_or(first.as_bytes());
    let count = |delimiter: &u8| head.iter().filter(|byte| *byte == delimiter).count();
    b"\t;,".iter().copied().max_by_key(count).unwrap_or(b',')
}

/// What makes a row's cells stand in the wrong columns, or stand for several rows.
fn fault(cells: &[String], width: usize) -> Option<RowError> {
    if cells.iter().any(|cell| cell.contains('\u{fffd}')) {
        return Some(RowError::new(
            "row",
            "有無法解讀的字元",
            "it has characters that can't be decoded",
        ));
    }
    // A quotation mark without its partner takes the rows below into one cell, unseen.
    if cells.iter().any(|cell| cell.contains(['\n', '\r'])) {
        return Some(RowError::new(
            "row",
            "儲存格內有換行，或引號沒有成對",
            "a cell has a line break, or a quotation mark is not closed",
        ));
    }
    if cells.iter().skip(width).any(|cell| !cell.trim().is_empty()) {
        return Some(RowError::new(
            "row",
            "欄位比標題列多，含分隔符號的值請加引號",
            "it has more cells than the first row; quote values that hold the delimiter",
        ));
    }
    None
}

/// Reads the rows of an XLSX file's first sheet.
pub(super) fn xlsx(
    bytes: &[u8],
    mut take: impl FnMut(Line) -> Result<(), RosterError>,
) -> Result<(), RosterError> {
    const KIND: RosterError = RosterError::Unreadable("XLSX");
    weight::xlsx(bytes)?;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|_| KIND)?;
    let first = book.sheet_names().into_iter().next().ok_or(KIND)?;
    // Cell by cell: the library's range holds every cell between the first and the last, and two
    // cells in opposite corners of a small file are more than any memory.
    let mut sheet = book.worksheet_cells_reader(&first).map_err(|_| KIND)?;
    let mut line = Line::default();
    while let Some(found) = sheet.next_cell().map_err(|_| KIND)? {
        let (row, column) = found.get_position();
        let number = row as usize + 1;
        if number != line.number {
            let before = std::mem::replace(&mut line, Line { number, ..Line::default() });
            if !before.is_empty() {
                take(before)?;
            }
        }
        let column = column as usize;
        if column < MOST_COLUMNS {
            line.cells.resize(line.cells.len().max(column + 1), String::new());
            if let Some(cell) = line.cells.get_mut(column) {
                *cell = text(&Data::from(found.get_value().clone()));
            }
        }
    }
    if line.is_empty() { Ok(()) } else { take(line) }
}

/// A cell as text; a number without the fraction that spreadsheets add, a date as ISO 8601.
fn text(cell: &Data) -> String {
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
