//! The roster.

use jiff::Timestamp;
use serde_json::json;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::events::{NewEvent, append};
use super::{Ledger, Tx};
use crate::{By, Degree, EventKind, LedgerError, Student, StudentSource};

impl Ledger {
    /// A student with their degrees.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub async fn student(&self, student_no: &str) -> Result<Option<Student>, LedgerError> {
        let row = sqlx::query("SELECT * FROM students WHERE student_no = ?")
            .bind(student_no)
            .fetch_optional(&self.read)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let degrees =
            sqlx::query("SELECT * FROM degrees WHERE student_no = ? ORDER BY programme, degree")
                .bind(student_no)
                .fetch_all(&self.read)
                .await?
                .iter()
                .map(degree)
                .collect::<Result<_, LedgerError>>()?;
        Ok(Some(student_of(&row, degrees)?))
    }

    /// Takes students from a roster file, all of them or none. A student who is there already is
    /// replaced, degrees included; certificates keep what they certified.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub async fn import_students(
        &self,
        students: &[Student],
        by: &By,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let mut tx = self.change().await?;
        import(&mut tx, students, by, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// How many students the roster has.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub async fn student_count(&self) -> Result<u64, LedgerError> {
        let row = sqlx::query("SELECT COUNT(*) FROM students").fetch_one(&self.read).await?;
        Ok(u64::try_from(row.try_get::<i64, _>(0)?).unwrap_or_default())
    }
}

/// Takes all of a roster file's students, with the event.
pub(super) async fn import(
    tx: &mut Tx,
    students: &[Student],
    by: &By,
    now: Timestamp,
) -> Result<(), LedgerError> {
    for student in students {
        upsert(tx, student, StudentSource::Roster).await?;
    }
    let detail = json!({ "students": students.len() });
    append(tx, NewEvent::by(by, None, EventKind::RosterImported, now, detail)).await
}

/// A student, by a row of `students` and what `degrees` has.
pub(super) fn student_of(row: &SqliteRow, degrees: Vec<Degree>) -> Result<Student, LedgerError> {
    let source: String = row.try_get("source")?;
    Ok(Student {
        student_no: row.try_get("student_no")?,
        name_zh: row.try_get("name_zh")?,
        name_en: row.try_get("name_en")?,
        birthday: row.try_get("birthday")?,
        email: row.try_get("email")?,
        school_email: row.try_get("school_email")?,
        source: if source == "roster" { StudentSource::Roster } else { StudentSource::Sidecar },
        degrees,
    })
}

pub(super) fn degree(row: &SqliteRow) -> Result<Degree, LedgerError> {
    Ok(Degree {
        programme: row.try_get("programme")?,
        degree: row.try_get("degree")?,
        college: row.try_get("college")?,
        certificate_no: row.try_get("certificate_no")?,
    })
}

/// A student whom only a sidecar knows. Where the roster has spoken in the meantime, it stands.
pub(super) async fn from_sidecar(tx: &mut Tx, student: &Student) -> Result<(), LedgerError> {
    let known = sqlx::query("SELECT 1 FROM students WHERE student_no = ? AND source = 'roster'")
        .bind(&student.student_no)
        .fetch_optional(&mut **tx)
        .await?;
    if known.is_none() {
        upsert(tx, student, StudentSource::Sidecar).await?;
    }
    Ok(())
}

async fn upsert(tx: &mut Tx, student: &Student, source: StudentSource) -> Result<(), LedgerError> {
    sqlx::query(
        "INSERT INTO students (student_no, name_zh, name_en, birthday, email, school_email, source)
         VALUES (?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (student_no) DO UPDATE SET name_zh = excluded.name_zh,
            name_en = excluded.name_en, birthday = excluded.birthday, email = excluded.email,
            school_email = excluded.school_email, source = excluded.source",
    )
    .bind(&student.student_no)
    .bind(&student.name_zh)
    .bind(&student.name_en)
    .bind(&student.birthday)
    .bind(&student.email)
    .bind(&student.school_email)
    .bind(source.as_str())
    .execute(&mut **tx)
    .await?;
    if source == StudentSource::Roster {
        sqlx::query("DELETE FROM degrees WHERE student_no = ?")
            .bind(&student.student_no)
            .execute(&mut **tx)
            .await?;
    }
    for degree in &student.degrees {
        sqlx::query(
            "INSERT INTO degrees (student_no, programme, degree, college, certificate_no)
             VALUES (?, ?, ?, ?, ?)
             ON CONFLICT (student_no, programme, degree) DO UPDATE SET
                college = excluded.college, certificate_no = excluded.certificate_no",
        )
        .bind(&student.student_no)
        .bind(&degree.programme)
        .bind(&degree.degree)
        .bind(&degree.college)
        .bind(&degree.certificate_no)
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}
