//! Kills at random, by the thousand, over a home that is fed all the while; at the end everything
//! that was promised must be true. `make torture`, or with other figures:
//! `make torture ARGS="--kills 300 --drops 1000 --queue redis --seed 7"`.

use sealpress_tests::invariants::{Dropped, Given, broken, is_quiet, standing};
use sealpress_tests::{Dice, Home, MailRelay, PrintSystem, RedisServer, Running, Student, sha256};
use std::collections::BTreeMap;
use std::fs;
use std::process::ExitCode;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// So many drops are in the house at most; a school that prints faster fills its inbox.
const IN_THE_HOUSE: usize = 300;
/// Every so many drops one is refused, and every so many one is a copy of the one before.
const REFUSED_EVERY: usize = 50;
const COPIED_EVERY: usize = 40;
/// Every so many come with a sidecar.
const SIDECAR_EVERY: usize = 5;

/// So long without one more drop at its end is a failure.
const NO_REST: Duration = Duration::from_secs(600);

/// What is asked of it.
struct Wanted {
    kills: usize,
    drops: usize,
    workers: usize,
    /// Mean time between two kills.
    pause: Duration,
    redis: bool,
    seed: Option<u64>,
}

impl Wanted {
    fn read(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let pause = Duration::from_millis(150);
        let mut wanted =
            Self { kills: 10_000, drops: 20_000, workers: 3, pause, redis: false, seed: None };
        while let Some(argument) = arguments.next() {
            // What `cargo bench` adds by itself.
            if argument == "--bench" {
                continue;
            }
            let value = arguments.next().ok_or_else(|| format!("{argument} has no value"))?;
            let number = || value.parse::<u64>().map_err(|_| format!("{argument} {value}?"));
            let count = || number().map(|number| usize::try_from(number).unwrap_or(usize::MAX));
            match argument.as_str() {
                "--kills" => wanted.kills = count()?,
                "--drops" => wanted.drops = count()?,
                "--workers" => wanted.workers = count()?,
                "--pause-ms" => wanted.pause = Duration::from_millis(number()?),
                "--queue" => wanted.redis = value == "redis",
                "--seed" => wanted.seed = Some(number()?),
                _ => return Err(format!("there is no {argument}")),
            }
        }
        Ok(wanted)
    }
}

/// A print system that never rests, and what it has printed.
struct Feeder<'a> {
    home: &'a Home,
    prints: PrintSystem,
    students: Vec<Student>,
    given: Given,
}

impl<'a> Feeder<'a> {
    fn new(home: &'a Home, drops: usize) -> Self {
        let prints = PrintSystem::of(home);
        let students = prints.students(drops + 1);
        home.import(&prints.roster(&students));
        Self { home, prints, students, given: Given { killed: true, ..Given::default() } }
    }

    /// Drops what is due by now, and waits until all but half a house of `share` came to its end:
    /// where processes die sooner than they do anything, the kills wait. Returns how many did.
    fn catch_up(&mut self, mut done: usize, share: usize) -> usize {
        let (wanted, started) = (self.students.len() - 1, Instant::now());
        loop {
            done = ended(self.home).max(done);
            self.up_to((share + IN_THE_HOUSE / 2).min(done + IN_THE_HOUSE).min(wanted));
            if share <= done + IN_THE_HOUSE / 2 {
                return done;
            }
            assert!(started.elapsed() < NO_REST, "nothing moves:\n{}", standing(self.home));
            sleep(Duration::from_millis(100));
        }
    }

    /// Drops the next ones, until there are `count`.
    fn up_to(&mut self, count: usize) {
        while self.given.drops.len() < count {
            self.next();
        }
    }

    fn next(&mut self) {
        let at = self.given.drops.len();
        let (copied, refused) = (at % COPIED_EVERY == 1, at % REFUSED_EVERY == 2);
        let student = &self.students[if copied { at - 1 } else { at }];
        // A refused page shows somebody else.
        let page = self
            .prints
            .print(&self.students[if refused { at + 1 } else { at - usize::from(copied) }]);
        let name = match copied {
            true => format!("copy-{at}.pdf"),
            false => format!("{}_zh_first.pdf", student.number),
        };
        let sidecar = copied || at.is_multiple_of(SIDECAR_EVERY);
        if sidecar {
            let said = format!("student_no: {}\nkind: first\nlanguage: zh\n", student.number);
            self.home.drop(&name.replace(".pdf", ".yaml"), said.as_bytes());
        }
        self.home.drop(&name, &page);
        let given = &mut self.given;
        given.drops.push(Dropped { name, hash: sha256(&page), sidecar });
        match (copied, refused) {
            (true, _) => given.duplicate += 1,
            (false, true) => given.failed += 1,
            (false, false) => given.certificates += 1,
        }
    }
}

/// The processes: the first watches, the others work.
struct Crew<'a> {
    home: &'a Home,
    all: Vec<Running>,
}

impl<'a> Crew<'a> {
    fn new(home: &'a Home, workers: usize) -> Self {
        let all = (0..=workers).map(|at| Self::start(home, at)).collect();
        Self { home, all }
    }

