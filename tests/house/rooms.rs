//! Who may know whom (never the other way), and what a room says of itself.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use crate::repository;

/// A room, and the rooms that it may import.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("faults", &[]),
    ("config", &[]),
    ("pades", &[]),
    ("ledger", &["config", "faults"]),
    ("sandbox", &[]),
    ("inbox", &["config", "ledger", "sandbox", "faults"]),
    ("stages", &["config", "ledger", "pades", "sandbox", "faults"]),
    ("pipeline", &["config", "ledger", "inbox", "stages", "faults"]),
    ("console", &["config", "ledger", "inbox", "stages", "pipeline", "pades", "sandbox", "faults"]),
    // For the feature that compiles the points in; see tests/house/points.rs.
    ("tests", &["faults"]),
];

/// Which room imports which, dependencies of its tests and build included.
type Imports = BTreeMap<String, BTreeSet<String>>;

/// `sealpress-ledger` is the package of the room `ledger`.
fn room(package: &str) -> &str {
    package.strip_prefix("sealpress-").unwrap_or(package)
}

/// The imports among the packages of `cargo metadata --no-deps`.
fn imports(metadata: &Value) -> Imports {
    let packages = metadata["packages"].as_array().expect("cargo metadata lists packages");
    let name = |package: &Value| package["name"].as_str().expect("a package has a name").to_owned();
    let ours: BTreeSet<String> = packages.iter().map(name).collect();
    packages
        .iter()
        .map(|package| {
            let dependencies =
                package["dependencies"].as_array().expect("a package lists dependencies");
            let rooms =
                dependencies.iter().map(name).filter(|dependency| ours.contains(dependency));
            (room(&name(package)).to_owned(), rooms.map(|name| room(&name).to_owned()).collect())
        })
        .collect()
}

/// One line for each import that the rules don't allow, and for each room without a rule.
fn defects(imports: &Imports) -> Vec<String> {
    let rules: BTreeMap<&str, &[&str]> = MAY_IMPORT.iter().copied().collect();
    let mut found = Vec::new();
    for (room, imported) in imports {
        let Some(allowed) = rules.get(room.as_str()) else {
            found.push(format!("{room} has no rule"));
            continue;
        };
        for import in imported.iter().filter(|import| !allowed.contains(&import.as_str())) {
            found.push(format!("{room} imports {import}"));
        }
    }
    found
}

fn metadata() -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version=1", "--locked", "--offline"])
        .current_dir(repository())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("cargo metadata prints JSON")
}

#[test]
fn no_room_imports_upwards() {
    let imports = imports(&metadata());
    let rooms: Vec<&str> = imports.keys().map(String::as_str).collect();
    let mut ruled: Vec<&str> = MAY_IMPORT.iter().map(|(room, _)| *room).collect();
    ruled.sort_unstable();
    assert_eq!(rooms, ruled, "every room has a rule, and every rule a room");
    assert!(imports["console"].contains("ledger"), "imports are seen at all");
    assert_eq!(defects(&imports), Vec::<String>::new());
}

#[test]
fn an_upward_import_is_found() {
    let made_up = serde_json::json!({ "packages": [
        { "name": "sealpress-config", "dependencies": [{ "name": "serde" }] },
        { "name": "sealpress-ledger", "dependencies": [
            { "name": "sealpress-config" },
            { "name": "sealpress-pipeline", "kind": "dev" },
        ] },
        { "name": "sealpress-pipeline", "dependencies": [{ "name": "pades" }] },
        { "name": "pades", "dependencies": [{ "name": "sealpress-config" }] },
        { "name": "sealpress-attic", "dependencies": [] },
    ] });
    assert_eq!(
        defects(&imports(&made_up)),
        [
            "attic has no rule",
            "ledger imports pipeline",
            "pades imports config",
            "pipeline imports pades"
        ]
    );
}

#[test]
fn no_two_rooms_may_import_each_other() {
    let rules: BTreeMap<&str, &[&str]> = MAY_IMPORT.iter().copied().collect();
    for (room, allowed) in MAY_IMPORT {
        for import in *allowed {
            assert!(!rules[import].contains(room), "{room} and {import} form a circle");
            let reached: Vec<_> =
                rules[import].iter().filter(|deeper| rules[*deeper].contains(room)).collect();
            assert!(reached.is_empty(), "{room} reaches itself through {import} and {reached:?}");
        }
    }
}

/// The documentation that opens a file, without its `//!`.
fn opening(source: &str) -> String {
    let lines = source.lines().map_while(|line| line.strip_prefix("//!"));
    lines.map(str::trim).collect::<Vec<_>>().join("\n")
}

/// What follows `mark`, to the end of its paragraph.
fn after<'a>(opening: &'a str, mark: &str) -> Option<&'a str> {
    let (_, rest) = opening.split_once(mark)?;
    rest.split("\n\n").next()
}

/// What stands in backticks.
fn quoted(text: &str) -> BTreeSet<String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// What a room's `lib.rs` should say of itself, and doesn't.
fn silences(room: &str, allowed: &[&str], source: &str) -> Vec<String> {
    let opening = opening(source);
    let mut found = Vec::new();
    if !opening.starts_with(&format!("# {room}: ")) {
        found.push(format!("{room} does not open with “# {room}: what it is for”"));
    }
    if !opening.contains("[`") {
        found.push(format!("{room} links to none of its main types"));
    }
    let said = after(&opening, "May import: ");
    let everything = allowed.len() + 2 == MAY_IMPORT.len() && said == Some("every room.");
    let ruled: BTreeSet<String> = allowed.iter().map(|&room| room.to_owned()).collect();
    if !everything && said.map(quoted).as_ref() != Some(&ruled) {
        found.push(format!("{room} should say “May import: ” and {ruled:?}, and says {said:?}"));
    }
    found
}

#[test]
fn every_room_says_what_it_is() {
    let mut found = Vec::new();
    for (room, allowed) in MAY_IMPORT.iter().filter(|(room, _)| *room != "tests") {
        // The console is the binary alone.
        let file = if *room == "console" { "src/main.rs" } else { "src/lib.rs" };
        let source =
            std::fs::read_to_string(repository().join(room).join(file)).expect("its first page");
        found.extend(silences(room, allowed, &source));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_silent_room_is_found() {
    let good = "//! # attic: where old things stand\n//!\n//! Main types: [`Box`],\n//! [`Dust`].\n//!\n\
                //! May import: `config`,\n//! `ledger` (its types).\n\nmod dust;\n";
    assert_eq!(silences("attic", &["config", "ledger"], good), Vec::<String>::new());
    assert_eq!(silences("attic", &["config"], good).len(), 1);
    assert_eq!(silences("cellar", &["config", "ledger"], good).len(), 1);
    assert_eq!(silences("attic", &[], "mod dust;\n").len(), 3);
}
