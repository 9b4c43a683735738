//! A process of `sealpress` that runs beside the test.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use crate::until;

/// A running `sealpress`. It is killed at the end of the test.
#[derive(Debug)]
pub struct Running {
    child: Child,
    log: PathBuf,
}

impl Running {
    /// Starts `command`, with what it says in `log`.
    pub(crate) fn start(mut command: Command, log: &Path) -> Self {
        let said = File::options().create(true).append(true).open(log).expect("a log file");
        let child = command
            .stdin(Stdio::null())
            .stdout(said.try_clone().expect("a second handle"))
            .stderr(said)
            .spawn()
            .expect("sealpress starts");
        Self { child, log: log.to_owned() }
    }

    /// `kill -9`, and waits until it is dead.
    ///
    /// # Panics
    /// When it ended by itself before.
    pub fn kill(&mut self) {
        assert!(self.is_alive(), "it ended by itself:\n{}", self.said());
        self.child.kill().expect("our own child");
        self.child.wait().expect("our own child");
    }

    /// SIGTERM.
    ///
    /// # Panics
    /// When there is no such process.
    pub fn terminate(&self) {
        self.send("TERM");
    }

    /// Stops it where it stands, until it may go on.
    ///
    /// # Panics
    /// When there is no such process.
    pub fn pause(&self) {
        self.send("STOP");
    }

    /// Lets it go on.
    ///
    /// # Panics
    /// When there is no such process.
    pub fn go_on(&self) {
        self.send("CONT");
    }

    fn send(&self, signal: &str) {
        let signal = format!("-{signal}");
        let sent = Command::new("kill").args([&signal, &self.child.id().to_string()]).status();
        assert!(sent.expect("kill runs").success(), "no such process");
    }

    /// How it ended.
    ///
    /// # Panics
    /// When it does not end within `limit`.
    pub fn ended(&mut self, limit: Duration) -> ExitStatus {
        until("the end of a process", limit, || self.child.try_wait().expect("our own child"))
    }

    /// Whether it still runs.
    ///
    /// # Panics
    /// Never: it is our own child.
    pub fn is_alive(&mut self) -> bool {
        self.child.try_wait().expect("our own child").is_none()
    }

    /// The most memory that it ever had, in MiB.
    ///
    /// # Panics
    /// When it does not run.
    #[must_use]
    pub fn peak_memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))
            .expect("a running process");
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib =
            peak.and_then(|peak| peak.split_whitespace().next()).and_then(|kib| kib.parse().ok());
        kib.map(|kib: u64| kib / 1024).expect("the system says VmHWM")
    }

    /// The processor time that it and its children, as far as they have ended, have taken.
    ///
    /// # Panics
    /// When it does not run.
    #[must_use]
    pub fn processor_time(&self) -> Duration {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()));
        let stat = stat.expect("a running process");
        // Behind its name, in brackets: the state, and utime, stime, cutime and cstime from the
        // twelfth word on, in hundredths of a second (proc(5), USER_HZ).
        let (_, words) = stat.rsplit_once(')').expect("a name in brackets");
        let ticks = words.split_whitespace().skip(11).take(4).map(|ticks| ticks.parse::<u64>());
        Duration::from_millis(10 * ticks.map(|ticks| ticks.expect("a number")).sum::<u64>())
    }

    /// What it has said so far.
    ///
    /// # Panics
    /// When its log is gone.
    #[must_use]
    pub fn said(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).expect("its log")).into_owned()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
