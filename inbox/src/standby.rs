//! Of several watchers of one home, one watches and the others stand by.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::sleep;

/// How often a watcher that stands by asks again.
const ASK_AGAIN: Duration = Duration::from_secs(1);

/// The lock that one watcher of a home holds, as long as it lives. Waits while another has it;
/// `None` when `stop` turned true before.
pub(crate) async fn alone(lock: &Path, stop: &mut watch::Receiver<bool>) -> Option<File> {
    let (mut stands_by, mut failing) = (false, false);
    while !*stop.borrow() {
        match try_lock(lock).await {
            Ok(Some(held)) => return Some(held),
            Ok(None) if !stands_by => {
                stands_by = true;
                tracing::info!("another watcher has this inbox; standing by");
            }
            Err(error) if !failing => {
                failing = true;
                tracing::warn!(%error, lock = %lock.display(), "the watcher's lock can't be had; tried again");
            }
            Ok(None) | Err(_) => {}
        }
        tokio::select! {
            () = stopped(stop) => {}
            () = sleep(ASK_AGAIN) => {}
        }
    }
    None
}

async fn try_lock(lock: &Path) -> io::Result<Option<File>> {
    let lock = lock.to_owned();
    let locking = tokio::task::spawn_blocking(move || {
        let file = File::create(lock)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    });
    locking.await.map_err(io::Error::other)?
}

/// Ends when `stop` turns true, or nobody is left who could say so.
pub(crate) async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}
