//! What happened lately, by the history's index of times, and what needs a person.

use jiff::{SignedDuration, Timestamp};
use sqlx::Row;

use super::counts::count;
use super::{Ledger, millis, timestamp};
use crate::{LedgerError, Minute, Rates, Today};

/// How many minutes [`Rates`] shows.
const MINUTES: i64 = 15;

/// A refused drop is an event as well; one that was there already is told apart by its folder.
pub(super) const TODAY: &str = "
    WITH happened (kind, many) AS
        (SELECT kind, COUNT(*) FROM events WHERE at >= ?1 GROUP BY kind),
    doubled (many) AS
        (SELECT COUNT(*) FROM refusals WHERE folder = 'duplicate' AND at >= ?1)
    SELECT
        COALESCE((SELECT many FROM happened WHERE kind = 'accepted'), 0),
        COALESCE((SELECT many FROM happened WHERE kind = 'issued'), 0),
        COALESCE((SELECT many FROM happened WHERE kind = 'sending_accepted'), 0),
        COALESCE((SELECT many FROM happened WHERE kind = 'refused'), 0) - many,
        many,
        (SELECT COUNT(*) FROM certificates WHERE waiting_for = 'approval'),
        (SELECT COUNT(*) FROM certificates WHERE waiting_for = 'person'),
        (SELECT COUNT(DISTINCT failed.certificate) FROM sendings AS failed
            CROSS JOIN certificates ON certificates.id = failed.certificate
            WHERE failed.state IN ('bounced', 'refused', 'suppressed')
              AND failed.purpose = 'certificate' AND certificates.status = 'issued'
              AND NOT EXISTS (SELECT 1 FROM sendings AS arrived
                WHERE arrived.certificate = failed.certificate
                  AND arrived.purpose = 'certificate'
                  AND arrived.state IN ('accepted', 'downloaded'))),
        (SELECT COUNT(*) FROM sendings WHERE review = 1)
    FROM doubled";

/// By the minute, counted back from now.
pub(super) const MINUTES_BACK: &str = "
    SELECT (?1 - at) / 60000, SUM(kind = 'issued'), SUM(kind = 'closed') FROM events
    WHERE at > ?1 - ?2 * 60000 AND at <= ?1 AND kind IN ('issued', 'closed') GROUP BY 1";

pub(super) const OLDEST_DUE: &str = "
    SELECT progress, MIN(due_at) FROM certificates INDEXED BY on_the_way
    LEFT JOIN workers ON workers.id = certificates.worker
    WHERE progress <> 'closed' AND waiting_for IS NULL AND due_at <= ?1
      AND NOT COALESCE(seen_at >= ?2, FALSE)
    GROUP BY progress";

impl Ledger {
    /// What happened since `since`, and what needs a person now.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub async fn today(&self, since: Timestamp) -> Result<Today, LedgerError> {
        let row = sqlx::query(TODAY).bind(millis(since)).fetch_one(&self.read).await?;
        let many = |column: usize| Ok::<_, LedgerError>(count(row.try_get(column)?));
        Ok(Today {
            accepted: many(0)?,
            issued: many(1)?,
            mailed: many(2)?,
            refused: many(3)?,
            duplicates: many(4)?,
            waiting_for_approval: many(5)?,
            parked: many(6)?,
            undelivered: many(7)?,
            to_review: many(8)?,
        })
    }

    /// How fast the lanes are at `now`; a worker not heard of since `dead_before` counts as dead.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub async fn lane_rates(
        &self,
        now: Timestamp,
        dead_before: Timestamp,
    ) -> Result<Rates, LedgerError> {
        let begin = |back: i64| {
            now.checked_sub(SignedDuration::from_mins(back + 1)).unwrap_or(Timestamp::UNIX_EPOCH)
        };
        let mut minutes: Vec<Minute> = (0..MINUTES)
            .rev()
            .map(|back| Minute { from: begin(back), issued: 0, closed: 0 })
            .collect();
        let rows =
            sqlx::query(MINUTES_BACK).bind(millis(now)).bind(MINUTES).fetch_all(&self.read).await?;
        for row in rows {
            let back = usize::try_from(row.try_get::<i64, _>(0)?).unwrap_or(usize::MAX);
            if let Some(minute) = minutes.iter_mut().rev().nth(back) {
                minute.issued = count(row.try_get(1)?);
                minute.closed = count(row.try_get(2)?);
            }
        }
        let rows = sqlx::query(OLDEST_DUE)
            .bind(millis(now))
            .bind(millis(dead_before))
            .fetch_all(&self.read)
            .await?;
        let oldest_due = rows
            .iter()
            .map(|row| Ok((row.try_get(0)?, timestamp(row.try_get(1)?))))
            .collect::<Result<_, LedgerError>>()?;
        Ok(Rates { minutes, oldest_due })
    }
}
