//! A home of the test's own, and the commands on it.

use serde_json::Value;
use serde_yaml::Value as Yaml;
use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::binary::sealpress;
use crate::{Running, until};

/// A home that `sealpress init` made, in a folder that goes with the test.
#[derive(Debug)]
pub struct Home {
    folder: tempfile::TempDir,
}

/// What a command gave.
#[derive(Debug)]
pub struct Output {
    /// Exit code.
    pub code: i32,
    /// Standard output.
    pub data: String,
    /// Standard error.
    pub talk: String,
}

impl Output {
    /// Standard output as JSON.
    ///
    /// # Panics
    /// When it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.data).unwrap_or_else(|error| {
            panic!("no JSON ({error}), exit {}: {}\n{}", self.code, self.data, self.talk)
        })
    }

    fn of(command: Command) -> Self {
        Self::given(command, &[])
    }

    /// Runs a command that reads `answers` from its standard input, a line each.
    pub(crate) fn answered(command: Command, answers: &[&str]) -> Self {
        let lines: String = answers.iter().map(|answer| format!("{answer}\n")).collect();
        Self::given(command, lines.as_bytes())
    }

    /// Runs a command with this on its standard input.
    fn given(mut command: Command, bytes: &[u8]) -> Self {
        let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = pipes.spawn().expect("sealpress starts");
        let mut input = child.stdin.take().expect("a pipe");
        // A command that refuses at once reads none of it.
        input.write_all(bytes).ok();
        drop(input);
        let output = child.wait_with_output().expect("our own child");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        Self {
            code: output.status.code().unwrap_or(-1),
            data: text(output.stdout),
            talk: text(output.stderr),
        }
    }
}

impl Home {
    /// A home as `init` makes it, with times that suit a test.
    ///
    /// # Panics
    /// When `sealpress init` fails.
    #[must_use]
    pub fn new() -> Self {
        Self::within(&std::env::temp_dir())
    }

    /// The same, within this folder.
    ///
    /// # Panics
    /// When `sealpress init` fails.
    #[must_use]
    pub fn within(place: &Path) -> Self {
        let home = Self { folder: tempfile::tempdir_in(place).expect("a folder") };
        let mut init = Command::new(sealpress());
        init.arg("init").arg(home.path());
        let made = Output::of(init);
        assert_eq!(made.code, 0, "{}", made.talk);
        for (key, value) in [
            ("inbox.settle", "200ms"),
            ("inbox.scan", "500ms"),
            ("inbox.sidecar_wait", "1s"),
            ("retry.first", "200ms"),
            ("hold.probe", "500ms"),
            ("reconcile.every", "1s"),
            ("worker.heartbeat", "300ms"),
            ("worker.dead_after", "10s"),
        ] {
            home.set(key, value);
        }
        home
    }

    /// A home with the files of this one, which no process may have open.
    ///
    /// # Panics
    /// When a file can't be copied.
    #[must_use]
    pub fn copy(&self) -> Self {
        let copy = Self { folder: tempfile::tempdir().expect("a folder") };
        copy_folder(self.path(), copy.path());
        copy
    }

    /// The home's folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A place in the home.
    #[must_use]
    pub fn at(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// Sets a key of the configuration, `inbox.settle`, to a value in YAML.
    ///
    /// # Panics
    /// When the configuration can't be read or written.
    pub fn set(&self, key: &str, value: &str) {
        let file = self.at("sealpress.yaml");
        let text = fs::read_to_string(&file).expect("a configuration");
        let mut settings: Yaml = serde_yaml::from_str(&text).expect("YAML");
        let mut place = &mut settings;
        for part in key.split('.') {
            let mapping = place.as_mapping_mut().unwrap_or_else(|| panic!("{key}: no mapping"));
            place = mapping
                .entry(Yaml::String(part.to_owned()))
                .or_insert_with(|| Yaml::Mapping(serde_yaml::Mapping::new()));
        }
        *place = serde_yaml::from_str(value).expect("a value in YAML");
        fs::write(file, serde_yaml::to_string(&settings).expect("YAML")).expect("a written file");
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(sealpress());
        command.args(arguments).env("SEALPRESS_HOME", self.path()).current_dir(self.path());
        command
    }

    /// Runs a command to its end.
    #[must_use]
    pub fn run(&self, arguments: &[&str]) -> Output {
        Output::of(self.command(arguments))
    }

    /// Runs a command to its end where there is no home.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn without_one(arguments: &[&str]) -> Output {
        let elsewhere = tempfile::tempdir().expect("a folder");
        let mut command = Command::new(sealpress());
        command.args(arguments).env_remove("SEALPRESS_HOME").current_dir(elsewhere.path());
        Output::of(command)
    }

    /// Runs a command to its end, with `input` on its standard input.
    #[must_use]
    pub fn pipe(&self, arguments: &[&str], input: &[u8]) -> Output {
        Output::given(self.command(arguments), input)
    }

