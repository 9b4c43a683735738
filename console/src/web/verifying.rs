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
    places: Semaphore,
    /// Bytes that uploads may hold together.
    memory: Arc<Semaphore>,
}

impl Verifying {
    /// Judges by this home's ledger and archive.
    pub(crate) async fn new(opened: &Opened) -> anyhow::Result<Self> {
        let largest = usize::try_from(opened.settings.serve.max_upload_bytes)?;
        let together = largest.saturating_mul(AT_ONCE).min(Semaphore::MAX_PERMITS);
        Ok(Self {
            judge: Judge::new(opened).await?,
            places: Semaphore::new(AT_ONCE),
            memory: Arc::new(Semaphore::new(together)),
        })
    }

    /// Room for so many more bytes of an upload, until it is dropped.
    pub(crate) async fn room(&self, bytes: usize) -> Result<OwnedSemaphorePermit, Failure> {
        let bytes = u32::try_from(bytes).map_err(|_| busy())?;
        let room = Arc::clone(&self.memory).acquire_many_owned(bytes);
        timeout(PATIENCE, room).await.ok().and_then(Result::ok).ok_or_else(busy)
    }

    /// A verdict on each file.
    pub(crate) async fn judge(
        &self,
        uploads: Vec<Upload>,
        now: Timestamp,
    ) -> Result<Vec<Row>, Failure> {
        let place = timeout(PATIENCE, self.places.acquire()).await;
        let Ok(Ok(_place)) = place else { return Err(busy()) };
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
