//! That the matrix can fail: a fault that never strikes, and promises that were broken, are seen.

use sealpress_tests::MailRelay;
use sealpress_tests::invariants::{Given, broken};
use std::fs;

use crate::Template;
use crate::effects::{EFFECTS, Fault};

#[test]
fn the_matrix_is_as_large_as_it_was_promised() {
    let cases = EFFECTS.len() * Fault::ALL.len() * 4;
    assert!(cases >= 200, "{cases}");
    let mut names: Vec<&str> = EFFECTS.iter().map(|effect| effect.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), EFFECTS.len(), "an effect stands in the table twice");
}

#[test]
fn a_home_that_is_not_as_it_must_be_is_seen() {
    let template = Template::new();
    let relay = MailRelay::start();
    let nothing = Given::default();
    assert_eq!(template.home.run(&["status"]).code, 0, "the ledger is made");
    assert_eq!(broken(&template.home, &relay, &nothing), Vec::<String>::new());
    let wanted = Given { certificates: 1, failed: 1, duplicate: 1, ..Given::default() };
    assert_eq!(broken(&template.home, &relay, &wanted).len(), 4, "counts, and files put away");
    fs::create_dir_all(template.home.at("archive/2026/06")).expect("a folder");
    for left in ["work/left", "inbox/left.pdf", "archive/2026/06/left.pdf"] {
        fs::write(template.home.at(left), "left").expect("a written file");
    }
    let found = broken(&template.home, &relay, &nothing).join("\n");
    for seen in
        ["work/left is left", "inbox/left.pdf is left", "for no certificate", "audit: exit 1"]
    {
        assert!(found.contains(seen), "{seen} is not in:\n{found}");
    }
}
