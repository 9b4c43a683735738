//! Pausing and holding lanes.

use jiff::Timestamp;
use serde_json::json;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::events::{NewEvent, SYSTEM, append};
use super::{Ledger, Tx, commit, millis, span, timestamp};
use crate::grounds::own_words;
use crate::{By, EventKind, Held, LaneRules, LaneState, LedgerError, Paused, Reason};

impl Ledger {
    /// Whether a lane runs.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub async fn lane(&self, name: &str) -> Result<LaneState, LedgerError> {
        let row = sqlx::query("SELECT * FROM lanes WHERE name = ?")
            .bind(name)
            .fetch_optional(&self.read)
            .await?;
        row.as_ref().map(state).transpose().map(Option::unwrap_or_default)
    }

    /// A dependency of the lane is down: nothing begins there until a probe comes through.
    /// Returns whether the lane was not held before.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub async fn hold_lane(
        &self,
        lane: &LaneRules,
        reason: &Reason,
        now: Timestamp,
    ) -> Result<bool, LedgerError> {
        let mut tx = self.change().await?;
        let before = read(&mut tx, &lane.name).await?;
        sqlx::query(
            "INSERT INTO lanes (name, held_reason, held_at, probe_at) VALUES (?, ?, ?, ?)
             ON CONFLICT (name) DO UPDATE SET held_reason = excluded.held_reason,
                held_at = COALESCE(held_at, excluded.held_at), probe_at = excluded.probe_at",
        )
        .bind(&lane.name)
        .bind(json!(reason).to_string())
        .bind(millis(now))
        .bind(millis(now) + span(lane.probe))
        .execute(&mut *tx)
        .await?;
        if before.held.is_none() {
            let detail = json!({ "lane": lane.name, "code": reason.code });
            append(&mut tx, lane_event(EventKind::LaneHeld, now, detail)).await?;
        }
        commit(tx, "hold").await?;
        Ok(before.held.is_none())
    }

    /// A probe came through: the lane runs again.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub async fn release_lane(&self, name: &str, now: Timestamp) -> Result<(), LedgerError> {
        let mut tx = self.change().await?;
        let released = sqlx::query(
            "UPDATE lanes SET held_reason = NULL, held_at = NULL, probe_at = NULL
             WHERE name = ? AND held_at IS NOT NULL",
        )
        .bind(name)
        .execute(&mut *tx)
        .await?;
        if released.rows_affected() == 1 {
            let detail = json!({ "lane": name });
            append(&mut tx, lane_event(EventKind::LaneReleased, now, detail)).await?;
        }
        commit(tx, "release").await?;
        Ok(())
    }

    /// A person pauses a lane: nothing begins there until a person resumes it.
    ///
    /// # Errors
    /// [`LedgerError::NotPossible`] when the reason has no end.
    pub async fn pause_lane(
        &self,
        name: &str,
        by: &By,
        reason: &str,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        // It may say nothing, but not without end.
        let reason = match reason.trim() {
            "" => String::new(),
            reason => own_words(reason)?,
        };
        let mut tx = self.change().await?;
        sqlx::query(
            "INSERT INTO lanes (name, paused_by, paused_reason, paused_at) VALUES (?, ?, ?, ?)
             ON CONFLICT (name) DO UPDATE SET paused_by = excluded.paused_by,
                paused_reason = excluded.paused_reason, paused_at = excluded.paused_at",
        )
        .bind(name)
        .bind(&by.who)
        .bind(&reason)
        .bind(millis(now))
        .execute(&mut *tx)
        .await?;
        let detail = json!({ "lane": name, "reason": reason });
        append(&mut tx, NewEvent::by(by, None, EventKind::LanePaused, now, detail)).await?;
        tx.commit().await?;
        Ok(())
    }

    /// A person lets a lane go on, whether a person paused it or a dependency holds it.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub async fn resume_lane(
        &self,
        name: &str,
        by: &By,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let mut tx = self.change().await?;
        let resumed =
            sqlx::query("DELETE FROM lanes WHERE name = ?").bind(name).execute(&mut *tx).await?;
        if resumed.rows_affected() == 1 {
            let detail = json!({ "lane": name });
            append(&mut tx, NewEvent::by(by, None, EventKind::LaneResumed, now, detail)).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}

/// Whether a run may begin in the lane; `Some(true)`: it is the probe of a held lane, and the next
/// probe waits its time.
pub(super) async fn gate(
    tx: &mut Tx,
    lane: &LaneRules,
    now: Timestamp,
) -> Result<Option<bool>, LedgerError> {
    let state = read(tx, &lane.name).await?;
    if state.paused.is_some() {
        return Ok(None);
    }
    let Some(held) = state.held else { return Ok(Some(false)) };
    if held.probe_at > now {
        return Ok(None);
    }
    sqlx::query("UPDATE lanes SET probe_at = ? WHERE name = ?")
        .bind(millis(now) + span(lane.probe))
        .bind(&lane.name)
        .execute(&mut **tx)
        .await?;
    Ok(Some(true))
}

async fn read(tx: &mut Tx, name: &str) -> Result<LaneState, LedgerError> {
    let row = sqlx::query("SELECT * FROM lanes WHERE name = ?")
        .bind(name)
        .fetch_optional(&mut **tx)
        .await?;
    row.as_ref().map(state).transpose().map(Option::unwrap_or_default)
}

fn state(row: &SqliteRow) -> Result<LaneState, LedgerError> {
    let paused = row
        .try_get::<Option<i64>, _>("paused_at")?
        .map(|at| -> Result<_, LedgerError> {
            Ok(Paused {
                by: row.try_get::<Option<String>, _>("paused_by")?.unwrap_or_default(),
                reason: row.try_get::<Option<String>, _>("paused_reason")?.unwrap_or_default(),
                at: timestamp(at),
            })
        })
        .transpose()?;
    let reason: Option<String> = row.try_get("held_reason")?;
    let held = match (row.try_get::<Option<i64>, _>("held_at")?, reason) {
        (Some(at), Some(reason)) => Some(Held {
            reason: serde_json::from_str(&reason).map_err(|_| LedgerError::UnknownWord {
                id: row.try_get("name").unwrap_or_default(),
                field: "held_reason".into(),
            })?,
            at: timestamp(at),
            probe_at: timestamp(row.try_get::<Option<i64>, _>("probe_at")?.unwrap_or(at)),
        }),
        _ => None,
    };
    Ok(LaneState { paused, held })
}

fn lane_event(kind: EventKind, at: Timestamp, detail: serde_json::Value) -> NewEvent<'static> {
    NewEvent { certificate: None, kind, actor: SYSTEM, at, detail }
}
