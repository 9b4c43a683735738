//! One case: a home, a fault, and what became of it.

use sealpress_tests::invariants::{Dropped, Given, broken, is_quiet, standing};
use sealpress_tests::{Home, MailRelay, RedisServer, Running, sha256, until};
use std::ffi::OsString;
use std::fs;
use std::time::Duration;

use crate::Template;
use crate::effects::{Effect, Fault};

/// Longer than any wait of a case on a busy machine.
const LONG: Duration = Duration::from_secs(60);

/// One field of the matrix.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Case {
    pub(crate) effect: &'static Effect,
    pub(crate) fault: Fault,
    pub(crate) workers: usize,
}

/// The queue of the cases that run one after another.
pub(crate) enum Queues {
    Sqlite,
    Redis(RedisServer),
}

impl Queues {
    pub(crate) fn new(redis: bool) -> Self {
        if redis { Self::Redis(RedisServer::start()) } else { Self::Sqlite }
    }

    /// Makes it the queue of a new home.
    fn of(&self, home: &Home) {
        match self {
            Self::Sqlite => {}
            Self::Redis(server) => {
                server.flush();
                home.set("queue", &server.url());
            }
        }
    }
}

impl Case {
    fn point(&self) -> String {
        format!("{}-{}", self.effect.point, self.fault.side())
    }

    /// `FAILPOINTS` for it.
    fn armed(&self) -> String {
        let how = if self.fault.kills() { "kill" } else { "fail" };
        let own = format!("{}=return({how})", self.point());
        self.effect.first.map_or_else(|| own.clone(), |first| format!("{first}=return(fail);{own}"))
    }
}

/// The processes of a home: one that watches and works, and others that work.
struct Crew<'a> {
    home: &'a Home,
    all: Vec<Running>,
}

impl<'a> Crew<'a> {
    fn start(home: &'a Home, workers: usize, armed: &str) -> Self {
        let mut crew = Self { home, all: Vec::new() };
        for at in 0..workers {
            let process = crew.one(at, Some(armed));
            crew.all.push(process);
        }
        crew
    }

    fn one(&self, at: usize, armed: Option<&str>) -> Running {
        let struck = OsString::from(self.home.at("struck"));
        let points = armed.map(OsString::from);
        let variables = points.as_ref().map(|points| {
            [("FAILPOINTS", points.as_os_str()), ("SEALPRESS_FAULTS", struck.as_os_str())]
        });
        let command = if at == 0 { "run" } else { "work" };
        let variables = variables.as_ref().map_or(&[][..], |both| &both[..]);
        let name = format!("{command}-{at}");
        let ready = |home: &Home| {
            let said = fs::read_to_string(home.at(&format!("{name}.log"))).unwrap_or_default();
            said.matches(" ready home=").count()
        };
        // Its log goes on from the one before it. One that is not ready hears no signal yet, and
        // would die of being ended gently.
        let before = ready(self.home);
        let process = self.home.start_with(&name, &[command], variables);
        until("a process that is ready", LONG, || (ready(self.home) > before).then_some(()));
        process
    }

    /// Starts again what was killed, with no more faults.
    fn raise_the_dead(&mut self) {
        let dead = until("the death of a process", LONG, || {
            self.all.iter_mut().position(|process| !process.is_alive())
        });
        self.all[dead] = self.one(dead, None);
    }

    /// Ends all of them gently; none may have ended by itself.
    fn end(mut self) {
        for process in &mut self.all {
            assert!(process.is_alive(), "a process ended by itself:\n{}", process.said());
            process.terminate();
        }
        for process in &mut self.all {
            assert!(process.ended(LONG).success(), "it ended badly:\n{}", process.said());
        }
    }
}

/// Drops three certificates, one of them with a sidecar, a page that shows another student, and
/// a copy of a certificate under another name.
fn drop_all(template: &Template, home: &Home) -> Given {
    let Template { prints, students, .. } = template;
    let mut given = Given { certificates: 3, failed: 1, duplicate: 1, ..Given::default() };
    let mut drop = |name: &str, bytes: &[u8], sidecar: Option<&str>| {
        if let Some(sidecar) = sidecar {
            home.drop(&name.replace(".pdf", ".yaml"), sidecar.as_bytes());
        }
        home.drop(name, bytes);
        let (name, hash) = (name.to_owned(), sha256(bytes));
        given.drops.push(Dropped { name, hash, sidecar: sidecar.is_some() });
    };
    let sidecar = |number: &str| format!("student_no: {number}\nkind: first\nlanguage: zh\n");
    for (at, student) in students[..3].iter().enumerate() {
        let said = (at == 0).then(|| sidecar(&student.number));
        let page = prints.print(student);
        drop(&format!("{}_zh_first.pdf", student.number), &page, said.as_deref());
    }
    drop(&format!("{}_zh_first.pdf", students[3].number), &prints.print(&students[4]), None);
    drop("copy.pdf", &prints.print(&students[1]), Some(&sidecar(&students[1].number)));
    given
}

/// Runs a case. It panics where the fault does not strike, where the home does not come to rest,
/// and where anything that was promised is not true.
pub(crate) fn run(template: &Template, queues: &Queues, case: Case) {
    let (home, relay) = (template.home.copy(), MailRelay::start());
    queues.of(&home);
    home.set("mail.transport", &relay.url());
    fs::create_dir(home.at("struck")).expect("a new folder");
    let mut crew = Crew::start(&home, case.workers, &case.armed());
    let mut given = drop_all(template, &home);
    given.killed = case.fault.kills();
    until(&format!("the fault {}", case.point()), LONG, || {
        home.at("struck").join(case.point()).exists().then_some(())
    });
    if case.fault.kills() {
        crew.raise_the_dead();
    }
    let waited = std::time::Instant::now();
    while !is_quiet(&home, &given) {
        assert!(waited.elapsed() < LONG, "no rest after {LONG:?}:\n{}", standing(&home));
        std::thread::sleep(Duration::from_millis(50));
    }
    crew.end();
    let broken = broken(&home, &relay, &given);
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}
