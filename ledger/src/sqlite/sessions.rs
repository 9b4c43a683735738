//! Sessions of the staff pages.

use jiff::Timestamp;
use serde_json::json;
use sqlx::Row;

use super::events::{NewEvent, append};
use super::users::{of_users, user};
use super::{Ledger, millis, span, timestamp};
use crate::{By, EventKind, LedgerError, NewSession, OpenSession, SessionLimits, Sha256Hash};

impl Ledger {
    /// Opens a session; those that are over are swept away.
    ///
    /// # Errors
    /// [`LedgerError`] of the database; there must be such a person.
    pub async fn open_session(
        &self,
        new: &NewSession,
        limits: SessionLimits,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let mut tx = self.change().await?;
        sqlx::query("DELETE FROM sessions WHERE created_at <= ? OR seen_at <= ?")
            .bind(millis(now) - span(limits.age))
            .bind(millis(now) - span(limits.idle))
            .execute(&mut *tx)
            .await?;
        sqlx::query(
            "INSERT INTO sessions (hash, user, csrf, proved, came_from, created_at, seen_at)
             VALUES (?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(new.hash.to_string())
        .bind(&new.user)
        .bind(&new.csrf)
        .bind(new.proved)
        .bind(&new.from)
        .bind(millis(now))
        .bind(millis(now))
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// A session, while it is within its limits and its person is not locked out.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub async fn session(
        &self,
        hash: Sha256Hash,
        limits: SessionLimits,
        now: Timestamp,
    ) -> Result<Option<OpenSession>, LedgerError> {
        let row = sqlx::query(of_users!(
            ", sessions.csrf, sessions.proved, sessions.seen_at
             FROM users JOIN sessions ON sessions.user = users.name
             WHERE sessions.hash = ? AND sessions.created_at > ? AND sessions.seen_at > ?
                AND users.locked_at IS NULL"
        ))
        .bind(hash.to_string())
        .bind(millis(now) - span(limits.age))
        .bind(millis(now) - span(limits.idle))
        .fetch_optional(&self.read)
        .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(OpenSession {
            user: user(&row)?,
            csrf: row.try_get("csrf")?,
            proved: row.try_get("proved")?,
            seen_at: timestamp(row.try_get("seen_at")?),
        }))
    }

    /// The session was used just now.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub async fn session_seen(&self, hash: Sha256Hash, now: Timestamp) -> Result<(), LedgerError> {
        sqlx::query("UPDATE sessions SET seen_at = MAX(seen_at, ?) WHERE hash = ?")
            .bind(millis(now))
            .bind(hash.to_string())
            .execute(&self.write)
            .await?;
        Ok(())
    }

    /// Its person ends a session. Returns whether it was there.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub async fn end_session(
        &self,
        hash: Sha256Hash,
        by: &By,
        now: Timestamp,
    ) -> Result<bool, LedgerError> {
        let mut tx = self.change().await?;
        let ended = sqlx::query("DELETE FROM sessions WHERE hash = ? AND user = ?")
            .bind(hash.to_string())
            .bind(&by.who)
            .execute(&mut *tx)
            .await?;
        if ended.rows_affected() == 0 {
            return Ok(false);
        }
        append(&mut tx, NewEvent::by(by, None, EventKind::LoggedOut, now, json!({}))).await?;
        tx.commit().await?;
        Ok(true)
    }
}
