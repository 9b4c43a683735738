//! Passwords, the links to set them, and the failures that lock.

use jiff::Timestamp;
use serde_json::json;
use sqlx::Row;

use super::events::{NewEvent, append};
use super::users::{load, not_possible, of_users, user};
use super::{Ledger, Tx, millis, span, timestamp};
use crate::user::{BARRED_PASSWORDS, FAILURES, LOCKED_FOR};
use crate::{By, Credentials, Entry, EventKind, LedgerError, Sha256Hash, User};

impl Ledger {
    /// What a login of this name is compared with.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub async fn credentials(&self, name: &str) -> Result<Option<Credentials>, LedgerError> {
        let row = sqlx::query(of_users!(
            ", (SELECT hash FROM passwords WHERE user = users.name ORDER BY rowid DESC LIMIT 1)
                AS password FROM users WHERE users.name = ?"
        ))
        .bind(name)
        .fetch_optional(&self.read)
        .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(Credentials {
            user: user(&row)?,
            password: row.try_get("password")?,
            second_factor: row.try_get("totp")?,
        }))
    }

    /// The hashes of the passwords that this person may not take again.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub async fn barred_passwords(&self, name: &str) -> Result<Vec<String>, LedgerError> {
        sqlx::query("SELECT hash FROM passwords WHERE user = ? ORDER BY rowid DESC LIMIT ?")
            .bind(name)
            .bind(BARRED_PASSWORDS)
            .fetch_all(&self.read)
            .await?
            .iter()
            .map(|row| Ok(row.try_get(0)?))
            .collect()
    }

    /// A login, or a password or code asked for again, was wrong. `name` is the person's, where
    /// there is one: the fifth failure in a row locks them out for 15 minutes. What comes during
    /// the lock does not prolong it.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub async fn login_refused(
        &self,
        name: Option<&str>,
        code: &str,
        by: &By,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let mut tx = self.change().await?;
        let counted = sqlx::query(
            "UPDATE users SET
                failures = CASE WHEN failures + 1 < ?1 THEN failures + 1 ELSE 0 END,
                locked_until = CASE WHEN failures + 1 < ?1 THEN NULL ELSE ?2 END
             WHERE name = ?3 AND (locked_until IS NULL OR locked_until <= ?4)
             RETURNING locked_until",
        )
        .bind(FAILURES)
        .bind(millis(now) + span(LOCKED_FOR))
        .bind(name)
        .bind(millis(now))
        .fetch_optional(&mut *tx)
        .await?;
        let until: Option<i64> = counted.map(|row| row.try_get(0)).transpose()?.flatten();
        let detail = json!({ "code": code, "locked_until": until.map(timestamp) });
        append(&mut tx, NewEvent::by(by, None, EventKind::LoginRefused, now, detail)).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The password was right: `hash` is what it was compared with. Returns whether it opens
    /// anything, which it does not when the person is locked by now, or has another password.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub async fn password_right(
        &self,
        name: &str,
        hash: &str,
        entry: Entry,
        by: &By,
        now: Timestamp,
    ) -> Result<bool, LedgerError> {
        let mut tx = self.change().await?;
        if !is_open(&mut tx, name, now).await? || !is_password(&mut tx, name, hash).await? {
            return Ok(false);
        }
        match entry {
            Entry::Whole => {
                clear_failures(&mut tx, name).await?;
                let event = NewEvent::by(by, None, EventKind::LoggedIn, now, json!({}));
                append(&mut tx, event).await?;
            }
            Entry::BeforeCode => {}
            Entry::Again => clear_failures(&mut tx, name).await?,
        }
        tx.commit().await?;
        Ok(true)
    }

    /// A person who knows their password takes another, and their sessions but `keep` end.
    /// Returns whether `before` still was the password, and nothing locks them.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub async fn change_password(
        &self,
        name: &str,
        before: &str,
        after: &str,
        keep: Option<Sha256Hash>,
        by: &By,
        now: Timestamp,
    ) -> Result<bool, LedgerError> {
        let mut tx = self.change().await?;
        if !is_open(&mut tx, name, now).await? || !is_password(&mut tx, name, before).await? {
            return Ok(false);
        }
        set_password(&mut tx, name, after, keep, now).await?;
        let detail = json!({ "user": name, "link": false });
        append(&mut tx, NewEvent::by(by, None, EventKind::PasswordSet, now, detail)).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Makes a one-time link with which the person sets a password; links made before it are void.
    ///
    /// # Errors
    /// [`LedgerError::NotPossible`] when there is no such person, or they are locked.
    pub async fn make_link(
        &self,
        name: &str,
        hash: Sha256Hash,
        expires_at: Timestamp,
        by: &By,
        now: Timestamp,
    ) -> Result<User, LedgerError> {
        let mut tx = self.change().await?;
        if load(&mut tx, name).await?.locked {
            return Err(not_possible(
                "locked",
                ["此帳號已鎖定，請先解除鎖定。", "The account is locked; unlock it first."],
            ));
        }
        sqlx::query("DELETE FROM links WHERE user = ? OR expires_at <= ?")
            .bind(name)
            .bind(millis(now))
            .execute(&mut *tx)
            .await?;
        sqlx::query("INSERT INTO links (hash, user, expires_at) VALUES (?, ?, ?)")
            .bind(hash.to_string())
            .bind(name)
            .bind(millis(expires_at))
            .execute(&mut *tx)
            .await?;
        let detail = json!({ "user": name, "expires_at": expires_at });
        self.tell_user(tx, name, EventKind::LinkMade, by, now, detail).await
    }

    /// Whose link this is, while it is good.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub async fn link_owner(
        &self,
        hash: Sha256Hash,
        now: Timestamp,
    ) -> Result<Option<User>, LedgerError> {
        sqlx::query(of_users!(
            "FROM users JOIN links ON links.user = users.name
             WHERE links.hash = ? AND links.expires_at > ? AND users.locked_at IS NULL"
        ))
        .bind(hash.to_string())
        .bind(millis(now))
        .fetch_optional(&self.read)
        .await?
        .as_ref()
        .map(user)
        .transpose()
    }

    /// Sets the password by a link, which is used up; a lock by failures and every session end.
    /// Returns whether the link was still good.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub async fn use_link(
        &self,
        hash: Sha256Hash,
        password: &str,
        by: &By,
        now: Timestamp,
    ) -> Result<bool, LedgerError> {
        let mut tx = self.change().await?;
        let used = sqlx::query(
            "DELETE FROM links WHERE hash = ? AND user = ? AND expires_at > ?
                AND user IN (SELECT name FROM users WHERE locked_at IS NULL)",
        )
        .bind(hash.to_string())
        .bind(&by.who)
        .bind(millis(now))
        .execute(&mut *tx)
        .await?;
        if used.rows_affected() == 0 {
            return Ok(false);
        }
        set_password(&mut tx, &by.who, password, None, now).await?;
        let detail = json!({ "user": by.who, "link": true });
        append(&mut tx, NewEvent::by(by, None, EventKind::PasswordSet, now, detail)).await?;
        tx.commit().await?;
        Ok(true)
    }
}