    fn start(home: &Home, at: usize) -> Running {
        home.start(&format!("process-{at}"), &[if at == 0 { "watch" } else { "work" }])
    }

    fn kill(&mut self, at: usize) {
        self.all[at].kill();
        // What it said so far is of no use to anyone, and by the thousand it fills the disk.
        fs::remove_file(self.home.at(&format!("process-{at}.log"))).ok();
        self.all[at] = Self::start(self.home, at);
    }

    fn end(mut self) {
        self.all.iter().for_each(Running::terminate);
        for process in &mut self.all {
            assert!(process.ended(Duration::from_secs(60)).success(), "{}", process.said());
        }
    }
}

fn number(home: &Home, question: &'static str) -> usize {
    // A ledger that is being mended is asked again by the next look.
    let rows = home.ask_ledger(question).unwrap_or_default();
    rows.first().and_then(|row| row[0].parse().ok()).unwrap_or_default()
}

/// How many drops came to their end.
fn ended(home: &Home) -> usize {
    number(
        home,
        "SELECT CAST((SELECT COUNT(*) FROM certificates WHERE progress = 'closed')
            + (SELECT COUNT(*) FROM refusals) AS TEXT)",
    )
}

fn torture(home: &Home, wanted: &Wanted, dice: &mut Dice) -> Given {
    let mut feeder = Feeder::new(home, wanted.drops);
    let mut crew = Crew::new(home, wanted.workers);
    let started = Instant::now();
    let mut done = 0;
    for kill in 1..=wanted.kills {
        // The last drops come with the last kills, so that there is work in hand at each.
        let share = wanted.drops * kill / wanted.kills;
        if kill % 10 == 1 || share > done + IN_THE_HOUSE / 2 {
            done = feeder.catch_up(done, share);
        }
        let pause = u64::try_from(wanted.pause.as_millis()).unwrap_or(u64::MAX);
        sleep(Duration::from_millis(dice.below(pause * 2)));
        let victim = dice.below(crew.all.len() as u64);
        crew.kill(usize::try_from(victim).unwrap_or_default());
        if kill % 100 == 0 {
            let (given, seconds) = (feeder.given.drops.len(), started.elapsed().as_secs());
            println!("{seconds:>6} s: {kill} kills, {given} drops, {done} of them at their end");
        }
    }
    let mut quiet = Instant::now();
    while feeder.given.drops.len() < wanted.drops || !is_quiet(home, &feeder.given) {
        let now = ended(home);
        if now > done {
            (done, quiet) = (now, Instant::now());
        }
        feeder.up_to((done + IN_THE_HOUSE).min(wanted.drops));
        assert!(quiet.elapsed() < NO_REST, "no rest:\n{}", standing(home));
        sleep(Duration::from_millis(200));
    }
    println!("{:>6} s: at rest", started.elapsed().as_secs());
    crew.end();
    feeder.given
}

fn report(home: &Home, relay: &MailRelay, given: &Given, took: Duration) {
    let mut times = BTreeMap::new();
    for message in relay.received() {
        *times.entry(message.message_id).or_insert(0_usize) += 1;
    }
    let again: usize = times.values().map(|times| times - 1).sum();
    let taken_over =
        number(home, "SELECT CAST(COUNT(*) AS TEXT) FROM events WHERE kind = 'taken_over'");
    println!(
        "{} certificates, {} refused, {} duplicates; {taken_over} times a certificate was taken \
         over from a dead worker, {again} messages went out once more under their Message-ID; \
         {:.0} min",
        given.certificates,
        given.failed,
        given.duplicate,
        took.as_secs_f32() / 60.0
    );
}

fn main() -> ExitCode {
    let wanted = match Wanted::read(std::env::args().skip(1)) {
        Ok(wanted) => wanted,
        Err(why) => {
            eprintln!("{why}; known are --kills, --drops, --workers, --pause-ms, --queue, --seed");
            return ExitCode::from(2);
        }
    };
    let redis = wanted.redis.then(RedisServer::start);
    let (home, relay, started) = (Home::plain(), MailRelay::start(), Instant::now());
    if let Some(server) = &redis {
        home.set("queue", &server.url());
    }
    home.set("mail.transport", &relay.url());
    // A certificate that is in a worker's hands at many of the kills is not to be parked for it.
    home.set("retry.attempts", "100000");
    // Four processes that look at everything many times a second cost more than the work.
    for (key, value) in [("worker.heartbeat", "500ms"), ("reconcile.every", "1s")] {
        home.set(key, value);
    }
    let mut dice = Dice::new(wanted.seed);
    let given = torture(&home, &wanted, &mut dice);
    report(&home, &relay, &given, started.elapsed());
    let broken = broken(&home, &relay, &given);
    println!("{} kills, {} drops: {} broken promises", wanted.kills, wanted.drops, broken.len());
    for promise in broken.iter().take(50) {
        println!("✘ {promise}");
    }
    if broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
