//! The ledger of a home, read past Sealpress: what stands on no page, or on paper alone.

use serde_json::Value;
use sqlx::sqlite::{SqliteConnectOptions, SqliteRow};
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
        let rows = self.rows("SELECT actor, detail FROM events WHERE kind = ? ORDER BY seq", kind);
        rows.iter()
            .map(|row| {
                let detail = serde_json::from_str(row.get("detail")).expect("JSON");
                Event { actor: row.get("actor"), detail }
            })
            .collect()
    }

    /// The token in the QR code of a certificate, by its id.
    ///
    /// # Panics
    /// When there is no such certificate.
    #[must_use]
    pub fn token_of(&self, id: &str) -> String {
        let rows = self.rows("SELECT token FROM certificates WHERE id = ?", id);
        rows.first().expect("a certificate").get("token")
    }

    /// What the ledger answers to a question, as text: a column that is none must be cast.
    ///
    /// # Errors
    /// The ledger can't be read now, as while a process that was killed left it to be mended.
    pub fn ask_ledger(&self, question: &'static str) -> Result<Vec<Vec<String>>, sqlx::Error> {
        let ledger = SqliteConnectOptions::new().filename(self.at("ledger.db")).read_only(true);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let rows = runtime.expect("a runtime").block_on(async {
            let mut ledger = SqliteConnection::connect_with(&ledger).await?;
            sqlx::query(question).fetch_all(&mut ledger).await
        })?;
        rows.iter().map(|row| (0..row.len()).map(|column| row.try_get(column)).collect()).collect()
    }

    /// What the ledger answers to a question with one value in it.
    fn rows(&self, question: &'static str, value: &str) -> Vec<SqliteRow> {
        let ledger = SqliteConnectOptions::new().filename(self.at("ledger.db")).read_only(true);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let rows = runtime.expect("a runtime").block_on(async {
            let mut ledger = SqliteConnection::connect_with(&ledger).await?;
            sqlx::query(question).bind(value).fetch_all(&mut ledger).await
        });
        rows.expect("a ledger that can be read")
    }
}
