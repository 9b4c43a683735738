//! What lies in the inbox.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::names::{self, Named};

/// A regular file in the inbox that is for us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) path: PathBuf,
    /// The name, where it can be kept.
    pub(crate) name: Option<String>,
    pub(crate) sidecar: bool,
    pub(crate) size: u64,
    /// Time of change, in nanoseconds.
    pub(crate) changed: i128,
}

/// Every regular file in the inbox that is for us, oldest first. Links, pipes, devices and
/// folders are not files: they are neither opened nor followed.
pub(crate) fn scan(inbox: &Path) -> io::Result<Vec<Found>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(inbox)? {
        let entry = entry?;
        let (name, sidecar) = match names::read(&entry.file_name()) {
            Named::Pdf { name } => (Some(name), false),
            Named::Sidecar { name } => (Some(name), true),
            Named::BadPdf => (None, false),
            Named::Ignored => continue,
        };
        // The entry itself, not what a link points to; it may be gone by now.
        let Ok(data) = fs::symlink_metadata(entry.path()) else { continue };
        if data.is_file() {
            let changed = i128::from(data.mtime()) * 1_000_000_000 + i128::from(data.mtime_nsec());
            found.push(Found { path: entry.path(), name, sidecar, size: data.len(), changed });
        }
    }
    found.sort_by(|one, other| (one.changed, &one.path).cmp(&(other.changed, &other.path)));
    Ok(found)
}
