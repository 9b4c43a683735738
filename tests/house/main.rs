//! Rules of the house that no compiler checks: who may import whom, what each room says of
//! itself, and that documents and units are true.

mod files;
mod keys;
mod links;
mod points;
mod rooms;
mod units;

use std::path::{Path, PathBuf};

/// The repository's folder.
fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("tests/ stands in the repository")
        .to_owned()
}

/// Every file of the repository under `folder`, without what is built, installed or git's own.
fn files_under(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder of the repository") {
            let entry = entry.expect("an entry of the repository");
            let built = matches!(
                entry.file_name().to_str(),
                Some(".git" | "target" | ".venv" | "__pycache__")
            );
            match entry.file_type().expect("an entry's type") {
                kind if kind.is_dir() && !built => folders.push(entry.path()),
                kind if kind.is_file() => found.push(entry.path()),
                _ => {}
            }
        }
    }
    found.sort();
    found
}

/// Every file whose name ends in `.extension`.
fn files_with(extension: &str) -> Vec<PathBuf> {
    let mut files = files_under(&repository());
    files.retain(|file| file.extension().is_some_and(|found| found == extension));
    assert!(!files.is_empty(), "the repository has no .{extension} file at all");
    files
}

/// `file` as the repository names it.
fn shown(file: &Path) -> String {
    file.strip_prefix(repository()).unwrap_or(file).display().to_string()
}
