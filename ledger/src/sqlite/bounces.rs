//! Messages that came back, and the addresses that nothing is sent to.

use jiff::Timestamp;
use serde_json::json;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::events::{NewEvent, append};
use super::{Ledger, Tx, millis, timestamp};
use crate::{
    Bounce, BounceOutcome, BounceVerdict, By, CertificateId, EventKind, LedgerError, Reason,
    SendingId,
};

/// What is in `suppressed` as the status where a person decided without one.
const BY_A_PERSON: &str = "review";

/// A sending that came back and that a person is to look at.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct BounceToReview {
    /// The sending.
    pub sending: SendingId,
    /// The certificate that it carried.
    pub certificate: CertificateId,
    /// The enhanced status code, where the bounce had one.
    pub status: Option<String>,
    /// When it was recorded.
    pub at: Timestamp,
}

/// An address of a certificate's graduate that nothing is sent to. It has no `Debug`: it holds the
/// address.
#[derive(Clone, PartialEq, Eq)]
pub struct SuppressedAddress {
    /// The sending that came back from there; it names the address.
    pub sending: SendingId,
    /// The address.
    pub address: String,
    /// The enhanced status code, or `review` where a person decided without one.
    pub status: String,
    /// Since when.
    pub at: Timestamp,
}

impl Ledger {
    /// A message came back. One that was sent, or is about to be recorded as sent (the bounce may
    /// overtake the relay's answer), counts as bounced from here.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub async fn bounced(
        &self,
        bounce: &Bounce,
        by: &By,
        now: Timestamp,
    ) -> Result<BounceOutcome, LedgerError> {
        let mut tx = self.change().await?;
        let Some(sending) = Returned::read(&mut tx, bounce.sending).await? else {
            return Ok(BounceOutcome::NoSuchSending);
        };
        match sending.state.as_str() {
            "accepted" | "queued" => {}
            "bounced" => return Ok(BounceOutcome::AlreadyKnown),
            _ => return Ok(BounceOutcome::NotSent),
        }
        let suppress = bounce.suppresses();
        let status = bounce.status.map(|status| status.to_string());
        sqlx::query(
            "UPDATE sendings SET state = 'bounced', bounce = ?, bounced_at = ?, review = ?
             WHERE id = ? AND state IN ('accepted', 'queued')",
        )
        .bind(&status)
        .bind(millis(now))
        .bind(!suppress)
        .bind(bounce.sending.to_string())
        .execute(&mut *tx)
        .await?;
        let detail = json!({ "sending": bounce.sending, "status": status, "review": !suppress });
        let event = NewEvent::by(by, Some(sending.certificate), EventKind::Bounced, now, detail);
        append(&mut tx, event).await?;
        if suppress {
            suppress_address(&mut tx, &sending, status.as_deref(), by, now).await?;
        }
        tx.commit().await?;
        Ok(if suppress { BounceOutcome::Suppressed } else { BounceOutcome::ToReview })
    }

    /// Bounces that a person is to look at, oldest first; `limit` 0 is all.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub async fn bounces_to_review(&self, limit: u32) -> Result<Vec<BounceToReview>, LedgerError> {
        sqlx::query(
            "SELECT id, certificate, bounce, bounced_at FROM sendings WHERE review = 1
             ORDER BY bounced_at, id LIMIT ?",
        )
        .bind(if limit == 0 { -1 } else { i64::from(limit) })
        .fetch_all(&self.read)
        .await?
        .iter()
        .map(|row| {
            Ok(BounceToReview {
                sending: id(row, "id")?,
                certificate: id(row, "certificate")?,
                status: row.try_get("bounce")?,
                at: timestamp(row.try_get::<Option<i64>, _>("bounced_at")?.unwrap_or_default()),
            })
        })
        .collect()
    }

    /// The addresses of a certificate's graduate that nothing is sent to: of those that the roster
    /// has, and of those that the certificate was mailed to.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub async fn suppressed_addresses(
        &self,
        certificate: CertificateId,
    ) -> Result<Vec<SuppressedAddress>, LedgerError> {
        sqlx::query(
            "SELECT sending, address, status, at FROM suppressed
             WHERE sending IS NOT NULL AND address IN (
                SELECT trim(address) FROM sendings WHERE certificate = ?1
                UNION SELECT trim(email) FROM certificates JOIN students USING (student_no)
                    WHERE id = ?1
                UNION SELECT trim(school_email) FROM certificates JOIN students USING (student_no)
                    WHERE id = ?1)
             ORDER BY at, address",
        )
        .bind(certificate.to_string())
        .fetch_all(&self.read)
        .await?
        .iter()
        .map(|row| {
            Ok(SuppressedAddress {
                sending: id(row, "sending")?,
                address: row.try_get("address")?,
                status: row.try_get("status")?,
                at: timestamp(row.try_get("at")?),
            })
        })
        .collect()
    }

    /// The certificate that a sending carried.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub async fn certificate_of_sending(
        &self,
        sending: SendingId,
    ) -> Result<Option<CertificateId>, LedgerError> {
        sqlx::query("SELECT certificate FROM sendings WHERE id = ?")
            .bind(sending.to_string())
            .fetch_optional(&self.read)
            .await?
            .map(|row| id(&row, "certificate"))
            .transpose()
    }

    /// A person looked at a bounce. Returns the certificate that the sending carried.
    ///
    /// # Errors
    /// [`LedgerError::NotPossible`] when there is no such sending, or it is not to be looked at,
    /// because another did a moment ago.
    pub async fn review_bounce(
        &self,
        sending: SendingId,
        by: &By,
        verdict: BounceVerdict,
        now: Timestamp,
    ) -> Result<CertificateId, LedgerError> {
        let mut tx = self.change().await?;
        let returned = Returned::read(&mut tx, sending).await?.ok_or_else(no_such_sending)?;
        let updated = sqlx::query("UPDATE sendings SET review = 0 WHERE id = ? AND review = 1")
            .bind(sending.to_string())
            .execute(&mut *tx)
            .await?;
        if updated.rows_affected() != 1 {
            return Err(not_to_review());
        }
        let detail = json!({ "sending": sending, "verdict": verdict });
        let kind = EventKind::BounceReviewed;
        append(&mut tx, NewEvent::by(by, Some(returned.certificate), kind, now, detail)).await?;
        match verdict {
            BounceVerdict::Keep => {}
            BounceVerdict::Suppress => {
                let status = returned.bounce.as_deref();
                suppress_address(&mut tx, &returned, status, by, now).await?;
            }
        }
        tx.commit().await?;
        Ok(returned.certificate)
    }

    /// A person lets mail go again to the address that a sending went to, or would have. The
    /// sending names it, so that no address stands in a command, a page's address or an event.
    /// Returns the certificate that the sending carried.
    ///
    /// # Errors
    /// [`LedgerError::NotPossible`] when there is no such sending, or its address is not
    /// suppressed.
    pub async fn release_address(
        &self,
        sending: SendingId,
        by: &By,
        now: Timestamp,
    ) -> Result<CertificateId, LedgerError> {
        let mut tx = self.change().await?;
        let returned = Returned::read(&mut tx, sending).await?.ok_or_else(no_such_sending)?;
        let deleted = sqlx::query("DELETE FROM suppressed WHERE address = ?")
            .bind(returned.address.trim())
            .execute(&mut *tx)
            .await?;
        if deleted.rows_affected() != 1 {
            return Err(not_suppressed());
        }
        let detail = json!({ "sending": sending });
        let kind = EventKind::AddressReleased;
        append(&mut tx, NewEvent::by(by, Some(returned.certificate), kind, now, detail)).await?;
        tx.commit().await?;
        Ok(returned.certificate)
    }
}

