//! A worker's turn, from its count to its end. Every change compares the lease, the stage and the
//! status that the worker believes in: who was overtaken changes nothing.

use jiff::Timestamp;
use serde_json::json;
use sqlx::Row;

use super::ends::{holds, park_row};
use super::events::{NewEvent, append};
use super::{Ledger, Tx, certificates, commit, lanes, millis, span};
use crate::{
    After, ArchivedFile, Begin, CertificateId, EventKind, Issue, LaneRules, Lease, LedgerError,
    Mailed, Progress, Reason, Sha256Hash, WorkerId,
};

impl Ledger {
    /// Asks for a turn at a certificate in a lane. The attempt is counted before the run: a
    /// certificate that kills its worker is counted too, and parked after `lane.crashes` of them.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub async fn begin(
        &self,
        id: CertificateId,
        lane: &LaneRules,
        worker: WorkerId,
        now: Timestamp,
    ) -> Result<Begin, LedgerError> {
        let mut tx = self.change().await?;
        let certificate = match certificates::load(&mut tx, id).await {
            Ok(certificate) => certificate,
            Err(LedgerError::NoCertificate(_)) => return Ok(Begin::NotNow),
            Err(LedgerError::UnknownWord { field, .. }) => {
                park_row(&mut tx, id, &unreadable(&field), now).await?;
                tx.commit().await?;
                return Ok(Begin::Parked);
            }
            Err(error) => return Err(error),
        };
        let here =
            matches!(certificate.progress, Progress::At(stage) if lane.stages.contains(&stage));
        if !here || certificate.waiting_for.is_some() || certificate.due_at > now {
            return Ok(Begin::NotNow);
        }
        let turn = Turn::read(&mut tx, id).await?;
        let crashed = match turn.seen_at {
            Some(seen) if seen >= millis(now) - span(lane.dead_after) => return Ok(Begin::NotNow),
            _ => turn.worker.is_some(),
        };
        let crashes = turn.crashes + i64::from(crashed);
        if crashes >= i64::from(lane.crashes) {
            park_row(&mut tx, id, &killed_its_workers(crashes), now).await?;
            tx.commit().await?;
            return Ok(Begin::Parked);
        }
        let Some(probe) = lanes::gate(&mut tx, lane, now).await? else { return Ok(Begin::NotNow) };
        if crashed {
            let detail = json!({ "from": turn.worker, "stage": certificate.progress.as_str() });
            append(&mut tx, NewEvent::system(id, EventKind::TakenOver, now, detail)).await?;
        }
        let lease = Lease { certificate: id, worker, run: turn.run + 1 };
        sqlx::query(
            "UPDATE certificates SET worker = ?, run = ?, attempts = attempts + 1, crashes = ?,
                first_tried_at = COALESCE(first_tried_at, ?), begun_at = ? WHERE id = ?",
        )
        .bind(worker.to_string())
        .bind(lease.run)
        .bind(crashes)
        .bind(millis(now))
        .bind(millis(now))
        .bind(id.to_string())
        .execute(&mut *tx)
        .await?;
        let certificate = Box::new(certificates::load(&mut tx, id).await?);
        commit(tx, "begin").await?;
        Ok(Begin::Go { certificate, lease, probe })
    }

    /// The next stage belongs to another lane, and nothing is archived yet: the bytes were handed
    /// on in `work/`. Returns whether the lease still held.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub async fn hand_on(
        &self,
        lease: &Lease,
        [from, to]: [Progress; 2],
        hash: Sha256Hash,
        now: Timestamp,
    ) -> Result<bool, LedgerError> {
        let updated = sqlx::query(
            "UPDATE certificates SET progress = ?, handed_on = ?, worker = NULL, attempts = 0,
                crashes = 0, first_tried_at = NULL, last_error = NULL, due_at = ?, begun_at = ?
             WHERE id = ? AND worker = ? AND run = ? AND progress = ? AND status = 'pending'",
        )
        .bind(to.as_str())
        .bind(hash.to_string())
        .bind(millis(now))
        .bind(millis(now))
        .bind(lease.certificate.to_string())
        .bind(lease.worker.to_string())
        .bind(lease.run)
        .bind(from.as_str())
        .execute(&self.write)
        .await?;
        Ok(updated.rows_affected() == 1)
    }

    /// The file is in the archive and synced: the certificate is in force from here, and the one
    /// it supersedes is no longer. `next` says when its mail may go.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub async fn issue(
        &self,
        lease: &Lease,
        file: &ArchivedFile,
        next: After,
        now: Timestamp,
    ) -> Result<Issue, LedgerError> {
        let mut tx = self.change().await?;
        if !holds(&mut tx, lease).await? {
            return Ok(Issue::LeaseLost);
        }
        let certificate = certificates::load(&mut tx, lease.certificate).await?;
        // First the old one leaves force, then the new one enters it: at most one ever is.
        if let Some(earlier) = certificate.supersedes
            && !supersede(&mut tx, earlier, lease.certificate, now).await?
        {
            return Ok(Issue::NothingToSupersede);
        }
        let updated = sqlx::query(
            "UPDATE certificates SET status = 'issued', progress = 'email', handed_on = NULL,
                archive_path = ?, archive_hash = ?, archive_bytes = ?, archived_at = ?,
                worker = CASE WHEN ? THEN worker END, attempts = ?, crashes = 0,
                first_tried_at = NULL, last_error = NULL, due_at = ?, begun_at = ?
             WHERE id = ? AND worker = ? AND run = ? AND progress IN ('compose', 'sign', 'archive')
               AND status = 'pending'",
        )
        .bind(&file.path)
        .bind(file.hash.to_string())
        .bind(i64::try_from(file.bytes).unwrap_or(i64::MAX))
        .bind(millis(file.at))
        .bind(next.same_lane)
        .bind(i64::from(next.same_lane))
        .bind(millis(next.due_at))
        .bind(millis(now))
        .bind(lease.certificate.to_string())
        .bind(lease.worker.to_string())
        .bind(lease.run)
        .execute(&mut *tx)
        .await?;
        if updated.rows_affected() != 1 {
            return Ok(Issue::LeaseLost);
        }
        let detail = json!({ "sha256": file.hash, "bytes": file.bytes,
            "certificate_no": certificate.certified.certificate_no });
        append(&mut tx, NewEvent::system(lease.certificate, EventKind::Issued, now, detail))
            .await?;
        commit(tx, "issue").await?;
        Ok(Issue::Done)
    }

    /// The message is out, or need not go: the log is next. Returns whether the lease still held.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub async fn mailed(
        &self,
        lease: &Lease,
        mailed: &Mailed,
        next: After,
        now: Timestamp,
    ) -> Result<bool, LedgerError> {
        let mut tx = self.change().await?;
        let updated = sqlx::query(
            "UPDATE certificates SET progress = 'log', worker = CASE WHEN ? THEN worker END,
                attempts = ?, crashes = 0, first_tried_at = NULL, last_error = NULL, due_at = ?, begun_at = ?
             WHERE id = ? AND worker = ? AND run = ? AND progress = 'email'",
        )
        .bind(next.same_lane)
        .bind(i64::from(next.same_lane))
        .bind(millis(next.due_at))
        .bind(millis(now))
        .bind(lease.certificate.to_string())
        .bind(lease.worker.to_string())
        .bind(lease.run)
        .execute(&mut *tx)
        .await?;
        if updated.rows_affected() != 1 {
            return Ok(false);
        }
        let event = match mailed {
            Mailed::Accepted { sending, answer } => {
                super::sendings::settle(&mut tx, *sending, "accepted", answer, now).await?;
                (EventKind::SendingAccepted, json!({ "sending": sending }))
            }
            Mailed::NotInForce => {
                let stopped = super::sendings::stop(&mut tx, lease.certificate, now).await?;
                (EventKind::MailStopped, json!({ "sending": stopped }))
            }
        };
        append(&mut tx, NewEvent::system(lease.certificate, event.0, now, event.1)).await?;
        commit(tx, "mailed").await?;
        Ok(true)
    }

    /// Everything is done; the log covers the certificate at `position`. Returns whether the lease
    /// still held.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub async fn close_certificate(
        &self,
        lease: &Lease,
        position: i64,
        now: Timestamp,
    ) -> Result<bool, LedgerError> {
        let mut tx = self.change().await?;
        let updated = sqlx::query(
            "UPDATE certificates SET progress = 'closed', worker = NULL, attempts = 0, crashes = 0,
                first_tried_at = NULL, last_error = NULL
             WHERE id = ? AND worker = ? AND run = ? AND progress = 'log'",
        )
        .bind(lease.certificate.to_string())
        .bind(lease.worker.to_string())
        .bind(lease.run)
        .execute(&mut *tx)
        .await?;
        if updated.rows_affected() != 1 {
            return Ok(false);
        }
        let detail = json!({ "log": position });
        append(&mut tx, NewEvent::system(lease.certificate, EventKind::Closed, now, detail))
            .await?;
        commit(tx, "close").await?;
        Ok(true)
    }
}

