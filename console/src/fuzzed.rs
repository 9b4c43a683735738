//! The two parts of the console that read the files of strangers, as a library for the fuzz targets,
//! whose package (`fuzz/`) has this file as its root. The program does not have it.

#[expect(dead_code, unused_imports, reason = "the program uses more of it")]
mod bounces;
#[expect(dead_code, unused_imports, reason = "the program uses more of it")]
mod roster;

use sealpress_config::Roster;
use sealpress_ledger::{is_address, is_plain, is_student_no};

/// Reads a roster, as a CSV file or as a spreadsheet by its first bytes.
///
/// # Panics
/// Where a student was taken who must not be.
pub fn roster(bytes: &[u8]) {
    let Ok(read) = roster::read(bytes, "roster", &Roster::default()) else { return };
    for student in &read.students {
        assert!(is_student_no(&student.student_no));
        let names = [&student.name_zh, &student.name_en];
        assert!(names.iter().any(|name| name.is_some()));
        assert!(names.into_iter().flatten().all(|name| name.chars().all(is_plain)));
        assert!(student.email.as_deref().is_none_or(is_address));
    }
}

/// Reads a message that came back.
pub fn bounce(bytes: &[u8]) {
    bounces::read_one(bytes);
}
