//! Tokens of the Web API.

use jiff::Timestamp;
use serde_json::json;
use sqlx::Row;

use super::users::{load, not_possible, of_users, user};
use super::{Ledger, millis, timestamp};
use crate::{ApiToken, By, EventKind, LedgerError, Sha256Hash, User};

impl Ledger {
    /// Gives a person a token of the Web API.
    ///
    /// # Errors
    /// [`LedgerError::NotPossible`] when there is no such person, or the label is taken or is
    /// none.
    pub async fn make_token(
        &self,
        name: &str,
        label: &str,
        hash: Sha256Hash,
        by: &By,
        now: Timestamp,
    ) -> Result<User, LedgerError> {
        if !(1..=64).contains(&label.chars().count()) || label.chars().any(char::is_control) {
            return Err(not_possible(
                "bad_label",
                ["權杖的標籤須為 1 至 64 個字。", "A token's label has 1 to 64 characters."],
            ));
        }
        let mut tx = self.change().await?;
        load(&mut tx, name).await?;
        let taken = sqlx::query("SELECT 1 FROM tokens WHERE user = ? AND label = ?")
            .bind(name)
            .bind(label)
            .fetch_optional(&mut *tx)
            .await?;
        if taken.is_some() {
            return Err(not_possible(
                "label_taken",
                [
                    "此帳號已有相同標籤的權杖，請換一個標籤或先終止舊的。",
                    "The person has a token of this label; choose another label, or end that one first.",
                ],
            ));
        }
        sqlx::query("INSERT INTO tokens (hash, user, label, created_at) VALUES (?, ?, ?, ?)")
            .bind(hash.to_string())
            .bind(name)
            .bind(label)
            .bind(millis(now))
            .execute(&mut *tx)
            .await?;
        let detail = json!({ "user": name, "label": label });
        self.tell_user(tx, name, EventKind::TokenMade, by, now, detail).await
    }

    /// Ends a person's token.
    ///
    /// # Errors
    /// [`LedgerError::NotPossible`] when there is no such person or token.
    pub async fn end_token(
        &self,
        name: &str,
        label: &str,
        by: &By,
        now: Timestamp,
    ) -> Result<User, LedgerError> {
        let mut tx = self.change().await?;
        let ended = sqlx::query("DELETE FROM tokens WHERE user = ? AND label = ?")
            .bind(name)
            .bind(label)
            .execute(&mut *tx)
            .await?;
        if ended.rows_affected() == 0 {
            return Err(not_possible(
                "no_such_token",
                ["此帳號沒有這個標籤的權杖。", "The person has no token of this label."],
            ));
        }
        let detail = json!({ "user": name, "label": label });
        self.tell_user(tx, name, EventKind::TokenEnded, by, now, detail).await
    }

    /// The tokens of a person, oldest first.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub async fn tokens(&self, name: &str) -> Result<Vec<ApiToken>, LedgerError> {
        sqlx::query("SELECT label, created_at FROM tokens WHERE user = ? ORDER BY rowid")
            .bind(name)
            .fetch_all(&self.read)
            .await?
            .iter()
            .map(|row| {
                let created_at = timestamp(row.try_get("created_at")?);
                Ok(ApiToken { label: row.try_get("label")?, created_at })
            })
            .collect()
    }

    /// Whose token this is, unless they are locked out.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub async fn token_owner(&self, hash: Sha256Hash) -> Result<Option<User>, LedgerError> {
        sqlx::query(of_users!(
            "FROM users JOIN tokens ON tokens.user = users.name
             WHERE tokens.hash = ? AND users.locked_at IS NULL"
        ))
        .bind(hash.to_string())
        .fetch_optional(&self.read)
        .await?
        .as_ref()
        .map(user)
        .transpose()
    }
}
