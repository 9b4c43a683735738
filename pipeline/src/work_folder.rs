//! A certificate's folder in `work/`: the drop, and what one lane hands on to the next.

use sealpress_ledger::{Certificate, Reason, Sha256Hash};
use sealpress_stages::{Raw, StageError};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::PathBuf;

/// What one lane made for the next lies under this name.
const HANDED_ON: &str = "handed-on.pdf-part";

/// The folder of one certificate.
#[derive(Debug, Clone)]
pub(crate) struct WorkFolder {
    folder: PathBuf,
    drop_name: String,
    drop_hash: Sha256Hash,
}

impl WorkFolder {
    pub(crate) fn of(work: &std::path::Path, certificate: &Certificate) -> Self {
        Self {
            folder: work.join(certificate.id.to_string()),
            drop_name: certificate.drop_name.clone(),
            drop_hash: certificate.drop_hash,
        }
    }

    /// The drop, if it is still the one that was accepted.
    pub(crate) async fn raw(&self) -> Result<Raw, StageError> {
        let (path, hash) = (self.folder.join(&self.drop_name), self.drop_hash);
        let bytes = read(path).await?;
        if Sha256Hash::of(&bytes) == hash {
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
        let bytes = read(self.folder.join(HANDED_ON)).await?;
        if Some(Sha256Hash::of(&bytes)) == expected {
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

async fn read(path: PathBuf) -> Result<Vec<u8>, StageError> {
    blocking(move || fs::read(path)).await.map_err(|error| match error.kind() {
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
