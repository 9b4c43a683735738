//! Batches (批): what was accepted on one day, of one kind and language, for one college. A person
//! looks at the first, and the others go on with it.

use jiff::Timestamp;
use serde_json::json;
use sqlx::Row;

use super::Tx;
use super::events::{NewEvent, append};
use super::people::set_going;
use crate::{By, CertificateId, EventKind, LedgerError, NewCertificate};

/// Whether a person looked at one of the batch of `new` and let it go on.
pub(super) async fn is_approved(tx: &mut Tx, new: &NewCertificate) -> Result<bool, LedgerError> {
    let row = sqlx::query(
        "SELECT 1 FROM certificates WHERE approval = 'first_of_batch' AND accepted_on = ?
         AND kind = ? AND language = ? AND college IS ? AND EXISTS (SELECT 1 FROM events
            WHERE events.certificate = certificates.id AND events.kind = 'approved') LIMIT 1",
    )
    .bind(new.day.to_string())
    .bind(new.kind.as_str())
    .bind(new.language.as_str())
    .bind(&new.college)
    .fetch_optional(&mut **tx)
    .await?;
    Ok(row.is_some())
}

/// Lets those go on that wait for `first`, which a person let go on now.
pub(super) async fn go_with(
    tx: &mut Tx,
    first: CertificateId,
    by: &By,
    now: Timestamp,
) -> Result<Vec<CertificateId>, LedgerError> {
    let rows = sqlx::query(
        "SELECT other.id FROM certificates AS first JOIN certificates AS other
            ON other.approval = 'first_of_batch' AND other.accepted_on = first.accepted_on
            AND other.kind = first.kind AND other.language = first.language
            AND other.college IS first.college
         WHERE first.id = ? AND other.id <> first.id AND other.waiting_for = 'approval'
         ORDER BY other.id",
    )
    .bind(first.to_string())
    .fetch_all(&mut **tx)
    .await?;
    let mut ids = Vec::with_capacity(rows.len());
    for row in rows {
        let id = row.try_get::<String, _>(0)?;
        let Ok(id) = id.parse::<CertificateId>() else { continue };
        set_going(tx, id, None, now).await?;
        let detail = json!({ "with": first });
        append(tx, NewEvent::by(by, Some(id), EventKind::Approved, now, detail)).await?;
        ids.push(id);
    }
    Ok(ids)
}