/// Who has a certificate now.
struct Turn {
    worker: Option<String>,
    seen_at: Option<i64>,
    run: i64,
    crashes: i64,
}

impl Turn {
    async fn read(tx: &mut Tx, id: CertificateId) -> Result<Self, LedgerError> {
        let row = sqlx::query(
            "SELECT worker, seen_at, run, crashes FROM certificates
             LEFT JOIN workers ON workers.id = certificates.worker WHERE certificates.id = ?",
        )
        .bind(id.to_string())
        .fetch_one(&mut **tx)
        .await?;
        Ok(Self {
            worker: row.try_get(0)?,
            seen_at: row.try_get(1)?,
            run: row.try_get(2)?,
            crashes: row.try_get(3)?,
        })
    }
}

async fn supersede(
    tx: &mut Tx,
    earlier: CertificateId,
    by: CertificateId,
    now: Timestamp,
) -> Result<bool, LedgerError> {
    let updated = sqlx::query(
        "UPDATE certificates SET status = 'superseded' WHERE id = ? AND status = 'issued'",
    )
    .bind(earlier.to_string())
    .execute(&mut **tx)
    .await?;
    if updated.rows_affected() == 1 {
        append(tx, NewEvent::system(earlier, EventKind::Superseded, now, json!({ "by": by })))
            .await?;
        return Ok(true);
    }
    Ok(false)
}

fn unreadable(field: &str) -> Reason {
    Reason::new(
        "unknown_state",
        [
            format!("登錄簿中的欄位 {field} 不是本版本認得的值。"),
            format!("The ledger has {field}, which this version does not know."),
        ],
        ["請更新 Sealpress 後再重試此件。", "Update Sealpress, then retry this certificate."],
    )
}

fn killed_its_workers(crashes: i64) -> Reason {
    Reason::new(
        "crashed",
        [
            format!("處理此件時，工作程序已意外中止 {crashes} 次。"),
            format!("The worker died {crashes} times over this certificate."),
        ],
        [
            "請查看系統日誌；排除原因後以 sealpress jobs retry 重試，或以 sealpress jobs cancel 取消。",
            "Look at the system log; then run `sealpress jobs retry`, or `sealpress jobs cancel`.",
        ],
    )
}
