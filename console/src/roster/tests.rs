//! Roster files as schools have them.

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
fn rows_of_one_student_name_the_same_addresses() {
    let csv = "student_no;name_zh;email;學校信箱;programme;degree\nB1;王大明;a@b.tw;w@s.tw;資工;學士\nB1;王大明;a@b.tw;x@s.tw;資工;碩士\nB1;王大明;c@b.tw;w@s.tw;資工;博士\n";
    let bad = of(csv.as_bytes()).bad_rows;
    let bad: Vec<_> = bad.iter().map(|row| (row.line, row.field)).collect();
    assert_eq!(bad, [(3, "school_email"), (4, "email")]);
}

#[test]
fn bad_rows_are_named_by_line_and_field() {
    let csv = "學號,姓名,Email,生日\n,甲,,\nB2,,,\nB3,丙,a@b@c,\nB4,丁,\"a@b.tw\nBcc: x\",\nB5,戊,,31/31/31\nB 6,己,,\n";
    let fields: Vec<_> = of(csv.as_bytes()).bad_rows.iter().map(|row| row.field).collect();
    assert_eq!(fields, ["student_no", "name_zh", "email", "row", "birthday", "student_no"]);
}

#[test]
fn a_school_may_name_its_own_columns() {
    let mut settings = Roster::default();
    settings.columns.insert("student_no".into(), vec!["學籍號碼".into()]);
    let file = read("學籍號碼\t姓名\nB1\t王大明\n".as_bytes(), "r.csv", &settings).unwrap();
    assert_eq!(file.students.len(), 1);
    assert!(matches!(read(b"a,b\n1,2\n", "r.csv", &settings), Err(RosterError::NoStudentNo)));
    assert!(matches!(read(b"PK\x03\x04 no", "r.xlsx", &settings), Err(RosterError::Unreadable(_))));
}

const BIG5: &[u8] = include_bytes!("../../../tests/fixtures/roster/sample-big5.csv");
const XLSX: &[u8] = include_bytes!("../../../tests/fixtures/roster/sample.xlsx");

#[test]
fn a_big5_file_and_a_spreadsheet_of_the_same_roster_read_alike() {
    let settings = Roster::default();
    let csv = read(BIG5, "sample-big5.csv", &settings).unwrap();
    let sheet = read(XLSX, "SAMPLE.XLSX", &settings).unwrap();
    for file in [&csv, &sheet] {
        assert_eq!(file.bad_rows, []);
        assert_eq!(file.students.len(), 3);
    }
    // Compared without printing: the type keeps personal data out of messages.
    assert!(csv.students == sheet.students);
    let [wang, chen, muller] = sheet.students.as_slice() else { panic!("three students") };
    assert_eq!(wang.name_en.as_deref(), Some("WANG, Da-Ming"));
    let programmes: Vec<_> = wang.degrees.iter().map(|one| one.programme.as_str()).collect();
    assert_eq!(programmes, ["資訊工程學系", "電機工程學系"]);
    assert_eq!(wang.degrees[0].certificate_no.as_deref(), Some("114工字第000001號"));
    assert_eq!(wang.degrees[1].certificate_no, None);
    // A date cell shown in ROC years, a text in ROC years, a number cell.
    assert_eq!(wang.birthday.as_deref(), Some("2002-03-15"));
    assert_eq!(chen.birthday.as_deref(), Some("1999-12-01"));
    assert_eq!(chen.email, None);
    assert_eq!(muller.student_no, "410912345");
    assert_eq!(muller.name_zh, None);
    assert!(sheet.students.iter().all(|one| one.source == sealpress_ledger::StudentSource::Roster));
}

#[test]
fn every_built_in_name_of_a_column_is_known_in_any_case_and_spacing() {
    for header in [
        "學號,中文姓名,英文姓名,出生日期,電子信箱,科系,學位,學院,證書字號",
        " 學 號 ,姓名,英文姓名,生日,電子郵件,系所,學位,學院,證書字號",
        "student_no,name_zh,name_en,birthday,email,programme,degree,college,certificate_no",
        "Student No,NAME ZH,Name_En,Birthday,E-Mail,Programme,Degree,College,Certificate No",
    ] {
        let csv = format!("{header}\nB1,王大明,DA-MING,91/3/15,b1@example.edu.tw,資工,學士,工,1\n");
        let file = of(csv.as_bytes());
        assert_eq!(file.bad_rows, [], "{header}");
        let student = &file.students[0];
        assert_eq!(student.name_en.as_deref(), Some("DA-MING"), "{header}");
        assert_eq!(student.birthday.as_deref(), Some("2002-03-15"), "{header}");
        assert_eq!(student.email.as_deref(), Some("b1@example.edu.tw"), "{header}");
        assert_eq!(student.degrees[0].certificate_no.as_deref(), Some("1"), "{header}");
    }
}

