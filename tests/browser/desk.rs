//! A desk at work: a home with a roster and a person of each role, everything running, and its
//! pages.

use sealpress_tests::{Browser, Home, PASSWORD, PrintSystem, Running, Served, Student, add_staff};
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

/// Longer than anything takes, shorter than anyone waits.
pub(crate) const LONG: Duration = Duration::from_secs(90);

/// A desk of the test's own.
pub(crate) struct Desk {
    pub(crate) home: Home,
    pub(crate) prints: PrintSystem,
    pub(crate) students: Vec<Student>,
    pub(crate) served: Served,
    pub(crate) run: Running,
}

/// A message in the outbox.
pub(crate) struct Message {
    pub(crate) id: String,
    pub(crate) to: String,
    pub(crate) has_file: bool,
}

impl Desk {
    /// Opens one with so many students on its roster; `settings` are keys and values in YAML.
    pub(crate) fn open(students: usize, settings: &[(&str, &str)]) -> Self {
        let home = Home::new();
        for (key, value) in settings {
            home.set(key, value);
        }
        let prints = PrintSystem::of(&home);
        let students = prints.students(students);
        home.import(&prints.roster(&students));
        add_staff(&home);
        let served = Served::start(&home);
        let run = home.start("run", &["run"]);
        Self { home, prints, students, served, run }
    }

    /// A browser in which this person has logged in.
    pub(crate) fn browser_of(&self, name: &str) -> Browser {
        let browser = self.served.browser();
        browser.login(name, PASSWORD);
        browser
    }

    /// The print system drops a page, `zh_first` of a student.
    pub(crate) fn drops(&self, student: &Student, flow: &str) {
        let name = format!("{}_{flow}.pdf", student.number);
        self.home.drop(&name, &self.prints.print_with(student, flow));
    }

    /// The print system writes a page that is sent from the desk.
    pub(crate) fn printed(&self, student: &Student, remark: &str) -> PathBuf {
        let file = self.home.at(&format!("{remark}.pdf"));
        fs::write(&file, self.prints.print_with(student, remark)).expect("a written page");
        file
    }

    /// Waits until a student's certificate of this flow is issued and mailed. Returns its id.
    pub(crate) fn closed(&self, student: &Student, flow: &str) -> String {
        self.waits_for(student, flow, |one| one["stage"] == "closed")
    }

    /// Waits until a student's certificate of this flow is as `wanted`. Returns its id.
    pub(crate) fn waits_for(
        &self,
        student: &Student,
        flow: &str,
        wanted: impl Fn(&serde_json::Value) -> bool,
    ) -> String {
        let (language, kind) = flow.split_once('_').expect("a language and a kind");
        sealpress_tests::until(&format!("{flow} of a student"), LONG, || {
            let mut all = self.home.certificates().into_iter();
            let found = all.find(|one| {
                one["student_no"] == student.number.as_str()
                    && one["language"] == language
                    && one["kind"] == kind
                    && wanted(one)
            });
            found.and_then(|one| one["id"].as_str().map(str::to_owned))
        })
    }

    /// The messages that went to an address, in the order of their files' names.
    pub(crate) fn mailed_to(&self, address: &str) -> Vec<Message> {
        let files = self.home.files("outbox").into_iter();
        let messages = files.filter(|file| file.extension().is_some_and(|is| is == "eml"));
        let read = messages.map(|file| Message::read(&fs::read(file).expect("a message")));
        read.filter(|message| message.to.contains(address)).collect()
    }

    /// Waits until so many messages went to an address.
    pub(crate) fn wait_for_mail(&self, address: &str, count: usize) -> Vec<Message> {
        sealpress_tests::until(&format!("{count} messages to a graduate"), LONG, || {
            Some(self.mailed_to(address)).filter(|messages| messages.len() == count)
        })
    }
}

impl Message {
    fn read(bytes: &[u8]) -> Self {
        // A long header goes on in the next line (RFC 5322, section 2.2.3).
        let text = String::from_utf8_lossy(bytes).replace("\r\n ", " ");
        let header = |name: &str| {
            let lines = text.lines().take_while(|line| !line.is_empty());
            let mut values = lines.filter_map(|line| line.strip_prefix(name));
            values.next().unwrap_or_default().trim().to_owned()
        };
        let has_file = text.contains("application/pdf");
        Self { id: header("Message-ID:"), to: header("To:"), has_file }
    }
}

/// Opens the certificate's page, and waits until it says that it is in this status.
pub(crate) fn look_at(browser: &Browser, id: &str, status: &str) {
    sealpress_tests::until(&format!("a certificate that is {status}"), LONG, || {
        browser.goto(&format!("/certificates/{id}"));
        browser.shows(&format!("h1 .badge.{status}")).then_some(())
    });
}

/// The pictures of the page are there, and none is broken.
pub(crate) fn assert_pictures(browser: &Browser) {
    let _ = browser.script("for (const picture of document.images) picture.loading = 'eager'");
    sealpress_tests::until("the pictures of the page", LONG, || {
        let loaded = "return [...document.images].every(one => one.complete)";
        browser.script(loaded).as_bool().filter(|loaded| *loaded)
    });
    let broken = browser.script(
        "return [...document.images].filter(one => one.naturalWidth === 0).map(one => one.src)",
    );
    assert_eq!(broken, serde_json::json!([]), "broken pictures on {}", browser.path());
}

/// Opens everything that can be unfolded, so that all of it is inspected.
pub(crate) fn unfold(browser: &Browser) {
    let _ =
        browser.script("for (const part of document.querySelectorAll('details')) part.open = true");
}
