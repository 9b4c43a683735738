//! The second factor: its secret on trial, enrolled, and cleared, and each code's step used once.

use jiff::Timestamp;
use serde_json::json;
use sqlx::Row;

use super::events::{NewEvent, append};
use super::passwords::{clear_failures, is_open};
use super::users::{load, not_possible};
use super::{Ledger, Tx};
use crate::{By, Code, EventKind, LedgerError, Sha256Hash, User};

impl Ledger {
    /// The secret that a session's person is asked to enrol: `drawn`, or the one that was drawn
    /// before it, so that a page can be loaded twice. `None` when the session is none.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub async fn candidate(
        &self,
        session: Sha256Hash,
        drawn: &str,
    ) -> Result<Option<String>, LedgerError> {
        let mut tx = self.change().await?;
        let kept = sqlx::query(
            "UPDATE sessions SET candidate = COALESCE(candidate, ?) WHERE hash = ?
             RETURNING candidate",
        )
        .bind(drawn)
        .bind(session.to_string())
        .fetch_optional(&mut *tx)
        .await?;
        let candidate = kept.map(|row| row.try_get(0)).transpose()?;
        tx.commit().await?;
        Ok(candidate)
    }

    /// A session's person proved to have the secret that they were asked to enrol: it is their
    /// second factor from here on, and they are in. Returns whether it was: not when the secret
    /// is another, they have one already, or are locked.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub async fn enrol(
        &self,
        session: Sha256Hash,
        code: &Code,
        by: &By,
        now: Timestamp,
    ) -> Result<bool, LedgerError> {
        let mut tx = self.change().await?;
        let proved = sqlx::query(
            "UPDATE sessions SET proved = 1, candidate = NULL
             WHERE hash = ? AND user = ? AND candidate = ?",
        )
        .bind(session.to_string())
        .bind(&by.who)
        .bind(&code.secret)
        .execute(&mut *tx)
        .await?;
        let enrolled =
            sqlx::query("UPDATE users SET totp = ?, totp_step = ? WHERE name = ? AND totp IS NULL")
                .bind(&code.secret)
                .bind(code.step)
                .bind(&by.who)
                .execute(&mut *tx)
                .await?;
        let changed = proved.rows_affected() == 1 && enrolled.rows_affected() == 1;
        if !changed || !is_open(&mut tx, &by.who, now).await? {
            return Ok(false);
        }
        let detail = json!({ "user": by.who });
        append(&mut tx, NewEvent::by(by, None, EventKind::SecondFactorSet, now, detail)).await?;
        is_in(tx, by, now).await?;
        Ok(true)
    }

    /// A code was right: the person is in, and so is the session, where there is one (the command
    /// line has none). Returns whether it was: not when its step was used before, the secret is
    /// another by now, or the person is locked.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub async fn code_right(
        &self,
        session: Option<Sha256Hash>,
        code: &Code,
        by: &By,
        now: Timestamp,
    ) -> Result<bool, LedgerError> {
        let mut tx = self.change().await?;
        let used = sqlx::query(
            "UPDATE users SET totp_step = ?1
             WHERE name = ?2 AND totp = ?3 AND (totp_step IS NULL OR totp_step < ?1)",
        )
        .bind(code.step)
        .bind(&by.who)
        .bind(&code.secret)
        .execute(&mut *tx)
        .await?;
        if used.rows_affected() == 0 || !is_open(&mut tx, &by.who, now).await? {
            return Ok(false);
        }
        if let Some(session) = session {
            let proved = sqlx::query("UPDATE sessions SET proved = 1 WHERE hash = ? AND user = ?")
                .bind(session.to_string())
                .bind(&by.who)
                .execute(&mut *tx)
                .await?;
            if proved.rows_affected() == 0 {
                return Ok(false);
            }
        }
        is_in(tx, by, now).await?;
        Ok(true)
    }

    /// An administrator clears a person's second factor (a lost telephone), and their sessions
    /// end.
    ///
    /// # Errors
    /// [`LedgerError::NotPossible`] when there is no such person, or they have none.
    pub async fn clear_second_factor(
        &self,
        name: &str,
        by: &By,
        now: Timestamp,
    ) -> Result<User, LedgerError> {
        let mut tx = self.change().await?;
        if !load(&mut tx, name).await?.has_second_factor {
            return Err(not_possible(
                "no_second_factor",
                ["此帳號沒有第二因素。", "The account has no second factor."],
            ));
        }
        sqlx::query("UPDATE users SET totp = NULL, totp_step = NULL WHERE name = ?")
            .bind(name)
            .execute(&mut *tx)
            .await?;
        sqlx::query("DELETE FROM sessions WHERE user = ?").bind(name).execute(&mut *tx).await?;
        let detail = json!({ "user": name });
        self.tell_user(tx, name, EventKind::SecondFactorCleared, by, now, detail).await
    }
}

/// Both factors were right.
async fn is_in(mut tx: Tx, by: &By, now: Timestamp) -> Result<(), LedgerError> {
    clear_failures(&mut tx, &by.who).await?;
    append(&mut tx, NewEvent::by(by, None, EventKind::LoggedIn, now, json!({}))).await?;
    tx.commit().await?;
    Ok(())
}