#[test]
fn the_schools_name_of_a_column_goes_before_the_built_in_one() {
    let mut settings = Roster::default();
    settings.columns.insert("email".into(), vec!["聯絡信箱".into()]);
    let csv = "學號,姓名,電子郵件,聯絡信箱\nB1,王大明,old@example.org,new@example.org\n";
    let file = read(csv.as_bytes(), "r.csv", &settings).unwrap();
    assert_eq!(file.students[0].email.as_deref(), Some("new@example.org"));
}

#[test]
fn a_broken_character_refuses_its_row_and_no_other() {
    let utf8 = "student_no,name_zh\nB1,王大明\nB2,李小~華\nB3,陳小玉\n";
    let (big5, _, _) = encoding_rs::BIG5.encode(utf8);
    for bytes in [utf8.as_bytes(), &big5] {
        let broken: Vec<u8> =
            bytes.iter().map(|byte| if *byte == b'~' { 0xFF } else { *byte }).collect();
        let file = of(&broken);
        assert_eq!(file.bad_rows.iter().map(|row| row.line).collect::<Vec<_>>(), [3]);
        let names: Vec<_> = file.students.iter().filter_map(|one| one.name_zh.as_deref()).collect();
        assert_eq!(names, ["王大明", "陳小玉"]);
    }
}

#[test]
fn a_row_whose_cells_shift_is_refused() {
    let csv = "學號,英文姓名,系所,學位\nB1,WANG, Da-Ming,資工,學士\nB2,LI,資工,學士,,\n";
    let file = of(csv.as_bytes());
    assert_eq!(
        file.bad_rows.iter().map(|row| (row.line, row.field)).collect::<Vec<_>>(),
        [(2, "row")]
    );
    assert_eq!(file.students.len(), 1);
}

#[test]
fn a_quotation_mark_without_its_partner_hides_no_rows() {
    let csv = "學號,姓名,備註\nB1,甲,\"轉系\nB2,乙,\nB3,丙,\"\nB4,丁,\n";
    let file = of(csv.as_bytes());
    assert_eq!(
        file.bad_rows.iter().map(|row| (row.line, row.field)).collect::<Vec<_>>(),
        [(2, "row")]
    );
}

#[test]
fn line_numbers_are_those_of_the_file() {
    for end in ["\n", "\r\n"] {
        let lines = ["", "", "學號;姓名", "", "B1;甲", " ; ", "B 2;乙", "B 3;丙"];
        let file = of(lines.join(end).as_bytes());
        assert_eq!(file.students.len(), 1);
        assert_eq!(file.bad_rows.iter().map(|row| row.line).collect::<Vec<_>>(), [7, 8]);
    }
}

#[test]
fn what_can_not_be_seen_is_refused() {
    for hidden in ['\u{202e}', '\u{200f}', '\u{2066}', '\u{61c}', '\u{7}', '\u{85}'] {
        let csv = format!("學號,姓名\nB1,王{hidden}大明\n");
        let file = of(csv.as_bytes());
        assert_eq!(file.bad_rows.first().map(|row| row.field), Some("name_zh"), "{hidden:?}");
    }
    // Rare characters of names stand in the private use area, or beyond the first plane.
    let file = of("學號,姓名\nB1,王\u{e000}\u{20bb7}\n".as_bytes());
    assert_eq!(file.bad_rows, []);
}

#[test]
fn programme_and_degree_go_together() {
    let csv = "學號,姓名,系所,學位\nB1,甲,資工,\nB2,乙,,學士\nB3,丙,,\n";
    let file = of(csv.as_bytes());
    let bad: Vec<_> = file.bad_rows.iter().map(|row| (row.line, row.field)).collect();
    assert_eq!(bad, [(2, "degree"), (3, "programme")]);
    assert!(file.students[0].degrees.is_empty());
}

#[test]
fn messages_repeat_nothing_of_the_row() {
    let csv = "學號,姓名,Email,生日,系所,學位\nB1 SECRET,甲,,,,\nB2,SECRET\u{202e},,,,\nB3,丙,SECRET,,,\n\
        B4,丁,,SECRET,,\nB5,戊,,,SECRET,\nB6,己,,,,,SECRET\n";
    let file = of(csv.as_bytes());
    assert_eq!(file.bad_rows.len(), 6);
    for row in file.bad_rows {
        let shown = serde_json::to_string(&row).unwrap();
        assert!(!shown.contains("SECRET"), "{shown}");
        assert!(row.reason_zh.ends_with('。') && row.reason_en.ends_with('.'), "{shown}");
    }
}

