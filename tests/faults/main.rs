//! The fault matrix: every effect on a certificate's way fails before it happened, fails after it
//! happened but is reported as failed, and the process is killed before and after it; on both
//! queues, with one worker and with two. Afterwards all that was promised must be true.

mod case;
mod effects;
mod seen;
mod table;

use case::{Case, Queues, run};
use effects::{EFFECTS, Fault};
use sealpress_tests::{Home, PrintSystem};
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use table::Row;

/// Cases that run at once in each of the four tests: most of a case is waiting.
const AT_ONCE: usize = 3;

/// The home that every case has a copy of, with its students.
pub(crate) struct Template {
    home: Home,
    prints: PrintSystem,
    students: Vec<sealpress_tests::Student>,
}

impl Template {
    pub(crate) fn new() -> Self {
        let home = Home::plain();
        let prints = PrintSystem::of(&home);
        let students = prints.students(5);
        home.import(&prints.roster(&students));
        Self { home, prints, students }
    }
}

/// What a case came to: how long it took, or what went wrong.
type Ran = Result<Duration, String>;

fn caught(template: &Template, queues: &Queues, case: Case) -> Ran {
    let started = Instant::now();
    let ran = catch_unwind(AssertUnwindSafe(|| run(template, queues, case)));
    ran.map(|()| started.elapsed()).map_err(|panic| {
        let said = panic.downcast_ref::<String>().cloned();
        said.or_else(|| panic.downcast_ref::<&str>().map(|said| (*said).to_owned()))
            .unwrap_or_default()
    })
}

/// Runs every effect with every fault, and prints how each went.
fn matrix(redis: bool, workers: usize) {
    let template = Template::new();
    let cases: VecDeque<Case> = EFFECTS
        .iter()
        .flat_map(|effect| Fault::ALL.map(|fault| Case { effect, fault, workers }))
        .collect();
    let (count, started) = (cases.len(), Instant::now());
    let (waiting, rows) = (Mutex::new(cases), Mutex::new(Vec::<Row>::new()));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                let queues = Queues::new(redis);
                loop {
                    let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
                    let Some(case) = next else { return };
                    let ran = caught(&template, &queues, case);
                    let mut rows = rows.lock().unwrap_or_else(PoisonError::into_inner);
                    rows.push((case, ran));
                }
            });
        }
    });
    let rows = rows.into_inner().unwrap_or_else(PoisonError::into_inner);
    assert_eq!(rows.len(), count, "every case ran");
    let queue = if redis { "Redis" } else { "SQLite" };
    table::print(&format!("{queue}, workers: {workers}"), &rows, started.elapsed());
    let failed = rows.iter().filter(|(_, ran)| ran.is_err()).count();
    assert_eq!(failed, 0, "{failed} of {count} cases failed");
}

#[test]
fn sqlite_and_one_worker() {
    matrix(false, 1);
}

#[test]
fn sqlite_and_two_workers() {
    matrix(false, 2);
}

#[test]
fn redis_and_one_worker() {
    matrix(true, 1);
}

#[test]
fn redis_and_two_workers() {
    matrix(true, 2);
}
