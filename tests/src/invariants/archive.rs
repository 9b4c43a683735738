//! One archived file for each certificate, and the one that the ledger recorded.

use super::{Certificate, Given};
use crate::{Home, sha256};
use std::collections::BTreeSet;

pub(super) fn broken(home: &Home, given: &Given, certificates: &[Certificate]) -> Vec<String> {
    let mut found = Vec::new();
    let mut known = BTreeSet::new();
    for one in certificates {
        let file = home.at("archive").join(&one.path);
        match std::fs::read(&file) {
            Ok(bytes) if sha256(&bytes) == one.hash => {}
            Ok(_) => found.push(format!("{} in the archive is not what was recorded", one.path)),
            Err(error) => found.push(format!("{} has no archived file: {error}", one.id)),
        }
        known.insert(file);
    }
    for file in home.files("archive").into_iter().filter(|file| !known.contains(file)) {
        let unfinished = file.to_string_lossy().ends_with(".unfinished");
        if !(unfinished && given.killed) {
            found.push(format!("{} lies in the archive for no certificate", file.display()));
        }
    }
    found
}
