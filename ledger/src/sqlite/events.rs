//! Appending to the history, and reading it.

use jiff::Timestamp;
use serde_json::Value;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::{Ledger, Tx, millis, timestamp};
pub(super) use crate::by::SYSTEM;
use crate::event::{GENESIS, Link};
use crate::{By, CertificateId, Event, EventKind, LedgerError, Sha256Hash};

/// An event that is about to be appended.
pub(super) struct NewEvent<'a> {
    pub(super) certificate: Option<CertificateId>,
    pub(super) kind: EventKind,
    pub(super) actor: &'a str,
    pub(super) at: Timestamp,
    pub(super) detail: Value,
}

impl<'a> NewEvent<'a> {
    pub(super) fn system(
        certificate: CertificateId,
        kind: EventKind,
        at: Timestamp,
        detail: Value,
    ) -> NewEvent<'a> {
        NewEvent { certificate: Some(certificate), kind, actor: SYSTEM, at, detail }
    }

    /// Something that a person did.
    pub(super) fn by(
        by: &'a By,
        certificate: Option<CertificateId>,
        kind: EventKind,
        at: Timestamp,
        detail: Value,
    ) -> NewEvent<'a> {
        NewEvent { certificate, kind, actor: &by.who, at, detail: by.detail(detail) }
    }
}

/// Appends in the transaction of the change that the event tells of: there is no change without
/// its event, and no event without its change.
pub(super) async fn append(tx: &mut Tx, event: NewEvent<'_>) -> Result<(), LedgerError> {
    let last = sqlx::query("SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1")
        .fetch_optional(&mut **tx)
        .await?;
    let (seq, previous) = match last {
        Some(row) => (row.try_get::<i64, _>(0)? + 1, row.try_get::<String, _>(1)?),
        None => (1, GENESIS.to_owned()),
    };
    let certificate = event.certificate.map(|id| id.to_string());
    let detail = event.detail.to_string();
    let hash = Link {
        previous: &previous,
        seq,
        certificate: certificate.as_deref().unwrap_or(""),
        kind: event.kind.as_str(),
        actor: event.actor,
        at: millis(event.at),
        detail: &detail,
    }
    .hash();
    sqlx::query(
        "INSERT INTO events (seq, certificate, kind, actor, at, detail, previous, hash)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(seq)
    .bind(certificate)
    .bind(event.kind.as_str())
    .bind(event.actor)
    .bind(millis(event.at))
    .bind(detail)
    .bind(previous)
    .bind(hash.to_string())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

fn event(row: &SqliteRow) -> Result<Event, LedgerError> {
    let detail: String = row.try_get("detail")?;
    let hash: String = row.try_get("hash")?;
    Ok(Event {
        seq: row.try_get("seq")?,
        certificate: row
            .try_get::<Option<String>, _>("certificate")?
            .and_then(|id| id.parse().ok()),
        kind: row.try_get("kind")?,
        actor: row.try_get("actor")?,
        at: timestamp(row.try_get("at")?),
        detail: serde_json::from_str(&detail).unwrap_or(Value::String(detail)),
        hash: hash.parse().unwrap_or_else(|_| Sha256Hash::from([0; 32])),
    })
}

impl Ledger {
    /// The history of one certificate, oldest first.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub async fn events_of(&self, id: CertificateId) -> Result<Vec<Event>, LedgerError> {
        sqlx::query("SELECT * FROM events WHERE certificate = ? ORDER BY seq")
            .bind(id.to_string())
            .fetch_all(&self.read)
            .await?
            .iter()
            .map(event)
            .collect()
    }

    /// Where the history covers the issue of a certificate: the event's place and digest.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub async fn issue_event(&self, id: CertificateId) -> Result<Option<Event>, LedgerError> {
        sqlx::query("SELECT * FROM events WHERE certificate = ? AND kind = ? ORDER BY seq LIMIT 1")
            .bind(id.to_string())
            .bind(EventKind::Issued.as_str())
            .fetch_optional(&self.read)
            .await?
            .as_ref()
            .map(event)
            .transpose()
    }
}
