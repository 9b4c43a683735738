//! Processes die at any moment, the queue forgets everything: at the end each certificate is
//! there, once.

use sealpress_tests::{Home, MailRelay, Running};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, SystemTime};

use crate::{LONG, Queue, drop_all, enrolled};

const DROPS: usize = 300;
const KILLS: usize = 50;

/// A row of numbers that look random; the same start gives the same row.
struct Dice(u64);

impl Dice {
    /// `STORM_SEED` repeats a storm.
    fn new() -> Self {
        let now = || {
            SystemTime::now()
                .duration_since(SystemTime::UNIX_EPOCH)
                .map_or(1, |since| since.as_secs())
        };
        let seed =
            std::env::var("STORM_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(now);
        eprintln!("STORM_SEED={seed}");
        Self(seed | 1)
    }

    fn below(&mut self, limit: u64) -> u64 {
        // xorshift64
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

/// What must be true whatever happened: `count` certificates, each archived, closed and mailed
/// under one Message-ID. Returns how many messages came twice.
fn each_once(home: &Home, relay: &MailRelay, count: usize) -> usize {
    let certificates = home.certificates();
    assert_eq!(certificates.len(), count);
    let students: BTreeSet<&str> =
        certificates.iter().filter_map(|one| one["student_no"].as_str()).collect();
    assert_eq!(students.len(), count, "no student has two");
    assert_eq!(home.pdfs("archive").len(), count);
    // What a killed worker had begun to write is swept when it is an hour old.
    let ended = |file: &PathBuf| !file.to_string_lossy().ends_with(".unfinished");
    assert_eq!(home.files("archive").into_iter().filter(ended).count(), count, "and nothing else");
    let left: Vec<_> =
        home.files("work").into_iter().filter(|file| !file.ends_with(".watch.lock")).collect();
    assert!(left.is_empty(), "{left:?}");
    let audit = home.run(&["audit", "--json"]);
    assert_eq!(audit.code, 0, "{}", audit.data);

    let mut sent: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let received = relay.received();
    for message in &received {
        assert_eq!(message.to.len(), 1, "one recipient a message");
        sent.entry(message.to[0].clone()).or_default().insert(message.message_id.clone());
    }
    assert_eq!(sent.len(), count, "everyone has mail");
    assert!(sent.values().all(|ids| ids.len() == 1), "nobody has two different mails");
    received.len() - count
}

/// How many certificates were taken over from a worker that died over them.
fn taken_over(home: &Home) -> usize {
    let certificates = home.certificates();
    let ids = certificates.iter().filter_map(|one| one["id"].as_str());
    let histories = ids.map(|id| home.ask(&["cert", "show", id])["events"].to_string());
    histories.filter(|events| events.contains("taken_over")).count()
}

fn storm(queue: &Queue) {
    let mut dice = Dice::new();
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
    for _ in 0..KILLS {
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
    home.wait_for_closed(DROPS, LONG * 3);
    processes.clear();
    let twice = each_once(&home, &relay, DROPS);
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
        sealpress_tests::until("a part of the run", LONG, || {
            (home.pdfs("archive").len() >= part).then_some(())
        });
        server.flush();
    }
    home.wait_for_closed(100, LONG);
    drop(running);
    assert_eq!(each_once(&home, &relay, 100), 0, "nothing was sent twice");
}
