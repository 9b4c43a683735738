//! A clock that was ahead, and is right again.

use jiff::Timestamp;

use super::{Ledger, millis};
use crate::LedgerError;

/// What the clocks of processes may differ by, in milliseconds.
const DIFFERENCE: i64 = 60_000;

/// Whether anything was done at a time that is still to come. On their way alone: the way's end is
/// read by the index of what is on its way.
const IS_THERE: &str = "SELECT EXISTS (SELECT 1 FROM certificates WHERE progress <> 'closed'
        AND due_at > ?1 AND COALESCE(begun_at, accepted_at) > ?1 + ?2)
    OR EXISTS (SELECT 1 FROM workers WHERE seen_at > ?1 + ?2)
    OR EXISTS (SELECT 1 FROM lanes WHERE held_at > ?1 + ?2 OR probe_at > ?1 + ?3)";

/// Each by itself is right whether or not the others were done.
const TAKE_BACK: [&str; 3] = [
    "UPDATE certificates SET due_at = due_at - (COALESCE(begun_at, accepted_at) - ?1),
        begun_at = MIN(begun_at, ?1)
     WHERE progress <> 'closed' AND due_at > ?1 AND COALESCE(begun_at, accepted_at) > ?1 + ?2",
    "UPDATE workers SET seen_at = ?1 WHERE seen_at > ?1 + ?2",
    "UPDATE lanes SET held_at = MIN(held_at, ?1), probe_at = ?1
     WHERE held_at > ?1 + ?2 OR probe_at > ?1 + ?3",
];

impl Ledger {
    /// Takes back what a clock that was ahead put off: a certificate that was to wait an hour waits
    /// an hour from now, a held lane, which is probed every `probe`, is probed now, and a worker
    /// that was heard of tomorrow is heard of now, or is dead. Returns whether there was any of it.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub async fn take_back_clock(
        &self,
        probe: std::time::Duration,
        now: Timestamp,
    ) -> Result<bool, LedgerError> {
        let (now, probe) = (millis(now), super::span(probe).saturating_add(DIFFERENCE));
        let ahead: bool = sqlx::query_scalar(IS_THERE)
            .bind(now)
            .bind(DIFFERENCE)
            .bind(probe)
            .fetch_one(&self.read)
            .await?;
        if !ahead {
            return Ok(false);
        }
        let mut tx = self.change().await?;
        for change in TAKE_BACK {
            sqlx::query(change).bind(now).bind(DIFFERENCE).bind(probe).execute(&mut *tx).await?;
        }
        tx.commit().await?;
        Ok(true)
    }
}
