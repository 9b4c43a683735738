//! A Maildir: a message is a file, and its flags stand in its name
//! (<https://cr.yp.to/proto/maildir.html>).

use rustix::fs::{CWD, RenameFlags, renameat_with};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// Begins the flags at the end of a name.
const INFO: &[u8] = b":2,";
/// Seen: dealt with, by us or by a person who read it.
const SEEN: u8 = b'S';
/// Thrown away by a person.
const TRASHED: u8 = b'T';

/// The messages that nobody dealt with, oldest names first. Links and folders are left alone.
pub(super) fn messages(maildir: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for folder in ["new", "cur"] {
        for entry in fs::read_dir(maildir.join(folder))? {
            let entry = entry?;
            let name = entry.file_name();
            let done = split(&name).1.iter().any(|flag| matches!(*flag, SEEN | TRASHED));
            if !done && !name.as_bytes().starts_with(b".") && entry.file_type()?.is_file() {
                found.push(entry.path());
            }
        }
    }
    found.sort_by(|one, other| one.file_name().cmp(&other.file_name()));
    Ok(found)
}

/// A message was dealt with: it moves to `cur/` as seen. One that is no longer where it was is
/// another's, and no error.
pub(crate) fn dealt_with(maildir: &Path, file: &Path) -> io::Result<()> {
    let Some(name) = file.file_name() else { return Ok(()) };
    let (unique, flags) = split(name);
    let mut flags = flags.to_vec();
    flags.push(SEEN);
    flags.sort_unstable();
    flags.dedup();
    let seen = OsString::from_vec([unique, INFO, &flags].concat());
    // Never over a file that is there: nothing is deleted.
    match renameat_with(CWD, file, CWD, maildir.join("cur").join(seen), RenameFlags::NOREPLACE) {
        Err(rustix::io::Errno::NOENT) => Ok(()),
        other => other.map_err(io::Error::from),
    }
}

/// A name without its flags, and the flags.
fn split(name: &OsStr) -> (&[u8], &[u8]) {
    let bytes = name.as_bytes();
    match bytes.windows(INFO.len()).position(|window| window == INFO) {
        Some(at) => (&bytes[..at], &bytes[at + INFO.len()..]),
        None => (bytes, &[]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn maildir(files: &[&str]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for folder in ["new", "cur", "tmp"] {
            fs::create_dir(dir.path().join(folder)).unwrap();
        }
        for file in files {
            fs::write(dir.path().join(file), *file).unwrap();
        }
        dir
    }

    fn names(dir: &Path) -> Vec<String> {
        let mut names: Vec<String> = ["new", "cur", "tmp"]
            .iter()
            .flat_map(|folder| fs::read_dir(dir.join(folder)).unwrap())
            .map(|entry| {
                let path = entry.unwrap().path();
                path.strip_prefix(dir).unwrap().to_string_lossy().into_owned()
            })
            .collect();
        names.sort();
        names
    }

    #[test]
    fn what_nobody_dealt_with_is_found_and_marked() {
        let files =
            ["new/3.a", "cur/1.b:2,", "cur/2.c:2,FR", "cur/4.d:2,S", "cur/5.e:2,T", "tmp/6.f"];
        let dir = maildir(&files);
        std::os::unix::fs::symlink("/etc/passwd", dir.path().join("new/7.link")).unwrap();
        fs::create_dir(dir.path().join("new/8.folder")).unwrap();
        let found = messages(dir.path()).unwrap();
        let shown: Vec<_> =
            found.iter().map(|file| file.strip_prefix(dir.path()).unwrap().to_owned()).collect();
        assert_eq!(shown, ["cur/1.b:2,", "cur/2.c:2,FR", "new/3.a"].map(PathBuf::from));
        for file in &found {
            dealt_with(dir.path(), file).unwrap();
        }
        let marked = ["cur/1.b:2,S", "cur/2.c:2,FRS", "cur/3.a:2,S"];
        for name in marked {
            assert!(names(dir.path()).contains(&name.to_owned()), "{name}");
        }
        assert!(messages(dir.path()).unwrap().is_empty());
    }

    #[test]
    fn nothing_is_replaced_and_what_is_gone_is_no_error() {
        let dir = maildir(&["new/1.a", "cur/1.a:2,S"]);
        assert!(dealt_with(dir.path(), &dir.path().join("new/1.a")).is_err());
        assert_eq!(names(dir.path()), ["cur/1.a:2,S", "new/1.a"]);
        dealt_with(dir.path(), &dir.path().join("new/2.b")).unwrap();
        assert!(messages(&dir.path().join("new")).is_err(), "no Maildir");
    }
}
