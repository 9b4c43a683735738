//! Roster files (學生名冊): CSV in UTF-8, UTF-16 or Big5, or XLSX, as students.

mod columns;
pub(crate) mod preview;
mod row;
mod sheet;
mod weight;

use sealpress_config::Roster;
use sealpress_ledger::Student;
use serde::Serialize;
use std::collections::BTreeMap;

use columns::Columns;
pub(crate) use preview::{Changes, preview};
use row::RowError;
use sheet::Line;

/// Larger files are no roster.
const LARGEST: usize = 64 * 1024 * 1024;
/// Longer files are no roster.
const MOST_ROWS: usize = 1_000_000;

/// What a roster file says.
pub(crate) struct RosterFile {
    /// Students with their degrees, in the order of the file.
    pub(crate) students: Vec<Student>,
    /// Rows that can't be taken.
    pub(crate) bad_rows: Vec<BadRow>,
}

/// A row that can't be taken. It names line and field, never what stands there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct BadRow {
    /// Line, from 1; the header is line 1.
    pub(crate) line: usize,
    /// The field that is at fault; `row` where the whole row is.
    pub(crate) field: &'static str,
    /// Why, in zh-TW.
    pub(crate) reason_zh: String,
    /// Why, in English.
    pub(crate) reason_en: String,
}

/// A file that is no roster.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RosterError {
    /// The file is too large.
    #[error(
        "the file is larger than 64 MB (unpacked, 128 MB) or longer than a million rows; split it"
    )]
    TooLarge,
    /// A row of a CSV file is longer than any roster's.
    #[error(
        "the row that begins in line {0} is longer than a student's can be; look for a quotation mark that is not closed"
    )]
    RowTooLong(usize),
    /// The file is damaged, or no spreadsheet.
    #[error("the file can't be read as {0}; save it anew as CSV (UTF-8 or Big5) or XLSX")]
    Unreadable(&'static str),
    /// No column for the student number.
    #[error(
        "the first row names no column for the student number (學號, student_no); name it in roster.columns"
    )]
    NoStudentNo,
}

/// Reads a roster file. `file_name` tells XLSX from CSV.
pub(crate) fn read(
    bytes: &[u8],
    file_name: &str,
    settings: &Roster,
) -> Result<RosterFile, RosterError> {
    if bytes.len() > LARGEST {
        return Err(RosterError::TooLarge);
    }
    let mut reading = Reading::default();
    let take = |line| reading.take(line, settings);
    if file_name.to_ascii_lowercase().ends_with(".xlsx") || bytes.starts_with(b"PK\x03\x04") {
        sheet::xlsx(bytes, take)?;
    } else {
        sheet::csv(bytes, take)?;
    }
    match reading.columns {
        Some(_) => Ok(RosterFile { students: reading.students, bad_rows: reading.bad_rows }),
        None => Err(RosterError::NoStudentNo),
    }
}

/// What has been read so far.
#[derive(Default)]
struct Reading {
    /// The header, once it was seen.
    columns: Option<Columns>,
    rows: usize,
    students: Vec<Student>,
    /// Where in `students` a student number stands.
    known: BTreeMap<String, usize>,
    bad_rows: Vec<BadRow>,
}

impl Reading {
    fn take(&mut self, line: Line, settings: &Roster) -> Result<(), RosterError> {
        let Some(columns) = &self.columns else {
            let columns = Columns::read(&line.cells, settings);
            if !columns.has("student_no") {
                return Err(RosterError::NoStudentNo);
            }
            self.columns = Some(columns);
            return Ok(());
        };
        self.rows += 1;
        if self.rows > MOST_ROWS {
            return Err(RosterError::TooLarge);
        }
        let taken = match line.fault {
            Some(fault) => Err(fault),
            None => row::student(columns, &line.cells),
        };
        if let Err(error) =
            taken.and_then(|student| add(&mut self.students, &mut self.known, student))
        {
            self.bad_rows.push(error.at(line.number));
        }
        Ok(())
    }
}

/// Adds a row's student, or the row's degree to the student who is there already.
fn add(
    students: &mut Vec<Student>,
    known: &mut BTreeMap<String, usize>,
    student: Student,
) -> Result<(), RowError> {
    let Some(there) = known.get(&student.student_no).and_then(|at| students.get_mut(*at)) else {
        known.insert(student.student_no.clone(), students.len());
        students.push(student);
        return Ok(());
    };
    for (field, same) in [
        ("name_zh", there.name_zh == student.name_zh),
        ("name_en", there.name_en == student.name_en),
        ("birthday", there.birthday == student.birthday),
        ("email", there.email == student.email),
        ("school_email", there.school_email == student.school_email),
    ] {
        if !same {
            return Err(RowError::new(
                field,
                "與同一學號的另一列不同",
                "it differs from another row of the same student number",
            ));
        }
    }
    if student.degrees.is_empty() {
        return Err(RowError::new("row", "與另一列重複", "it repeats another row"));
    }
    for degree in student.degrees {
        let double = there
            .degrees
            .iter()
            .any(|one| one.programme == degree.programme && one.degree == degree.degree);
        if double {
            return Err(RowError::new(
                "degree",
                "同一學位重複出現",
                "the same degree stands there twice",
            ));
        }
        there.degrees.push(degree);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
