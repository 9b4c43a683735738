//! A ledger with years of certificates in it, for measuring. It is written past Sealpress, as a
//! restored backup would be: students, certificates, sendings, and a history whose chain holds.

mod maker;

use serde::Serialize;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{Connection, SqliteConnection};
use std::path::Path;
use tokio::sync::mpsc;

use maker::Maker;

/// Rows that one statement takes.
const BATCH: usize = 1000;
/// So many of the last are still on their way.
const OPEN: usize = 200;
/// How many are given back.
const SAMPLES: usize = 1000;

/// A certificate that can be looked for.
#[derive(Debug, Clone)]
pub struct Sample {
    /// Its id.
    pub id: String,
    /// Its number.
    pub certificate_no: String,
    /// Its student's number.
    pub student_no: String,
    /// The student's name in Chinese.
    pub name_zh: String,
    /// The student's name in English.
    pub name_en: String,
    /// The student's own address.
    pub email: String,
    /// The college.
    pub college: &'static str,
}

/// The rows of a table that wait to be written, as JSON: an array of rows, each of them an array of
/// groups of values.
#[derive(Debug, Default)]
struct Rows(String);

impl Rows {
    fn add(&mut self, row: &impl Serialize) {
        self.0.push(if self.0.is_empty() { '[' } else { ',' });
        self.0 += &serde_json::to_string(row).expect("a row has nothing that JSON has not");
    }
}

#[derive(Debug, Default)]
struct Tables {
    students: Rows,
    degrees: Rows,
    certificates: Rows,
    sendings: Rows,
    events: Rows,
}

/// The columns of each table, and how many each group of a row has.
const COLUMNS: [(&str, &[usize]); 5] = [
    ("students (student_no, name_zh, name_en, birthday, email, school_email, source)", &[7]),
    ("degrees (student_no, programme, degree, college, certificate_no)", &[5]),
    (
        "certificates (id, student_no, name_zh, name_en, programme, degree, college, kind, language,
            certificate_no, status, progress, waiting_for, token, drop_name, drop_hash, accepted_at,
            archive_path, archive_hash, archive_bytes, archived_at, supersedes, due_at, last_error)",
        &[4, 6, 7, 4, 3],
    ),
    (
        "sendings (id, certificate, purpose, route, address, message_id, created_at, state, answer,
            answered_at, bounce)",
        &[6, 5],
    ),
    ("events (seq, certificate, kind, actor, at, detail, previous, hash)", &[8]),
];

/// Fills a ledger that has no certificates yet with `count` of them, the last of them
/// accepted at `now` (milliseconds since 1970), and returns a thousand of them.
///
/// # Errors
/// The database's.
pub async fn fill(
    ledger: &Path,
    count: usize,
    seed: u64,
    now: i64,
) -> Result<Vec<Sample>, sqlx::Error> {
    let options = SqliteConnectOptions::new()
        .filename(ledger)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Off)
        // In KiB: what is written here and there is written to the file once.
        .pragma("cache_size", "-400000");
    let mut database = SqliteConnection::connect_with(&options).await?;
    let last = sqlx::query_as("SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1")
        .fetch_optional(&mut database)
        .await?;
    let mut maker = Maker::new(count, seed, now);
    if let Some(last) = last {
        maker.goes_on(last);
    }
    // Making and writing take about as long, so one core does each.
    let (send, mut made) = mpsc::channel(2);
    let making = tokio::task::spawn_blocking(move || make(&send, maker));
    while let Some(tables) = made.recv().await {
        write(&mut database, tables).await?;
    }
    let samples = making.await.expect("it makes them without a panic");
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut database).await?;
    database.close().await?;
    Ok(samples)
}

fn make(send: &mpsc::Sender<Tables>, mut maker: Maker) -> Vec<Sample> {
    let count = maker.count;
    let mut samples = Vec::new();
    let every = (count / SAMPLES).max(1);
    for n in 0..count {
        let made = maker.certificate(n);
        if n % every == 0 && n + OPEN < count {
            samples.push(made);
        }
        let full = n % BATCH == BATCH - 1 || n + 1 == count;
        if full && send.blocking_send(std::mem::take(&mut maker.tables)).is_err() {
            break;
        }
    }
    samples
}

async fn write(database: &mut SqliteConnection, tables: Tables) -> Result<(), sqlx::Error> {
    let Tables { students, degrees, certificates, sendings, events } = tables;
    let mut transaction = database.begin().await?;
    for ((table, columns), Rows(rows)) in
        COLUMNS.into_iter().zip([students, degrees, certificates, sendings, events])
    {
        // A batch of certificates that are all on their way has no sendings.
        let rows = if rows.is_empty() { "[]".to_owned() } else { rows + "]" };
        let values: Vec<String> = columns
            .iter()
            .enumerate()
            .flat_map(|(group, many)| (0..*many).map(move |at| (group, at)))
            .map(|(group, at)| format!("value ->> '$[{group}][{at}]'"))
            .collect();
        let sql = format!("INSERT INTO {table} SELECT {} FROM json_each(?)", values.join(", "));
        sqlx::query(sqlx::AssertSqlSafe(sql)).bind(rows).execute(&mut *transaction).await?;
    }
    transaction.commit().await
}
