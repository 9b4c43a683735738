//! The doorbell in Redis.

use apalis::prelude::*;
use apalis_core::backend::Vacuum;
use apalis_redis::{Client, Config, ConnectionManager, RedisStorage};
use futures::FutureExt;
use futures::future::BoxFuture;
use redis::aio::ConnectionManagerConfig;
use sealpress_faults as faults;
use sealpress_ledger::CertificateId;
use std::time::Duration;
use tokio::sync::{OnceCell, watch};

use super::bell::{LOOK, Look, Ring, hear, heartbeat, stopped, worker_name};
use super::{Answer, Queue, QueueError};

/// Longest wait for Redis to answer; after it, whoever asked goes on without.
const PATIENCE: Duration = Duration::from_secs(5);

/// A key that is written to see whether Redis takes anything.
const TAKES: &str = "sealpress:takes";

/// The doorbell in Redis.
#[derive(Clone)]
pub struct RedisQueue {
    client: Client,
    shared: OnceCell<ConnectionManager>,
    dead_after: Duration,
}

impl RedisQueue {
    /// The queue at `url`; connects when it is first used.
    ///
    /// # Errors
    /// [`QueueError`] when the address makes no sense.
    pub fn new(url: &str, dead_after: Duration) -> Result<Self, QueueError> {
        let client = Client::open(url).map_err(QueueError::of)?;
        Ok(Self { client, shared: OnceCell::new(), dead_after })
    }

    fn config(&self, lane: &str) -> Config {
        let (interval, missed) = heartbeat(self.dead_after);
        Config::default()
            .queue(format!("sealpress:{lane}"))
            .heartbeat_interval(interval)
            .missed_heartbeats(missed)
            // What apalis calls persisting the result is all that it says of a ring that was
            // answered. Without it every ring stays as if it were being answered, for ever; and when
            // its worker dies, all that the worker ever answered ring once more.
            .persist_results(true)
            .emit_events(false)
    }

    async fn connect(&self) -> Result<ConnectionManager, QueueError> {
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(1)
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE));
        self.client.get_connection_manager_with_config(config).await.map_err(QueueError::of)
    }

    async fn storage(&self, lane: &str) -> Result<RedisStorage<Ring>, QueueError> {
        let connection = self.shared.get_or_try_init(|| self.connect()).await?.clone();
        Ok(RedisStorage::new(connection).with_config(self.config(lane)))
    }
}

impl Queue for RedisQueue {
    fn ring<'a>(
        &'a self,
        lane: &'a str,
        ids: &'a [CertificateId],
    ) -> BoxFuture<'a, Result<(), QueueError>> {
        async move {
            faults::before("enqueue").map_err(QueueError::of)?;
            self.storage(lane).await?.push_bulk(ids.to_vec()).await.map_err(QueueError::of)?;
            faults::after("enqueue").map_err(QueueError::of)
        }
        .boxed()
    }

    fn depth<'a>(&'a self, lane: &'a str) -> BoxFuture<'a, Result<u64, QueueError>> {
        async move {
            // apalis pushes to a set by time, and moves what is due to a list when it fetches.
            let config = self.config(lane);
            let mut storage = self.storage(lane).await?;
            let (scheduled, active): (u64, u64) = redis::pipe()
                // A Redis that is full answers, and takes nothing: what can't ring is down.
                .set_ex(TAKES, 1, 60)
                .ignore()
                .zcard(config.scheduled_jobs_set())
                .llen(config.active_jobs_list())
                .query_async(storage.get_connection())
                .await
                .map_err(QueueError::of)?;
            Ok(scheduled + active)
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
            // A connection of its own: a ring never waits behind a fetch.
            let storage = RedisStorage::new(self.connect().await?).with_config(self.config(lane));
            worker(storage, lane, at_once, answer, stop).await.map_err(QueueError::of)
        }
        .boxed()
    }

    fn sweep<'a>(&'a self, lane: &'a str) -> BoxFuture<'a, Result<(), QueueError>> {
        async move { self.storage(lane).await?.vacuum().await.map(drop).map_err(QueueError::of) }
            .boxed()
    }
}

fn worker(
    storage: RedisStorage<Ring>,
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
