//! What a person decides: approve, try again, cancel, resend.

use jiff::Timestamp;
use serde_json::json;

use super::ends::reject_row;
use super::events::{NewEvent, append};
use super::{Ledger, Tx, certificates, millis};
use crate::{
    By, Certificate, CertificateId, EventKind, LedgerError, Progress, Reason, Status, WaitingFor,
};

impl Ledger {
    /// A person looked at the page and lets the certificate go on.
    ///
    /// # Errors
    /// [`LedgerError::NotPossible`] when it does not wait for approval.
    pub async fn approve(
        &self,
        id: CertificateId,
        by: &By,
        now: Timestamp,
    ) -> Result<Certificate, LedgerError> {
        let (mut tx, certificate) = self.for_change(id).await?;
        if certificate.waiting_for != Some(WaitingFor::Approval) {
            return Err(not_possible(
                "not_waiting",
                ["此件並非待核可。", "It does not wait for approval."],
            ));
        }
        set_going(&mut tx, id, None, now).await?;
        self.tell(tx, id, EventKind::Approved, by, now, json!({})).await
    }

    /// A person lets a parked certificate, or one that waits for its next try, run again now.
    ///
    /// # Errors
    /// [`LedgerError::NotPossible`] when it is closed, or waits for approval.
    pub async fn release(
        &self,
        id: CertificateId,
        by: &By,
        now: Timestamp,
    ) -> Result<Certificate, LedgerError> {
        let (mut tx, certificate) = self.for_change(id).await?;
        if certificate.progress == Progress::Closed {
            return Err(not_possible(
                "closed",
                ["此件已結案，沒有可重試的步驟。", "It is closed; there is nothing to try again."],
            ));
        }
        if certificate.waiting_for == Some(WaitingFor::Approval) {
            return Err(not_possible(
                "needs_approval",
                [
                    "此件待核可，請用 sealpress cert approve。",
                    "It waits for approval; use `sealpress cert approve`.",
                ],
            ));
        }
        set_going(&mut tx, id, None, now).await?;
        self.tell(
            tx,
            id,
            EventKind::Released,
            by,
            now,
            json!({ "stage": certificate.progress.as_str() }),
        )
        .await
    }

    /// A person gives up a certificate that is not issued: it is rejected, and its drop is filed
    /// under `failed/`.
    ///
    /// # Errors
    /// [`LedgerError::NotPossible`] when it is issued, or a worker has it now.
    pub async fn cancel(
        &self,
        id: CertificateId,
        by: &By,
        why: &str,
        now: Timestamp,
    ) -> Result<Certificate, LedgerError> {
        let (mut tx, certificate) = self.for_change(id).await?;
        if certificate.status != Status::Pending {
            return Err(not_possible(
                "not_pending",
                [
                    "此件已發證或已結案，不能取消。",
                    "It is issued or closed, so it can't be cancelled.",
                ],
            ));
        }
        if certificate.waiting_for.is_none()
            && certificate.attempts > 0
            && certificate.due_at <= now
        {
            return Err(not_possible(
                "in_flight",
                [
                    "此件正在處理中，請稍候再試。",
                    "A worker has it right now; try again in a moment.",
                ],
            ));
        }
        let reason = Reason::new(
            "cancelled",
            [format!("由人員取消：{why}"), format!("Cancelled by a person: {why}")],
            ["如需發證，請重新投件。", "Drop the file again if it should be issued after all."],
        );
        reject_row(&mut tx, id, &reason).await?;
        self.tell(tx, id, EventKind::Refused, by, now, json!({ "code": "cancelled", "why": why }))
            .await
    }

    /// A person asks for a new sending of a certificate in force, with a new Message-ID.
    ///
    /// # Errors
    /// [`LedgerError::NotPossible`] when it is not in force, or a sending is under way.
    pub async fn resend(
        &self,
        id: CertificateId,
        by: &By,
        now: Timestamp,
    ) -> Result<Certificate, LedgerError> {
        let (mut tx, certificate) = self.for_change(id).await?;
        if certificate.status != Status::Issued {
            return Err(not_possible(
                "not_in_force",
                [
                    "此證書目前不是有效狀態，不能重寄。",
                    "The certificate is not in force, so it is not sent.",
                ],
            ));
        }
        if certificate.progress != Progress::Closed {
            return Err(not_possible(
                "under_way",
                [
                    "此證書尚在寄送流程中；若停住了，請用 sealpress jobs retry。",
                    "Its mail is still under way; if it is stuck, use `sealpress jobs retry`.",
                ],
            ));
        }
        set_going(&mut tx, id, Some("email"), now).await?;
        self.tell(tx, id, EventKind::ResendAsked, by, now, json!({})).await
    }

    async fn for_change(&self, id: CertificateId) -> Result<(Tx, Certificate), LedgerError> {
        let mut tx = self.change().await?;
        let certificate = certificates::load(&mut tx, id).await?;
        Ok((tx, certificate))
    }

    async fn tell(
        &self,
        mut tx: Tx,
        id: CertificateId,
        kind: EventKind,
        by: &By,
        at: Timestamp,
        detail: serde_json::Value,
    ) -> Result<Certificate, LedgerError> {
        append(&mut tx, NewEvent::by(by, Some(id), kind, at, detail)).await?;
        let certificate = certificates::load(&mut tx, id).await?;
        tx.commit().await?;
        Ok(certificate)
    }
}

async fn set_going(
    tx: &mut Tx,
    id: CertificateId,
    progress: Option<&'static str>,
    now: Timestamp,
) -> Result<(), LedgerError> {
    sqlx::query(
        "UPDATE certificates SET waiting_for = NULL, attempts = 0, crashes = 0, due_at = ?,
            first_tried_at = NULL, rung_at = 0, progress = COALESCE(?, progress) WHERE id = ?",
    )
    .bind(millis(now))
    .bind(progress)
    .bind(id.to_string())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

fn not_possible(code: &str, message: [&str; 2]) -> LedgerError {
    LedgerError::NotPossible(Reason::new(
        code,
        message,
        [
            "可用 sealpress cert show 查看目前狀態。",
            "See where it stands with `sealpress cert show`.",
        ],
    ))
}