    /// Runs a command with `--json` that must succeed, and returns what it printed.
    ///
    /// # Panics
    /// When it fails, or prints no JSON.
    #[must_use]
    pub fn ask(&self, arguments: &[&str]) -> Value {
        let output = self.run(&[arguments, &["--json"]].concat());
        assert_eq!(output.code, 0, "{arguments:?}: {}\n{}", output.data, output.talk);
        output.json()
    }

    /// Starts a command that goes on; `name` names its log.
    #[must_use]
    pub fn start(&self, name: &str, arguments: &[&str]) -> Running {
        Running::start(self.command(arguments), &self.at(&format!("{name}.log")))
    }

    /// The same by way of another program, which runs it in its place (`env A=b`).
    #[must_use]
    pub fn start_by(&self, by: &[&str], name: &str, arguments: &[&str]) -> Running {
        let mut command = Command::new(by[0]);
        command.args(&by[1..]).arg(sealpress()).args(arguments);
        command.env("SEALPRESS_HOME", self.path()).current_dir(self.path());
        Running::start(command, &self.at(&format!("{name}.log")))
    }

    /// The same with variables in its environment.
    #[must_use]
    pub fn start_with(
        &self,
        name: &str,
        arguments: &[&str],
        variables: &[(&str, &OsStr)],
    ) -> Running {
        let mut command = self.command(arguments);
        command.envs(variables.iter().copied());
        Running::start(command, &self.at(&format!("{name}.log")))
    }

    /// Imports a roster from CSV.
    ///
    /// # Panics
    /// When it is not taken whole.
    pub fn import(&self, csv: &str) {
        let file = self.at("roster.csv");
        fs::write(&file, csv).expect("a written file");
        let imported = self.run(&["students", "import", "roster.csv", "--json"]);
        assert_eq!(imported.code, 0, "{}\n{}", imported.data, imported.talk);
    }

    /// Drops a file into the inbox, whole from its first moment as a print system's rename does.
    ///
    /// # Panics
    /// When it can't be written.
    pub fn drop(&self, name: &str, bytes: &[u8]) {
        let unfinished = self.at(&format!("inbox/{name}.tmp"));
        fs::write(&unfinished, bytes).expect("a written file");
        fs::rename(&unfinished, self.at("inbox").join(name)).expect("a renamed file");
    }

    /// Every certificate, as `cert list` has it.
    ///
    /// # Panics
    /// When the list is none.
    #[must_use]
    pub fn certificates(&self) -> Vec<Value> {
        self.ask(&["cert", "list"]).as_array().expect("a list").clone()
    }

    /// Waits until `count` certificates are issued and closed, and their drops filed away.
    ///
    /// # Panics
    /// When they are not within `limit`.
    pub fn wait_for_closed(&self, count: usize, limit: Duration) {
        until(&format!("{count} closed certificates"), limit, || {
            let closed = |certificate: &&Value| {
                certificate["status"] != "pending" && certificate["stage"] == "closed"
            };
            (self.certificates().iter().filter(closed).count() == count
                && self.pdfs("inbox/done").len() == count)
                .then_some(())
        });
    }

    /// The PDFs in a folder of the home and below, sorted.
    ///
    /// # Panics
    /// When the folder can't be read.
    #[must_use]
    pub fn pdfs(&self, folder: &str) -> Vec<PathBuf> {
        let mut found = self.files(folder);
        found.retain(|file| file.extension().is_some_and(|extension| extension == "pdf"));
        found
    }

    /// The files in a folder of the home and below, sorted.
    ///
    /// # Panics
    /// When the folder can't be read.
    #[must_use]
    pub fn files(&self, folder: &str) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut folders = vec![self.at(folder)];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder)
                .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
            {
                let path = entry.expect("an entry").path();
                if path.is_dir() { folders.push(path) } else { found.push(path) }
            }
        }
        found.sort();
        found
    }
}

/// Copies files and folders with their modes: a key's file may be its owner's alone.
fn copy_folder(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            fs::create_dir(&target).expect("a new folder");
            let mode = entry.metadata().expect("its mode").permissions();
            fs::set_permissions(&target, mode).expect("a mode");
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), &target).expect("a copy");
        }
    }
}

impl Default for Home {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Home {
    /// A test that failed shows what its processes said last.
    fn drop(&mut self) {
        if !std::thread::panicking() {
            return;
        }
        for log in fs::read_dir(self.path()).into_iter().flatten().flatten() {
            if log.path().extension().is_some_and(|extension| extension == "log") {
                let said = fs::read(log.path()).unwrap_or_default();
                let said = String::from_utf8_lossy(&said);
                let lines: Vec<&str> = said.lines().collect();
                eprintln!("--- {}", log.file_name().display());
                eprintln!("{}", lines[lines.len().saturating_sub(40)..].join("\n"));
            }
        }
    }
}
