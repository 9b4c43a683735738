//! The ledger on SQLite: WAL, `synchronous=FULL`, every change one immediate transaction.
//!
//! All SQL stands in this folder, a file for each question: who asks for what reads the file's
//! name.

mod accept;
mod acts;
mod alone;
mod batches;
mod bounces;
mod certificates;
mod check;
mod clock;
mod colleges;
mod counts;
mod ends;
mod events;
mod find;
mod jobs;
mod keys;
mod lanes;
mod life;
mod passwords;
mod people;
mod recipients;
mod recognised;
mod roster;
mod runs;
mod second_factor;
mod sendings;
mod sessions;
mod students;
#[cfg(test)]
mod tests;
mod today;
mod tokens;
mod undelivered;
mod users;
mod words;
mod workers;

use jiff::Timestamp;
use sealpress_faults as faults;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection, Sqlite, SqlitePool, Transaction};
use std::path::Path;
use std::time::Duration;

use crate::LedgerError;

pub use alone::alone;
pub use bounces::{BounceToReview, SuppressedAddress};
pub use certificates::CertificateFilter;
pub use check::Finding;
pub use roster::RosterBefore;
pub use sendings::ToSend;

/// The ledger. Cheap to clone; all clones share their connections.
#[derive(Debug, Clone)]
pub struct Ledger {
    /// One connection: writers of one process queue here, in order, instead of at the file.
    write: SqlitePool,
    read: SqlitePool,
}

type Tx = Transaction<'static, Sqlite>;

impl Ledger {
    /// Opens the ledger at `path`, makes it where it is missing, and brings it to this version.
    ///
    /// # Errors
    /// [`LedgerError::Unavailable`] when the file can't be opened now, [`LedgerError::Migration`]
    /// when it is not a ledger of this version or an older one.
    pub async fn open(path: &Path) -> Result<Self, LedgerError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(20));
        let pool = |connections| {
            SqlitePoolOptions::new()
                .max_connections(connections)
                .acquire_timeout(Duration::from_secs(30))
                // A full disk makes SQLite roll back by itself, and the roll-back that follows fails:
                // the library then counts a transaction that is none, and begins no other. Such a
                // connection is closed, and another takes its place.
                .before_acquire(|connection, _| {
                    Box::pin(async move { Ok(!connection.is_in_transaction()) })
                })
        };
        let alone = alone(path).await.map_err(sqlx::Error::Io)?;
        let write = pool(1).connect_with(options.clone()).await?;
        sqlx::migrate!("./migrations").run(&write).await.map_err(LedgerError::Migration)?;
        drop(alone);
        let read = pool(4).connect_with(options).await?;
        Ok(Self { write, read })
    }

    /// Closes the connections, so that the file is whole when the process ends.
    pub async fn close(&self) {
        self.read.close().await;
        self.write.close().await;
    }

    /// A transaction that holds the write lock from its start: what it reads stays true.
    async fn change(&self) -> Result<Tx, LedgerError> {
        Ok(self.write.begin_with("BEGIN IMMEDIATE").await?)
    }
}

/// Commits a change of a certificate's way. `change` is its name as a test knows it, which may
/// have the commit fail, or have it reported as failed although it stands.
async fn commit(tx: Tx, change: &'static str) -> Result<(), LedgerError> {
    faults::before(change).map_err(sqlx::Error::Io)?;
    tx.commit().await?;
    faults::after(change).map_err(sqlx::Error::Io)?;
    Ok(())
}

fn millis(at: Timestamp) -> i64 {
    at.as_millisecond()
}

/// A stored time. One that no clock can show (a damaged row) reads as the epoch.
fn timestamp(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn span(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
