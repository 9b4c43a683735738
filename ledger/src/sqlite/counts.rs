//! How many stand where.

use jiff::{Timestamp, ToSpan};
use sqlx::Row;
use std::collections::BTreeMap;

use super::{Ledger, millis};
use crate::{Counts, LaneCount, LedgerError};

impl Ledger {
    /// How many certificates stand where at `now`; a worker not heard of since `dead_before`
    /// counts as dead.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub async fn counts(
        &self,
        now: Timestamp,
        dead_before: Timestamp,
    ) -> Result<Counts, LedgerError> {
        let by_status =
            self.groups("SELECT status, COUNT(*) FROM certificates GROUP BY status").await?;
        let refused = self.groups("SELECT folder, COUNT(*) FROM refusals GROUP BY folder").await?;
        let mailed = sqlx::query("SELECT COUNT(*) FROM sendings WHERE state = 'accepted'")
            .fetch_one(&self.read)
            .await?;
        let minute_ago = now.checked_sub(1.minute()).unwrap_or(Timestamp::UNIX_EPOCH);
        let closed = sqlx::query("SELECT COUNT(*) FROM events WHERE kind = 'closed' AND at > ? AND seq > (SELECT MAX(seq) - 100000 FROM events)")
            .bind(millis(minute_ago))
            .fetch_one(&self.read)
            .await?;
        Ok(Counts {
            by_status,
            by_stage: self.open_by_stage(now, dead_before).await?,
            refused,
            mailed: count(mailed.try_get(0)?),
            closed_last_minute: count(closed.try_get(0)?),
        })
    }

    async fn groups(&self, sql: &'static str) -> Result<BTreeMap<String, u64>, LedgerError> {
        sqlx::query(sql)
            .fetch_all(&self.read)
            .await?
            .iter()
            .map(|row| Ok((row.try_get(0)?, count(row.try_get(1)?))))
            .collect()
    }

    async fn open_by_stage(
        &self,
        now: Timestamp,
        dead_before: Timestamp,
    ) -> Result<BTreeMap<String, LaneCount>, LedgerError> {
        let rows = sqlx::query(
            "SELECT progress,
                CASE WHEN waiting_for = 'approval' THEN 'approval'
                     WHEN waiting_for IS NOT NULL THEN 'parked'
                     WHEN worker IS NOT NULL AND seen_at >= ? THEN 'in_flight'
                     WHEN due_at > ? THEN 'later' ELSE 'due' END AS what, COUNT(*)
             FROM certificates LEFT JOIN workers ON workers.id = certificates.worker
             WHERE progress <> 'closed' GROUP BY 1, 2",
        )
        .bind(millis(dead_before))
        .bind(millis(now))
        .fetch_all(&self.read)
        .await?;
        let mut stages = BTreeMap::<String, LaneCount>::new();
        for row in rows {
            let lane = stages.entry(row.try_get(0)?).or_default();
            let what: String = row.try_get(1)?;
            let many = count(row.try_get(2)?);
            match what.as_str() {
                "approval" => lane.approval = many,
                "parked" => lane.parked = many,
                "in_flight" => lane.in_flight = many,
                "later" => lane.later = many,
                _ => lane.due = many,
            }
        }
        Ok(stages)
    }
}

fn count(many: i64) -> u64 {
    u64::try_from(many).unwrap_or_default()
}
