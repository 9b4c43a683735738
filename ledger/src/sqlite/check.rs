//! Whether the history is whole: every event bound to the one before it, none missing.

use futures::TryStreamExt;
use sqlx::Row;

use super::Ledger;
use crate::event::{GENESIS, Link};
use crate::{CertificateId, LedgerError};

/// Something that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Finding {
    /// A word for programs.
    pub code: String,
    /// Whose, if a certificate's.
    pub certificate: Option<CertificateId>,
    /// What, in zh-TW.
    pub message_zh: String,
    /// What, in English.
    pub message_en: String,
}

impl Ledger {
    /// Reads the whole history and follows its chain.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub async fn check_events(&self) -> Result<Vec<Finding>, LedgerError> {
        let mut findings = Vec::new();
        let mut previous = GENESIS.to_owned();
        let mut expected = 1;
        let mut rows = sqlx::query("SELECT * FROM events ORDER BY seq").fetch(&self.read);
        while let Some(row) = rows.try_next().await? {
            let seq: i64 = row.try_get("seq")?;
            let certificate: Option<String> = row.try_get("certificate")?;
            let (kind, actor): (String, String) = (row.try_get("kind")?, row.try_get("actor")?);
            let (detail, stored): (String, String) = (row.try_get("detail")?, row.try_get("hash")?);
            let link = Link {
                previous: &previous,
                seq: expected,
                certificate: certificate.as_deref().unwrap_or(""),
                kind: &kind,
                actor: &actor,
                at: row.try_get("at")?,
                detail: &detail,
            };
            if link.hash().to_string() != stored || seq != expected {
                findings.push(broken(seq, certificate.and_then(|id| id.parse().ok())));
            }
            previous = stored;
            expected = seq + 1;
        }
        Ok(findings)
    }
}

impl Ledger {
    /// Certificates that are or were in force without an archived file, or without the event of
    /// their issue.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub async fn issued_without_trace(&self) -> Result<Vec<CertificateId>, LedgerError> {
        let rows = sqlx::query(
            "SELECT id FROM certificates WHERE status NOT IN ('pending', 'rejected')
             AND (archive_path IS NULL OR NOT EXISTS (SELECT 1 FROM events
                WHERE events.certificate = certificates.id AND events.kind = 'issued'))",
        )
        .fetch_all(&self.read)
        .await?;
        let ids = rows
            .iter()
            .map(|row| Ok(row.try_get::<String, _>(0)?.parse().ok()))
            .collect::<Result<Vec<_>, LedgerError>>()?;
        Ok(ids.into_iter().flatten().collect())
    }
}

fn broken(seq: i64, certificate: Option<CertificateId>) -> Finding {
    Finding {
        code: "history_broken".into(),
        certificate,
        message_zh: format!("登錄簿第 {seq} 筆事件與前一筆不相符，可能遭到更動。"),
        message_en: format!(
            "Event {seq} of the ledger does not follow from the one before it; it may have been changed."
        ),
    }
}
