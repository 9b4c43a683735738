//! The queue is a doorbell: it carries a certificate's id from whoever has work to a worker who
//! waits, and knows nothing else. It may ring twice, ring late, lose a ring or be emptied; the
//! ledger decides what is done, and [`crate::reconcile`] rings again for what is due.
//!
//! Two implementations of [`Queue`], both over apalis: [`redis`] and [`sqlite`]. One conformance
//! suite is run over both.

mod bell;
#[cfg(test)]
mod conformance;
mod redis;
mod sqlite;

use futures::future::BoxFuture;
use sealpress_config::{Home, QueueUrl};
use sealpress_ledger::CertificateId;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

pub use redis::RedisQueue;
pub use sqlite::SqliteQueue;

/// What a worker does when it rings.
pub type Answer = Arc<dyn Fn(CertificateId) -> BoxFuture<'static, ()> + Send + Sync>;

/// A doorbell for every lane.
pub trait Queue: Send + Sync {
    /// Rings for certificates in a lane.
    fn ring<'a>(
        &'a self,
        lane: &'a str,
        ids: &'a [CertificateId],
    ) -> BoxFuture<'a, Result<(), QueueError>>;

    /// How many rings wait to be heard in a lane.
    ///
    /// # Errors
    /// The queue does not answer, or takes no rings.
    fn depth<'a>(&'a self, lane: &'a str) -> BoxFuture<'a, Result<u64, QueueError>>;

    /// Hears rings of a lane and answers at most `at_once` of them at a time, until `stop` turns
    /// true; then hears no more, and returns when what it answers is answered.
    ///
    /// # Errors
    /// The queue failed; the caller listens anew.
    fn listen<'a>(
        &'a self,
        lane: &'a str,
        at_once: usize,
        answer: Answer,
        stop: watch::Receiver<bool>,
    ) -> BoxFuture<'a, Result<(), QueueError>>;

    /// Forgets rings that were answered. apalis keeps them until told.
    fn sweep<'a>(&'a self, lane: &'a str) -> BoxFuture<'a, Result<(), QueueError>>;
}

/// The queue does not answer. Nothing is lost by it.
#[derive(Debug, thiserror::Error)]
#[error(
    "the queue does not answer ({0}); certificates wait in the ledger and go on when it is back"
)]
pub struct QueueError(pub(crate) String);

impl QueueError {
    fn of(error: impl std::fmt::Display) -> Self {
        Self(error.to_string())
    }
}

/// The queue that the configuration names. It connects when it is first used, so that a process
/// starts, and says what is wrong, while Redis is down.
///
/// # Errors
/// [`QueueError`] when the address makes no sense, or the SQLite file can't be made.
pub async fn open(
    home: &Home,
    url: &QueueUrl,
    dead_after: Duration,
) -> Result<Arc<dyn Queue>, QueueError> {
    Ok(match url {
        QueueUrl::Sqlite(path) => {
            Arc::new(SqliteQueue::open(&home.resolve(path), dead_after).await?)
        }
        QueueUrl::Redis(url) => Arc::new(RedisQueue::new(url, dead_after)?),
    })
}
