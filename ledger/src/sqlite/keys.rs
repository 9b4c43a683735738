//! What the process that signs says of its keys.

use jiff::Timestamp;
use sqlx::Row;

use super::{Ledger, millis};
use crate::{KeyNote, LedgerError};

impl Ledger {
    /// Notes what is known of the signing keys, the one that signs now first.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub async fn note_keys(&self, notes: &[KeyNote], now: Timestamp) -> Result<(), LedgerError> {
        let mut tx = self.change().await?;
        sqlx::query("DELETE FROM signing_keys").execute(&mut *tx).await?;
        for (position, note) in (0_i64..).zip(notes) {
            sqlx::query("INSERT INTO signing_keys (position, note, at) VALUES (?, ?, ?)")
                .bind(position)
                .bind(serde_json::json!(note).to_string())
                .bind(millis(now))
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// What is known of the signing keys, the one that signs now first; nothing before a process
    /// that signs has run.
    ///
    /// # Errors
    /// [`LedgerError`] of the database, or of a note of a later version.
    pub async fn keys(&self) -> Result<Vec<KeyNote>, LedgerError> {
        let rows = sqlx::query("SELECT position, note FROM signing_keys ORDER BY position")
            .fetch_all(&self.read)
            .await?;
        let note = |text: String, position: i64| {
            serde_json::from_str(&text).map_err(|_| LedgerError::UnknownWord {
                id: format!("signing key {position}"),
                field: "note".into(),
            })
        };
        rows.iter().map(|row| note(row.try_get("note")?, row.try_get("position")?)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{KeyDates, Reason};

    #[tokio::test]
    async fn what_is_said_last_is_what_is_known() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Ledger::open(&folder.path().join("ledger.db")).await.unwrap();
        assert_eq!(ledger.keys().await.unwrap(), []);
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let fails = KeyNote::Fails(Reason::new("key_unreadable", ["甲", "a"], ["乙", "b"]));
        ledger.note_keys(&[fails.clone(), fails.clone()], now).await.unwrap();
        assert_eq!(ledger.keys().await.unwrap(), [fails.clone(), fails]);
        let opens = KeyNote::Opens(KeyDates {
            subject: "O=School".into(),
            serial: "0a".into(),
            from: now,
            until: now,
            ends_first: now,
            complete: true,
            takes_over: None,
        });
        ledger.note_keys(std::slice::from_ref(&opens), now).await.unwrap();
        assert_eq!(ledger.keys().await.unwrap(), [opens]);
    }
}
