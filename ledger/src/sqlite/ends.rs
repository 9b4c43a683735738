//! How a turn ends without a result: tried again, handed back, parked, or rejected.

use jiff::Timestamp;
use sealpress_config::Stage;
use serde_json::json;

use super::events::{NewEvent, append};
use super::{Ledger, Tx, commit, millis};
use crate::{CertificateId, EventKind, Lease, LedgerError, Reason, WaitingFor};

impl Ledger {
    /// The run failed and is tried again at `due_at`.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub async fn retry_later(
        &self,
        lease: &Lease,
        stage: Stage,
        reason: &Reason,
        due_at: Timestamp,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let mut tx = self.change().await?;
        if end_run(&mut tx, lease, Some(reason), [due_at, now], false).await? {
            let detail = json!({ "stage": stage, "code": reason.code, "due_at": due_at });
            append(&mut tx, NewEvent::system(lease.certificate, EventKind::Retried, now, detail))
                .await?;
        }
        commit(tx, "retry").await?;
        Ok(())
    }

    /// The run did not count: a dependency is down, or the process ends. It is due at once.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub async fn hand_back(
        &self,
        lease: &Lease,
        reason: Option<&Reason>,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let mut tx = self.change().await?;
        end_run(&mut tx, lease, reason, [now, now], true).await?;
        commit(tx, "hand-back").await?;
        Ok(())
    }

    /// The certificate waits for a person from here on.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub async fn park(
        &self,
        lease: &Lease,
        reason: &Reason,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let mut tx = self.change().await?;
        if holds(&mut tx, lease).await? {
            park_row(&mut tx, lease.certificate, reason, now).await?;
        }
        commit(tx, "park").await?;
        Ok(())
    }

    /// A stage refused a certificate that is not archived: it is rejected, and its drop may be
    /// filed under `failed/`. Returns whether the lease still held.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub async fn reject(
        &self,
        lease: &Lease,
        stage: Stage,
        reason: &Reason,
        now: Timestamp,
    ) -> Result<bool, LedgerError> {
        let mut tx = self.change().await?;
        if !holds(&mut tx, lease).await? {
            return Ok(false);
        }
        let rejected = reject_row(&mut tx, lease.certificate, reason).await?;
        if rejected {
            let detail = json!({ "stage": stage, "code": reason.code });
            append(&mut tx, NewEvent::system(lease.certificate, EventKind::Refused, now, detail))
                .await?;
        }
        commit(tx, "reject").await?;
        Ok(rejected)
    }
}

pub(super) async fn holds(tx: &mut Tx, lease: &Lease) -> Result<bool, LedgerError> {
    let row = sqlx::query("SELECT 1 FROM certificates WHERE id = ? AND worker = ? AND run = ?")
        .bind(lease.certificate.to_string())
        .bind(lease.worker.to_string())
        .bind(lease.run)
        .fetch_optional(&mut **tx)
        .await?;
    Ok(row.is_some())
}

async fn end_run(
    tx: &mut Tx,
    lease: &Lease,
    reason: Option<&Reason>,
    [due_at, now]: [Timestamp; 2],
    uncounted: bool,
) -> Result<bool, LedgerError> {
    let updated = sqlx::query(
        "UPDATE certificates SET worker = NULL, due_at = ?, begun_at = ?, rung_at = 0,
            last_error = COALESCE(?, last_error), attempts = MAX(0, attempts - ?)
         WHERE id = ? AND worker = ? AND run = ?",
    )
    .bind(millis(due_at))
    .bind(millis(now))
    .bind(reason.map(|reason| json!(reason).to_string()))
    .bind(i64::from(uncounted))
    .bind(lease.certificate.to_string())
    .bind(lease.worker.to_string())
    .bind(lease.run)
    .execute(&mut **tx)
    .await?;
    Ok(updated.rows_affected() == 1)
}

pub(super) async fn park_row(
    tx: &mut Tx,
    id: CertificateId,
    reason: &Reason,
    now: Timestamp,
) -> Result<(), LedgerError> {
    sqlx::query(
        "UPDATE certificates SET waiting_for = ?, worker = NULL, last_error = ? WHERE id = ?",
    )
    .bind(WaitingFor::Person.as_str())
    .bind(json!(reason).to_string())
    .bind(id.to_string())
    .execute(&mut **tx)
    .await?;
    let detail = json!({ "code": reason.code });
    append(tx, NewEvent::system(id, EventKind::Parked, now, detail)).await
}

pub(super) async fn reject_row(
    tx: &mut Tx,
    id: CertificateId,
    reason: &Reason,
) -> Result<bool, LedgerError> {
    let updated = sqlx::query(
        "UPDATE certificates SET status = 'rejected', progress = 'closed', worker = NULL,
            waiting_for = NULL, last_error = ? WHERE id = ? AND status = 'pending'",
    )
    .bind(json!(reason).to_string())
    .bind(id.to_string())
    .execute(&mut **tx)
    .await?;
    Ok(updated.rows_affected() == 1)
}
