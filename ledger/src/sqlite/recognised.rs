//! Which certificate a page speaks of: by the token of its QR code, or by the number on it.

use sqlx::{QueryBuilder, Sqlite};

use super::Ledger;
use super::certificates::certificate;
use crate::{Certificate, LedgerError};

/// Most certificates that numbers are looked up to.
const MOST: i64 = 8;

impl Ledger {
    /// The certificate with this token, which nobody can guess.
    ///
    /// # Errors
    /// As for [`Ledger::certificate`].
    pub async fn by_token(&self, token: &str) -> Result<Option<Certificate>, LedgerError> {
        sqlx::query("SELECT * FROM certificates WHERE token = ?")
            .bind(token)
            .fetch_optional(&self.read)
            .await?
            .as_ref()
            .map(certificate)
            .transpose()
    }

    /// Certificates whose number is exactly one of these, newest first, no more than a few. Several
    /// of one degree may bear the same number.
    ///
    /// # Errors
    /// As for [`Ledger::certificate`].
    pub async fn by_numbers(&self, numbers: &[String]) -> Result<Vec<Certificate>, LedgerError> {
        if numbers.is_empty() {
            return Ok(Vec::new());
        }
        let mut query =
            QueryBuilder::<Sqlite>::new("SELECT * FROM certificates WHERE certificate_no IN (");
        let mut words = query.separated(", ");
        for number in numbers {
            words.push_bind(number.as_str());
        }
        query.push(") AND archive_path IS NOT NULL ORDER BY id DESC LIMIT ").push_bind(MOST);
        query.build().fetch_all(&self.read).await?.iter().map(certificate).collect()
    }
}
