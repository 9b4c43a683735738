//! Claiming a drop: from the inbox into a folder of its own in `work/`, by rename.

use sealpress_faults as faults;
use sealpress_ledger::CertificateId;
use std::ffi::OsStr;
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use crate::names::{self, Named};
use crate::ready::Claimable;
use crate::regular::sync_folder;

/// Why a file was not claimed. It lies where it was.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClaimError {
    /// Whoever dropped it took it back, or it went along with its PDF.
    #[error("the file is gone")]
    Gone,
    /// This file alone can't be moved; others can.
    #[error(
        "a file can't be moved out of the inbox ({0}); check its owner, permissions and attributes"
    )]
    File(io::Error),
    /// No file can be moved.
    #[error(
        "the inbox and work/ are on two file systems, so no file can be moved between them; put both on one (inbox.path), and see `sealpress doctor`"
    )]
    TwoFileSystems,
    /// No file can be moved now.
    #[error("drops can't be moved from the inbox to work/ ({0}); check permissions and the disk")]
    Folder(io::Error),
}

/// Moves a settled PDF, and its sidecars where there are any, into `work/<id>/`.
///
/// A crash before the first rename leaves an empty folder, which the next look removes. A crash
/// after it leaves the PDF claimed; the next look at `work/` finds it there, brings its sidecar,
/// and goes on as if nothing had happened.
pub(crate) fn claim(work: &Path, id: CertificateId, drop: &Claimable) -> Result<(), ClaimError> {
    let folder = work.join(id.to_string());
    DirBuilder::new().mode(0o750).create(&folder).map_err(ClaimError::Folder)?;
    let path = &drop.file.path;
    let name = drop.file.name.clone();
    let name = name.unwrap_or_else(|| names::kept(path.file_name().unwrap_or(OsStr::new(""))));
    if let Err(error) = faults::around("claim", || fs::rename(path, folder.join(name))) {
        fs::remove_dir(&folder).ok();
        return Err(why(error));
    }
    for sidecar in &drop.sidecars {
        bring(sidecar, &folder).map_err(ClaimError::File)?;
    }
    sync_folder(&folder).map_err(ClaimError::Folder)?;
    if let Some(inbox) = path.parent() {
        sync_folder(inbox).map_err(ClaimError::Folder)?;
    }
    sync_folder(work).map_err(ClaimError::Folder)
}

fn why(error: io::Error) -> ClaimError {
    match error.kind() {
        io::ErrorKind::NotFound => ClaimError::Gone,
        io::ErrorKind::CrossesDevices => ClaimError::TwoFileSystems,
        io::ErrorKind::StorageFull
        | io::ErrorKind::QuotaExceeded
        | io::ErrorKind::ReadOnlyFilesystem => ClaimError::Folder(error),
        _ => ClaimError::File(error),
    }
}

/// Brings a sidecar into a claimed drop's folder; one that is gone by now is no error.
pub(crate) fn bring(sidecar: &Path, folder: &Path) -> io::Result<()> {
    let Some(name) = sidecar.file_name() else { return Ok(()) };
    match fs::rename(sidecar, folder.join(name)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// The files of a claimed drop.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Claimed {
    pub(crate) pdf: Option<PathBuf>,
    pub(crate) sidecars: Vec<PathBuf>,
}

impl Claimed {
    /// What lies in a folder of `work/`. What lanes hand on to each other is not the drop's.
    pub(crate) fn read(folder: &Path) -> io::Result<Self> {
        let mut claimed = Self::default();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            match names::read(&entry.file_name()) {
                Named::Pdf { .. } => claimed.pdf = Some(entry.path()),
                Named::Sidecar { .. } => claimed.sidecars.push(entry.path()),
                Named::BadPdf | Named::Ignored => {}
            }
        }
        claimed.sidecars.sort_unstable();
        Ok(claimed)
    }

    /// The PDF's name.
    pub(crate) fn name(&self) -> Option<String> {
        self.pdf.as_ref()?.file_name()?.to_str().map(str::to_owned)
    }
}

/// The sidecars in the inbox that belong to a PDF of this name.
pub(crate) fn sidecars_of(inbox: &Path, pdf_name: &str) -> io::Result<Vec<PathBuf>> {
    let mut sidecars = Vec::new();
    for entry in fs::read_dir(inbox)? {
        let entry = entry?;
        let Named::Sidecar { name } = names::read(&entry.file_name()) else { continue };
        let is_file = || fs::symlink_metadata(entry.path()).is_ok_and(|data| data.is_file());
        if names::stem(&name) == names::stem(pdf_name) && is_file() {
            sidecars.push(entry.path());
        }
    }
    Ok(sidecars)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::io::Errno;

    #[test]
    fn one_file_that_cannot_be_moved_is_not_all_of_them() {
        let said = |errno: Errno| why(io::Error::from_raw_os_error(errno.raw_os_error()));
        assert!(matches!(said(Errno::NOENT), ClaimError::Gone));
        assert!(matches!(said(Errno::XDEV), ClaimError::TwoFileSystems));
        assert!(matches!(said(Errno::PERM), ClaimError::File(_)), "as of an immutable file");
        for all in [Errno::NOSPC, Errno::DQUOT, Errno::ROFS] {
            assert!(matches!(said(all), ClaimError::Folder(_)), "{all}");
        }
    }
}
