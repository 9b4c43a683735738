//! Claiming a drop: from the inbox into a folder of its own in `work/`, by rename.

use sealpress_ledger::CertificateId;
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use crate::names::{self, BAD_NAME, Named};
use crate::regular::sync_folder;
use crate::scan::Found;

/// Moves a settled PDF, and its sidecars where there are any, into `work/<id>/`.
///
/// A crash before the first rename leaves an empty folder, which the next look removes. A crash
/// after it leaves the PDF claimed; the next look at `work/` finds it there, brings its sidecar,
/// and goes on as if nothing had happened.
pub(crate) fn claim(
    work: &Path,
    id: CertificateId,
    pdf: &Found,
    sidecars: &[PathBuf],
) -> io::Result<PathBuf> {
    let folder = work.join(id.to_string());
    DirBuilder::new().mode(0o750).create(&folder)?;
    let name = pdf.name.clone().unwrap_or_else(|| format!("{BAD_NAME}{}.pdf", id.uuid().simple()));
    if let Err(error) = fs::rename(&pdf.path, folder.join(name)) {
        fs::remove_dir(&folder).ok();
        return Err(error);
    }
    for sidecar in sidecars {
        bring(sidecar, &folder)?;
    }
    sync_folder(&folder)?;
    if let Some(inbox) = pdf.path.parent() {
        sync_folder(inbox)?;
    }
    sync_folder(work)?;
    Ok(folder)
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
pub(crate) fn sidecars_of(inbox: &Path, pdf_name: &str) -> Vec<PathBuf> {
    let stem = names::stem(pdf_name);
    ["yaml", "yml", "json"]
        .iter()
        .map(|ending| inbox.join(format!("{stem}.{ending}")))
        .filter(|path| fs::symlink_metadata(path).is_ok_and(|data| data.is_file()))
        .collect()
}
