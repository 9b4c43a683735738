//! Sendings: the Message-ID is here before the first byte leaves the house.

use jiff::Timestamp;
use serde_json::json;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::ends::holds;
use super::events::{NewEvent, append};
use super::recipients::{self, Reach, Recipient};
use super::{Ledger, Tx, certificates, commit, millis, timestamp};
use crate::{
    CertificateId, EventKind, Lease, LedgerError, NewSending, Purpose, RouteTaken, Sending,
    SendingId, SendingState, Status,
};

/// All sendings of a certificate, oldest first.
const ALL: &str = "SELECT * FROM sendings WHERE certificate = ? ORDER BY created_at, id";

/// What the email stage is to do.
#[derive(Debug)]
pub enum ToSend {
    /// Send this; it may have been tried before, with the same Message-ID.
    Send(Sending),
    /// Nothing: the certificate is no longer in force, and no word of its recall is owed.
    NotInForce,
    /// Nobody: the roster has no address for the student.
    NoAddress,
    /// Nobody: none of the student's addresses exists.
    Suppressed,
    /// Nothing: another worker has taken the certificate over.
    LeaseLost,
}

impl Ledger {
    /// The open sending of a certificate, recorded now as `new` where there is none yet: the
    /// certificate itself where it is in force, word of its recall where that is owed. The address
    /// is chosen when the sending is recorded, and stays.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub async fn sending(
        &self,
        lease: &Lease,
        new: &NewSending,
        now: Timestamp,
    ) -> Result<ToSend, LedgerError> {
        let mut tx = self.change().await?;
        if !holds(&mut tx, lease).await? {
            return Ok(ToSend::LeaseLost);
        }
        let certificate = certificates::load(&mut tx, lease.certificate).await?;
        let sendings = of(&mut tx, certificate.id).await?;
        let purpose = match certificate.status {
            Status::Issued => Purpose::Certificate,
            Status::Recalled if Sending::is_notice_owed(&sendings) => Purpose::Recall,
            Status::Recalled
            | Status::Pending
            | Status::Superseded
            | Status::Revoked
            | Status::Rejected => return Ok(ToSend::NotInForce),
        };
        if let Some(open) = sendings.iter().find(|one| one.state == SendingState::Queued) {
            if !recipients::is_suppressed(&mut tx, &open.to).await? {
                return Ok(ToSend::Send(open.clone()));
            }
            // Its address was found not to exist since it was recorded.
            settle(&mut tx, open.id, "suppressed", "", now).await?;
            let detail = json!({ "sending": open.id, "code": "suppressed" });
            let refused = NewEvent::system(certificate.id, EventKind::SendingRefused, now, detail);
            append(&mut tx, refused).await?;
        }
        let mut there = Vec::new();
        if purpose == Purpose::Recall {
            there.extend(recipients::of_mails(&sendings));
        }
        there.extend(recipients::of_roster(&mut tx, &certificate.certified.student_no).await?);
        let to_send = match recipients::reach(&mut tx, there).await? {
            Reach::To(to) => {
                ToSend::Send(record(&mut tx, certificate.id, purpose, &to, new, now).await?)
            }
            Reach::NoAddress => ToSend::NoAddress,
            Reach::Suppressed => ToSend::Suppressed,
        };
        commit(tx, "sending").await?;
        Ok(to_send)
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
        if !holds(&mut tx, lease).await? {
            return Ok(());
        }
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
        let rows = sqlx::query(ALL).bind(id.to_string()).fetch_all(&self.read).await?;
        rows.iter().map(sending).collect()
    }
}

/// Records a mail that is to be sent, with its event.
pub(super) async fn record(
    tx: &mut Tx,
    certificate: CertificateId,
    purpose: Purpose,
    to: &Recipient,
    new: &NewSending,
    now: Timestamp,
) -> Result<Sending, LedgerError> {
    let row = sqlx::query(
        "INSERT INTO sendings (id, certificate, purpose, route, address, message_id, created_at,
            state) VALUES (?, ?, ?, ?, ?, ?, ?, 'queued') RETURNING *",
    )
    .bind(new.id.to_string())
    .bind(certificate.to_string())
    .bind(purpose.as_str())
    .bind(to.route.as_str())
    .bind(&to.address)
    .bind(&new.message_id)
    .bind(millis(now))
    .fetch_one(&mut **tx)
    .await?;
    let detail =
        json!({ "sending": new.id, "purpose": purpose.as_str(), "route": to.route.as_str() });
    append(tx, NewEvent::system(certificate, EventKind::SendingQueued, now, detail)).await?;
    sending(&row)
}

/// Gives up the sending of a certificate that is open, where one is. A worker may be in the middle
/// of it.
pub(super) async fn stop(
    tx: &mut Tx,
    certificate: CertificateId,
    now: Timestamp,
) -> Result<Option<SendingId>, LedgerError> {
    let all = of(tx, certificate).await?;
    let Some(open) = all.iter().find(|one| one.state == SendingState::Queued) else {
        return Ok(None);
    };
    settle(tx, open.id, "stopped", "", now).await?;
    Ok(Some(open.id))
}

/// All sendings of a certificate as this transaction sees them, oldest first.
pub(super) async fn of(tx: &mut Tx, id: CertificateId) -> Result<Vec<Sending>, LedgerError> {
    let rows = sqlx::query(ALL).bind(id.to_string()).fetch_all(&mut **tx).await?;
    rows.iter().map(sending).collect()
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
    let text =
        |column: &str| row.try_get::<Option<String>, _>(column).map(Option::unwrap_or_default);
    let (state, purpose) = (text("state")?, text("purpose")?);
    Ok(Sending {
        id: known(row, "id", text("id")?.parse().ok())?,
        certificate: known(row, "certificate", text("certificate")?.parse().ok())?,
        purpose: known(
            row,
            "purpose",
            Purpose::ALL.iter().copied().find(|one| one.as_str() == purpose),
        )?,
        route: route(row)?,
        to: text("address")?,
        message_id: row.try_get("message_id")?,
        created_at: timestamp(row.try_get("created_at")?),
        state: match state.as_str() {
            "queued" => SendingState::Queued,
            "accepted" => SendingState::Accepted(text("answer")?),
            "refused" => SendingState::Refused(text("answer")?),
            "bounced" => SendingState::Bounced { status: text("bounce")? },
            "suppressed" => SendingState::Suppressed,
            "stopped" => SendingState::Stopped,
            "downloaded" => SendingState::Downloaded,
            _ => known(row, "state", None)?,
        },
    })
}

fn route(row: &SqliteRow) -> Result<RouteTaken, LedgerError> {
    let text: String = row.try_get("route")?;
    known(row, "route", RouteTaken::ALL.iter().copied().find(|route| route.as_str() == text))
}

fn known<T>(row: &SqliteRow, column: &str, read: Option<T>) -> Result<T, LedgerError> {
    read.ok_or_else(|| LedgerError::UnknownWord {
        id: row.try_get("id").unwrap_or_default(),
        field: column.into(),
    })
}
