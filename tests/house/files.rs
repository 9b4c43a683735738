//! What every file of the repository keeps to.

use std::path::Path;

use crate::{files_under, files_with, repository, shown};

/// A page that a person reads in one sitting.
const LONGEST: usize = 400;

#[test]
fn no_source_file_is_too_long_to_read() {
    let too_long: Vec<String> = files_with("rs")
        .iter()
        .filter_map(|file| {
            let lines = std::fs::read_to_string(file).expect("sources are UTF-8").lines().count();
            (lines > LONGEST).then(|| format!("{} has {lines} lines", shown(file)))
        })
        .collect();
    assert!(too_long.is_empty(), "{}", too_long.join("\n"));
}

#[test]
fn no_file_is_named_for_nothing() {
    const NOTHING: [&str; 6] = ["utils", "util", "common", "helpers", "helper", "manager"];
    let unnamed: Vec<String> = files_with("rs")
        .iter()
        .filter(|file| {
            file.file_stem()
                .and_then(|stem| stem.to_str())
                .is_some_and(|stem| NOTHING.contains(&stem))
        })
        .map(|file| shown(file))
        .collect();
    assert!(unnamed.is_empty(), "{unnamed:?}");
}

/// The folders of one machine that `text` names by an absolute path.
fn machine_paths(text: &str) -> Vec<String> {
    // Put together here, so that this file does not name what it looks for.
    let folders = ["work", "root", "home"].map(|folder| format!("/{folder}/"));
    let mut found = Vec::new();
    for folder in &folders {
        for (at, _) in text.match_indices(folder.as_str()) {
            let before = text[..at].chars().next_back();
            let inside_a_path =
                before.is_some_and(|c| c.is_alphanumeric() || "._-/}~>)".contains(c));
            if !inside_a_path {
                found.push(folder.clone());
            }
        }
    }
    found
}

/// Files that would send another machine's package client to this one's registry.
const CLIENT_SETTINGS: [&str; 4] = [".npmrc", "pip.conf", ".pypirc", "sources.list"];

/// Whether a line of `Cargo.lock` names a source other than crates.io.
fn foreign_source(line: &str) -> bool {
    line.starts_with("source = ")
        && line != r#"source = "registry+https://github.com/rust-lang/crates.io-index""#
}

#[test]
fn no_file_names_the_machine_it_was_made_on() {
    let mut found = Vec::new();
    for file in files_under(&repository()) {
        let bytes = std::fs::read(&file).expect("a file of the repository");
        let text = String::from_utf8_lossy(&bytes);
        found.extend(
            machine_paths(&text).into_iter().map(|path| format!("{}: {path}", shown(&file))),
        );
        let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let in_cargo_folder =
            file.parent().is_some_and(|folder| folder.ends_with(Path::new(".cargo")));
        if CLIENT_SETTINGS.contains(&name) || in_cargo_folder {
            found.push(format!("{}: settings of one machine's package client", shown(&file)));
        }
        if name == "Cargo.lock" {
            let foreign = text.lines().filter(|line| foreign_source(line));
            found.extend(foreign.map(|line| format!("Cargo.lock: {line}")));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_machine_path_is_found() {
    let [work, home] = ["work", "home"].map(|folder| format!("/{folder}/"));
    assert_eq!(machine_paths(&format!("see {work}main or `{home}me`")), [work.clone(), home]);
    assert!(machine_paths(&format!("claimed into $HOME{work}ID and inbox{work}")).is_empty());
    assert!(foreign_source(r#"source = "git+https://example.org/x""#));
}
