//! What lies in the inbox.

use sealpress_ledger::RefusalFolder;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, FileType};
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use crate::filing::DONE;
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

/// What one look at the inbox saw.
#[derive(Debug, Default)]
pub(crate) struct Scanned {
    /// The files that are for us, oldest first.
    pub(crate) files: Vec<Found>,
    /// What is no regular file and is left alone, with what it is.
    pub(crate) others: BTreeMap<PathBuf, &'static str>,
}

/// Looks at the inbox. Links, pipes, devices and folders are neither opened nor followed.
pub(crate) fn scan(inbox: &Path) -> io::Result<Scanned> {
    let mut scanned = Scanned::default();
    for entry in fs::read_dir(inbox)? {
        let entry = entry?;
        let file_name = entry.file_name();
        // The entry itself, not what a link points to; it may be gone by now.
        let Ok(kind) = entry.file_type() else { continue };
        if !kind.is_file() {
            if !names::is_temporary(file_name.as_encoded_bytes()) && !is_ours(&file_name, kind) {
                scanned.others.insert(entry.path(), word(kind));
            }
            continue;
        }
        let (name, sidecar) = match names::read(&file_name) {
            Named::Pdf { name } => (Some(name), false),
            Named::Sidecar { name } => (Some(name), true),
            Named::BadPdf => (None, false),
            Named::Ignored => continue,
        };
        let Ok(data) = fs::symlink_metadata(entry.path()) else { continue };
        if data.is_file() {
            let changed = i128::from(data.mtime()) * 1_000_000_000 + i128::from(data.mtime_nsec());
            let file = Found { path: entry.path(), name, sidecar, size: data.len(), changed };
            scanned.files.push(file);
        }
    }
    scanned.files.sort_by(|one, other| (one.changed, &one.path).cmp(&(other.changed, &other.path)));
    Ok(scanned)
}

/// The folders that drops leave to.
fn is_ours(name: &OsStr, kind: FileType) -> bool {
    let ours = [DONE, RefusalFolder::Failed.as_str(), RefusalFolder::Duplicate.as_str()];
    kind.is_dir() && ours.iter().any(|folder| name == OsStr::new(folder))
}

fn word(kind: FileType) -> &'static str {
    if kind.is_symlink() {
        "link"
    } else if kind.is_dir() {
        "folder"
    } else if kind.is_fifo() {
        "pipe"
    } else if kind.is_socket() {
        "socket"
    } else {
        "device"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixListener;

    #[test]
    fn what_is_no_file_is_told_apart_from_what_is() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        for folder in ["done", "failed", "duplicate", "2026.pdf", ".hidden"] {
            fs::create_dir(at(folder)).unwrap();
        }
        fs::write(at("a.pdf"), "one").unwrap();
        fs::hard_link(at("a.pdf"), at("b.pdf")).unwrap();
        std::os::unix::fs::symlink("a.pdf", at("link.pdf")).unwrap();
        std::os::unix::fs::symlink("/dev/zero", at("failed.pdf")).unwrap();
        let _socket = UnixListener::bind(at("socket.pdf")).unwrap();
        let scanned = scan(dir.path()).unwrap();
        let names: Vec<_> = scanned.files.iter().filter_map(|file| file.name.as_deref()).collect();
        assert_eq!(names, ["a.pdf", "b.pdf"]);
        let others: Vec<_> = scanned.others.into_values().collect();
        assert_eq!(others, ["folder", "link", "link", "socket"]);
    }
}
