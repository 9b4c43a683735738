//! What a person decides of a certificate on its way: approve or refuse it, try again, cancel.

use jiff::Timestamp;
use serde_json::json;

use super::ends::reject_row;
use super::events::{NewEvent, append};
use super::{Ledger, Tx, batches, certificates, millis};
use crate::grounds::own_words;
use crate::{
    ApprovalCause, Approved, By, Certificate, CertificateId, EventKind, LedgerError, Progress,
    Reason, Status, WaitingFor,
};

impl Ledger {
    /// A person looked at the page and lets the certificate go on, and with it those that wait for
    /// it as the first of their batch. The caller may ring for all of them.
    ///
    /// # Errors
    /// [`LedgerError::NotPossible`] when it does not wait for approval.
    pub async fn approve(
        &self,
        id: CertificateId,
        by: &By,
        now: Timestamp,
    ) -> Result<Approved, LedgerError> {
        let (mut tx, certificate) = self.for_change(id).await?;
        waits_for_approval(&certificate)?;
        set_going(&mut tx, id, None, now).await?;
        append(&mut tx, NewEvent::by(by, Some(id), EventKind::Approved, now, json!({}))).await?;
        let with_it = match certificate.approval {
            Some(ApprovalCause::FirstOfBatch) => batches::go_with(&mut tx, id, by, now).await?,
            Some(ApprovalCause::Unreadable | ApprovalCause::Policy) | None => Vec::new(),
        };
        let certificate = certificates::load(&mut tx, id).await?;
        tx.commit().await?;
        Ok(Approved { certificate, with_it })
    }

    /// A person looked at the page and refuses it: the certificate is rejected, and the caller
    /// files its drop under `failed/`. Others of its batch go on waiting.
    ///
    /// # Errors
    /// [`LedgerError::NotPossible`] when it does not wait for approval, or `why` says nothing.
    pub async fn refuse_page(
        &self,
        id: CertificateId,
        by: &By,
        why: &str,
        now: Timestamp,
    ) -> Result<Certificate, LedgerError> {
        let why = own_words(why)?;
        let (mut tx, certificate) = self.for_change(id).await?;
        waits_for_approval(&certificate)?;
        let reason = Reason::new(
            "refused_by_person",
            [
                format!("承辦人檢視後退件：{why}"),
                format!("A person looked at it and refused: {why}"),
            ],
            ["請更正後重新列印投件。", "Mend it, then print and drop it again."],
        );
        reject_row(&mut tx, id, &reason).await?;
        let detail = json!({ "code": reason.code, "why": why });
        self.tell(tx, id, EventKind::Refused, by, now, detail).await
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

    /// A person gives up a certificate that is not issued: it is rejected, and the caller files its
    /// drop under `failed/`. A worker not heard of since `dead_before` has it no longer.
    ///
    /// # Errors
    /// [`LedgerError::NotPossible`] when it is issued, a living worker has it now, or `why` says
    /// nothing.
    pub async fn cancel(
        &self,
        id: CertificateId,
        by: &By,
        why: &str,
        dead_before: Timestamp,
        now: Timestamp,
    ) -> Result<Certificate, LedgerError> {
        let why = own_words(why)?;
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
        if is_in_hand(&mut tx, id, dead_before).await? {
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

    pub(super) async fn for_change(
        &self,
        id: CertificateId,
    ) -> Result<(Tx, Certificate), LedgerError> {
        let mut tx = self.change().await?;
        let certificate = certificates::load(&mut tx, id).await?;
        Ok((tx, certificate))
    }

    pub(super) async fn tell(
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

fn waits_for_approval(certificate: &Certificate) -> Result<(), LedgerError> {
    match certificate.waiting_for {
        Some(WaitingFor::Approval) => Ok(()),
        Some(WaitingFor::Person) | None => Err(not_possible(
            "not_waiting",
            [
                "此件並非待核可，可能已由他人處理。",
                "It does not wait for approval; somebody else may have dealt with it.",
            ],
        )),
    }
}

/// Whether a living worker has it.
async fn is_in_hand(
    tx: &mut Tx,
    id: CertificateId,
    dead_before: Timestamp,
) -> Result<bool, LedgerError> {
    let row = sqlx::query(
        "SELECT 1 FROM certificates JOIN workers ON workers.id = certificates.worker
         WHERE certificates.id = ? AND seen_at >= ?",
    )
    .bind(id.to_string())
    .bind(millis(dead_before))
    .fetch_optional(&mut **tx)
    .await?;
    Ok(row.is_some())
}

/// Lets a certificate run again from now on, its attempts counted from nought.
pub(super) async fn set_going(
    tx: &mut Tx,
    id: CertificateId,
    progress: Option<&'static str>,
    now: Timestamp,
) -> Result<(), LedgerError> {
    sqlx::query(
        "UPDATE certificates SET waiting_for = NULL, attempts = 0, crashes = 0, due_at = ?,
            begun_at = ?, first_tried_at = NULL, rung_at = 0, progress = COALESCE(?, progress)
         WHERE id = ?",
    )
    .bind(millis(now))
    .bind(millis(now))
    .bind(progress)
    .bind(id.to_string())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub(super) fn not_possible(code: &str, message: [&str; 2]) -> LedgerError {
    LedgerError::NotPossible(Reason::new(
        code,
        message,
        ["請查看此證書目前的狀態。", "See where the certificate stands now."],
    ))
}
