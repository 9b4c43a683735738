//! What the roster has of the students of a file, before the file is taken: a person sees what it
//! would change, and what they saw is what is done.

use jiff::Timestamp;
use serde_json::json;
use sqlx::{Row, SqliteConnection};
use std::collections::BTreeMap;

use super::{Ledger, students};
use crate::{By, Degree, LedgerError, Reason, Sha256Hash, Student};

/// Student numbers asked for in one question.
const AT_ONCE: usize = 1000;

/// What the roster has of the students of a file.
pub struct RosterBefore {
    /// Those whom it has, by their number.
    pub known: BTreeMap<String, Student>,
    /// Over what it has and over what the file says: whoever gives it back saw both.
    pub digest: Sha256Hash,
}

impl Ledger {
    /// What the roster has of a file's students now.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub async fn roster_before(&self, students: &[Student]) -> Result<RosterBefore, LedgerError> {
        // One transaction: no import of another comes between two questions.
        let mut tx = self.read.begin().await?;
        let known = known(&mut tx, students).await?;
        let digest = digest(&known, students);
        Ok(RosterBefore { known, digest })
    }

    /// Takes students from a roster file, all of them or none, where the roster is as
    /// [`Ledger::roster_before`] found it and the students are those that it was asked of.
    ///
    /// # Errors
    /// [`LedgerError::NotPossible`] when either has changed; nothing was changed.
    pub async fn import_previewed(
        &self,
        students: &[Student],
        seen: Sha256Hash,
        by: &By,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let mut tx = self.change().await?;
        let known = known(&mut tx, students).await?;
        if digest(&known, students) != seen {
            return Err(changed());
        }
        students::import(&mut tx, students, by, now).await?;
        tx.commit().await?;
        Ok(())
    }
}

async fn known(
    connection: &mut SqliteConnection,
    students: &[Student],
) -> Result<BTreeMap<String, Student>, LedgerError> {
    let mut known = BTreeMap::new();
    for some in students.chunks(AT_ONCE) {
        let numbers: Vec<&str> = some.iter().map(|student| student.student_no.as_str()).collect();
        let numbers = json!(numbers).to_string();
        let mut degrees = degrees(&mut *connection, &numbers).await?;
        let rows = sqlx::query(
            "SELECT * FROM students WHERE student_no IN (SELECT value FROM json_each(?))",
        )
        .bind(&numbers)
        .fetch_all(&mut *connection)
        .await?;
        for row in rows {
            let number: String = row.try_get("student_no")?;
            let student = students::student_of(&row, degrees.remove(&number).unwrap_or_default())?;
            known.insert(number, student);
        }
    }
    Ok(known)
}

async fn degrees(
    connection: &mut SqliteConnection,
    numbers: &str,
) -> Result<BTreeMap<String, Vec<Degree>>, LedgerError> {
    let rows = sqlx::query(
        "SELECT * FROM degrees WHERE student_no IN (SELECT value FROM json_each(?))
         ORDER BY student_no, programme, degree",
    )
    .bind(numbers)
    .fetch_all(connection)
    .await?;
    let mut degrees = BTreeMap::<String, Vec<Degree>>::new();
    for row in &rows {
        degrees.entry(row.try_get("student_no")?).or_default().push(students::degree(row)?);
    }
    Ok(degrees)
}

fn digest(known: &BTreeMap<String, Student>, students: &[Student]) -> Sha256Hash {
    Sha256Hash::of(json!([known, students]).to_string().as_bytes())
}

fn changed() -> LedgerError {
    LedgerError::NotPossible(Reason::new(
        "roster_changed",
        [
            "預覽之後名冊或檔案已有變動，未匯入任何資料。",
            "The roster, or the file, has changed since you saw what it would do. Nothing was imported.",
        ],
        ["請重新預覽後再匯入。", "Look at the preview again, then import."],
    ))
}