/// What a bounce has to know of its sending.
struct Returned {
    id: SendingId,
    certificate: CertificateId,
    address: String,
    state: String,
    bounce: Option<String>,
}

impl Returned {
    async fn read(tx: &mut Tx, sending: SendingId) -> Result<Option<Self>, LedgerError> {
        let row =
            sqlx::query("SELECT certificate, address, state, bounce FROM sendings WHERE id = ?")
                .bind(sending.to_string())
                .fetch_optional(&mut **tx)
                .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(Self {
            id: sending,
            certificate: id(&row, "certificate")?,
            address: row.try_get("address")?,
            state: row.try_get("state")?,
            bounce: row.try_get("bounce")?,
        }))
    }
}

/// Nothing is sent to the address from here. Where that was so already, nothing is told.
async fn suppress_address(
    tx: &mut Tx,
    sending: &Returned,
    status: Option<&str>,
    by: &By,
    now: Timestamp,
) -> Result<(), LedgerError> {
    let status = status.unwrap_or(BY_A_PERSON);
    let inserted = sqlx::query(
        "INSERT INTO suppressed (address, status, sending, at) VALUES (?, ?, ?, ?)
         ON CONFLICT (address) DO NOTHING",
    )
    .bind(sending.address.trim())
    .bind(status)
    .bind(sending.id.to_string())
    .bind(millis(now))
    .execute(&mut **tx)
    .await?;
    if inserted.rows_affected() == 1 {
        let detail = json!({ "sending": sending.id, "status": status });
        let kind = EventKind::AddressSuppressed;
        append(tx, NewEvent::by(by, Some(sending.certificate), kind, now, detail)).await?;
    }
    Ok(())
}

fn id<T: std::str::FromStr>(row: &SqliteRow, column: &'static str) -> Result<T, LedgerError> {
    let text: String = row.try_get(column)?;
    text.parse().map_err(|_| LedgerError::UnknownWord { id: text, field: column.into() })
}

fn no_such_sending() -> LedgerError {
    LedgerError::NotPossible(Reason::new(
        "no_such_sending",
        ["沒有這筆寄送紀錄。", "There is no such sending."],
        [
            "可用 sealpress cert show 查看證書的寄送紀錄。",
            "See a certificate's sendings with `sealpress cert show`.",
        ],
    ))
}

fn not_to_review() -> LedgerError {
    LedgerError::NotPossible(Reason::new(
        "not_to_review",
        [
            "這封退信不待確認，可能剛剛已有人處理；未變更任何資料。",
            "This bounce is not to be looked at; another may have done it a moment ago. Nothing was changed.",
        ],
        [
            "可用 sealpress cert show 查看證書的經過。",
            "See the certificate's history with `sealpress cert show`.",
        ],
    ))
}

fn not_suppressed() -> LedgerError {
    LedgerError::NotPossible(Reason::new(
        "not_suppressed",
        [
            "此地址並未停用，可能剛剛已有人恢復；未變更任何資料。",
            "The address is not suppressed; another may have released it a moment ago. Nothing was changed.",
        ],
        ["可以直接重寄。", "A resend may go there."],
    ))
}
