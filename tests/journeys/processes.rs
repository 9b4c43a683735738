//! How processes start together, and how they end.

use sealpress_tests::{Home, MailRelay, until};
use std::time::{Duration, Instant};

use crate::{LONG, drop_all, enrolled};

/// As systemd starts them: none waits for another, and the first makes ledger and queue.
#[test]
fn processes_that_start_together_on_a_new_home_all_live() {
    let home = Home::new();
    let mut processes =
        [["watch"], ["work"], ["work"], ["watch"]].map(|command| home.start("together", &command));
    let (prints, students) = enrolled(&home, 3);
    drop_all(&home, &prints, &students);
    home.wait_for_closed(3, LONG);
    assert!(processes.iter_mut().all(sealpress_tests::Running::is_alive));
}

/// What is in flight is finished or handed back, in time.
#[test]
fn a_process_that_is_told_to_stop_ends_in_time_and_leaves_nothing_in_flight() {
    let (home, relay) = (Home::new(), MailRelay::start());
    home.set("mail.transport", &relay.url());
    home.set("shutdown.grace", "10s");
    let (prints, students) = enrolled(&home, 60);
    let mut running = home.start("run", &["run"]);
    drop_all(&home, &prints, &students);
    until("the middle of the run", LONG, || (home.pdfs("archive").len() > 5).then_some(()));

    running.terminate();
    let told = Instant::now();
    let ended = running.ended(LONG);
    assert!(ended.success(), "{ended}: {}", running.said());
    assert!(told.elapsed() < Duration::from_secs(12), "{:?}", told.elapsed());
    let lanes = home.ask(&["status"])["lanes"].clone();
    for lane in lanes.as_array().expect("lanes") {
        assert_eq!(lane["in_flight"], 0, "{lane}");
    }

    let _again = home.start("run", &["run"]);
    home.wait_for_closed(60, LONG);
    assert_eq!(relay.received().len(), 60, "nothing was sent twice");
    assert_eq!(home.run(&["audit"]).code, 0);
}
