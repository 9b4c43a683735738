//! Processes die at any moment, the queue forgets everything: at the end each certificate is
//! there, once.

use sealpress_tests::invariants::{Dropped, Given, broken, is_quiet};
use sealpress_tests::{Dice, Home, MailRelay, PrintSystem, Running, Student, sha256, until};
use std::thread;
use std::time::Duration;

use crate::{LONG, Queue, drop_all, enrolled};

const DROPS: usize = 300;
const KILLS: usize = 50;

/// What was dropped, to become certificates all of it.
fn given(prints: &PrintSystem, students: &[Student]) -> Given {
    let dropped = |student: &Student| Dropped {
        name: format!("{}_zh_first.pdf", student.number),
        hash: sha256(&prints.print(student)),
        sidecar: false,
    };
    let drops = students.iter().map(dropped).collect();
    Given { drops, certificates: students.len(), killed: true, ..Given::default() }
}

/// All that was promised is true. Returns how many messages came twice.
fn each_once(home: &Home, relay: &MailRelay, given: &Given) -> usize {
    assert_eq!(broken(home, relay, given), Vec::<String>::new());
    relay.received().len() - given.certificates
}

/// How many certificates were taken over from a worker that died over them.
fn taken_over(home: &Home) -> usize {
    let certificates = home.certificates();
    let ids = certificates.iter().filter_map(|one| one["id"].as_str());
    let histories = ids.map(|id| home.ask(&["cert", "show", id])["events"].to_string());
    histories.filter(|events| events.contains("taken_over")).count()
}

fn storm(queue: &Queue) {
    // `STORM_SEED` repeats a storm.
    let seed = std::env::var("STORM_SEED").ok().and_then(|seed| seed.parse().ok());
    let mut dice = Dice::new(seed);
    let (home, relay) = (Home::new(), MailRelay::start());
    queue.of(&home);
    home.set("mail.transport", &relay.url());
    home.set("worker.dead_after", "2s");
    // A certificate that is in a worker's hands at many of the kills is not to be parked for it.
    home.set("retry.attempts", "60");
    let (prints, students) = enrolled(&home, DROPS);
    let commands: [(&str, &[&str]); 3] =
        [("watch", &["watch"]), ("work-1", &["work"]), ("work-2", &["work"])];
    let start = |at: usize| home.start(commands[at].0, commands[at].1);
    let mut processes: Vec<Running> = (0..commands.len()).map(start).collect();

    // All at once, so that there is work in hand at every kill.
    drop_all(&home, &prints, &students);
    for kill in 0..KILLS {
        // On a busy machine processes that are killed at once would die before they do anything.
        until("work in hand", LONG, || (home.pdfs("archive").len() >= kill).then_some(()));
        // Not a wait for anything: the moment of the kill is to be any.
        thread::sleep(Duration::from_millis(dice.below(900)));
        let victim = usize::try_from(dice.below(3)).expect("a small number");
        processes[victim].kill();
        processes[victim] = start(victim);
    }
    let closed = home.certificates().iter().filter(|one| one["stage"] == "closed").count();
    // What was closed and not yet filed when its worker died, a watcher finds at its start.
    processes[0].kill();
    processes[0] = start(0);
    let given = given(&prints, &students);
    until("rest", LONG * 3, || is_quiet(&home, &given).then_some(()));
    processes.clear();
    let twice = each_once(&home, &relay, &given);
    let taken_over = taken_over(&home);
    eprintln!(
        "{KILLS} kills, {DROPS} certificates, {closed} of them closed at the last kill, {taken_over} \
         taken over from a dead worker, {twice} messages sent twice under one Message-ID"
    );
    assert!(taken_over > 5, "the kills hit workers with work in hand");
}

#[test]
fn fifty_kills_on_sqlite() {
    storm(&Queue::Sqlite);
}

#[test]
fn fifty_kills_on_redis() {
    storm(&Queue::redis());
}

#[test]
fn redis_forgets_everything_in_the_middle() {
    let queue = Queue::redis();
    let (home, relay) = (Home::new(), MailRelay::start());
    queue.of(&home);
    home.set("mail.transport", &relay.url());
    let (prints, students) = enrolled(&home, 100);
    let running = home.start("run", &["run"]);
    drop_all(&home, &prints, &students);
    let Queue::Redis(server) = &queue else { unreachable!("it is Redis") };
    for part in [5, 40, 70] {
        until("a part of the run", LONG, || (home.pdfs("archive").len() >= part).then_some(()));
        server.flush();
    }
    let given = given(&prints, &students);
    until("rest", LONG, || is_quiet(&home, &given).then_some(()));
    drop(running);
    assert_eq!(each_once(&home, &relay, &given), 0, "nothing was sent twice");
}
