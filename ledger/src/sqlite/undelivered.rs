//! Who has not got their certificate, and why.

use jiff::{Timestamp, ToSpan};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite};
use std::collections::BTreeMap;

use super::{Ledger, certificates, millis, timestamp};
use crate::{LedgerError, Undelivered, UndeliveredFilter, Why};

/// The certificates in force without a sending that arrived, each with its last sending, and why.
///
/// Only what is still open, or has a sending that failed, is looked at: both are few and have
/// their indexes (`in_motion`, `waiting`, `sendings_failed`), however many were delivered. A
/// certificate is closed by its mail alone, so nothing else can be undelivered. A page of the list
/// stops where it is full: the ids that are looked at come in order.
pub(super) const UNDELIVERED: &str = "
    WITH candidates (id) AS (
        SELECT id FROM certificates WHERE progress <> 'closed' AND waiting_for IS NULL
        UNION SELECT id FROM certificates WHERE waiting_for IS NOT NULL
        UNION SELECT certificate FROM sendings WHERE state IN ('bounced', 'refused', 'suppressed')
    ), looked_at AS (
        SELECT c.*, l.id AS sending, l.review AS review,
            json_extract(CASE WHEN json_valid(c.last_error) THEN c.last_error END, '$.code')
                AS error, l.state AS state, l.bounce AS bounce, l.answer AS answer,
            CASE
                WHEN l.id IS NOT NULL THEN COALESCE(l.bounced_at, l.answered_at, l.created_at)
                -- Not tried yet: its mail may be put off (`mail.delay`).
                WHEN c.first_tried_at IS NULL THEN MAX(c.archived_at, c.due_at)
                ELSE c.archived_at
            END AS since
        FROM certificates c
        LEFT JOIN sendings l ON l.id = (SELECT MAX(id) FROM sendings
            WHERE certificate = c.id AND purpose = 'certificate')
        WHERE c.id IN (SELECT id FROM candidates) AND c.status = 'issued'
            AND NOT EXISTS (SELECT 1 FROM sendings WHERE certificate = c.id
                AND purpose = 'certificate' AND state IN ('accepted', 'downloaded'))
    ), told AS (
        SELECT *, CASE
            WHEN waiting_for = 'person' AND error = 'no_address' THEN 'no_address'
            WHEN state IN ('bounced', 'refused', 'suppressed') THEN state
            WHEN waiting_for = 'person' AND error = 'address_suppressed' THEN 'suppressed'
            WHEN waiting_for IS NOT NULL THEN 'parked'
            ELSE 'under_way'
        END AS why FROM looked_at
    )";

impl Ledger {
    /// Certificates in force whose graduates have not got them, newest first. What has been on its
    /// way for less than an hour at `now` is left out.
    ///
    /// # Errors
    /// [`LedgerError`] of the database, or [`LedgerError::UnknownWord`].
    pub async fn undelivered(
        &self,
        filter: &UndeliveredFilter,
        now: Timestamp,
    ) -> Result<Vec<Undelivered>, LedgerError> {
        let mut query = told("SELECT * FROM told WHERE ", now);
        if let Some(why) = filter.why {
            query.push(" AND why = ").push_bind(why.as_str());
        }
        if let Some(before) = filter.before {
            query.push(" AND id < ").push_bind(before.to_string());
        }
        query.push(" ORDER BY id DESC");
        if filter.limit > 0 {
            query.push(" LIMIT ").push_bind(i64::from(filter.limit));
        }
        query.build().fetch_all(&self.read).await?.iter().map(undelivered).collect()
    }

    /// How many there are of each [`Why`]; a reason that nobody has is left out.
    ///
    /// # Errors
    /// As for [`Ledger::undelivered`].
    pub async fn undelivered_counts(
        &self,
        now: Timestamp,
    ) -> Result<BTreeMap<Why, u64>, LedgerError> {
        let mut query = told("SELECT why, COUNT(*) FROM told WHERE ", now);
        query.push(" GROUP BY why");
        let rows = query.build().fetch_all(&self.read).await?;
        rows.iter()
            .map(|row| {
                Ok((why(row)?, u64::try_from(row.try_get::<i64, _>(1)?).unwrap_or_default()))
            })
            .collect()
    }
}

/// A question to what [`UNDELIVERED`] tells, without what is simply on its way.
fn told(question: &'static str, now: Timestamp) -> QueryBuilder<Sqlite> {
    let hour_ago = now.checked_sub(1.hour()).unwrap_or(Timestamp::UNIX_EPOCH);
    let mut query = QueryBuilder::new(UNDELIVERED);
    query.push(question).push("(why <> 'under_way' OR since < ").push_bind(millis(hour_ago));
    query.push(")");
    query
}

fn undelivered(row: &SqliteRow) -> Result<Undelivered, LedgerError> {
    let why = why(row)?;
    let code = match why {
        Why::Bounced => row.try_get("bounce")?,
        Why::Refused => row.try_get("answer")?,
        Why::Parked => row.try_get("error")?,
        Why::NoAddress | Why::Suppressed | Why::UnderWay => None,
    };
    Ok(Undelivered {
        certificate: certificates::certificate(row)?,
        why,
        code,
        review: row.try_get::<Option<bool>, _>("review")?.unwrap_or_default(),
        since: timestamp(row.try_get("since")?),
        sending: row.try_get::<Option<String>, _>("sending")?.and_then(|id| id.parse().ok()),
    })
}

fn why(row: &SqliteRow) -> Result<Why, LedgerError> {
    let word: String = row.try_get("why")?;
    Why::ALL.iter().copied().find(|why| why.as_str() == word).ok_or_else(|| {
        LedgerError::UnknownWord {
            id: row.try_get("id").unwrap_or_default(),
            field: format!("why “{word}”"),
        }
    })
}
