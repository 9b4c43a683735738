//! The host's clock is a day ahead, a day behind, and right again.

use sealpress_tests::{At, Running, faketime, until};
use std::fs;

use crate::{LONG, School};

struct Clock(std::path::PathBuf);

impl Clock {
    /// Moves the clock to so far from the right time.
    fn moves(&self, offset: &str) {
        let next = self.0.with_extension("next");
        fs::write(&next, offset).expect("a written file");
        fs::rename(next, &self.0).expect("a renamed file");
    }

    fn start(&self, school: &School, name: &str, command: &[&str]) -> Running {
        let variables = [
            format!("LD_PRELOAD={}", faketime().display()),
            format!("FAKETIME_TIMESTAMP_FILE={}", self.0.display()),
            "FAKETIME_NO_CACHE=1".to_owned(),
            "FAKETIME_DONT_FAKE_MONOTONIC=1".to_owned(),
        ];
        let by: Vec<&str> =
            ["env"].into_iter().chain(variables.iter().map(String::as_str)).collect();
        school.home.start_by(&by, name, command)
    }
}

fn clock(school: &School) -> Clock {
    let clock = Clock(school.home.at("clock"));
    clock.moves("+0");
    clock
}

/// Whether the ledger counts any.
fn counts(school: &School, question: &'static str) -> bool {
    school.home.ask_ledger(question).is_ok_and(|rows| rows[0][0] != "0")
}

#[test]
fn a_day_ahead_and_back() {
    let mut school = School::of(6);
    // Something that is to be tried again is due by the clock that was ahead.
    school.relay.says(At::Recipient, Some("451 4.3.0 later"));
    let clock = clock(&school);
    let running = clock.start(&school, "run", &["run"]);
    school.print(0..2);
    until("certificates in force", LONG, || (school.issued() == 2).then_some(()));
    clock.moves("+1d");
    school.print(2..4);
    until("certificates in force", LONG, || (school.issued() == 4).then_some(()));
    until("a time that is tomorrow", LONG, || {
        let tomorrow = "SELECT CAST(COUNT(*) AS TEXT) FROM certificates
            WHERE progress <> 'closed' AND due_at > (unixepoch() + 43200) * 1000";
        counts(&school, tomorrow).then_some(())
    });
    clock.moves("+0");
    school.relay.says(At::Recipient, None);
    school.print(4..6);
    school.ends_well(vec![running]);
}

/// Whoever dies while the clock is ahead is not alive until tomorrow.
#[test]
fn a_worker_dies_a_day_ahead() {
    let mut school = School::of(4);
    school.home.set("worker.dead_after", "2s");
    let clock = clock(&school);
    school.relay.trickles(true);
    let watching = school.home.start("watch", &["watch"]);
    clock.moves("+1d");
    let mut dies = clock.start(&school, "work", &["work"]);
    school.print(0..4);
    until("mail in hand", LONG, || {
        let in_hand = "SELECT CAST(COUNT(*) AS TEXT) FROM certificates
            WHERE worker IS NOT NULL AND progress = 'email'";
        counts(&school, in_hand).then_some(())
    });
    dies.kill();
    school.relay.trickles(false);
    let works = school.home.start("work", &["work"]);
    school.ends_well(vec![watching, works]);
}

/// The key's certificate is not valid yet: that is said, and mended by the clock alone.
#[test]
fn a_day_behind_and_back() {
    let mut school = School::of(4);
    let clock = clock(&school);
    let running = clock.start(&school, "run", &["run"]);
    school.print(0..2);
    until("certificates in force", LONG, || (school.issued() == 2).then_some(()));
    clock.moves("-1d");
    school.print(2..4);
    school.is_held("press", "key_out_of_date");
    clock.moves("+0");
    school.ends_well(vec![running]);
}
