//! The points at which a test may break Sealpress are in a build of the workspace, which is what
//! the tests drive, and not in a build of the console, which is what schools run.

use std::process::Command;

use crate::{files_with, repository, shown};

/// The crates that a build of `what` is made of, with the features that it has.
fn built_from(what: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--offline", "--edges", "normal", "--prefix", "none"])
        .args(["--format", "{p} [{f}]"])
        .args(what)
        .current_dir(repository())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("cargo prints UTF-8")
}

/// Whether the points are in it, and whether the library behind them is.
fn points_and_library(tree: &str) -> [bool; 2] {
    let room: Vec<&str> =
        tree.lines().filter(|line| line.starts_with("sealpress-faults v")).collect();
    assert!(!room.is_empty(), "the room is in every build:\n{tree}");
    [
        room.iter().any(|line| line.contains("failpoints")),
        tree.lines().any(|line| line.starts_with("fail v")),
    ]
}

#[test]
fn what_schools_run_has_no_failpoints() {
    assert_eq!(points_and_library(&built_from(&["-p", "sealpress-console"])), [false, false]);
}

#[test]
fn what_the_tests_drive_has_failpoints() {
    assert_eq!(points_and_library(&built_from(&["--workspace"])), [true, true]);
}

/// A command that builds for schools and does not say of what: it would build the tests with it.
fn builds_everything(line: &str) -> bool {
    line.contains("cargo build")
        && line.contains("--release")
        && !line.contains("-p sealpress-console")
}

#[test]
fn whoever_builds_for_schools_builds_the_console_alone() {
    let mut found = Vec::new();
    let mut files = files_with("md");
    files.push(repository().join("Makefile"));
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a page is UTF-8");
        let lines = text.lines().filter(|line| builds_everything(line));
        found.extend(lines.map(|line| format!("{}: {line}", shown(&file))));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
    assert!(builds_everything("cargo build --release --locked"));
    assert!(!builds_everything("cargo build --release --locked -p sealpress-console"));
}
