//! A home that is given hostile drops one by one, and what became of each.

use sealpress_tests::{Home, PrintSystem, Running, Student};
use serde_json::Value;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use crate::{Case, Sheet, harmless};

/// No drop may take more processor time. (What it takes by the clock says more of who else works
/// on this machine.)
pub(crate) const LONGEST: Duration = Duration::from_secs(10);
/// By the clock, a verdict is waited for no longer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);
/// No process of ours may ever need more, in MiB.
pub(crate) const MOST_MEMORY: u64 = 200;

/// What must become of a drop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Must {
    /// Refused with this code; `a|b` is either.
    Refuse(&'static str),
    /// Waits for a person.
    Wait,
    /// Issued, with nothing in the certificate that acts, hides or misleads.
    Harmless,
}

/// What became of a drop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Refused with this code.
    Refused(String),
    /// Waits for a person.
    Waits,
    /// The certificate's file.
    Issued(PathBuf),
    /// Nothing, in the time that it may take.
    Nothing,
}

/// A home under siege.
pub(crate) struct Siege {
    pub(crate) home: Home,
    pub(crate) prints: PrintSystem,
    students: std::vec::IntoIter<Student>,
    running: Running,
    failures: Vec<String>,
    slowest: (Duration, String),
}

impl Siege {
    /// A home that takes drops, with a roster of students who have none yet.
    pub(crate) fn lay() -> Self {
        Self::lay_with(|_| {})
    }

    /// The same with other settings.
    pub(crate) fn lay_with(set: impl Fn(&Home)) -> Self {
        let home = Home::new();
        home.set("inbox.settle", "100ms");
        set(&home);
        let prints = PrintSystem::of(&home);
        let students = prints.students(200);
        home.import(&prints.roster(&students));
        let running = home.start("run", &["run"]);
        let slowest = (Duration::ZERO, String::new());
        Self {
            home,
            prints,
            students: students.into_iter(),
            running,
            failures: Vec::new(),
            slowest,
        }
    }

    /// A student who has no certificate yet.
    pub(crate) fn student(&mut self) -> Student {
        self.students.next().expect("enough students")
    }

    /// Drops a file for each row, and notes where the verdict is another one than it must be.
    pub(crate) fn judge(&mut self, cases: &[Case]) {
        for (what, make, must) in cases {
            self.one(what, *make, *must);
        }
    }

    /// One row.
    pub(crate) fn one(&mut self, what: &str, make: impl Fn(Sheet) -> Vec<u8>, must: Must) {
        let student = self.student();
        let bytes = make(Sheet::of(&self.prints, &student));
        let name = format!("{}_zh_first", student.number);
        let before = self.time();
        self.home.drop(&format!("{name}.pdf"), &bytes);
        let verdict = self.verdict(&name, &student.number);
        self.took(what, before);
        self.hold(what, &verdict, must, &student);
    }

    /// Notes a row whose verdict is not the one that it must be.
    pub(crate) fn hold(&mut self, what: &str, verdict: &Verdict, must: Must, student: &Student) {
        let peak = self.running.peak_memory();
        if peak >= MOST_MEMORY {
            self.fail(what, &format!("{peak} MiB"));
        }
        if verdict_is(verdict, must) {
            if let (Verdict::Issued(file), Must::Harmless) = (verdict, must) {
                let looked = catch_unwind(AssertUnwindSafe(|| harmless::look(file, student)));
                if looked.is_err() {
                    self.fail(what, "the certificate is not harmless, see above");
                }
            }
            return;
        }
        self.fail(what, &format!("{verdict:?}, but must {must:?}"));
    }

    /// Notes what went wrong.
    pub(crate) fn fail(&mut self, what: &str, why: &str) {
        self.failures.push(format!("{what}: {why}"));
    }

    /// The processor time that the program has taken.
    pub(crate) fn time(&self) -> Duration {
        self.running.processor_time()
    }

    /// Notes how long a row took that began at this processor time.
    pub(crate) fn took(&mut self, what: &str, before: Duration) {
        let time = self.time().saturating_sub(before);
        if time > LONGEST {
            self.fail(what, &format!("took {time:?}"));
        }
        if time > self.slowest.0 {
            self.slowest = (time, what.to_owned());
        }
    }

    /// Waits for what becomes of the drop `name` of a student.
    pub(crate) fn verdict(&self, name: &str, number: &str) -> Verdict {
        self.verdict_of(name, |one| one["student_no"] == number)
    }

    /// Waits for what becomes of the drop `name`, whose certificate is `mine`.
    pub(crate) fn verdict_of(&self, name: &str, mine: impl Fn(&Value) -> bool) -> Verdict {
        let (inbox, started) = (self.home.at("inbox"), Instant::now());
        let mut asked = Instant::now();
        while started.elapsed() < PATIENCE {
            for folder in ["failed", "duplicate"] {
                let reason = inbox.join(folder).join(format!("{name}.error.json"));
                let moved = inbox.join(folder).join(format!("{name}.pdf"));
                if moved.exists()
                    && let Some(code) = code_in(&reason)
                {
                    return Verdict::Refused(code);
                }
            }
            if inbox.join("done").join(format!("{name}.pdf")).exists() {
                let all = self.home.certificates();
                let one = all.iter().find(|one| mine(one)).expect("its certificate");
                let path = one["archive_path"].as_str().expect("it is archived");
                return Verdict::Issued(self.home.at("archive").join(path));
            }
            // A question is a process of its own, so it is asked less often.
            if asked.elapsed() > Duration::from_millis(400) {
                asked = Instant::now();
                let waiting = self.home.ask(&["cert", "list", "--waiting"]);
                let waiting = waiting.as_array().expect("a list");
                if waiting.iter().any(&mine) {
                    return Verdict::Waits;
                }
            }
            thread::sleep(Duration::from_millis(20));
        }
        Verdict::Nothing
    }

    /// Ends the process and starts it anew, with the settings as they are now.
    pub(crate) fn restart(&mut self) {
        self.running.terminate();
        self.running.ended(PATIENCE);
        self.running = self.home.start("run", &["run"]);
    }

    /// A good drop goes through.
    pub(crate) fn still_works(&mut self) {
        self.one("a good drop", |sheet| sheet.bytes(), Must::Harmless);
        assert!(self.running.is_alive(), "the process is alive");
    }

    /// The end: the pipeline is alive, nothing is left in `work/`, and every row got its verdict.
    pub(crate) fn lift(mut self) {
        self.still_works();
        let peak = self.running.peak_memory();
        eprintln!("{peak} MiB at most; slowest: {} ({:?})", self.slowest.1, self.slowest.0);
        assert!(self.failures.is_empty(), "{}", self.failures.join("\n"));
    }
}

fn verdict_is(verdict: &Verdict, must: Must) -> bool {
    match (verdict, must) {
        (Verdict::Refused(code), Must::Refuse(wanted)) => wanted.split('|').any(|one| code == one),
        (Verdict::Waits, Must::Wait) | (Verdict::Issued(_), Must::Harmless) => true,
        (
            Verdict::Refused(_) | Verdict::Waits | Verdict::Issued(_) | Verdict::Nothing,
            Must::Refuse(_) | Must::Wait | Must::Harmless,
        ) => false,
    }
}

/// The code in a reason file; none where it is not there yet.
pub(crate) fn code_in(reason: &Path) -> Option<String> {
    let text = fs::read_to_string(reason).ok()?;
    let json: Value = serde_json::from_str(&text).expect("a reason is JSON");
    Some(json["code"].as_str().expect("a code").to_owned())
}
