//! What a roster file would change, before it is taken.

use sealpress_ledger::{Ledger, LedgerError, Sha256Hash, Student, StudentSource};
use serde::Serialize;

use super::{BadRow, RosterFile};

/// What a roster file would change. The JSON is a contract: keys are added, never renamed. It
/// names students by their number, and fields without what stands in them.
#[derive(Debug, Serialize)]
pub(crate) struct Changes {
    /// Students whom the roster does not have yet.
    pub(crate) new: Vec<String>,
    /// Students of whom it has something else.
    pub(crate) changed: Vec<Changed>,
    /// How many it has exactly so.
    pub(crate) unchanged: usize,
    /// Rows that can't be taken.
    pub(crate) bad_rows: Vec<BadRow>,
    /// Names the roster and the file as they were, so that what is done is what was seen.
    pub(crate) digest: Sha256Hash,
}

/// A student of whom the roster has something else.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Changed {
    pub(crate) student_no: String,
    /// What would be another.
    pub(crate) fields: Vec<&'static str>,
}

/// Compares a roster file with the roster.
pub(crate) async fn preview(ledger: &Ledger, file: &RosterFile) -> Result<Changes, LedgerError> {
    let before = ledger.roster_before(&file.students).await?;
    let mut changes = Changes {
        new: Vec::new(),
        changed: Vec::new(),
        unchanged: 0,
        bad_rows: file.bad_rows.clone(),
        digest: before.digest,
    };
    for student in &file.students {
        let student_no = student.student_no.clone();
        let Some(known) = before.known.get(&student_no) else {
            changes.new.push(student_no);
            continue;
        };
        let fields = different(known, student);
        if fields.is_empty() {
            changes.unchanged += 1;
        } else {
            changes.changed.push(Changed { student_no, fields });
        }
    }
    Ok(changes)
}

fn different(known: &Student, new: &Student) -> Vec<&'static str> {
    // The roster keeps no order of degrees.
    let sorted = |student: &Student| {
        let mut degrees = student.degrees.clone();
        degrees.sort_by(|one, other| {
            (&one.programme, &one.degree).cmp(&(&other.programme, &other.degree))
        });
        degrees
    };
    [
        ("name_zh", known.name_zh != new.name_zh),
        ("name_en", known.name_en != new.name_en),
        ("birthday", known.birthday != new.birthday),
        ("email", known.email != new.email),
        ("school_email", known.school_email != new.school_email),
        ("degrees", sorted(known) != sorted(new)),
        // From here the roster answers for the student, and no longer a sidecar.
        ("source", known.source != StudentSource::Roster),
    ]
    .into_iter()
    .filter_map(|(field, differs)| differs.then_some(field))
    .collect()
}

#[cfg(test)]
mod tests {
    use sealpress_ledger::{By, LedgerError, Via};

    use super::*;
    use crate::roster::read;

    const HEADER: &str = "student_no,name_zh,name_en,birthday,email,programme,degree,college\n";

    fn file(rows: &str) -> RosterFile {
        let settings = sealpress_config::Roster::default();
        read(format!("{HEADER}{rows}").as_bytes(), "roster.csv", &settings).unwrap()
    }

    async fn ledger(dir: &tempfile::TempDir) -> Ledger {
        Ledger::open(&dir.path().join("ledger.db")).await.unwrap()
    }

    const ROWS: &str = "B1,王大明,,2002-03-15,b1@example.edu.tw,CS,BSc,\n\
                        B1,王大明,,2002-03-15,b1@example.edu.tw,AI,BSc,\n\
                        B2,林小華,,2002-04-16,b2@example.edu.tw,CS,BSc,\n";

    fn by() -> By {
        By::new("registrar", Via::Web, "192.0.2.1")
    }

    #[tokio::test]
    async fn what_a_file_would_change_is_told_by_field() {
        let dir = tempfile::tempdir().unwrap();
        let ledger = ledger(&dir).await;
        let first = file(ROWS);
        let changes = preview(&ledger, &first).await.unwrap();
        assert_eq!(changes.new, ["B1", "B2"]);
        let now = jiff::Timestamp::UNIX_EPOCH;
        ledger.import_previewed(&first.students, changes.digest, &by(), now).await.unwrap();
        let changes = preview(&ledger, &first).await.unwrap();
        assert_eq!((changes.unchanged, changes.new.len(), changes.changed.len()), (2, 0, 0));

        let second = file(
            "B1,王大明,,2002-03-15,new@example.edu.tw,CS,BSc,\n\
             B2,林小華,,2002-04-16,b2@example.edu.tw,CS,BSc,工學院\n\
             B3,陳一,,2002-05-17,b3@example.edu.tw,CS,BSc,\n\
             B4,,,99,,CS,BSc,\n",
        );
        let changes = preview(&ledger, &second).await.unwrap();
        assert_eq!(changes.new, ["B3"]);
        let changed = |student_no: &str, fields: &[&'static str]| Changed {
            student_no: student_no.into(),
            fields: fields.to_vec(),
        };
        assert_eq!(
            changes.changed,
            [changed("B1", &["email", "degrees"]), changed("B2", &["degrees"])]
        );
        assert_eq!(changes.bad_rows.len(), 1);
        let shown = format!("{changes:?}");
        assert!(!shown.contains('@') && !shown.contains('王'), "{shown}");
    }

    #[tokio::test]
    async fn what_is_done_is_what_was_seen() {
        let dir = tempfile::tempdir().unwrap();
        let ledger = ledger(&dir).await;
        let (mine, now) = (file(ROWS), jiff::Timestamp::UNIX_EPOCH);
        let seen = preview(&ledger, &mine).await.unwrap().digest;
        // Another imports a student of the same file meanwhile.
        let others = file("B2,林小花,,2002-04-16,b2@example.edu.tw,CS,BSc,\n");
        ledger.import_students(&others.students, &by(), now).await.unwrap();
        let late = ledger.import_previewed(&mine.students, seen, &by(), now).await.unwrap_err();
        assert!(
            matches!(late, LedgerError::NotPossible(reason) if reason.code == "roster_changed")
        );
        assert!(ledger.student("B1").await.unwrap().is_none(), "nothing was taken");
        // Another file under what was seen of this one.
        let seen = preview(&ledger, &mine).await.unwrap().digest;
        assert!(ledger.import_previewed(&others.students, seen, &by(), now).await.is_err());
        // A student who is in neither does not matter.
        let stranger = file("B9,陳一,,2002-05-17,b9@example.edu.tw,CS,BSc,\n");
        ledger.import_students(&stranger.students, &by(), now).await.unwrap();
        ledger.import_previewed(&mine.students, seen, &by(), now).await.unwrap();
        assert_eq!(ledger.student_count().await.unwrap(), 3);
    }
}
