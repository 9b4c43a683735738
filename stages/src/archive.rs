//! Archive: the durable copy. What is here is never written again.

mod folder;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use sealpress_config::{self as config, ArchiveUrl, Home};
use sealpress_ledger::{ArchivedFile, Certificate, Clock, Reason, Sha256Hash};
use std::sync::Arc;

use crate::sign::Signed;
use crate::{Stage, StageError};
pub use folder::Folder;

/// A certificate's file as it lies in the archive: on disk, synced, and with the bytes that its
/// digest says. Nothing else can be mailed.
#[derive(Clone)]
pub struct Archived {
    file: ArchivedFile,
    bytes: Arc<[u8]>,
}

impl Archived {
    /// The file's place, digest and size, for the ledger.
    #[must_use]
    pub const fn file(&self) -> &ArchivedFile {
        &self.file
    }

    /// Path within the archive.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.file.path
    }

    /// The signed certificate.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// Puts signed certificates into the archive, and takes archived ones out.
#[derive(Clone)]
pub struct Archive {
    folder: Folder,
    timezone: TimeZone,
    clock: Clock,
}

impl Archive {
    /// The archive that the configuration names.
    #[must_use]
    pub fn new(home: &Home, url: &ArchiveUrl, timezone: TimeZone, clock: Clock) -> Self {
        let ArchiveUrl::Folder(path) = url;
        Self { folder: Folder::new(home.resolve(path)), timezone, clock }
    }

    /// Where a certificate's file lies: `2026/06/<id>.pdf`, by the month in which its drop was
    /// accepted, so that every run of every worker means the same place.
    #[must_use]
    pub fn place(&self, certificate: &Certificate) -> String {
        let month = certificate.accepted_at.to_zoned_datetime(self.timezone.clone());
        format!("{:04}/{:02}/{}.pdf", month.year(), month.month(), certificate.id)
    }

    /// The folder itself, for an audit.
    #[must_use]
    pub const fn folder(&self) -> &Folder {
        &self.folder
    }

    /// The archived file of a certificate, if it is the one that the ledger knows.
    ///
    /// # Errors
    /// [`StageError::Hold`] when the archive can't be read now, [`StageError::Reject`] when the
    /// file is missing or is not the one that was archived.
    pub async fn take(&self, certificate: &Certificate) -> Result<Archived, StageError> {
        let Some(file) = certificate.archived.clone() else {
            return Err(StageError::Reject(not_archived()));
        };
        let folder = self.folder.clone();
        blocking(move || {
            let bytes = match folder.read(&file.path) {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                    return Err(StageError::Reject(missing(&file.path)));
                }
                other => other.map_err(|error| unusable(&error))?,
            };
            if Sha256Hash::of(&bytes) != file.hash {
                return Err(StageError::Reject(changed(&file.path)));
            }
            Ok(Archived { file, bytes: bytes.into() })
        })
        .await
    }
}

impl Stage for Archive {
    type Input = Signed;
    type Output = Archived;
    const NAME: config::Stage = config::Stage::Archive;

    /// Writes, syncs and links the file into place. Where one is there already, an earlier run
    /// put it there whole and ended before the ledger heard of it: that one is taken.
    async fn run(&self, certificate: &Certificate, signed: Signed) -> Result<Archived, StageError> {
        let (folder, path) = (self.folder.clone(), self.place(certificate));
        let at: Timestamp = (self.clock)();
        blocking(move || {
            let bytes =
                folder.keep(&path, signed.into_bytes()).map_err(|error| unusable(&error))?;
            let file =
                ArchivedFile { path, hash: Sha256Hash::of(&bytes), bytes: bytes.len() as u64, at };
            Ok(Archived { file, bytes: bytes.into() })
        })
        .await
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StageError> + Send + 'static,
) -> Result<T, StageError> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|error| Err(unusable(&std::io::Error::other(error))))
}

/// The archive is one folder for all certificates: what fails for one fails for the next.
fn unusable(error: &std::io::Error) -> StageError {
    StageError::Hold(Reason::new(
        "archive_unusable",
        [
            format!("證書檔案庫目前無法讀寫（{error}）。"),
            format!("The archive can't be read or written now ({error})."),
        ],
        [
            "請檢查磁碟空間與 archive 資料夾權限；恢復後會自動繼續。",
            "Check the disk's free space and the permissions of the archive; work resumes by itself.",
        ],
    ))
}

fn not_archived() -> Reason {
    Reason::new(
        "not_archived",
        ["此證書尚未歸檔。", "The certificate is not archived."],
        ["請執行 sealpress audit。", "Run `sealpress audit`."],
    )
}

fn missing(path: &str) -> Reason {
    Reason::new(
        "archive_file_missing",
        [format!("檔案庫中找不到 {path}。"), format!("{path} is missing from the archive.")],
        [
            "請從備份還原該檔案後重試；在此之前不會寄出。",
            "Restore the file from a backup, then retry; nothing is mailed before.",
        ],
    )
}

fn changed(path: &str) -> Reason {
    Reason::new(
        "archive_file_changed",
        [
            format!("檔案庫中的 {path} 與登錄簿記載的雜湊值不符。"),
            format!("{path} in the archive is not the file that the ledger recorded."),
        ],
        [
            "請從備份還原該檔案後重試；在此之前不會寄出。",
            "Restore the file from a backup, then retry; nothing is mailed before.",
        ],
    )
}
