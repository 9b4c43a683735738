//! Makes one certificate after the other, each from the seed and the ones before it.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{OPEN, Sample, Tables};
use crate::crowd::{COLLEGES, Dice, names};

/// Milliseconds from one certificate to the next: 300,000 are ten years.
const STEP: i64 = 1_050_000;
const BYTES: u32 = 1_600_000;

/// Makes certificates, and remembers what the next one needs.
pub(super) struct Maker {
    dice: Dice,
    /// How many it makes.
    pub(super) count: usize,
    now: i64,
    /// What was made and is not written yet.
    pub(super) tables: Tables,
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

/// What becomes of a certificate.
struct Fate {
    status: &'static str,
    progress: &'static str,
    waiting_for: Option<&'static str>,
}

impl Maker {
    pub(super) fn new(count: usize, seed: u64, now: i64) -> Self {
        let (dice, tables, previous) = (Dice(seed), Tables::default(), "0".repeat(64));
        Self { dice, count, now, tables, last: None, seq: 0, previous }
    }

    /// Goes on with a history that has a last event: its number and its digest.
    pub(super) fn goes_on(&mut self, (seq, hash): (i64, String)) {
        (self.seq, self.previous) = (seq, hash);
    }

    /// Of ten, six are a student's first, three are the English ones of students before, and one
    /// takes another's place.
    pub(super) fn certificate(&mut self, n: usize) -> Sample {
        let at = self.now - i64::try_from(self.count - 1 - n).expect("a small number") * STEP;
        let next = match n % 10 {
            // Nothing is asked for a degree whose certificate is still on its way.
            _ if n + OPEN >= self.count => Next::First,
            1 | 4 | 7 => Next::English,
            9 => Next::Reissue,
            _ => Next::First,
        };
        let before = self.last.take().filter(|_| next != Next::First);
        let id = id(at, self.dice.bits());
        let student = before.clone().unwrap_or_else(|| self.student(n, at));
        let made = Sample { id, ..student };
        let supersedes = before.filter(|_| next == Next::Reissue).map(|before| before.id);
        let fate = self.fate(n, next);
        self.row(at, next, &made, &fate, supersedes);
        self.history(at, fate.status, &made);
        self.last = Some(made.clone());
        made
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
        let birthday = "2003-05-06";
        let row = (&student_no, &name_zh, &name_en, birthday, &email, school, "roster");
        self.tables.students.add(&(row,));
        self.tables.degrees.add(&((&student_no, programme, degree, college, &certificate_no),));
        Sample { id: String::new(), certificate_no, student_no, name_zh, name_en, email, college }
    }

    /// What was replaced is superseded, and what replaced it in force; of the others a few were
    /// refused or taken back.
    fn fate(&mut self, n: usize, next: Next) -> Fate {
        if n + OPEN >= self.count {
            let waiting_for = [None, Some("approval"), Some("person"), None][n % 4];
            return Fate { status: "pending", progress: "compose", waiting_for };
        }
        let many = [("rejected", 100), ("recalled", 30), ("revoked", 5)];
        let status = match next {
            Next::First if n % 10 == 8 => "superseded",
            Next::Reissue => "issued",
            Next::First | Next::English => {
                let found = many.into_iter().find(|(_, many)| self.dice.happens(*many));
                found.map_or("issued", |(status, _)| status)
            }
        };
        Fate { status, progress: "closed", waiting_for: None }
    }

    fn row(&mut self, at: i64, next: Next, made: &Sample, fate: &Fate, supersedes: Option<String>) {
        let (_, programme, degree) =
            COLLEGES.iter().find(|known| known.0 == made.college).expect("one of them");
        let kind = if next == Next::Reissue { "reissue" } else { "first" };
        let language = if next == Next::English { "en" } else { "zh" };
        let Fate { status, progress, waiting_for } = *fate;
        let archived = !matches!(status, "pending" | "rejected");
        let path = archived.then(|| format!("2026/06/{}.pdf", made.id));
        let [token, one, two] = std::array::from_fn(|_| format!("{:032x}", self.dice.bits()));
        let (hash, drop_name) = (one + &two, format!("{}_{language}.pdf", made.student_no));
        let error = (status == "rejected" || waiting_for == Some("person")).then_some(
            r#"{"code":"cancelled","message_zh":"","message_en":"","hint_zh":"","hint_en":""}"#,
        );
        let who = (&made.id, &made.student_no, &made.name_zh, &made.name_en);
        let what = (programme, degree, made.college, kind, language, &made.certificate_no);
        let drop = (status, progress, waiting_for, token, drop_name, &hash, at);
        let hash = archived.then_some(&hash);
        let file = (path, hash, archived.then_some(BYTES), archived.then_some(at + 500));
        self.tables.certificates.add(&(who, what, drop, file, (supersedes, at, error)));
    }

    /// What happened to it, and what was mailed.
    fn history(&mut self, at: i64, status: &str, made: &Sample) {
        self.event(&made.id, "accepted", at, &json!({ "certificate_no": made.certificate_no }));
        match status {
            "pending" => return,
            "rejected" => return self.event(&made.id, "refused", at + 300, &json!({})),
            _ => self.event(&made.id, "issued", at + 500, &json!({ "bytes": BYTES })),
        }
        let bounced = self.dice.happens(10);
        self.sending(at, made, if bounced { "bounced" } else { "accepted" });
        if self.dice.happens(1000) {
            self.sending(at, made, "accepted");
        }
        self.event(&made.id, "closed", at + 900, &json!({ "log": self.seq }));
        if matches!(status, "superseded" | "recalled" | "revoked") {
            self.event(&made.id, status, at + 1000, &json!({}));
        }
    }

    fn sending(&mut self, at: i64, made: &Sample, state: &str) {
        let id = id(at + 600, self.dice.bits());
        self.event(&made.id, "sending_queued", at + 600, &json!({ "sending": id }));
        self.event(&made.id, "sending_accepted", at + 800, &json!({ "sending": id }));
        let message_id = format!("<{id}@example.edu.tw>");
        let what = (&id, &made.id, "certificate", "personal", &made.email, message_id);
        let bounce = (state == "bounced").then_some("5.1.1");
        self.tables.sendings.add(&(what, (at + 600, state, "250 2.0.0 Ok", at + 800, bounce)));
    }

    /// An event, bound to the one before it as the ledger binds them.
    fn event(&mut self, certificate: &str, kind: &str, at: i64, detail: &Value) {
        self.seq += 1;
        let (seq, time, detail) = (self.seq.to_string(), at.to_string(), detail.to_string());
        let mut link = Vec::new();
        for field in [&self.previous, &seq, certificate, kind, "system", &time, &detail] {
            link.extend_from_slice(&(field.len() as u64).to_be_bytes());
            link.extend_from_slice(field.as_bytes());
        }
        let hash = hex(&Sha256::digest(&link));
        let row = (self.seq, certificate, kind, "system", at, detail, &self.previous, &hash);
        self.tables.events.add(&(row,));
        self.previous = hash;
    }
}

/// An id of the time `at` (RFC 9562, UUIDv7).
fn id(at: i64, random: u128) -> String {
    let at = u128::try_from(at).expect("after 1970") << 80;
    let bits = at | (random & !(u128::MAX << 80));
    let bits = (bits & !(0xf << 76) & !(0b11 << 62)) | (7 << 76) | (0b10 << 62);
    Uuid::from_u128(bits).to_string()
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}
