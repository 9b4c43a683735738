//! A drop becomes exactly one certificate, or one refusal with its reason; its files lie where
//! that says, unchanged, and nowhere else.

use super::{Certificate, Dropped, Given, counted};
use crate::{Home, sha256};
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn broken(home: &Home, given: &Given, certificates: &[Certificate]) -> Vec<String> {
    let refusals = home
        .ask_ledger("SELECT id, drop_name, folder FROM refusals")
        .expect("a ledger that can be read");
    let refused_to = |folder: &str| refusals.iter().filter(|row| row[2] == folder).count();
    let mut found = Vec::new();
    for (what, there, wanted) in [
        ("certificates", certificates.len(), given.certificates),
        ("refusals to failed/", refused_to("failed"), given.failed),
        ("refusals to duplicate/", refused_to("duplicate"), given.duplicate),
    ] {
        if there != wanted {
            found.push(format!("{there} {what}, not {wanted}"));
        }
    }
    for (student, times) in counted(certificates.iter().map(|one| &one.student)) {
        if times != 1 {
            found.push(format!("student {student} has {times} certificates"));
        }
    }
    for one in certificates {
        if one.status != "issued" || one.progress != "closed" {
            found.push(format!("{} is {} at {}", one.id, one.status, one.progress));
        }
    }
    let ended = certificates
        .iter()
        .map(|one| ("done", &one.drop_name))
        .chain(refusals.iter().map(|row| (row[2].as_str(), &row[1])));
    let mut ends: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (folder, name) in ended {
        ends.entry(name).or_default().push(folder);
    }
    for drop in &given.drops {
        let ends = ends.remove(drop.name.as_str()).unwrap_or_default();
        match ends.as_slice() {
            [folder] => found.extend(put_away(home, folder, drop)),
            _ => found.push(format!("{} came to {} ends: {ends:?}", drop.name, ends.len())),
        }
    }
    let known: BTreeSet<_> = given.drops.iter().map(|drop| (&drop.name, &drop.hash)).collect();
    for one in certificates.iter().filter(|one| !known.contains(&(&one.drop_name, &one.drop_hash)))
    {
        found.push(format!("{} is of no drop", one.id));
    }
    found.extend(no_more(home, given));
    found
}

/// The drop's files, where its end says.
fn put_away(home: &Home, folder: &str, drop: &Dropped) -> Vec<String> {
    let stem = drop.name.trim_end_matches(".pdf");
    let there = |ending: &str| home.at(&format!("inbox/{folder}/{stem}.{ending}"));
    let mut found = Vec::new();
    match std::fs::read(there("pdf")) {
        Ok(bytes) if sha256(&bytes) == drop.hash => {}
        Ok(_) => found.push(format!("{} was changed on its way to {folder}/", drop.name)),
        Err(error) => found.push(format!("{} is not in {folder}/: {error}", drop.name)),
    }
    let mut wanted = Vec::new();
    if drop.sidecar {
        wanted.push("yaml");
    }
    if folder != "done" {
        wanted.extend(["error.json", "error.txt"]);
    }
    let missing = wanted.into_iter().filter(|ending| !there(ending).is_file());
    found.extend(missing.map(|ending| format!("{folder}/{stem}.{ending} is missing")));
    found
}

/// Nothing lies where drops are put away but they, their sidecars and their reasons.
fn no_more(home: &Home, given: &Given) -> Vec<String> {
    let sidecars = given.drops.iter().filter(|drop| drop.sidecar).count();
    let reasons = 2 * (given.failed + given.duplicate);
    let wanted = given.drops.len() + sidecars + reasons;
    let files: Vec<_> = ["done", "failed", "duplicate"]
        .iter()
        .filter(|folder| home.at("inbox").join(folder).is_dir())
        .flat_map(|folder| home.files(&format!("inbox/{folder}")))
        .collect();
    if files.len() == wanted {
        return Vec::new();
    }
    vec![format!("{} files are put away, not {wanted}: {files:?}", files.len())]
}
