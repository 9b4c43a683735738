//! How many stand where.

use jiff::{Timestamp, ToSpan};
use sqlx::{QueryBuilder, Row, Sqlite};
use std::collections::BTreeMap;

use super::jobs::STATE;
use super::{Ledger, millis};
use crate::{Counts, LaneCount, LedgerError};

/// Nearly all are in force, and counting all of something is quick: in force is the rest.
pub(super) const BY_STATUS: &str = "
    WITH others (status, many) AS
        (SELECT status, COUNT(*) FROM certificates WHERE status <> 'issued' GROUP BY status),
    issued (many) AS
        (SELECT (SELECT COUNT(*) FROM certificates) - (SELECT COALESCE(SUM(many), 0) FROM others))
    SELECT status, many FROM others UNION ALL SELECT 'issued', many FROM issued WHERE many > 0";

/// Nearly all sendings are accepted.
pub(super) const MAILED: &str = "
    SELECT (SELECT COUNT(*) FROM sendings)
        - (SELECT COUNT(*) FROM sendings WHERE state <> 'accepted')";

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
        let by_status = self.groups(BY_STATUS).await?;
        let refused = self.groups("SELECT folder, COUNT(*) FROM refusals GROUP BY folder").await?;
        let mailed = sqlx::query(MAILED).fetch_one(&self.read).await?;
        let minute_ago = now.checked_sub(1.minute()).unwrap_or(Timestamp::UNIX_EPOCH);
        let closed = sqlx::query("SELECT COUNT(*) FROM events WHERE at > ? AND kind = 'closed'")
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
        let [waits, lives, due] = STATE;
        let mut query = QueryBuilder::<Sqlite>::new("SELECT progress, ");
        query.push(waits).push_bind(millis(dead_before));
        query.push(lives).push_bind(millis(now)).push(due);
        query.push(
            ", COUNT(*) FROM certificates INDEXED BY on_the_way
             LEFT JOIN workers ON workers.id = certificates.worker
             WHERE progress <> 'closed' GROUP BY 1, 2",
        );
        let rows = query.build().fetch_all(&self.read).await?;
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

pub(super) fn count(many: i64) -> u64 {
    u64::try_from(many).unwrap_or_default()
}
