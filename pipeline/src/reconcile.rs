//! Ledger and queue are compared at start and on a timer: what is due and not rung for is rung
//! for. This is how an emptied Redis, a ring that failed, a retry whose time has come, a lane that
//! a person resumed and a certificate whose worker died all come back: by one path.

use jiff::{SignedDuration, Timestamp};
use sealpress_ledger::LedgerError;
use std::time::Duration;

use crate::lanes::LaneSetup;
use crate::queue::QueueError;
use crate::runner::Runner;

/// While so many rings wait in a lane, its workers have enough to do, and a ring that was lost can
/// wait until they have not.
const ENOUGH: u64 = 100;
/// Rings at most in one go.
const GO: u32 = 500;

/// Why a look was not taken to its end; the next one begins afresh.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReconcileError {
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    #[error(transparent)]
    Queue(#[from] QueueError),
}

impl Runner {
    /// Rings for what is due in a lane. Returns how many.
    pub(crate) async fn reconcile(
        &self,
        lane: &LaneSetup,
        every: Duration,
    ) -> Result<usize, ReconcileError> {
        let now = (self.clock)();
        let state = self.ledger.lane(&lane.rules.name).await?;
        if state.paused.is_some() || state.held.as_ref().is_some_and(|held| held.probe_at > now) {
            return Ok(0);
        }
        if self.queue.depth(&lane.rules.name).await? >= ENOUGH {
            return Ok(0);
        }
        // A held lane is probed by one certificate.
        let limit = if state.held.is_some() { 1 } else { GO };
        let due = self
            .ledger
            .ring_for(
                &lane.rules.stages,
                now,
                earlier(now, every),
                earlier(now, lane.rules.dead_after),
                limit,
            )
            .await?;
        if !due.is_empty() {
            self.queue.ring(&lane.rules.name, &due).await?;
        }
        Ok(due.len())
    }
}

pub(crate) fn earlier(now: Timestamp, by: Duration) -> Timestamp {
    SignedDuration::try_from(by)
        .ok()
        .and_then(|by| now.checked_sub(by).ok())
        .unwrap_or(Timestamp::UNIX_EPOCH)
}
