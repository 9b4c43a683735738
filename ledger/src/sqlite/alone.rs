//! One process at a time makes a database file ready.

use std::fs::File;
use std::io;
use std::path::Path;

/// Waits until nobody else makes the database at `path` ready, and keeps others waiting until the
/// answer is dropped, or its process dies. SQLite's own locks are not enough on a new file: the
/// change to WAL fails rather than waits, and each of two processes would make the tables.
///
/// # Errors
/// The lock's file, beside the database, can't be made.
pub async fn alone(path: &Path) -> io::Result<File> {
    let path = path.with_extension("lock");
    let locking = tokio::task::spawn_blocking(move || {
        let file = File::create(path)?;
        file.lock()?;
        Ok(file)
    });
    locking.await.map_err(io::Error::other)?
}

#[cfg(test)]
mod tests {
    use crate::Ledger;
    use tokio::task::JoinSet;

    /// Watcher and workers start together, and the first of them makes the ledger.
    #[tokio::test(flavor = "multi_thread")]
    async fn many_may_open_a_new_ledger_at_once() {
        for _ in 0..5 {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("ledger.db");
            let mut opening = JoinSet::new();
            for _ in 0..6 {
                let path = path.clone();
                opening.spawn(async move { Ledger::open(&path).await });
            }
            while let Some(opened) = opening.join_next().await {
                opened.unwrap().unwrap();
            }
        }
    }
}
