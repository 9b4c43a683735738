//! Which worker processes live.

use jiff::Timestamp;
use sqlx::Row;
use std::collections::BTreeSet;

use super::{Ledger, millis};
use crate::{Lease, LedgerError, WorkerId};

impl Ledger {
    /// A worker says that it lives. The first word registers it.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub async fn heartbeat(
        &self,
        worker: WorkerId,
        host: &str,
        pid: u32,
        lanes: &str,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        sqlx::query(
            "INSERT INTO workers (id, host, pid, lanes, started_at, seen_at) VALUES (?, ?, ?, ?, ?, ?)
             ON CONFLICT (id) DO UPDATE SET seen_at = MAX(seen_at, excluded.seen_at)",
        )
        .bind(worker.to_string())
        .bind(host)
        .bind(i64::from(pid))
        .bind(lanes)
        .bind(millis(now))
        .bind(millis(now))
        .execute(&self.write)
        .await?;
        Ok(())
    }

    /// The turns that a worker has.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub async fn turns_of(&self, worker: WorkerId) -> Result<Vec<Lease>, LedgerError> {
        // Without the first condition every certificate there ever was would be read.
        let rows = sqlx::query(
            "SELECT id, run FROM certificates WHERE progress <> 'closed' AND waiting_for IS NULL
               AND worker = ?",
        )
        .bind(worker.to_string())
        .fetch_all(&self.read)
        .await?;
        let mut turns = Vec::new();
        for row in rows {
            // An id that can't be read is no turn that could be handed back.
            if let Ok(certificate) = row.try_get::<String, _>(0)?.parse() {
                turns.push(Lease { certificate, worker, run: row.try_get(1)? });
            }
        }
        Ok(turns)
    }

    /// The lanes that a living worker listens to; one not heard of since `dead_before` counts as
    /// dead.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub async fn lanes_with_workers(
        &self,
        dead_before: Timestamp,
    ) -> Result<BTreeSet<String>, LedgerError> {
        let rows = sqlx::query("SELECT lanes FROM workers WHERE seen_at >= ?")
            .bind(millis(dead_before))
            .fetch_all(&self.read)
            .await?;
        let mut lanes = BTreeSet::new();
        for row in rows {
            let names: String = row.try_get(0)?;
            lanes.extend(names.split(' ').map(str::to_owned));
        }
        Ok(lanes)
    }

    /// A worker leaves; what it still had counts as handed back. Workers that nobody heard of
    /// since `forget_before` are forgotten with it.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub async fn farewell(
        &self,
        worker: WorkerId,
        forget_before: Timestamp,
    ) -> Result<(), LedgerError> {
        sqlx::query("DELETE FROM workers WHERE id = ? OR seen_at < ?")
            .bind(worker.to_string())
            .bind(millis(forget_before))
            .execute(&self.write)
            .await?;
        Ok(())
    }
}
