//! Reading certificates.

use sealpress_config::{Language, Stage};
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, QueryBuilder, Row, Sqlite};
use std::str::FromStr;

use super::{Ledger, Tx, millis, timestamp};
use crate::{
    ApprovalCause, ArchivedFile, Certificate, CertificateId, Certified, LedgerError, Progress,
    Sha256Hash, Status, WaitingFor,
};

/// Which certificates a list shows; what is `None` does not narrow it.
#[derive(Debug, Clone, Default)]
pub struct CertificateFilter {
    /// Status.
    pub status: Option<Status>,
    /// Student number.
    pub student_no: Option<String>,
    /// Certificate number.
    pub certificate_no: Option<String>,
    /// What they wait for.
    pub waiting_for: Option<WaitingFor>,
    /// Only those that are not closed.
    pub open: bool,
    /// At most so many, newest first; 0 is all.
    pub limit: u32,
}

impl Ledger {
    /// One certificate.
    ///
    /// # Errors
    /// [`LedgerError`] of the database, or [`LedgerError::UnknownWord`].
    pub async fn certificate(&self, id: CertificateId) -> Result<Option<Certificate>, LedgerError> {
        sqlx::query("SELECT * FROM certificates WHERE id = ?")
            .bind(id.to_string())
            .fetch_optional(&self.read)
            .await?
            .as_ref()
            .map(certificate)
            .transpose()
    }

    /// The certificate that these bytes became; rejected ones are left out.
    ///
    /// # Errors
    /// As for [`Ledger::certificate`].
    pub async fn by_drop_hash(&self, hash: Sha256Hash) -> Result<Option<Certificate>, LedgerError> {
        sqlx::query("SELECT * FROM certificates WHERE drop_hash = ? AND status <> 'rejected'")
            .bind(hash.to_string())
            .fetch_optional(&self.read)
            .await?
            .as_ref()
            .map(certificate)
            .transpose()
    }

    /// The certificate whose archived file has this digest.
    ///
    /// # Errors
    /// As for [`Ledger::certificate`].
    pub async fn by_archive_hash(
        &self,
        hash: Sha256Hash,
    ) -> Result<Option<Certificate>, LedgerError> {
        sqlx::query("SELECT * FROM certificates WHERE archive_hash = ?")
            .bind(hash.to_string())
            .fetch_optional(&self.read)
            .await?
            .as_ref()
            .map(certificate)
            .transpose()
    }

    /// The certificates of one degree in one language, oldest first; rejected ones are left out.
    ///
    /// # Errors
    /// As for [`Ledger::certificate`].
    pub async fn of_degree(
        &self,
        student_no: &str,
        programme: &str,
        degree: &str,
        language: Language,
    ) -> Result<Vec<Certificate>, LedgerError> {
        sqlx::query(
            "SELECT * FROM certificates WHERE student_no = ? AND programme = ? AND degree = ?
             AND language = ? AND status <> 'rejected' ORDER BY id",
        )
        .bind(student_no)
        .bind(programme)
        .bind(degree)
        .bind(language.as_str())
        .fetch_all(&self.read)
        .await?
        .iter()
        .map(certificate)
        .collect()
    }

    /// Certificates that fit a filter, newest first.
    ///
    /// # Errors
    /// As for [`Ledger::certificate`].
    pub async fn certificates(
        &self,
        filter: &CertificateFilter,
    ) -> Result<Vec<Certificate>, LedgerError> {
        let mut query = QueryBuilder::<Sqlite>::new("SELECT * FROM certificates WHERE TRUE");
        let words = [
            (" AND status = ", filter.status.map(|status| status.as_str().to_owned())),
            (" AND student_no = ", filter.student_no.clone()),
            (" AND certificate_no = ", filter.certificate_no.clone()),
            (" AND waiting_for = ", filter.waiting_for.map(|what| what.as_str().to_owned())),
        ];
        for (clause, value) in words {
            if let Some(value) = value {
                query.push(clause).push_bind(value);
            }
        }
        if filter.open {
            query.push(" AND progress <> 'closed'");
        }
        query.push(" ORDER BY id DESC");
        if filter.limit > 0 {
            query.push(" LIMIT ").push_bind(i64::from(filter.limit));
        }
        query.build().fetch_all(&self.read).await?.iter().map(certificate).collect()
    }

    /// Every certificate with an archived file, in the order of their ids, from after `after` on.
    ///
    /// # Errors
    /// As for [`Ledger::certificate`].
    pub async fn archived_after(
        &self,
        after: Option<CertificateId>,
        limit: u32,
    ) -> Result<Vec<Certificate>, LedgerError> {
        sqlx::query(
            "SELECT * FROM certificates WHERE archive_path IS NOT NULL AND id > ? ORDER BY id LIMIT ?",
        )
        .bind(after.map(|id| id.to_string()).unwrap_or_default())
        .bind(i64::from(limit))
        .fetch_all(&self.read)
        .await?
        .iter()
        .map(certificate)
        .collect()
    }

