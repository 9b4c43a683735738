//! A certificate's folder in `work/`: the drop, and what one lane hands on to the next.

use sealpress_ledger::{Certificate, Reason, Sha256Hash};
use sealpress_stages::{Raw, StageError};
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// What one lane made for the next lies under this name.
const HANDED_ON: &str = "handed-on.pdf-part";

/// A drop of this size, in bytes, is read though the configuration would not take it any more: it
/// was taken when it was larger.
const AS_LARGE: u64 = 64 * 1024 * 1024;

/// The folder of one certificate.
#[derive(Debug, Clone)]
pub(crate) struct WorkFolder {
    folder: PathBuf,
    drop_name: String,
    drop_hash: Sha256Hash,
    largest: u64,
}

impl WorkFolder {
    /// `largest` is the size in bytes of the largest drop that is taken.
    pub(crate) fn of(work: &Path, certificate: &Certificate, largest: u64) -> Self {
        Self {
            folder: work.join(certificate.id.to_string()),
            drop_name: certificate.drop_name.clone(),
            drop_hash: certificate.drop_hash,
            largest: largest.max(AS_LARGE),
        }
    }

    /// The drop, if it is still the one that was accepted.
    pub(crate) async fn raw(&self) -> Result<Raw, StageError> {
        let bytes = read(self.folder.join(&self.drop_name), self.largest).await?;
        if let Some(bytes) = bytes
            && Sha256Hash::of(&bytes) == self.drop_hash
        {
            return Ok(Raw(bytes));
        }
        Err(StageError::Reject(Reason::new(
            "drop_changed",
            ["投件檔案在受理之後遭到更動。", "The dropped file was changed after it was accepted."],
            [
                "請重新投件；投件後請勿再寫入同一個檔案。",
                "Drop the file again; do not write to a file after it was dropped.",
            ],
        )))
    }

    /// What the lane before handed on, if it is what the ledger says.
    pub(crate) async fn handed_on(
        &self,
        expected: Option<Sha256Hash>,
    ) -> Result<Vec<u8>, StageError> {
        // Written by a lane of ours, and larger than the drop by what the layout adds.
        let bytes = read(self.folder.join(HANDED_ON), u64::MAX).await?;
        if let Some(bytes) = bytes
            && Some(Sha256Hash::of(&bytes)) == expected
        {
            return Ok(bytes);
        }
        Err(StageError::Reject(Reason::new(
            "handed_on_changed",
            [
                "前一佇列交付的中間檔案與登錄簿記載不符。",
                "What the lane before handed on is not what the ledger recorded.",
            ],
            ["請重新投件。", "Drop the file again."],
        )))
    }

    /// Hands bytes on: whole and synced under their name before the ledger says so.
    pub(crate) async fn hand_on(&self, bytes: Vec<u8>) -> Result<Sha256Hash, StageError> {
        let folder = self.folder.clone();
        blocking(move || {
            let unfinished = folder.join(format!("{HANDED_ON}.{}", std::process::id()));
            let mut file = File::create(&unfinished)?;
            file.write_all(&bytes)?;
            file.sync_all()?;
            fs::rename(&unfinished, folder.join(HANDED_ON))?;
            File::open(&folder)?.sync_all()?;
            Ok(Sha256Hash::of(&bytes))
        })
        .await
        .map_err(|error| StageError::Hold(unusable(&error)))
    }
}

/// Reads a file of at most `largest` bytes; `None` is a larger one. Whoever dropped a file may have
/// it open still, and make it as large as a disk.
async fn read(path: PathBuf, largest: u64) -> Result<Option<Vec<u8>>, StageError> {
    let reading = move || {
        let file = File::open(path)?;
        let size = file.metadata()?.len();
        if size > largest {
            return Ok(None);
        }
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
        file.take(largest.saturating_add(1)).read_to_end(&mut bytes)?;
        Ok((bytes.len() as u64 <= largest).then_some(bytes))
    };
    blocking(reading).await.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => StageError::Retry(Reason::new(
            "work_file_missing",
            ["work 資料夾中找不到此件的檔案。", "The certificate's file is missing from the folder work."],
            [
                "請從備份還原 work 資料夾中的檔案後重試，或取消此件後重新投件。",
                "Restore the file in work from a backup and retry, or cancel this one and drop it again.",
            ],
        )),
        _ => StageError::Hold(unusable(&error)),
    })
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}

fn unusable(error: &io::Error) -> Reason {
    Reason::new(
        "work_unusable",
        [
            format!("work 資料夾目前無法讀寫（{error}）。"),
            format!("The folder work can't be read or written now ({error})."),
        ],
        [
            "請檢查磁碟空間與資料夾權限；恢復後會自動繼續。",
            "Check the disk's free space and the folder's permissions; work resumes by itself.",
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_that_grew_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.pdf");
        fs::write(&path, "whole").unwrap();
        assert_eq!(read(path.clone(), 5).await.ok().flatten().as_deref(), Some(&b"whole"[..]));
        assert_eq!(read(path.clone(), 4).await.ok(), Some(None));
        File::options().write(true).open(&path).unwrap().set_len(10 << 30).unwrap();
        assert_eq!(read(path, AS_LARGE).await.ok(), Some(None));
    }
}
