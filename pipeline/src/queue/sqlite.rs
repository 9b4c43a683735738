//! The doorbell in a SQLite file: one host, no server.

use apalis::prelude::*;
use apalis_core::backend::Vacuum;
use apalis_sqlite::{Config, SqliteConnectOptions, SqlitePool, SqlitePoolOptions, SqliteStorage};
use futures::FutureExt;
use futures::future::BoxFuture;
use sealpress_ledger::CertificateId;
use std::path::Path;
use std::time::Duration;
use tokio::sync::watch;

use super::bell::{LOOK, Ring, hear, heartbeat, stopped, worker_name};
use super::{Answer, Queue, QueueError};

/// The doorbell in a SQLite file.
#[derive(Debug, Clone)]
pub struct SqliteQueue {
    pool: SqlitePool,
    dead_after: Duration,
}

impl SqliteQueue {
    /// Opens the file, and makes it where it is missing.
    ///
    /// # Errors
    /// [`QueueError`] when it can't be opened or is no queue.
    pub async fn open(path: &Path, dead_after: Duration) -> Result<Self, QueueError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .busy_timeout(Duration::from_secs(20));
        let pool = SqlitePoolOptions::new()
            .max_connections(4)
            .connect_with(options)
            .await
            .map_err(QueueError::of)?;
        let alone = sealpress_ledger::alone(path).await.map_err(QueueError::of)?;
        SqliteStorage::setup(&pool).await.map_err(QueueError::of)?;
        drop(alone);
        Ok(Self { pool, dead_after })
    }

    fn storage(&self, lane: &str) -> SqliteStorage<Ring> {
        let (interval, missed) = heartbeat(self.dead_after);
        let config = Config::default()
            .queue(lane)
            .heartbeat_interval(interval)
            .missed_heartbeats(missed)
            .persist_results(false);
        SqliteStorage::new(&self.pool).with_config(config)
    }
}

impl Queue for SqliteQueue {
    fn ring<'a>(
        &'a self,
        lane: &'a str,
        ids: &'a [CertificateId],
    ) -> BoxFuture<'a, Result<(), QueueError>> {
        async move { self.storage(lane).push_bulk(ids.to_vec()).await.map_err(QueueError::of) }
            .boxed()
    }

    fn depth<'a>(&'a self, lane: &'a str) -> BoxFuture<'a, Result<u64, QueueError>> {
        async move {
            let waiting: i64 = sqlx::query_scalar(
                "SELECT COUNT(*) FROM Jobs WHERE job_type = ? AND status = 'Pending'",
            )
            .bind(lane)
            .fetch_one(&self.pool)
            .await
            .map_err(QueueError::of)?;
            Ok(u64::try_from(waiting).unwrap_or_default())
        }
        .boxed()
    }

    fn listen<'a>(
        &'a self,
        lane: &'a str,
        at_once: usize,
        answer: Answer,
        stop: watch::Receiver<bool>,
    ) -> BoxFuture<'a, Result<(), QueueError>> {
        async move {
            worker(self.storage(lane), lane, at_once, answer, stop).await.map_err(QueueError::of)
        }
        .boxed()
    }

    fn sweep<'a>(&'a self, lane: &'a str) -> BoxFuture<'a, Result<(), QueueError>> {
        async move { self.storage(lane).vacuum().await.map(drop).map_err(QueueError::of) }.boxed()
    }
}

fn worker(
    storage: SqliteStorage<Ring>,
    lane: &str,
    at_once: usize,
    answer: Answer,
    stop: watch::Receiver<bool>,
) -> BoxFuture<'static, Result<(), WorkerError>> {
    WorkerBuilder::new(worker_name(lane))
        .backend(storage.poll_with_interval(LOOK))
        .concurrency(at_once)
        .data(answer)
        .build(hear)
        .run_until(stopped(stop))
        .boxed()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::task::JoinSet;

    /// Watcher and workers start together, and the first start makes the file.
    #[tokio::test(flavor = "multi_thread")]
    async fn many_may_open_a_new_file_at_once() {
        for _ in 0..10 {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("queue.db");
            let mut opening = JoinSet::new();
            for _ in 0..6 {
                let path = path.clone();
                opening
                    .spawn(async move { SqliteQueue::open(&path, Duration::from_secs(3)).await });
            }
            while let Some(opened) = opening.join_next().await {
                opened.unwrap().unwrap();
            }
        }
    }
}