    /// Certificates whose stage is one of `stages`, which are due at `now`, which nobody has, and
    /// which were not rung for since `rung_before`. They count as rung for from now on.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub async fn ring_for(
        &self,
        stages: &[Stage],
        now: jiff::Timestamp,
        rung_before: jiff::Timestamp,
        dead_before: jiff::Timestamp,
        limit: u32,
    ) -> Result<Vec<CertificateId>, LedgerError> {
        let mut query = QueryBuilder::<Sqlite>::new("UPDATE certificates SET rung_at = ");
        query.push_bind(millis(now));
        query.push(
            " WHERE id IN (SELECT id FROM certificates
               WHERE progress <> 'closed' AND waiting_for IS NULL AND progress IN (",
        );
        let mut words = query.separated(", ");
        for stage in stages {
            words.push_bind(stage.as_str());
        }
        query.push(") AND due_at <= ").push_bind(millis(now));
        query.push(" AND rung_at < ").push_bind(millis(rung_before));
        query.push(
            " AND (worker IS NULL OR NOT EXISTS (SELECT 1 FROM workers
               WHERE workers.id = certificates.worker AND seen_at >= ",
        );
        query.push_bind(millis(dead_before));
        query.push(")) ORDER BY due_at, id LIMIT ").push_bind(i64::from(limit));
        query.push(") RETURNING id");
        let mut tx = self.change().await?;
        let rows = query.build().fetch_all(&mut *tx).await?;
        tx.commit().await?;
        let mut ids = rows
            .iter()
            .map(|row| Ok(row.try_get::<String, _>(0)?.parse().ok()))
            .collect::<Result<Vec<Option<CertificateId>>, LedgerError>>()?;
        ids.sort_unstable();
        Ok(ids.into_iter().flatten().collect())
    }
}

/// The certificate as this transaction sees it.
pub(super) async fn load(tx: &mut Tx, id: CertificateId) -> Result<Certificate, LedgerError> {
    let row = sqlx::query("SELECT * FROM certificates WHERE id = ?")
        .bind(id.to_string())
        .fetch_optional(&mut **tx)
        .await?;
    row.as_ref().map(certificate).transpose()?.ok_or(LedgerError::NoCertificate(id))
}

/// One certificate by a clause of our own and its values.
pub(super) async fn find(
    tx: &mut Tx,
    clause: &'static str,
    values: &[&str],
) -> Result<Option<CertificateId>, LedgerError> {
    let sql = format!("SELECT id FROM certificates WHERE {clause} LIMIT 1");
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for value in values {
        query = query.bind((*value).to_owned());
    }
    let row = query.fetch_optional(&mut **tx).await?;
    Ok(row.map(|row| row.try_get::<String, _>(0)).transpose()?.and_then(|id| id.parse().ok()))
}

pub(super) fn certificate(row: &SqliteRow) -> Result<Certificate, LedgerError> {
    let progress: String = row.try_get("progress")?;
    let progress = match progress.as_str() {
        "closed" => Progress::Closed,
        stage => Progress::At(word(row, "progress", Stage::from_str(stage).ok())?),
    };
    let status: String = row.try_get("status")?;
    let waiting: Option<String> = row.try_get("waiting_for")?;
    let waiting_for = waiting
        .map(|what| match what.as_str() {
            "approval" => Ok(WaitingFor::Approval),
            "person" => Ok(WaitingFor::Person),
            _ => word(row, "waiting_for", None),
        })
        .transpose()?;
    let last_error: Option<String> = row.try_get("last_error")?;
    Ok(Certificate {
        id: parsed(row, "id")?,
        certified: certified(row)?,
        status: word(row, "status", Status::ALL.iter().copied().find(|s| s.as_str() == status))?,
        progress,
        waiting_for,
        approval: approval(row)?,
        token: row.try_get("token")?,
        drop_name: row.try_get("drop_name")?,
        drop_hash: parsed(row, "drop_hash")?,
        accepted_at: timestamp(row.try_get("accepted_at")?),
        archived: archived(row)?,
        supersedes: row.try_get::<Option<String>, _>("supersedes")?.and_then(|id| id.parse().ok()),
        attempts: row.try_get("attempts")?,
        due_at: timestamp(row.try_get("due_at")?),
        first_tried_at: row.try_get::<Option<i64>, _>("first_tried_at")?.map(timestamp),
        handed_on: row
            .try_get::<Option<String>, _>("handed_on")?
            .and_then(|hash| hash.parse().ok()),
        last_error: last_error.and_then(|json| serde_json::from_str(&json).ok()),
    })
}

fn approval(row: &SqliteRow) -> Result<Option<ApprovalCause>, LedgerError> {
    let Some(text) = row.try_get::<Option<String>, _>("approval")? else { return Ok(None) };
    let known = ApprovalCause::ALL.iter().copied().find(|cause| cause.as_str() == text);
    word(row, "approval", known).map(Some)
}

fn certified(row: &SqliteRow) -> Result<Certified, LedgerError> {
    Ok(Certified {
        student_no: row.try_get("student_no")?,
        name_zh: row.try_get("name_zh")?,
        name_en: row.try_get("name_en")?,
        programme: row.try_get("programme")?,
        degree: row.try_get("degree")?,
        college: row.try_get("college")?,
        kind: parsed(row, "kind")?,
        language: parsed(row, "language")?,
        certificate_no: row.try_get("certificate_no")?,
        issued_on: row.try_get("issued_on")?,
    })
}

fn archived(row: &SqliteRow) -> Result<Option<ArchivedFile>, LedgerError> {
    let Some(path) = row.try_get::<Option<String>, _>("archive_path")? else { return Ok(None) };
    Ok(Some(ArchivedFile {
        path,
        hash: parsed(row, "archive_hash")?,
        bytes: u64::try_from(row.try_get::<i64, _>("archive_bytes")?).unwrap_or_default(),
        at: timestamp(row.try_get("archived_at")?),
    }))
}

fn parsed<T: FromStr>(row: &SqliteRow, column: &'static str) -> Result<T, LedgerError> {
    let text: Option<String> = row.try_get(column)?;
    word(row, column, text.and_then(|text| text.parse().ok()))
}

fn word<T>(row: &SqliteRow, column: &'static str, read: Option<T>) -> Result<T, LedgerError> {
    read.ok_or_else(|| {
        let text: String = row.try_get(column).unwrap_or_default();
        LedgerError::UnknownWord {
            id: row.try_get("id").unwrap_or_default(),
            field: format!("{column} “{text}”"),
        }
    })
}
