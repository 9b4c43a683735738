//! What anybody may ask of us at once: uploads are kept in memory and nowhere else, and judging
//! one may take a core. Both are counted; who finds everything taken is asked to come again.

use axum::http::StatusCode;
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::failure::Failure;
use crate::opened::Opened;
use crate::preview::Preview;
use crate::verdict::Judge;
use crate::verdict::bundle::{self, Outcome, Row, Upload, Why};

/// Uploads that are judged at the same time.
const AT_ONCE: usize = 2;

/// How long a caller waits for room or for a place.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long the files of one upload may take together. The rest is not looked at.
const LONGEST: Duration = Duration::from_secs(300);

/// Judges uploads, a few at once.
pub(crate) struct Verifying {
    judge: Judge,
    places: Arc<Semaphore>,
    /// Bytes that uploads may hold together.
    memory: Arc<Semaphore>,
}

impl Verifying {
    /// Judges by this home's ledger and archive.
    pub(crate) async fn new(opened: &Opened, preview: Preview) -> anyhow::Result<Self> {
        let largest = usize::try_from(opened.settings.serve.max_upload_bytes)?;
        let together = largest.saturating_mul(AT_ONCE).min(Semaphore::MAX_PERMITS);
        Ok(Self {
            judge: Judge::new(opened, preview).await?,
            places: Arc::new(Semaphore::new(AT_ONCE)),
            memory: Arc::new(Semaphore::new(together)),
        })
    }

    /// Room for so many more bytes of an upload, until it is dropped.
    pub(crate) async fn room(&self, bytes: usize) -> Result<OwnedSemaphorePermit, Failure> {
        take(&self.memory, u32::try_from(bytes).map_err(|_| busy())?, PATIENCE).await
    }

    /// A verdict on each file.
    pub(crate) async fn judge(
        &self,
        uploads: Vec<Upload>,
        now: Timestamp,
    ) -> Result<Vec<Row>, Failure> {
        let _place = take(&self.places, 1, PATIENCE).await?;
        let mut rows = Vec::new();
        let judged = bundle::judge_each(&self.judge, uploads, now, |row| rows.push(row));
        match timeout(LONGEST, judged).await {
            Ok(judged) => judged?,
            Err(_) => {
                rows.push(Row { file: "…".into(), outcome: Outcome::NotJudged(Why::OutOfTime) });
            }
        }
        Ok(rows)
    }
}

/// Some of what is counted, until it is dropped; waited for no longer than `patience`.
async fn take(
    from: &Arc<Semaphore>,
    many: u32,
    patience: Duration,
) -> Result<OwnedSemaphorePermit, Failure> {
    let taken = timeout(patience, Arc::clone(from).acquire_many_owned(many)).await;
    taken.ok().and_then(Result::ok).ok_or_else(busy)
}

fn busy() -> Failure {
    Failure::new(
        StatusCode::SERVICE_UNAVAILABLE,
        [
            "目前查驗的人很多，這次沒有查驗。",
            "Many are verifying right now; yours was not looked at.",
        ],
        ["請過一分鐘再上傳一次。", "Upload it again in a minute."],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_finds_everything_taken_is_asked_to_come_again() {
        let places = Arc::new(Semaphore::new(2));
        let take = |many| take(&places, many, Duration::ZERO);
        let first = take(1).await.unwrap();
        let _second = take(1).await.unwrap();
        let third = take(1).await.unwrap_err();
        assert_eq!(third.status, StatusCode::SERVICE_UNAVAILABLE);
        drop(first);
        assert!(take(1).await.is_ok());
    }
}
