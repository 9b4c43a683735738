//! The history of a home, read past Sealpress: some of it stands on no page of a certificate.

use serde_json::Value;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, Row, SqliteConnection};

use crate::Home;

/// Something that happened.
#[derive(Debug, Clone)]
pub struct Event {
    /// Who.
    pub actor: String,
    /// What else is known of it.
    pub detail: Value,
}

impl Home {
    /// Every event of this kind, oldest first.
    ///
    /// # Panics
    /// When the ledger can't be read.
    #[must_use]
    pub fn events(&self, kind: &str) -> Vec<Event> {
        let ledger = SqliteConnectOptions::new().filename(self.at("ledger.db")).read_only(true);
        let read = async {
            let mut ledger = SqliteConnection::connect_with(&ledger).await?;
            let rows = sqlx::query("SELECT actor, detail FROM events WHERE kind = ? ORDER BY seq")
                .bind(kind)
                .fetch_all(&mut ledger)
                .await?;
            rows.iter()
                .map(|row| {
                    let detail: String = row.try_get("detail")?;
                    let detail = serde_json::from_str(&detail).expect("JSON");
                    Ok(Event { actor: row.try_get("actor")?, detail })
                })
                .collect::<Result<Vec<_>, sqlx::Error>>()
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(read).expect("a history")
    }
}
