//! A ledger with years of certificates in it, for measuring. It is written past Sealpress, as a
//! restored backup would be: students, certificates, sendings, and a history whose chain holds.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{Connection, SqliteConnection};
use std::path::Path;
use uuid::Uuid;

use crate::crowd::{COLLEGES, Dice, names};

/// Milliseconds from one certificate to the next: 300,000 are ten years.
const STEP: i64 = 1_050_000;
/// Rows that one statement takes.
const BATCH: usize = 1000;
/// So many of the last are still on their way.
const OPEN: usize = 200;

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

/// Rows of each table that wait to be written, each a JSON array of its columns.
#[derive(Debug, Default)]
struct Rows {
    students: Vec<Value>,
    degrees: Vec<Value>,
    certificates: Vec<Value>,
    sendings: Vec<Value>,
    events: Vec<Value>,
}

/// Each table's rows out of one JSON array of arrays.
const STATEMENTS: [(&str, usize); 5] = [
    ("students (student_no, name_zh, name_en, birthday, email, school_email, source)", 7),
    ("degrees (student_no, programme, degree, college, certificate_no)", 5),
    (
        "certificates (id, student_no, name_zh, name_en, programme, degree, college, kind, language,
            certificate_no, status, progress, waiting_for, token, drop_name, drop_hash, accepted_at,
            archive_path, archive_hash, archive_bytes, archived_at, supersedes, due_at, last_error)",
        24,
    ),
    (
        "sendings (id, certificate, purpose, route, address, message_id, created_at, state, answer,
            answered_at)",
        10,
    ),
    ("events (seq, certificate, kind, actor, at, detail, previous, hash)", 8),
];

/// Fills an empty ledger that Sealpress has made with `count` certificates, the last of them
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
        .synchronous(SqliteSynchronous::Off);
    let mut database = SqliteConnection::connect_with(&options).await?;
    let mut maker = Maker::new(count, seed, now);
    let mut samples = Vec::new();
    let every = (count / 1000).max(1);
    for n in 0..count {
        let made = maker.certificate(n);
        if n % every == 0 && n + OPEN < count {
            samples.push(made);
        }
        if maker.rows.certificates.len() == BATCH || n + 1 == count {
            write(&mut database, std::mem::take(&mut maker.rows)).await?;
        }
    }
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut database).await?;
    database.close().await?;
    Ok(samples)
}

async fn write(database: &mut SqliteConnection, rows: Rows) -> Result<(), sqlx::Error> {
    let Rows { students, degrees, certificates, sendings, events } = rows;
    let mut transaction = database.begin().await?;
    for ((table, columns), rows) in
        STATEMENTS.into_iter().zip([students, degrees, certificates, sendings, events])
    {
        let values: Vec<String> = (0..columns).map(|at| format!("value ->> {at}")).collect();
        let sql = format!("INSERT INTO {table} SELECT {} FROM json_each(?)", values.join(", "));
        sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(Value::Array(rows).to_string())
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await
}

/// Makes one certificate after the other, and remembers what the next one needs.
struct Maker {
    dice: Dice,
    count: usize,
    now: i64,
    rows: Rows,
    /// The one before: another of the same student may follow.
    last: Option<Sample>,
    /// Where the history stands: the number of its last event, and that event's digest.
    seq: i64,
    previous: String,
}

/// What kind of certificate comes next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    /// Of a new student.
    First,
    /// In English, for the student before.
    English,
    /// In the place of the one before.
    Reissue,
}

impl Maker {
    fn new(count: usize, seed: u64, now: i64) -> Self {
        let previous = "0".repeat(64);
        Self { dice: Dice(seed), count, now, rows: Rows::default(), last: None, seq: 0, previous }
    }

    /// Of ten, six are a student's first, three are the English ones of students before, and one
    /// takes another's place.
    fn certificate(&mut self, n: usize) -> Sample {
        let at = self.now - i64::try_from(self.count - 1 - n).expect("a small number") * STEP;
        let next = match n % 10 {
            // Nothing is asked for a degree whose certificate is still on its way.
            _ if n + OPEN >= self.count => Next::First,
            1 | 4 | 7 => Next::English,
            9 => Next::Reissue,
            _ => Next::First,
        };
        let before = self.last.take();
        let id = Self::id(at, self.dice.bits());
        let mut sample = match (next, &before) {
            (Next::English | Next::Reissue, Some(before)) => before.clone(),
            (Next::First | Next::English | Next::Reissue, None) | (Next::First, Some(_)) => {
                self.student(n, at)
            }
        };
        sample.id = id;
        let supersedes = before.filter(|_| next == Next::Reissue).map(|before| before.id);
        self.row(n, at, next, &sample, supersedes);
        self.last = Some(sample.clone());
        sample
    }

    /// An id of the time `at` (RFC 9562, UUIDv7).
    fn id(at: i64, random: u128) -> String {
        let at = u128::try_from(at).expect("after 1970") << 80;
        let bits = at | (random & !(u128::MAX << 80));
        let bits = (bits & !(0xf << 76) & !(0b11 << 62)) | (7 << 76) | (0b10 << 62);
        Uuid::from_u128(bits).to_string()
    }

