//! Roster: a file is read, what it would change is shown, and only then it is taken.

use askama::Template;
use axum::extract::{Form, Multipart, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::{SignedDuration, Timestamp};
use sealpress_ledger::{LedgerError, Sha256Hash, Student};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::roster::preview::{Changed, Changes, preview};
use crate::roster::{self, BadRow, RosterFile};
use crate::web::Web;
use crate::web::failure::Failure;
use crate::web::page::{Page, Visitor, html};

/// Rows of each kind that are shown; the rest is counted.
const SHOWN: usize = 100;
/// How long a file that was read waits for its yes.
const KEPT: SignedDuration = SignedDuration::from_mins(15);
/// Files that wait at the same time; the oldest gives way.
const MOST_WAITING: usize = 4;

/// Files that were read and wait for a yes, by the digest that was shown. They are held in memory
/// alone, each by the person who brought it.
#[derive(Clone, Default)]
pub(crate) struct Waiting(Arc<Mutex<BTreeMap<Sha256Hash, Brought>>>);

struct Brought {
    students: Vec<Student>,
    person: String,
    at: Timestamp,
}

impl Waiting {
    fn keep(&self, digest: Sha256Hash, students: Vec<Student>, person: &str, at: Timestamp) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.retain(|_, brought| at.duration_since(brought.at) < KEPT);
        if waiting.len() >= MOST_WAITING {
            let oldest = waiting.iter().min_by_key(|(_, brought)| brought.at).map(|(key, _)| *key);
            oldest.and_then(|oldest| waiting.remove(&oldest));
        }
        waiting.insert(digest, Brought { students, person: person.to_owned(), at });
    }

    fn take(&self, digest: Sha256Hash, person: &str, now: Timestamp) -> Option<Vec<Student>> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let brought = waiting.get(&digest)?;
        if brought.person != person || now.duration_since(brought.at) >= KEPT {
            return None;
        }
        waiting.remove(&digest).map(|brought| brought.students)
    }
}

#[derive(Template)]
#[template(path = "roster.html")]
struct RosterPage<'a> {
    page: &'a Page,
    students: u64,
    changes: Option<&'a Changes>,
    bad_rows: &'a [BadRow],
    changed: &'a [Changed],
    /// There are more than are listed.
    cut: bool,
    done: Option<String>,
    refusal: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Yes {
    digest: Sha256Hash,
}

/// Shows the form.
pub(crate) async fn page(State(web): State<Web>, page: Page) -> Result<Response, Failure> {
    shown(&web, &page, None, None, None).await
}

/// Reads a file, and shows what it would change.
pub(crate) async fn read(
    State(web): State<Web>,
    page: Page,
    visitor: Visitor,
    mut form: Multipart,
) -> Result<Response, Failure> {
    let broken = || {
        Failure::new(
            StatusCode::BAD_REQUEST,
            [
                "檔案沒有完整上傳，或超過大小上限。",
                "The file did not arrive whole, or is too large.",
            ],
            ["請確認檔案後再上傳一次。", "Check the file, and upload it again."],
        )
    };
    let mut brought = None;
    while let Some(field) = form.next_field().await.map_err(|_| broken())? {
        if field.name() == Some("file") {
            let name = field.file_name().unwrap_or_default().to_owned();
            brought = Some((name, field.bytes().await.map_err(|_| broken())?));
        }
    }
    let Some((name, bytes)) = brought.filter(|(_, bytes)| !bytes.is_empty()) else {
        return Err(Failure::bad_request(["請選擇名冊檔案。", "Choose the roster's file."]));
    };
    let settings = web.opened.settings.roster.clone();
    let read = tokio::task::spawn_blocking(move || roster::read(&bytes, &name, &settings));
    let file: RosterFile = match read.await.map_err(|error| Failure::internal(&error))? {
        Ok(file) => file,
        Err(error) => return shown(&web, &page, None, None, Some(error.to_string())).await,
    };
    let changes = preview(&web.opened.ledger, &file).await?;
    let now = (web.opened.clock)();
    web.rosters.keep(changes.digest, file.students, &visitor.person.name, now);
    shown(&web, &page, Some(&changes), None, None).await
}

/// Takes what was shown, where the roster is still as it was then.
pub(crate) async fn import(
    State(web): State<Web>,
    page: Page,
    visitor: Visitor,
    Form(Yes { digest }): Form<Yes>,
) -> Result<Response, Failure> {
    let now = (web.opened.clock)();
    let Some(students) = web.rosters.take(digest, &visitor.person.name, now) else {
        let words = page.t(
            "預覽已過期，沒有匯入任何資料；請重新上傳檔案。",
            "The preview is out of date; nothing was imported. Upload the file again.",
        );
        return shown(&web, &page, None, None, Some(words.to_owned())).await;
    };
    match web.opened.ledger.import_previewed(&students, digest, &visitor.by, now).await {
        Ok(()) => {
            let words = page.t("已匯入的學生人數：", "Students imported: ");
            let done = Some(format!("{words}{}", students.len()));
            shown(&web, &page, None, done, None).await
        }
        Err(LedgerError::NotPossible(reason)) => {
            let words = page.t(&reason.message_zh, &reason.message_en).to_owned();
            shown(&web, &page, None, None, Some(words)).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn shown(
    web: &Web,
    page: &Page,
    changes: Option<&Changes>,
    done: Option<String>,
    refusal: Option<String>,
) -> Result<Response, Failure> {
    let students = web.opened.ledger.student_count().await?;
    let bad_rows = changes.map_or(&[][..], |changes| changes.bad_rows.as_slice());
    let changed = changes.map_or(&[][..], |changes| changes.changed.as_slice());
    html(&RosterPage {
        page,
        students,
        changes,
        bad_rows: first(bad_rows),
        changed: first(changed),
        cut: changed.len() > SHOWN || bad_rows.len() > SHOWN,
        done,
        refusal,
    })
}

fn first<T>(all: &[T]) -> &[T] {
    all.get(..SHOWN).unwrap_or(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_taken_once_and_by_who_brought_it() {
        let (waiting, at) = (Waiting::default(), Timestamp::UNIX_EPOCH);
        let digest = Sha256Hash::of(b"1");
        waiting.keep(digest, Vec::new(), "wang", at);
        assert!(waiting.take(digest, "lin", at).is_none());
        assert!(waiting.take(digest, "wang", at + KEPT).is_none(), "too late");
        assert!(waiting.take(digest, "wang", at).is_some());
        assert!(waiting.take(digest, "wang", at).is_none(), "twice");
    }

    #[test]
    fn the_oldest_gives_way() {
        let (waiting, at) = (Waiting::default(), Timestamp::UNIX_EPOCH);
        let digest = |n: usize| Sha256Hash::of(&[u8::try_from(n).unwrap()]);
        for n in 0..=MOST_WAITING {
            let at = at + SignedDuration::from_secs(i64::try_from(n).unwrap());
            waiting.keep(digest(n), Vec::new(), "wang", at);
        }
        let now = at + SignedDuration::from_secs(10);
        assert!(waiting.take(digest(0), "wang", now).is_none());
        assert!(waiting.take(digest(1), "wang", now).is_some());
    }
}
