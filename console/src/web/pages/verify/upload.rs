//! The upload of the verification page: files, and how the answer is wanted. Nothing of it touches
//! a disk.

use axum::extract::Multipart;
use axum::extract::multipart::{Field, MultipartError};
use axum::http::StatusCode;
use std::time::Duration;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;

use crate::verdict::bundle::Upload;
use crate::web::Web;
use crate::web::failure::Failure;
use crate::web::size;

/// Files of an upload.
const MOST_FILES: usize = 200;

/// How long an upload may be on its way.
const LONGEST: Duration = Duration::from_secs(300);

/// What was handed in.
#[derive(Default)]
pub(super) struct Handed {
    pub(super) uploads: Vec<Upload>,
    /// The answer is wanted as CSV.
    pub(super) csv: bool,
    /// The room in memory that the files take.
    room: Option<OwnedSemaphorePermit>,
}

impl Handed {
    /// Reads the form.
    pub(super) async fn of(web: &Web, form: Multipart) -> Result<Self, Failure> {
        let mut handed = Self::default();
        match timeout(LONGEST, handed.read(web, form)).await {
            Ok(read) => read.map(|()| handed),
            Err(_) => Err(too_slow()),
        }
    }

    async fn read(&mut self, web: &Web, mut form: Multipart) -> Result<(), Failure> {
        while let Some(field) = form.next_field().await.map_err(|error| broken(web, &error))? {
            match (field.name(), field.file_name()) {
                // A form without a chosen file sends a nameless one.
                (_, Some("")) => {}
                (_, Some(name)) => {
                    if self.uploads.len() == MOST_FILES {
                        return Err(too_many());
                    }
                    let name = name.to_owned();
                    let bytes = self.bytes(web, field).await?;
                    self.uploads.push(Upload { name, bytes });
                }
                (Some("format"), None) => {
                    self.csv = self.bytes(web, field).await? == b"csv";
                }
                (Some(_) | None, None) => {}
            }
        }
        Ok(())
    }

    /// A field's bytes, each of which first has its room.
    async fn bytes(&mut self, web: &Web, mut field: Field<'_>) -> Result<Vec<u8>, Failure> {
        let mut bytes = Vec::new();
        while let Some(chunk) = field.chunk().await.map_err(|error| broken(web, &error))? {
            let room = web.verifying.room(chunk.len()).await?;
            match &mut self.room {
                Some(taken) => taken.merge(room),
                None => self.room = Some(room),
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }
}

/// Why a form could not be read to its end.
fn broken(web: &Web, error: &MultipartError) -> Failure {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return size::too_large(web.opened.settings.serve.max_upload_bytes);
    }
    not_whole()
}

/// What is no form with files, or ended in the middle.
pub(super) fn not_whole() -> Failure {
    Failure::new(
        StatusCode::BAD_REQUEST,
        ["檔案沒有完整上傳，沒有查驗。", "The upload did not arrive whole; nothing was looked at."],
        ["請再上傳一次。", "Upload it once more."],
    )
}

fn too_many() -> Failure {
    Failure::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        [
            "一次最多查驗 200 個檔案，沒有查驗。",
            "At most 200 files at a time; nothing was looked at.",
        ],
        ["請分批上傳。", "Upload them in parts."],
    )
}

fn too_slow() -> Failure {
    Failure::new(
        StatusCode::REQUEST_TIMEOUT,
        [
            "上傳超過五分鐘仍未完成，沒有查驗。",
            "The upload took over five minutes and was dropped.",
        ],
        ["請改用較快的網路，或分批上傳。", "Use a faster connection, or upload in parts."],
    )
}
