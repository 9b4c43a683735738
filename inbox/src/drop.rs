//! A claimed drop as it is read, once: what is decided is decided on these bytes.

use sealpress_ledger::{CertificateId, Reason, Sha256Hash};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::claim::{Claimed, bring, sidecars_of};
use crate::ready::ends_as_pdf;
use crate::{preflight, reasons, regular};

/// A drop, read.
pub(crate) struct Drop {
    pub(crate) id: CertificateId,
    pub(crate) name: String,
    pub(crate) bytes: Arc<[u8]>,
    pub(crate) hash: Sha256Hash,
    pub(crate) sidecars: Vec<PathBuf>,
}

impl Drop {
    /// Reads the PDF `path` of at most `limit` bytes.
    pub(crate) fn read(
        id: CertificateId,
        name: String,
        path: &Path,
        sidecars: Vec<PathBuf>,
        limit: u64,
    ) -> io::Result<Result<Self, Reason>> {
        let bytes = match regular::read(path, limit) {
            Ok(Some(bytes)) => bytes,
            Ok(None) => return Ok(Err(reasons::too_large(limit))),
            Err(error) => return refused(error).map(Err),
        };
        let hash = Sha256Hash::of(&bytes);
        Ok(Ok(Self { id, name, bytes: bytes.into(), hash, sidecars }))
    }

    /// Whether the bytes begin and end as a PDF does. The examination says the rest.
    pub(crate) fn is_whole(&self) -> Result<(), Reason> {
        if self.bytes.is_empty() {
            return Err(reasons::empty());
        }
        preflight::begins_as_pdf(&self.bytes)?;
        if ends_as_pdf(&self.bytes) { Ok(()) } else { Err(reasons::truncated()) }
    }
}

/// The refusal of what can't be read at all; another error says that reading fails now.
fn refused(error: io::Error) -> io::Result<Reason> {
    let no_file = [rustix::io::Errno::LOOP, rustix::io::Errno::NXIO].map(|no| no.raw_os_error());
    match error.raw_os_error() {
        Some(code) if no_file.contains(&code) => Ok(reasons::not_a_file(&error)),
        _ if error.kind() == io::ErrorKind::InvalidInput => Ok(reasons::not_a_file(&error)),
        _ if error.kind() == io::ErrorKind::PermissionDenied => Ok(reasons::unreadable()),
        _ => Err(error),
    }
}

/// The files in a drop's folder; `left_behind` is a drop that this process did not claim itself,
/// whose sidecar a crash may have left in the inbox. An empty folder, which a crash left before
/// anything was claimed, is removed.
pub(crate) fn files(folder: &Path, inbox: &Path, left_behind: bool) -> io::Result<Option<Claimed>> {
    let claimed = Claimed::read(folder)?;
    if claimed == Claimed::default() {
        return match fs::remove_dir(folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(None),
        };
    }
    let alone = left_behind && claimed.sidecars.is_empty();
    let Some(name) = claimed.name().filter(|_| alone) else { return Ok(Some(claimed)) };
    for sidecar in sidecars_of(inbox, &name)? {
        bring(&sidecar, folder)?;
    }
    Claimed::read(folder).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_never_be_read_is_refused_and_what_fails_now_is_not() {
        let code = |error: io::Error| refused(error).map(|reason| reason.code).ok();
        let errno = |no: rustix::io::Errno| io::Error::from_raw_os_error(no.raw_os_error());
        assert_eq!(code(errno(rustix::io::Errno::LOOP)).as_deref(), Some("not_a_file"));
        assert_eq!(code(errno(rustix::io::Errno::NXIO)).as_deref(), Some("not_a_file"));
        assert_eq!(code(errno(rustix::io::Errno::ACCESS)).as_deref(), Some("unreadable"));
        assert_eq!(code(errno(rustix::io::Errno::IO)), None);
        assert_eq!(code(errno(rustix::io::Errno::STALE)), None);
    }
}