    fn student(&mut self, n: usize, at: i64) -> Sample {
        // Years of 365 days are near enough: the ROC year of a number.
        let year = 59 + at / (365 * 24 * 3600 * 1000);
        let (name_zh, name_en) = names(&mut self.dice);
        let (college, programme, degree) = COLLEGES[self.dice.below(COLLEGES.len())];
        let student_no = format!("B{year:03}{n:06}");
        let certificate_no = format!("{year}學字第{n:06}號");
        let local = name_en.to_lowercase().replace(", ", ".").replace('-', "");
        let email = format!("{local}{n}@example.org");
        let school = format!("{}@mail.example.edu.tw", student_no.to_lowercase());
        self.rows.students.push(json!([
            student_no,
            name_zh,
            name_en,
            "2003-05-06",
            email,
            school,
            "roster"
        ]));
        self.rows.degrees.push(json!([student_no, programme, degree, college, certificate_no]));
        Sample { id: String::new(), certificate_no, student_no, name_zh, name_en, email, college }
    }

    fn row(&mut self, n: usize, at: i64, next: Next, made: &Sample, supersedes: Option<String>) {
        let (_, programme, degree) =
            COLLEGES.iter().find(|known| known.0 == made.college).expect("one of them");
        // What takes another's place is never taken back here, and what it replaces never is
        // anything but superseded: the last digit says it.
        let (status, progress, waiting_for) = if n + OPEN >= self.count {
            let waits = [None, Some("approval"), Some("person"), None][n % 4];
            ("pending", "compose", waits)
        } else if n % 10 == 8 {
            ("superseded", "closed", None)
        } else if next != Next::Reissue && self.dice.happens(100) {
            ("rejected", "closed", None)
        } else if next != Next::Reissue && self.dice.happens(30) {
            ("recalled", "closed", None)
        } else if next != Next::Reissue && self.dice.happens(5) {
            ("revoked", "closed", None)
        } else {
            ("issued", "closed", None)
        };
        let archived = !matches!(status, "pending" | "rejected");
        let hash = format!("{:032x}{:032x}", self.dice.bits(), self.dice.bits());
        let error = (status == "rejected" || waiting_for == Some("person")).then(|| {
            json!({ "code": "cancelled", "message_zh": "", "message_en": "", "hint_zh": "",
                "hint_en": "" })
            .to_string()
        });
        let kind = if next == Next::Reissue { "reissue" } else { "first" };
        let language = if next == Next::English { "en" } else { "zh" };
        self.rows.certificates.push(json!([
            made.id,
            made.student_no,
            made.name_zh,
            made.name_en,
            programme,
            degree,
            made.college,
            kind,
            language,
            made.certificate_no,
            status,
            progress,
            waiting_for,
            format!("{:032x}", self.dice.bits()),
            format!("{}_{language}.pdf", made.student_no),
            hash,
            at,
            archived.then(|| format!("2026/06/{}.pdf", made.id)),
            archived.then_some(&hash),
            archived.then_some(1_600_000),
            archived.then_some(at + 500),
            supersedes,
            at,
            error,
        ]));
        self.history(at, status, made, archived);
    }

    /// What happened to it, and what was mailed.
    fn history(&mut self, at: i64, status: &str, made: &Sample, archived: bool) {
        self.event(&made.id, "accepted", at, &json!({ "certificate_no": made.certificate_no }));
        match status {
            "pending" => return,
            "rejected" => return self.event(&made.id, "refused", at + 300, &json!({})),
            _ => {}
        }
        debug_assert!(archived, "what is closed otherwise is archived");
        self.event(&made.id, "issued", at + 500, &json!({ "bytes": 1_600_000 }));
        let again = self.dice.happens(1000);
        let bounced = self.dice.happens(100);
        for (sent, state) in
            [(true, if bounced { "bounced" } else { "accepted" }), (again, "accepted")]
        {
            if sent {
                self.sending(at, made, state);
            }
        }
        self.event(&made.id, "closed", at + 900, &json!({ "log": self.seq }));
        if matches!(status, "superseded" | "recalled" | "revoked") {
            self.event(&made.id, status, at + 1000, &json!({}));
        }
    }

    fn sending(&mut self, at: i64, made: &Sample, state: &str) {
        let id = Self::id(at + 600, self.dice.bits());
        self.event(&made.id, "sending_queued", at + 600, &json!({ "sending": id }));
        self.rows.sendings.push(json!([
            id,
            made.id,
            "certificate",
            "personal",
            made.email,
            format!("<{id}@example.edu.tw>"),
            at + 600,
            state,
            "250 2.0.0 Ok: queued",
            at + 800
        ]));
        self.event(&made.id, "sending_accepted", at + 800, &json!({ "sending": id }));
    }

    /// An event, bound to the one before it as the ledger binds them.
    fn event(&mut self, certificate: &str, kind: &str, at: i64, detail: &Value) {
        self.seq += 1;
        let (seq, time, detail) = (self.seq.to_string(), at.to_string(), detail.to_string());
        let mut sha = Sha256::new();
        for field in [&self.previous, &seq, certificate, kind, "system", &time, &detail] {
            sha.update((field.len() as u64).to_be_bytes());
            sha.update(field.as_bytes());
        }
        let hash =
            sha.finalize().iter().fold(String::new(), |hash, byte| hash + &format!("{byte:02x}"));
        let previous = std::mem::replace(&mut self.previous, hash);
        self.rows.events.push(json!([
            self.seq,
            certificate,
            kind,
            "system",
            at,
            detail,
            previous,
            self.previous
        ]));
    }
}
