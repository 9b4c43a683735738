//! The roster from the command line.

use sealpress_tests::Home;
use std::fs;

use crate::roster_of_the_fixtures;

#[test]
fn what_a_roster_file_would_change_is_seen_before_it_is_done() {
    let home = Home::new();
    fs::write(home.at("roster.csv"), roster_of_the_fixtures(&["學士"])).expect("a roster");
    let import = ["students", "import", "roster.csv"];
    let preview = [&import[..], &["--preview"]].concat();
    let changes = home.ask(&preview);
    assert_eq!(changes["new"], serde_json::json!(["B11012345"]), "{changes}");
    assert_eq!(home.run(&["students", "show", "B11012345"]).code, 1, "it was only looked at");

    assert_eq!(home.ask(&import)["imported"], 1);
    assert_eq!(home.ask(&preview)["unchanged"], 1);
    let two = roster_of_the_fixtures(&["學士", "碩士"]);
    fs::write(home.at("roster.csv"), &two).expect("a roster");
    let changes = home.ask(&preview);
    assert_eq!(changes["changed"][0]["fields"], serde_json::json!(["degrees"]), "{changes}");

    fs::write(home.at("roster.csv"), format!("{two}B2,林小華,,99,,CS,BSc,\n")).expect("a roster");
    let bad = home.run(&[&preview[..], &["--json"]].concat());
    assert_eq!(bad.code, 1, "a bad row");
    assert_eq!(bad.json()["bad_rows"].as_array().expect("a list").len(), 1);
}
