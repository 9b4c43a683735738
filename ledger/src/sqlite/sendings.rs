//! Sendings: the Message-ID is here before the first byte leaves the house.

use jiff::Timestamp;
use serde_json::json;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::events::{NewEvent, append};
use super::{Ledger, Tx, millis, timestamp};
use crate::{CertificateId, EventKind, Lease, LedgerError, Sending, SendingId, SendingState};

/// What the email stage is to do.
#[derive(Debug)]
pub enum ToSend {
    /// Send this; it may have been tried before, with the same Message-ID.
    Send(Sending),
    /// Nothing: the certificate is no longer in force.
    NotInForce,
    /// Nobody: the roster has no address for the student.
    NoAddress,
    /// Nothing: another worker has taken the certificate over.
    LeaseLost,
}

impl Ledger {
    /// The open sending of a certificate, recorded now where there is none yet. The address is
    /// the one that the roster has when the sending is recorded, and stays it.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub async fn sending(
        &self,
        lease: &Lease,
        new: SendingId,
        message_id: &str,
        now: Timestamp,
    ) -> Result<ToSend, LedgerError> {
        let mut tx = self.change().await?;
        let row = sqlx::query(
            "SELECT status, email FROM certificates LEFT JOIN students USING (student_no)
             WHERE id = ? AND worker = ? AND run = ?",
        )
        .bind(lease.certificate.to_string())
        .bind(lease.worker.to_string())
        .bind(lease.run)
        .fetch_optional(&mut *tx)
        .await?;
        let Some(row) = row else { return Ok(ToSend::LeaseLost) };
        if row.try_get::<String, _>("status")? != "issued" {
            return Ok(ToSend::NotInForce);
        }
        let open = sqlx::query("SELECT * FROM sendings WHERE certificate = ? AND state = 'queued'")
            .bind(lease.certificate.to_string())
            .fetch_optional(&mut *tx)
            .await?;
        if let Some(open) = open {
            return Ok(ToSend::Send(sending(&open)?));
        }
        let address: Option<String> = row.try_get("email")?;
        let Some(address) = address.filter(|address| !address.is_empty()) else {
            return Ok(ToSend::NoAddress);
        };
        let row = sqlx::query(
            "INSERT INTO sendings (id, certificate, purpose, route, address, message_id, created_at,
                state)
             VALUES (?, ?, 'certificate', 'personal', ?, ?, ?, 'queued') RETURNING *",
        )
        .bind(new.to_string())
        .bind(lease.certificate.to_string())
        .bind(address)
        .bind(message_id)
        .bind(millis(now))
        .fetch_one(&mut *tx)
        .await?;
        let sending = sending(&row)?;
        let detail = json!({ "sending": new });
        append(&mut tx, NewEvent::system(lease.certificate, EventKind::SendingQueued, now, detail))
            .await?;
        tx.commit().await?;
        Ok(ToSend::Send(sending))
    }

    /// The relay refused a sending for good; a later try is a new sending.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub async fn sending_refused(
        &self,
        lease: &Lease,
        id: SendingId,
        code: &str,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let mut tx = self.change().await?;
        settle(&mut tx, id, "refused", code, now).await?;
        let detail = json!({ "sending": id, "code": code });
        append(
            &mut tx,
            NewEvent::system(lease.certificate, EventKind::SendingRefused, now, detail),
        )
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// All sendings of a certificate, oldest first.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub async fn sendings_of(&self, id: CertificateId) -> Result<Vec<Sending>, LedgerError> {
        sqlx::query("SELECT * FROM sendings WHERE certificate = ? ORDER BY id")
            .bind(id.to_string())
            .fetch_all(&self.read)
            .await?
            .iter()
            .map(sending)
            .collect()
    }
}

pub(super) async fn settle(
    tx: &mut Tx,
    id: SendingId,
    state: &'static str,
    answer: &str,
    now: Timestamp,
) -> Result<(), LedgerError> {
    sqlx::query(
        "UPDATE sendings SET state = ?, answer = ?, answered_at = ? WHERE id = ? AND state = 'queued'",
    )
    .bind(state)
    .bind(answer)
    .bind(millis(now))
    .bind(id.to_string())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

fn sending(row: &SqliteRow) -> Result<Sending, LedgerError> {
    let unknown = |field: &str| LedgerError::UnknownWord {
        id: row.try_get("id").unwrap_or_default(),
        field: field.into(),
    };
    let answer = row.try_get::<Option<String>, _>("answer")?.unwrap_or_default();
    let state: String = row.try_get("state")?;
    Ok(Sending {
        id: row.try_get::<String, _>("id")?.parse().map_err(|_| unknown("id"))?,
        certificate: row
            .try_get::<String, _>("certificate")?
            .parse()
            .map_err(|_| unknown("certificate"))?,
        to: row.try_get("address")?,
        message_id: row.try_get("message_id")?,
        created_at: timestamp(row.try_get("created_at")?),
        state: match state.as_str() {
            "queued" => SendingState::Queued,
            "accepted" => SendingState::Accepted(answer),
            "refused" => SendingState::Refused(answer),
            _ => return Err(unknown("state")),
        },
    })
}
