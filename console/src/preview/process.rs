//! The renderer's process, from outside: started with nothing, given the PDF, timed, listened to
//! within limits.

use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use super::Preview;
use super::page::{self, Task};

/// How long a caller waits for a place.
const PATIENCE: Duration = Duration::from_secs(30);

/// The most that the renderer may answer, in bytes.
const MOST_ANSWERED: u64 = 32 << 20;

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PreviewError {
    /// Larger than is looked at.
    #[error("the file is larger than {0} bytes and is not rendered")]
    TooLarge(u64),
    /// All places at the renderer stayed taken.
    #[error("too many pages are being rendered; try again in a minute")]
    Busy,
    /// The renderer did not start, or could not be talked to.
    #[error("the page renderer can't be run")]
    NotRun(#[from] std::io::Error),
    /// There is no page that can be shown.
    #[error("the file has no page that can be shown")]
    Unreadable,
    /// The page took longer than it may.
    #[error("the page took too long to render")]
    TimedOut,
    /// The renderer ended on the file: out of memory, out of time, or by a fault of its own.
    #[error("the page renderer gave up on the file")]
    Died,
    /// The answer is none.
    #[error("the page renderer gave no proper answer")]
    Garbled,
}

impl PreviewError {
    /// Whether the file is to blame; else it may be looked at again later.
    pub(crate) const fn is_of_the_file(&self) -> bool {
        match self {
            Self::TooLarge(_) | Self::Unreadable | Self::TimedOut | Self::Died | Self::Garbled => {
                true
            }
            Self::Busy | Self::NotRun(_) => false,
        }
    }
}

impl Preview {
    /// Has a task done on one file, or on two.
    pub(super) async fn ask(&self, task: Task, pdfs: &[&[u8]]) -> Result<Vec<u8>, PreviewError> {
        if pdfs.iter().any(|pdf| pdf.len() as u64 > self.most_bytes) {
            return Err(PreviewError::TooLarge(self.most_bytes));
        }
        let place = timeout(PATIENCE, self.places.acquire()).await;
        let Ok(Ok(_place)) = place else { return Err(PreviewError::Busy) };
        // Dropped with this future, when the caller goes away or time is up, the child is killed.
        let mut child = self.start(task)?;
        let talk = async {
            let answer = converse(&mut child, pdfs).await?;
            Ok::<_, std::io::Error>((child.wait().await?, answer))
        };
        match timeout(self.longest, talk).await {
            Ok(talked) => {
                let (status, answer) = talked?;
                answered(status, answer)
            }
            Err(_) => Err(PreviewError::TimedOut),
        }
    }

    fn start(&self, task: Task) -> std::io::Result<Child> {
        Command::new(&self.program)
            .arg(page::COMMAND)
            .args(task.arguments())
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // It speaks of what is in the file.
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
    }
}

/// Writes the input and reads the answer, both at once: a full pipe blocks whoever waits alone.
async fn converse(child: &mut Child, pdfs: &[&[u8]]) -> std::io::Result<Vec<u8>> {
    let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
    let (Some(mut stdin), Some(stdout)) = (stdin, stdout) else {
        return Err(std::io::ErrorKind::BrokenPipe.into());
    };
    let write = async {
        for pdf in pdfs {
            let length = page::length_of(pdf);
            // A child that does not read to the end says why by how it ends.
            if stdin.write_all(&length).await.is_err() || stdin.write_all(pdf).await.is_err() {
                break;
            }
        }
        drop(stdin);
    };
    let read = async {
        let mut answer = Vec::new();
        stdout.take(MOST_ANSWERED + 1).read_to_end(&mut answer).await.map(|_| answer)
    };
    let ((), answer) = tokio::join!(write, read);
    answer
}

fn answered(status: ExitStatus, answer: Vec<u8>) -> Result<Vec<u8>, PreviewError> {
    match status.code() {
        Some(0) if answer.len() as u64 <= MOST_ANSWERED => Ok(answer),
        Some(0) => Err(PreviewError::Garbled),
        Some(page::UNREADABLE) => Err(PreviewError::Unreadable),
        Some(_) | None => Err(PreviewError::Died),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    /// A renderer of our own making.
    fn renderer(script: &str) -> (Preview, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("renderer");
        std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        (Preview { program, ..Preview::new(1000) }, folder)
    }

    async fn ends(script: &str) -> Result<Vec<u8>, PreviewError> {
        let (preview, _folder) = renderer(script);
        preview.ask(Task::Marks, &[&[b'x'; 900]]).await
    }

    #[tokio::test]
    async fn what_the_renderer_does_is_an_answer_or_an_error() {
        assert_eq!(ends("cat >/dev/null; echo yes").await.unwrap(), b"yes\n");
        assert!(matches!(ends("exit 1").await, Err(PreviewError::Unreadable)));
        assert!(matches!(ends("exit 101").await, Err(PreviewError::Died)));
        assert!(matches!(ends("kill -SEGV $$").await, Err(PreviewError::Died)));
        let flood = format!("cat >/dev/null; /bin/dd if=/dev/zero bs={} count=1", (32 << 20) + 1);
        assert!(matches!(ends(&flood).await, Err(PreviewError::Garbled | PreviewError::Died)));
    }

    #[tokio::test]
    async fn it_sees_no_environment() {
        let seen = ends("cat >/dev/null; /usr/bin/env; pwd").await.unwrap();
        let seen = String::from_utf8(seen).unwrap();
        assert!(!seen.contains("HOME=") && !seen.contains("CARGO"), "{seen}");
        assert!(seen.ends_with("/\n"), "{seen}");
    }

    #[tokio::test]
    async fn one_that_never_ends_is_killed() {
        let (preview, folder) = renderer("");
        let pid = folder.path().join("pid");
        let script = format!("#!/bin/sh\necho $$ >{}; exec /bin/sleep 1000\n", pid.display());
        std::fs::write(&preview.program, script).unwrap();
        let preview = Preview { longest: Duration::from_secs(2), ..preview };
        let asked = preview.ask(Task::Marks, &[b"x"]).await;
        assert!(matches!(asked, Err(PreviewError::TimedOut)));
        let process = format!("/proc/{}", std::fs::read_to_string(pid).unwrap().trim());
        while std::path::Path::new(&process).exists() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    #[tokio::test]
    async fn what_is_too_large_is_not_looked_at() {
        let (preview, _folder) = renderer("echo yes");
        let asked = preview.ask(Task::Marks, &[&[0; 1001]]).await;
        assert!(matches!(asked, Err(PreviewError::TooLarge(1000))));
    }
}