/// Whether nothing locks the person.
pub(super) async fn is_open(tx: &mut Tx, name: &str, now: Timestamp) -> Result<bool, LedgerError> {
    let row = sqlx::query(
        "SELECT 1 FROM users WHERE name = ? AND locked_at IS NULL
            AND (locked_until IS NULL OR locked_until <= ?)",
    )
    .bind(name)
    .bind(millis(now))
    .fetch_optional(&mut **tx)
    .await?;
    Ok(row.is_some())
}

async fn is_password(tx: &mut Tx, name: &str, hash: &str) -> Result<bool, LedgerError> {
    let row = sqlx::query("SELECT hash FROM passwords WHERE user = ? ORDER BY rowid DESC LIMIT 1")
        .bind(name)
        .fetch_optional(&mut **tx)
        .await?;
    Ok(row.map(|row| row.try_get::<String, _>(0)).transpose()?.as_deref() == Some(hash))
}

pub(super) async fn clear_failures(tx: &mut Tx, name: &str) -> Result<(), LedgerError> {
    sqlx::query("UPDATE users SET failures = 0, locked_until = NULL WHERE name = ?")
        .bind(name)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// The new password, and no more of the old ones than are barred. Links are void: who just set
/// the password needs none, and who found one must not set another.
async fn set_password(
    tx: &mut Tx,
    name: &str,
    hash: &str,
    keep: Option<Sha256Hash>,
    now: Timestamp,
) -> Result<(), LedgerError> {
    sqlx::query("INSERT INTO passwords (user, hash, at) VALUES (?, ?, ?)")
        .bind(name)
        .bind(hash)
        .bind(millis(now))
        .execute(&mut **tx)
        .await?;
    sqlx::query(
        "DELETE FROM passwords WHERE user = ?1 AND rowid NOT IN
            (SELECT rowid FROM passwords WHERE user = ?1 ORDER BY rowid DESC LIMIT ?2)",
    )
    .bind(name)
    .bind(BARRED_PASSWORDS)
    .execute(&mut **tx)
    .await?;
    sqlx::query("DELETE FROM links WHERE user = ?").bind(name).execute(&mut **tx).await?;
    sqlx::query("DELETE FROM sessions WHERE user = ? AND hash <> ?")
        .bind(name)
        .bind(keep.map(|hash| hash.to_string()).unwrap_or_default())
        .execute(&mut **tx)
        .await?;
    clear_failures(tx, name).await
}
