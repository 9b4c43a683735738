//! Outages: what Sealpress stands on goes away, fills up, or answers nonsense. It waits with a
//! reason that an operator understands, goes on by itself, and every invariant holds.

mod clock;
mod disk;
mod folders;
mod ledger;
mod redis;
mod relay;

use sealpress_tests::invariants::{self, Dropped, Given};
use sealpress_tests::{Home, MailRelay, PrintSystem, Running, Student, sha256, until};
use std::ops::Range;
use std::path::Path;
use std::time::Duration;

/// Longer than anything takes, shorter than anyone waits.
const LONG: Duration = Duration::from_secs(120);

/// A school in the middle of its work.
struct School {
    home: Home,
    relay: MailRelay,
    prints: PrintSystem,
    students: Vec<Student>,
    given: Given,
}

impl School {
    /// A school of so many students.
    fn of(count: usize) -> Self {
        Self::in_home(Home::new(), count)
    }

    fn in_home(home: Home, count: usize) -> Self {
        let relay = MailRelay::start();
        home.set("mail.transport", &relay.url());
        let prints = PrintSystem::of(&home);
        let students = prints.students(count);
        home.import(&prints.roster(&students));
        Self { home, relay, prints, students, given: Given::default() }
    }

    /// Prints first certificates into the inbox.
    fn print(&mut self, which: Range<usize>) {
        self.print_by_way_of(which, &self.home.at("inbox"));
    }

    /// The same, into a folder by which another host knows the inbox.
    fn print_by_way_of(&mut self, which: Range<usize>, inbox: &Path) {
        for student in &self.students[which] {
            let (name, bytes) =
                (format!("{}_zh_first.pdf", student.number), self.prints.print(student));
            let unfinished = inbox.join(format!("{name}.tmp"));
            std::fs::write(&unfinished, &bytes).expect("a written file");
            std::fs::rename(&unfinished, inbox.join(&name)).expect("a renamed file");
            self.given.drops.push(Dropped { name, hash: sha256(&bytes), sidecar: false });
            self.given.certificates += 1;
        }
    }

    /// Why a lane is held.
    fn held(&self, lane: &str) -> Option<String> {
        let status = self.home.run(&["status", "--json"]);
        // A ledger that is out says nothing.
        let status = (status.code == 0).then(|| status.json())?;
        let lane = status["lanes"].as_array()?.iter().find(|one| one["name"] == lane)?;
        lane["held"]["code"].as_str().map(str::to_owned)
    }

    fn is_held(&self, lane: &str, code: &str) {
        let what = format!("lane {lane} held for {code}");
        until(&what, LONG, || (self.held(lane).as_deref() == Some(code)).then_some(()));
    }

    /// How many certificates are in force.
    fn issued(&self) -> usize {
        self.home.certificates().iter().filter(|one| one["status"] == "issued").count()
    }

    /// Everything that was printed comes to its end, by itself, and is as it must be.
    fn ends_well(self, mut processes: Vec<Running>) {
        let by = std::time::Instant::now() + LONG;
        while !invariants::is_quiet(&self.home, &self.given) {
            let standing = || invariants::standing(&self.home);
            assert!(std::time::Instant::now() < by, "it does not go on by itself:\n{}", standing());
            std::thread::sleep(Duration::from_millis(200));
        }
        assert!(processes.iter_mut().all(Running::is_alive), "a process ended");
        drop(processes);
        let broken = invariants::broken(&self.home, &self.relay, &self.given);
        assert!(broken.is_empty(), "{}", broken.join("\n"));
    }
}

/// Waits until a process says something.
fn says(process: &Running, what: &str) {
    until(what, LONG, || process.said().contains(what).then_some(()));
}
