//! What a person did at the desk that changes no certificate: the history alone keeps it.

use jiff::Timestamp;
use serde_json::json;
use sqlx::Row;

use super::Ledger;
use super::events::{NewEvent, append};
use crate::{By, CertificateId, DropFate, EventKind, LedgerError, Reason};

impl Ledger {
    /// An act did not fit its certificate's state; nothing was changed.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub async fn act_not_possible(
        &self,
        code: &str,
        what: &str,
        id: CertificateId,
        by: &By,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let detail = json!({ "what": what, "code": code });
        self.only_told(Some(id), EventKind::ActRefused, by, now, detail).await
    }

    /// A certificate's file was taken out.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub async fn taken_out(
        &self,
        id: CertificateId,
        by: &By,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        self.only_told(Some(id), EventKind::Exported, by, now, json!({ "file": "pdf" })).await
    }

    /// A person gives the inbox a new page for a certificate in force. `drop_name` is the name under
    /// which it lies there.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub async fn reissue_asked(
        &self,
        id: CertificateId,
        drop_name: &str,
        kind: sealpress_config::Kind,
        by: &By,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let detail = json!({ "drop": drop_name, "kind": kind });
        self.only_told(Some(id), EventKind::ReissueAsked, by, now, detail).await
    }

    async fn only_told(
        &self,
        id: Option<CertificateId>,
        kind: EventKind,
        by: &By,
        now: Timestamp,
        detail: serde_json::Value,
    ) -> Result<(), LedgerError> {
        let mut tx = self.change().await?;
        append(&mut tx, NewEvent::by(by, id, kind, now, detail)).await?;
        tx.commit().await?;
        Ok(())
    }

    /// What became of the latest drop of this name.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub async fn fate_of_drop(&self, name: &str) -> Result<DropFate, LedgerError> {
        let row = sqlx::query("SELECT id FROM certificates WHERE drop_name = ? ORDER BY id DESC")
            .bind(name)
            .fetch_optional(&self.read)
            .await?;
        if let Some(id) = row.and_then(|row| row.try_get::<String, _>(0).ok()?.parse().ok()) {
            return Ok(DropFate::Certificate(id));
        }
        let row = sqlx::query("SELECT reason FROM refusals WHERE drop_name = ? ORDER BY at DESC")
            .bind(name)
            .fetch_optional(&self.read)
            .await?;
        let reason = row.and_then(|row| row.try_get::<String, _>(0).ok());
        let reason = reason.and_then(|reason| serde_json::from_str::<Reason>(&reason).ok());
        Ok(reason.map_or(DropFate::NotYet, |reason| DropFate::Refused(Box::new(reason))))
    }

    /// The certificate that took the place of this one.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub async fn superseded_by(
        &self,
        id: CertificateId,
    ) -> Result<Option<CertificateId>, LedgerError> {
        let row = sqlx::query(
            "SELECT id FROM certificates WHERE supersedes = ? AND status <> 'rejected'",
        )
        .bind(id.to_string())
        .fetch_optional(&self.read)
        .await?;
        Ok(row.and_then(|row| row.try_get::<String, _>(0).ok()?.parse().ok()))
    }
}
