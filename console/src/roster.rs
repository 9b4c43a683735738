//! Roster files (學生名冊): CSV in UTF-8, UTF-16 or Big5, or XLSX, as students.

mod columns;
mod row;
mod sheet;

use sealpress_config::Roster;
use sealpress_ledger::Student;
use serde::Serialize;
use std::collections::BTreeMap;

use columns::Columns;
use row::RowError;

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
    /// The field that is at fault.
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
    #[error("the file is larger than 64 MB or longer than a million rows; split it")]
    TooLarge,
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
    let spreadsheet =
        file_name.to_ascii_lowercase().ends_with(".xlsx") || bytes.starts_with(b"PK\x03\x04");
    let mut rows = if spreadsheet { sheet::xlsx(bytes)? } else { sheet::csv(bytes)? }.into_iter();
    let header = rows.next().unwrap_or_default();
    let columns = Columns::read(&header.cells, settings);
    if !columns.has("student_no") {
        return Err(RosterError::NoStudentNo);
    }
    if rows.len() > MOST_ROWS {
        return Err(RosterError::TooLarge);
    }
    let mut file = RosterFile { students: Vec::new(), bad_rows: Vec::new() };
    let mut known = BTreeMap::new();
    for line in rows {
        if line.cells.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let taken = if line.readable {
            row::student(&columns, &line.cells)
        } else {
            Err(RowError::new(
                "encoding",
                "有無法解讀的字元",
                "it has characters that can't be decoded",
            ))
        };
        if let Err(error) = taken.and_then(|student| add(&mut file.students, &mut known, student)) {
            file.bad_rows.push(error.at(line.number));
        }
    }
    Ok(file)
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
    ] {
        if !same {
            return Err(RowError::new(
                field,
                "與同一學號的另一列不同",
                "it differs from another row of the same student number",
            ));
        }
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
mod tests {
    use super::*;

    const CSV: &str = "學號,中文姓名,英文姓名,生日,電子郵件,系所,學位,學院\n\
        B1,王大明,\"WANG, Da-Ming\",91/03/15,wang@example.edu.tw,資訊工程學系,工學士,工學院\n\
        B2,李小華,,2002-05-06,,企業管理學系,管理學士,管理學院\n";

    fn of(bytes: &[u8]) -> RosterFile {
        read(bytes, "roster.csv", &Roster::default()).unwrap()
    }

    #[test]
    fn utf8_big5_and_utf16_read_alike() {
        let (big5, _, _) = encoding_rs::BIG5.encode(CSV);
        let utf16: Vec<u8> =
            [0xFEFF].into_iter().chain(CSV.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        let bom = [b"\xEF\xBB\xBF", CSV.as_bytes()].concat();
        for bytes in [CSV.as_bytes(), &big5, &utf16, &bom] {
            let file = of(bytes);
            assert!(file.bad_rows.is_empty(), "{:?}", file.bad_rows);
            assert_eq!(file.students.len(), 2);
            assert_eq!(file.students[0].name_zh.as_deref(), Some("王大明"));
            assert_eq!(file.students[0].birthday.as_deref(), Some("2002-03-15"));
            assert_eq!(file.students[0].degrees[0].college.as_deref(), Some("工學院"));
        }
    }

    #[test]
    fn several_rows_are_several_degrees() {
        let csv = "student_no;name_zh;programme;degree\nB1;王大明;資工;學士\nB1;王大明;資工;碩士\nB1;王小明;資管;學士\nB1;王大明;資工;學士\n";
        let file = of(csv.as_bytes());
        assert_eq!(file.students[0].degrees.len(), 2);
        let bad: Vec<_> = file.bad_rows.iter().map(|row| (row.line, row.field)).collect();
        assert_eq!(bad, [(4, "name_zh"), (5, "degree")]);
    }

    #[test]
    fn bad_rows_are_named_by_line_and_field() {
        let csv = "學號,姓名,Email,生日\n,甲,,\nB2,,,\nB3,丙,a@b@c,\nB4,丁,\"a@b.tw\nBcc: x\",\nB5,戊,,31/31/31\nB 6,己,,\n";
        let fields: Vec<_> = of(csv.as_bytes()).bad_rows.iter().map(|row| row.field).collect();
        assert_eq!(fields, ["student_no", "name_zh", "email", "email", "birthday", "student_no"]);
    }

    #[test]
    fn a_school_may_name_its_own_columns() {
        let mut settings = Roster::default();
        settings.columns.insert("student_no".into(), vec!["學籍號碼".into()]);
        let file = read("學籍號碼\t姓名\nB1\t王大明\n".as_bytes(), "r.csv", &settings).unwrap();
        assert_eq!(file.students.len(), 1);
        assert!(matches!(read(b"a,b\n1,2\n", "r.csv", &settings), Err(RosterError::NoStudentNo)));
        assert!(matches!(
            read(b"PK\x03\x04 no", "r.xlsx", &settings),
            Err(RosterError::Unreadable(_))
        ));
    }
}
