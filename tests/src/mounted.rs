//! Folders that are file systems of their own: a small disk, and a share that others write to.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A file system on a folder of the test's own. It is taken away with it.
#[derive(Debug)]
pub struct Mounted {
    place: PathBuf,
    /// Where it was made for the disk, and goes with it.
    _folder: Option<tempfile::TempDir>,
}

impl Mounted {
    /// A disk of so many MiB on a new folder.
    ///
    /// # Panics
    /// When it can't be mounted, which takes root or sudo.
    #[must_use]
    pub fn disk(mib: u64) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut disk = Self::disk_on(folder.path(), mib);
        disk._folder = Some(folder);
        disk
    }

    /// A disk of so many MiB on an empty folder that is there.
    ///
    /// # Panics
    /// When it can't be mounted, which takes root or sudo.
    #[must_use]
    pub fn disk_on(place: &Path, mib: u64) -> Self {
        let id = |flag| said(Command::new("id").arg(flag));
        let options = format!("size={mib}m,uid={},gid={},mode=750", id("-u"), id("-g"));
        as_root(&["mount", "-t", "tmpfs", "-o", &options, "none"], place);
        Self { place: place.to_owned(), _folder: None }
    }

    /// A share on a new folder of what lies in `behind`: whoever writes there is another host, and
    /// this one's kernel tells nobody of it.
    ///
    /// # Panics
    /// When it can't be mounted.
    #[must_use]
    pub fn share_of(behind: &Path) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().to_owned();
        let mut mount = Command::new("bindfs");
        // What another host changed is seen at once.
        mount.args(["-o", "attr_timeout=0,entry_timeout=0,negative_timeout=0"]);
        said(mount.arg(behind).arg(&place));
        Self { place, _folder: Some(folder) }
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.place
    }

    /// Fills it to the last byte, with a file at its top.
    ///
    /// # Panics
    /// When it has no end.
    pub fn fill(&self) {
        use std::io::Write;
        let mut ballast = std::fs::File::create(self.ballast()).expect("room for a name");
        let piece = vec![0; 64 * 1024];
        for size in [piece.len(), 4096, 1] {
            for _ in 0..100_000 {
                if ballast.write_all(&piece[..size]).is_err() {
                    break;
                }
            }
        }
        let full = ballast.write_all(b"x").and_then(|()| ballast.sync_all());
        assert!(full.is_err(), "the disk has no end");
    }

    /// Gives the room back.
    ///
    /// # Panics
    /// When it was not filled.
    pub fn make_room(&self) {
        std::fs::remove_file(self.ballast()).expect("our own file");
    }

    fn ballast(&self) -> PathBuf {
        self.place.join("ballast")
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        // A process of the test's may be dying in it still: it goes when that is gone.
        as_root(&["umount", "--lazy"], &self.place);
    }
}

fn as_root(command: &[&str], place: &Path) {
    let user = said(Command::new("id").arg("-u"));
    let command = if user == "0" { command.to_vec() } else { [&["sudo", "-n"], command].concat() };
    said(Command::new(command[0]).args(&command[1..]).arg(place));
}

/// What a command printed.
fn said(command: &mut Command) -> String {
    let output =
        command.output().unwrap_or_else(|error| panic!("{command:?}: {error} (tests/setup.sh)"));
    let talk = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {talk}");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}
