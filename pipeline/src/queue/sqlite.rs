//! The doorbell in a SQLite file: one host, no server.

use apalis::prelude::*;
use apalis_core::backend::Vacuum;
use apalis_sqlite::{Config, SqliteConnectOptions, SqlitePool, SqlitePoolOptions, SqliteStorage};
use futures::FutureExt;
use futures::future::BoxFuture;
use sealpress_faults as faults;
use sealpress_ledger::CertificateId;
use sqlx::Connection;
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::sync::watch;

use super::bell::{LOOK, Look, Ring, hear, heartbeat, stopped, worker_name};
use super::{Answer, Queue, QueueError};

/// How long the file may be another's before it counts as not answering.
const PATIENCE: Duration = Duration::from_secs(20);

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
            .busy_timeout(PATIENCE);
        let pool = SqlitePoolOptions::new()
            .max_connections(4)
            // After a full disk the library counts a transaction that SQLite ended by itself.
            .before_acquire(|connection, _| {
                Box::pin(async move { Ok(!connection.is_in_transaction()) })
            })
            .connect_with(options)
            .await
            .map_err(QueueError::of)?;
        let alone = sealpress_ledger::alone(path).await.map_err(QueueError::of)?;
        set_up(&pool).await.map_err(QueueError::of)?;
        drop(alone);
        Ok(Self { pool, dead_after })
    }

    fn storage(&self, lane: &str) -> SqliteStorage<Ring> {
        let (interval, missed) = heartbeat(self.dead_after);
        let config = Config::default()
            .queue(lane)
            .heartbeat_interval(interval)
            .missed_heartbeats(missed)
            // What apalis calls persisting the result is all that it says of a ring that was
            // answered. Without it every ring stays as if it were being answered, for ever; and when
            // its worker dies, all that the worker ever answered ring once more.
            .persist_results(true);
        SqliteStorage::new(&self.pool).with_config(config)
    }
}

impl Queue for SqliteQueue {
    fn ring<'a>(
        &'a self,
        lane: &'a str,
        ids: &'a [CertificateId],
    ) -> BoxFuture<'a, Result<(), QueueError>> {
        async move {
            faults::before("enqueue").map_err(QueueError::of)?;
            self.storage(lane).push_bulk(ids.to_vec()).await.map_err(QueueError::of)?;
            faults::after("enqueue").map_err(QueueError::of)
        }
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

/// Makes the tables. SQLite refuses a read that turns into a write at once, whatever its patience,
/// while another process writes (<https://sqlite.org/c3ref/busy_handler.html>); then once more.
async fn set_up(pool: &SqlitePool) -> Result<(), apalis_sqlite::Error> {
    let started = Instant::now();
    loop {
        match SqliteStorage::setup(pool).await {
            Err(apalis_sqlite::Error::Database(error))
                if is_busy(&error) && started.elapsed() < PATIENCE =>
            {
                tokio::time::sleep(LOOK).await;
            }
            ended => return ended,
        }
    }
}

/// SQLITE_BUSY and its kin (<https://sqlite.org/rescode.html>).
fn is_busy(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code()?.parse::<u32>().ok());
    code.is_some_and(|code| code & 0xff == 5)
}

fn worker(
    storage: SqliteStorage<Ring>,
    lane: &str,
    at_once: usize,
    answer: Answer,
    stop: watch::Receiver<bool>,
) -> BoxFuture<'static, Result<(), WorkerError>> {
    WorkerBuilder::new(worker_name(lane))
        .backend(storage.poll_with_strategy(Look::every(LOOK)))
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

    /// A process starts while others are at work.
    #[tokio::test(flavor = "multi_thread")]
    async fn a_busy_file_may_be_opened() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("queue.db");
        let dead_after = Duration::from_secs(3);
        let (_stop, stopping) = watch::channel(false);
        let mut busy = JoinSet::new();
        for _ in 0..2 {
            let queue = SqliteQueue::open(&path, dead_after).await.unwrap();
            let (listening, stopping) = (queue.clone(), stopping.clone());
            let answer: Answer = std::sync::Arc::new(|_| futures::future::ready(()).boxed());
            busy.spawn(
                async move { listening.listen("press", 4, answer, stopping).await.map(drop) },
            );
            busy.spawn(async move {
                loop {
                    queue.ring("press", &[CertificateId::new(uuid::Uuid::now_v7())]).await?;
                }
            });
        }
        for _ in 0..100 {
            SqliteQueue::open(&path, dead_after).await.unwrap();
        }
        busy.shutdown().await;
    }
}
