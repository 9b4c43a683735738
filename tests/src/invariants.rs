//! What must be true of a home when everything is quiet, whatever happened to its processes: the
//! invariants of the architecture, as code, in one place.

mod archive;
mod drops;
mod history;
mod mail;

use crate::{Home, MailRelay};
use std::collections::BTreeMap;
use std::fs;

/// A PDF that was dropped.
#[derive(Debug, Clone)]
pub struct Dropped {
    /// Its name, with `.pdf`.
    pub name: String,
    /// SHA-256 of what was dropped.
    pub hash: String,
    /// Whether a sidecar of its name in YAML came with it.
    pub sidecar: bool,
}

/// What a home was given, and how many of what must have become of it.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// Every PDF.
    pub drops: Vec<Dropped>,
    /// How many became certificates, each of another student.
    pub certificates: usize,
    /// How many were refused.
    pub failed: usize,
    /// How many were there already.
    pub duplicate: usize,
    /// A process was killed: what it had begun to write to the archive may lie there for an hour.
    pub killed: bool,
}

/// A certificate in the ledger.
#[derive(Debug)]
struct Certificate {
    id: String,
    student: String,
    drop_name: String,
    drop_hash: String,
    status: String,
    progress: String,
    path: String,
    hash: String,
}

/// Whether everything that was given has come to its end and is put away.
#[must_use]
pub fn is_quiet(home: &Home, given: &Given) -> bool {
    const ENDED: &str = "SELECT CAST((SELECT COUNT(*) FROM certificates
        WHERE status <> 'pending' AND progress = 'closed') + (SELECT COUNT(*) FROM refusals) AS TEXT)";
    let ended = home.ask_ledger(ENDED).ok().and_then(|rows| rows[0][0].parse::<usize>().ok());
    ended.is_some_and(|ended| ended >= given.drops.len()) && left(home).is_empty()
}

/// Everything that is not as it must be, a sentence each; nothing when all is well. No process of
/// the home may run.
///
/// # Panics
/// When the home can't be read.
#[must_use]
pub fn broken(home: &Home, relay: &MailRelay, given: &Given) -> Vec<String> {
    // First: it mends what a killed process left of the ledger's journal.
    let audit = home.run(&["audit", "--json"]);
    let certificates = certificates(home);
    let mut found = left(home);
    found.extend(drops::broken(home, given, &certificates));
    found.extend(archive::broken(home, given, &certificates));
    found.extend(mail::broken(home, relay, &certificates));
    found.extend(history::broken(home, &certificates));
    if audit.code != 0 {
        found.push(format!("audit: exit {}: {}{}", audit.code, audit.data, audit.talk));
    }
    found
}

/// How far everything is, for who waits in vain.
#[must_use]
pub fn standing(home: &Home) -> String {
    const STANDING: &str = "SELECT drop_name || ' ' || status || ' ' || progress || ' worker ' ||
        COALESCE(worker, '-') || ' waits for ' || COALESCE(waiting_for, '-') || ' ' ||
        COALESCE(last_error, '') FROM certificates
        UNION ALL SELECT drop_name || ' refused ' || folder FROM refusals";
    let rows = home.ask_ledger(STANDING).map(|rows| rows.concat().join("\n"));
    format!("{}\n{}", rows.unwrap_or_else(|error| error.to_string()), left(home).join("\n"))
}

fn certificates(home: &Home) -> Vec<Certificate> {
    const ALL: &str = "SELECT id, student_no, drop_name, drop_hash, status, progress,
        COALESCE(archive_path, ''), COALESCE(archive_hash, '') FROM certificates";
    let rows = home.ask_ledger(ALL).expect("a ledger that can be read");
    rows.into_iter()
        .map(|row| {
            let [id, student, drop_name, drop_hash, status, progress, path, hash] =
                row.try_into().expect("eight columns");
            Certificate { id, student, drop_name, drop_hash, status, progress, path, hash }
        })
        .collect()
}

/// What still lies in `work/` and in the inbox.
fn left(home: &Home) -> Vec<String> {
    let mut found = Vec::new();
    for folder in ["work", "inbox"] {
        for entry in fs::read_dir(home.at(folder)).expect("a folder of the home") {
            let name = entry.expect("an entry").file_name().to_string_lossy().into_owned();
            if ![".watch.lock", "done", "failed", "duplicate"].contains(&&*name) {
                found.push(format!("{folder}/{name} is left"));
            }
        }
    }
    found
}

/// How often each of these is there.
fn counted<T: Ord>(all: impl IntoIterator<Item = T>) -> BTreeMap<T, usize> {
    let mut counts = BTreeMap::new();
    for one in all {
        *counts.entry(one).or_default() += 1;
    }
    counts
}
