//! A drop becomes a certificate, or a refusal.

use serde_json::json;
use sqlx::Row;

use super::events::{NewEvent, append};
use super::{Ledger, Tx, batches, certificates, commit, millis, students, timestamp};
use crate::{
    Acceptance, ApprovalCause, CertificateId, EventKind, LedgerError, NewCertificate, Refusal,
    RefusalFolder, WaitingFor,
};

impl Ledger {
    /// Makes a drop a certificate: its row, its number, its student where the roster lacks them,
    /// and the event, in one transaction. Running it again with the same id changes nothing.
    ///
    /// # Errors
    /// [`LedgerError`] of the database; what speaks against the drop is an [`Acceptance`].
    pub async fn accept(&self, new: NewCertificate) -> Result<Acceptance, LedgerError> {
        let mut tx = self.change().await?;
        match certificates::load(&mut tx, new.id).await {
            Ok(there) => return Ok(Acceptance::AlreadyThere(there)),
            Err(LedgerError::NoCertificate(_)) => {}
            Err(error) => return Err(error),
        }
        if let Some(obstacle) = obstacle(&mut tx, &new).await? {
            return Ok(obstacle);
        }
        if let Some(student) = &new.sidecar_student {
            students::from_sidecar(&mut tx, student).await?;
        }
        let number = match &new.certificate_no {
            Some(number) => number.clone(),
            None => next_number(&mut tx, &new).await?,
        };
        let approval = match new.approval {
            Some(ApprovalCause::FirstOfBatch) if batches::is_approved(&mut tx, &new).await? => None,
            cause => cause,
        };
        insert(&mut tx, &new, &number, approval).await?;
        let detail = json!({ "kind": new.kind, "language": new.language, "certificate_no": number,
            "drop_hash": new.drop_hash, "supersedes": new.supersedes,
            "waiting_for": approval.map(|_| WaitingFor::Approval), "approval": approval });
        append(&mut tx, NewEvent::system(new.id, EventKind::Accepted, new.accepted_at, detail))
            .await?;
        let certificate = certificates::load(&mut tx, new.id).await?;
        commit(tx, "accept").await?;
        Ok(Acceptance::Accepted(certificate))
    }

    /// Records that a drop was refused, before its files move. Running it again with the same id
    /// changes nothing.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub async fn refuse(&self, refusal: &Refusal) -> Result<(), LedgerError> {
        let mut tx = self.change().await?;
        let added = sqlx::query(
            "INSERT INTO refusals (id, drop_name, drop_hash, folder, stage, reason, at)
             VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
        )
        .bind(refusal.id.to_string())
        .bind(&refusal.drop_name)
        .bind(refusal.drop_hash.map(|hash| hash.to_string()))
        .bind(refusal.folder.as_str())
        .bind(&refusal.stage)
        .bind(json!(refusal.reason).to_string())
        .bind(millis(refusal.at))
        .execute(&mut *tx)
        .await?;
        if added.rows_affected() == 1 {
            let detail = json!({ "code": refusal.reason.code, "stage": refusal.stage,
                "folder": refusal.folder.as_str() });
            append(&mut tx, NewEvent::system(refusal.id, EventKind::Refused, refusal.at, detail))
                .await?;
        }
        commit(tx, "refuse").await?;
        Ok(())
    }

    /// The refusal of a drop, where it was refused before it became a certificate.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub async fn refusal(&self, id: CertificateId) -> Result<Option<Refusal>, LedgerError> {
        let row = sqlx::query("SELECT * FROM refusals WHERE id = ?")
            .bind(id.to_string())
            .fetch_optional(&self.read)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let word =
            |field: &str| LedgerError::UnknownWord { id: id.to_string(), field: field.into() };
        let folder: String = row.try_get("folder")?;
        let reason: String = row.try_get("reason")?;
        Ok(Some(Refusal {
            id,
            drop_name: row.try_get("drop_name")?,
            drop_hash: row
                .try_get::<Option<String>, _>("drop_hash")?
                .and_then(|hash| hash.parse().ok()),
            folder: [RefusalFolder::Failed, RefusalFolder::Duplicate]
                .into_iter()
                .find(|known| known.as_str() == folder)
                .ok_or_else(|| word("folder"))?,
            stage: row.try_get("stage")?,
            reason: serde_json::from_str(&reason).map_err(|_| word("reason"))?,
            at: timestamp(row.try_get("at")?),
        }))
    }
}

