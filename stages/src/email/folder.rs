//! Mail to a folder: an `.eml` per sending, the default of a new home.

use sealpress_ledger::{Reason, Sending};
use std::fs::{self, File};
use std::future::Future;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::pin::Pin;

use super::message::Written;
use super::{Accepted, Mailer};
use crate::StageError;

pub(super) struct FolderMailer {
    folder: PathBuf,
}

impl FolderMailer {
    pub(super) const fn new(folder: PathBuf) -> Self {
        Self { folder }
    }
}

impl Mailer for FolderMailer {
    /// Named after the sending: a message that is handed over again takes its own place, so a
    /// crash between the file and the ledger leaves one message and not two.
    fn send<'a>(
        &'a self,
        sending: &'a Sending,
        message: Written,
    ) -> Pin<Box<dyn Future<Output = Result<Accepted, StageError>> + Send + 'a>> {
        let (folder, name) = (self.folder.clone(), format!("{}.eml", sending.id));
        Box::pin(async move {
            let answer = name.clone();
            let written =
                tokio::task::spawn_blocking(move || write(&folder, &name, &message.bytes)).await;
            match written {
                Ok(Ok(())) => Ok(Accepted { answer }),
                Ok(Err(error)) => Err(StageError::Hold(unusable(&error))),
                Err(error) => Err(StageError::Hold(unusable(&io::Error::other(error)))),
            }
        })
    }
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let unfinished = folder.join(format!(".{name}.{}", std::process::id()));
    let written = File::create(&unfinished)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&unfinished, folder.join(name)));
    if written.is_err() {
        // What is left of it is in the way of nothing, but takes the room that is missing.
        let _ = fs::remove_file(&unfinished);
    }
    written?;
    File::open(folder)?.sync_all()
}

fn unusable(error: &io::Error) -> Reason {
    Reason::new(
        "outbox_unusable",
        [
            format!("郵件資料夾目前無法寫入（{error}）。"),
            format!("The mail folder can't be written now ({error})."),
        ],
        [
            "請檢查磁碟空間與資料夾權限；恢復後會自動繼續。",
            "Check the disk's free space and the folder's permissions; work resumes by itself.",
        ],
    )
}
