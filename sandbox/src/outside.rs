//! The child, from outside: started with nothing, given the files, timed, listened to within
//! bounds.

use rustix::process::Signal;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::inside::{self, HANDS, NOTHING, UNTIED};
use crate::{Hands, Limits, SandboxError, frames};

/// How long a caller waits for a place.
const PATIENCE: Duration = Duration::from_secs(30);

/// The signals with which others end a process: from a terminal, a service manager, an
/// administrator, or the kernel when the system has no memory left. A file can make none of them:
/// what takes too much is ended by SIGXCPU, SIGABRT or SIGSEGV.
const FROM_OUTSIDE: [Signal; 5] =
    [Signal::HUP, Signal::INT, Signal::QUIT, Signal::TERM, Signal::KILL];

/// Asks children. All clones share the places.
#[derive(Debug, Clone)]
pub struct Sandbox {
    program: PathBuf,
    places: Arc<Semaphore>,
    limits: Limits,
}

impl Sandbox {
    /// Children within these limits, each the running binary itself.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        // Not the program's path: that names another program after an upgrade.
        let program = "/proc/self/exe".into();
        let places = Arc::new(Semaphore::new(limits.at_once));
        Self { program, places, limits }
    }

    /// Has a task done on files; the answer has `most_answered` bytes at most.
    ///
    /// # Errors
    /// [`SandboxError`]: the file's fault, or a reason to ask again.
    pub async fn ask(
        &self,
        task: &str,
        files: &[&[u8]],
        most_answered: u64,
    ) -> Result<Vec<u8>, SandboxError> {
        let place = timeout(PATIENCE, self.places.acquire()).await;
        let Ok(Ok(_place)) = place else { return Err(SandboxError::Busy) };
        // Dropped with this future, when the caller goes away or time is up, the child is killed.
        let mut child = self.start(task)?;
        let talk = async {
            let answer = converse(&mut child, files, most_answered).await?;
            Ok::<_, std::io::Error>((child.wait().await?, answer))
        };
        match timeout(self.limits.longest, talk).await {
            Ok(talked) => {
                let (status, answer) = talked?;
                if answer.len() as u64 > most_answered {
                    return Err(SandboxError::Garbled);
                }
                ended(status).map(|()| answer)
            }
            Err(_) => Err(SandboxError::TookTooLong),
        }
    }

    /// How a child here is confined.
    ///
    /// # Errors
    /// [`SandboxError`]: no child can be run here.
    pub async fn hands(&self) -> Result<Hands, SandboxError> {
        let said = self.ask(HANDS, &[], 1).await?;
        inside::hands_of(&said).ok_or(SandboxError::Garbled)
    }

    fn start(&self, task: &str) -> std::io::Result<Child> {
        let Limits { memory_bytes, cpu_seconds, .. } = self.limits;
        Command::new(&self.program)
            .args(inside::arguments(memory_bytes, cpu_seconds, task))
            .env_clear()
            .current_dir("/")
            // What is typed at our terminal is not for it.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // It speaks of what is in the file.
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
    }
}

/// Writes the input and reads the answer, both at once: a full pipe blocks whoever waits alone.
async fn converse(
    child: &mut Child,
    files: &[&[u8]],
    most_answered: u64,
) -> std::io::Result<Vec<u8>> {
    let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
    let (Some(mut stdin), Some(stdout)) = (stdin, stdout) else {
        return Err(std::io::ErrorKind::BrokenPipe.into());
    };
    let write = async {
        for file in files {
            let length = frames::length_of(file);
            // A child that does not read to the end says why by how it ends.
            if stdin.write_all(&length).await.is_err() || stdin.write_all(file).await.is_err() {
                break;
            }
        }
        drop(stdin);
    };
    let read = async {
        let mut answer = Vec::new();
        // Dropped behind the bound, so that a child that says more finds nobody listening.
        let mut stdout = stdout.take(most_answered.saturating_add(1));
        stdout.read_to_end(&mut answer).await.map(|_| answer)
    };
    let ((), answer) = tokio::join!(write, read);
    answer
}

fn ended(status: ExitStatus) -> Result<(), SandboxError> {
    match (status.code(), status.signal()) {
        (Some(0), _) => Ok(()),
        (Some(code), _) if code == i32::from(NOTHING) => Err(SandboxError::Nothing),
        (Some(code), _) if code == i32::from(UNTIED) => Err(SandboxError::Untied),
        (_, Some(signal)) if signal == Signal::XCPU.as_raw() => Err(SandboxError::TookTooLong),
        (_, Some(signal)) if FROM_OUTSIDE.iter().any(|one| one.as_raw() == signal) => {
            Err(SandboxError::Ended)
        }
        _ => Err(SandboxError::Died),
    }
}

#[cfg(test)]
mod tests;