/// What speaks against a drop now, within the transaction: another may have come since pre-flight
/// looked.
async fn obstacle(tx: &mut Tx, new: &NewCertificate) -> Result<Option<Acceptance>, LedgerError> {
    let hash = new.drop_hash.to_string();
    if let Some(same) =
        certificates::find(tx, "drop_hash = ? AND status <> 'rejected'", &[&hash]).await?
    {
        return Ok(Some(Acceptance::SameDrop(same)));
    }
    let degree = [new.student_no.as_str(), &new.programme, &new.degree, new.language.as_str()];
    let in_the_way = certificates::find(
        tx,
        "student_no = ? AND programme = ? AND degree = ? AND language = ?
         AND status IN ('pending', 'issued') ORDER BY status DESC",
        &degree,
    )
    .await?;
    if let Some(other) = in_the_way.filter(|other| Some(*other) != new.supersedes) {
        return Ok(Some(Acceptance::DegreeTaken(other)));
    }
    if let Some(earlier) = new.supersedes.filter(|_| in_the_way.is_none()) {
        return Ok(Some(Acceptance::DegreeTaken(earlier)));
    }
    let Some(number) = &new.certificate_no else { return Ok(None) };
    let taken = certificates::find(
        tx,
        "certificate_no = ? AND status <> 'rejected'
         AND (student_no <> ? OR programme <> ? OR degree <> ?)",
        &[number, &new.student_no, &new.programme, &new.degree],
    )
    .await?;
    Ok(taken.map(Acceptance::NumberTaken))
}

/// The next number of the year that nobody has.
async fn next_number(tx: &mut Tx, new: &NewCertificate) -> Result<String, LedgerError> {
    let (year, roc_year) = (new.day.year().to_string(), (new.day.year() - 1911).to_string());
    loop {
        let row = sqlx::query(
            "INSERT INTO numbers (year, last) VALUES (?, 1)
             ON CONFLICT (year) DO UPDATE SET last = last + 1 RETURNING last",
        )
        .bind(i64::from(new.day.year()))
        .fetch_one(&mut **tx)
        .await?;
        let seq = format!("{:06}", row.try_get::<i64, _>(0)?);
        let number = new
            .numbering
            .replace("{roc_year}", &roc_year)
            .replace("{year}", &year)
            .replace("{seq}", &seq);
        if certificates::find(tx, "certificate_no = ?", &[&number]).await?.is_none() {
            return Ok(number);
        }
    }
}

async fn insert(
    tx: &mut Tx,
    new: &NewCertificate,
    number: &str,
    approval: Option<ApprovalCause>,
) -> Result<(), LedgerError> {
    sqlx::query(
        "INSERT INTO certificates (id, student_no, name_zh, name_en, programme, degree, college,
            kind, language, certificate_no, issued_on, status, progress, waiting_for, approval,
            token, drop_name, drop_hash, accepted_at, accepted_on, supersedes, due_at, rung_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'pending', 'compose', ?, ?, ?, ?, ?, ?, ?, ?, ?,
            ?)",
    )
    .bind(new.id.to_string())
    .bind(&new.student_no)
    .bind(&new.name_zh)
    .bind(&new.name_en)
    .bind(&new.programme)
    .bind(&new.degree)
    .bind(&new.college)
    .bind(new.kind.as_str())
    .bind(new.language.as_str())
    .bind(number)
    .bind(&new.issued_on)
    .bind(approval.map(|_| WaitingFor::Approval.as_str()))
    .bind(approval.map(ApprovalCause::as_str))
    .bind(&new.token)
    .bind(&new.drop_name)
    .bind(new.drop_hash.to_string())
    .bind(millis(new.accepted_at))
    .bind(new.day.to_string())
    .bind(new.supersedes.map(|id| id.to_string()))
    .bind(millis(new.accepted_at))
    // Whoever accepts it rings for it.
    .bind(millis(new.accepted_at))
    .execute(&mut **tx)
    .await?;
    Ok(())
}
