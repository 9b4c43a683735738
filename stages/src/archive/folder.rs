//! An archive in a local folder.

use jiff::Timestamp;
use rustix::fs::{Mode, OFlags};
use sealpress_faults as faults;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Read-only for owner and group; the folder's owner can still delete, nobody writes.
const MODE: u32 = 0o440;
/// Files that were begun and not finished end so.
const UNFINISHED: &str = ".unfinished";

/// A local folder of archived files.
#[derive(Debug, Clone)]
pub struct Folder {
    root: PathBuf,
}

impl Folder {
    /// The archive at `root`.
    #[must_use]
    pub const fn new(root: PathBuf) -> Self {
        Self { root }
    }

    /// The file at a path within the archive.
    ///
    /// # Errors
    /// What the system says; [`io::ErrorKind::NotFound`] only where the archive itself is there.
    pub fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        let read = fs::read(self.root.join(path));
        match &read {
            Err(error) if error.kind() == io::ErrorKind::NotFound => self.is_there().and(read),
            Ok(_) | Err(_) => read,
        }
    }

    /// An archive that is not there is a disk that was not mounted: nothing is missing from it, and
    /// another in its place would hide what it gets.
    fn is_there(&self) -> io::Result<()> {
        if self.root.is_dir() {
            return Ok(());
        }
        Err(io::Error::new(io::ErrorKind::NotADirectory, "the archive's folder is not there"))
    }

    /// Keeps `bytes` at `path` for ever and returns what lies there: these bytes, or those that an
    /// earlier run left.
    ///
    /// The file gets its name by `link`, which never replaces, after it is whole and synced; so
    /// whatever bears the name is whole, and two workers can't overwrite each other. A crash
    /// before the link leaves an unfinished file under another name; a crash after it leaves the
    /// file, which the next run finds.
    ///
    /// # Errors
    /// What the system says; then nothing bears the name, or an earlier whole file does.
    pub fn keep(&self, path: &str, bytes: Vec<u8>) -> io::Result<Vec<u8>> {
        let target = self.root.join(path);
        let folder = target.parent().ok_or(io::ErrorKind::InvalidInput)?;
        self.make(folder)?;
        if let Some(earlier) = existing(&target)? {
            sync(folder)?;
            return Ok(earlier);
        }
        let unfinished = unfinished_name(&target);
        let linked = write(&unfinished, &bytes)
            .and_then(|()| faults::around("archive-link", || fs::hard_link(&unfinished, &target)));
        fs::remove_file(&unfinished).ok();
        match linked {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                let earlier = fs::read(&target)?;
                sync(folder)?;
                return Ok(earlier);
            }
            Err(error) => return Err(error),
        }
        faults::around("archive-folder", || sync(folder))?;
        Ok(bytes)
    }

    /// Every file in the archive, as paths within it, sorted. Unfinished files of a crash are
    /// among them.
    ///
    /// # Errors
    /// What the system says.
    pub fn list(&self) -> io::Result<Vec<String>> {
        let mut found = Vec::new();
        let mut folders = vec![self.root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder)? {
                let entry = entry?;
                if entry.file_type()?.is_dir() {
                    folders.push(entry.path());
                } else if let Ok(path) = entry.path().strip_prefix(&self.root) {
                    found.push(path.to_string_lossy().into_owned());
                }
            }
        }
        found.sort_unstable();
        Ok(found)
    }

    /// Removes what crashed runs began and never finished, where it was last written before
    /// `before`. Returns how many there were.
    ///
    /// # Errors
    /// What the system says.
    pub fn sweep(&self, before: Timestamp) -> io::Result<usize> {
        let mut swept = 0;
        for path in self.list()?.iter().filter(|path| path.ends_with(UNFINISHED)) {
            let path = self.root.join(path);
            if fs::metadata(&path)?.mtime() < before.as_second() {
                fs::remove_file(&path)?;
                swept += 1;
            }
        }
        Ok(swept)
    }

    /// Makes the month's folder, and syncs each folder that got a new entry.
    fn make(&self, folder: &Path) -> io::Result<()> {
        self.is_there()?;
        if folder.is_dir() {
            return Ok(());
        }
        DirBuilder::new().recursive(true).mode(0o750).create(folder)?;
        let mut above = folder.parent();
        while let Some(parent) = above.filter(|parent| parent.starts_with(&self.root)) {
            sync(parent)?;
            above = parent.parent();
        }
        Ok(())
    }
}

fn existing(target: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs::read(target) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// A name of this process's own: two workers at the same certificate never share one.
fn unfinished_name(target: &Path) -> PathBuf {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = target.file_name().map(|name| name.to_string_lossy().into_owned());
    target.with_file_name(format!(
        ".{}.{}-{count}{UNFINISHED}",
        name.unwrap_or_default(),
        std::process::id()
    ))
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // A process number comes round again, and may find what a dead one left.
    fs::remove_file(path).ok();
    let mut file = OpenOptions::new().write(true).create_new(true).mode(MODE).open(path)?;
    faults::around("archive-write", || file.write_all(bytes))?;
    faults::around("archive-sync", || file.sync_all())
}

fn sync(folder: &Path) -> io::Result<()> {
    let opened = rustix::fs::open(folder, OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty())?;
    File::from(opened).sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn what_is_kept_is_never_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::new(dir.path().join("archive"));
        let not_there = folder.keep("2026/06/a.pdf", b"one".to_vec()).unwrap_err().kind();
        assert_eq!(not_there, io::ErrorKind::NotADirectory, "as of a disk that is not mounted");
        assert_eq!(folder.read("2026/06/a.pdf").unwrap_err().kind(), io::ErrorKind::NotADirectory);
        fs::create_dir(dir.path().join("archive")).unwrap();
        assert_eq!(folder.keep("2026/06/a.pdf", b"one".to_vec()).unwrap(), b"one");
        assert_eq!(folder.keep("2026/06/a.pdf", b"two".to_vec()).unwrap(), b"one");
        assert_eq!(folder.read("2026/06/a.pdf").unwrap(), b"one");
        assert_eq!(folder.list().unwrap(), ["2026/06/a.pdf"]);
        let mode = fs::metadata(dir.path().join("archive/2026/06/a.pdf")).unwrap().permissions();
        assert_eq!(mode.mode() & 0o777, MODE);
    }

    #[test]
    fn many_writers_agree_on_one_file() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::new(dir.path().to_owned());
        let kept: Vec<Vec<u8>> = std::thread::scope(|scope| {
            let writers: Vec<_> = (0..16u8)
                .map(|n| {
                    scope.spawn({
                        let folder = folder.clone();
                        move || folder.keep("2026/06/b.pdf", vec![n; 100_000]).unwrap()
                    })
                })
                .collect();
            writers.into_iter().map(|writer| writer.join().unwrap()).collect()
        });
        assert!(kept.windows(2).all(|pair| pair[0] == pair[1]));
        assert_eq!(folder.list().unwrap(), ["2026/06/b.pdf"]);
    }

    #[test]
    fn only_old_unfinished_files_are_swept() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::new(dir.path().to_owned());
        fs::write(dir.path().join(".c.pdf.1-0.unfinished"), b"half").unwrap();
        fs::write(dir.path().join("c.pdf"), b"whole").unwrap();
        let now = Timestamp::now();
        let hour = jiff::SignedDuration::from_hours(1);
        assert_eq!(folder.sweep(now - hour).unwrap(), 0);
        assert_eq!(folder.sweep(now + hour).unwrap(), 1);
        assert_eq!(folder.list().unwrap(), ["c.pdf"]);
    }
}