#[test]
fn what_is_no_roster_says_so() {
    let of = |bytes: &[u8], name: &str| read(bytes, name, &Roster::default()).err();
    assert!(matches!(of(b"", "r.csv"), Some(RosterError::NoStudentNo)));
    assert!(matches!(of(&XLSX[..3000], "r.xlsx"), Some(RosterError::Unreadable("XLSX"))));
    assert!(matches!(of(BIG5, "r.xlsx"), Some(RosterError::Unreadable("XLSX"))));
    // The spreadsheet format before XLSX, and UTF-16 without its mark.
    let old = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1\0\0";
    assert!(matches!(of(old, "r.xls"), Some(RosterError::Unreadable("CSV"))));
    let utf16: Vec<u8> = CSV.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(matches!(of(&utf16, "r.csv"), Some(RosterError::Unreadable("CSV"))));
}

#[test]
fn what_is_too_large_is_refused() {
    let large = vec![b'\n'; LARGEST + 1];
    assert!(matches!(read(&large, "r.csv", &Roster::default()), Err(RosterError::TooLarge)));
    let (mut reading, settings) = (Reading::default(), Roster::default());
    let line =
        |cells: [&str; 2]| Line { cells: cells.map(str::to_owned).into(), ..Line::default() };
    reading.take(line(["學號", "姓名"]), &settings).unwrap();
    reading.rows = MOST_ROWS - 1;
    reading.take(line(["B1", "甲"]), &settings).unwrap();
    let more = reading.take(line(["B2", "乙"]), &settings);
    assert!(matches!(more, Err(RosterError::TooLarge)));
}

#[test]
fn a_row_that_says_nothing_new_is_refused() {
    let csv = "學號,姓名,系所,學位\nB1,甲,,\nB1,甲,,\nB1,甲,資工,學士\nB1,甲,資工,學士\n";
    let file = of(csv.as_bytes());
    let bad: Vec<_> = file.bad_rows.iter().map(|row| (row.line, row.field)).collect();
    assert_eq!(bad, [(3, "row"), (5, "degree")]);
    assert_eq!(file.students[0].degrees.len(), 1);
}

#[test]
fn cells_in_opposite_corners_of_a_sheet_cost_no_memory() {
    const FAR: &[u8] = include_bytes!("../../../tests/fixtures/roster/far-apart.xlsx");
    let file = read(FAR, "r.xlsx", &Roster::default()).unwrap();
    assert_eq!(file.students.len(), 1);
    // Row 1,048,576 holds a cell in the last column alone: nothing of it is a roster's.
    assert_eq!(file.bad_rows, []);
}

/// A workbook with one student, whose part `name` is followed by `more` bytes of white space.
fn swollen(name: &str, more: usize) -> Vec<u8> {
    use std::io::{Read as _, Write as _};
    let mut old = zip::ZipArchive::new(std::io::Cursor::new(XLSX)).unwrap();
    let mut new = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for at in 0..old.len() {
        let mut part = old.by_index(at).unwrap();
        let own = part.name().unwrap().into_owned();
        new.start_file(own.as_str(), zip::write::SimpleFileOptions::default()).unwrap();
        let mut bytes = Vec::new();
        part.read_to_end(&mut bytes).unwrap();
        new.write_all(&bytes).unwrap();
        if own == name {
            new.write_all(&vec![b' '; more]).unwrap();
        }
    }
    if old.index_for_name(name).is_none() {
        new.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        new.write_all(&vec![b' '; more]).unwrap();
    }
    new.finish().unwrap().into_inner()
}

#[test]
fn a_spreadsheet_that_inflates_beyond_measure_is_refused() {
    let of = |bytes: &[u8]| read(bytes, "r.xlsx", &Roster::default());
    let (sheet, words) = ("xl/worksheets/sheet1.xml", "xl/sharedStrings.xml");
    assert_eq!(of(&swollen(sheet, 1 << 20)).unwrap().bad_rows, []);
    assert!(matches!(of(&swollen(sheet, 130 << 20)), Err(RosterError::TooLarge)));
    assert!(matches!(of(&swollen(words, 30 << 20)), Err(RosterError::TooLarge)));
    assert!(matches!(of(&swollen("xl/media/a.png", 130 << 20)), Err(RosterError::TooLarge)));
    let parts = [XLSX, &b"PK\x01\x02".repeat(1_000)].concat();
    assert!(matches!(of(&parts), Err(RosterError::TooLarge)));
}

#[test]
fn a_row_that_swallows_the_file_is_refused_by_its_line() {
    let csv = format!("學號,姓名\nB1,甲\nB2,\"乙\n{}", "B3,丙\n".repeat(20_000));
    let error = read(csv.as_bytes(), "r.csv", &Roster::default()).err().unwrap();
    assert!(matches!(error, RosterError::RowTooLong(3)), "{error}");
}
