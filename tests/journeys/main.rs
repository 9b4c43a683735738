//! Journeys: the real `sealpress`, from the inbox to the mailbox, on both queues.

mod accepted;
mod approval;
mod bounces;
mod configuration;
mod copies;
mod demo;
mod flows;
mod jobs;
mod keys;
mod keys_made;
mod mail;
mod memory;
#[expect(dead_code, clippy::unwrap_used, reason = "the tests of pades use more of it")]
#[path = "../../pades/tests/pki/mod.rs"]
mod pki;
mod processes;
mod profiles;
mod public;
mod refused;
mod renderer;
mod rights;
mod roster;
mod serving;
mod signing_keys;
mod storm;
mod verifying;

use sealpress_tests::{Home, PrintSystem, RedisServer, Student, repository};
use std::time::Duration;

/// Longer than anything takes, shorter than anyone waits.
const LONG: Duration = Duration::from_secs(120);

/// A certificate of a real print system.
fn fixture(name: &str) -> Vec<u8> {
    let file = repository().join("tests/fixtures").join(name);
    std::fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// The student on every fixture, with as many degrees as a test has fixtures.
fn roster_of_the_fixtures(degrees: &[&str]) -> String {
    let mut csv =
        String::from("student_no,name_zh,name_en,birthday,email,programme,degree,college\n");
    for degree in degrees {
        csv.push_str("B11012345,王大明,\"WANG, Da-Ming\",2002-03-15,b11012345@students.example,");
        csv.push_str(&format!("資訊工程學系,{degree},工學院\n"));
    }
    csv
}

/// A sidecar for a drop of the fixtures' student.
fn sidecar(degree: &str) -> String {
    format!(
        "student_no: B11012345\nkind: first\nlanguage: zh\nprogramme: 資訊工程學系\n\
         degree: {degree}\ncollege: 工學院\n"
    )
}

/// Imports `count` students, and prints nothing yet.
fn enrolled(home: &Home, count: usize) -> (PrintSystem, Vec<Student>) {
    let prints = PrintSystem::of(home);
    let students = prints.students(count);
    home.import(&prints.roster(&students));
    (prints, students)
}

/// Prints a first certificate of each student into the inbox.
fn drop_all(home: &Home, prints: &PrintSystem, students: &[Student]) {
    for student in students {
        home.drop(&format!("{}_zh_first.pdf", student.number), &prints.print(student));
    }
}

/// The queues that everything must run on alike.
enum Queue {
    Sqlite,
    Redis(RedisServer),
}

impl Queue {
    fn redis() -> Self {
        Self::Redis(RedisServer::start())
    }

    /// Makes it the home's queue.
    fn of(&self, home: &Home) {
        match self {
            Self::Sqlite => home.set("queue", "sqlite:queue.db"),
            Self::Redis(server) => home.set("queue", &server.url()),
        }
    }
}
