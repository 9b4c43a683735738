//! The renderer's process, from inside: `sealpress __page`. It ties its own hands before it reads
//! the first byte, opens nothing, and says nothing but its answer.

use clap::Subcommand;
use rustix::process::{Resource, Rlimit, setrlimit};
use sealpress_inbox::preflight::{Limits, first_page_text};
use std::io::{Read, Write};
use std::process::ExitCode;

use super::paint::Page;
use super::{Marks, likeness, qr};

/// The hidden command.
pub(crate) const COMMAND: &str = "__page";

/// The exit code for a file without a page that can be shown.
pub(super) const UNREADABLE: i32 = 1;

/// What the process may take: address space in bytes, seconds of processor time, bytes of a file,
/// of a core dump, open files (those it was started with), and processes. Where the system does not
/// let a limit be set, the process does not run.
const LIMITS: [(Resource, u64); 6] = [
    (Resource::As, 1 << 30),
    (Resource::Cpu, 20),
    (Resource::Fsize, 0),
    (Resource::Core, 0),
    (Resource::Nofile, 3),
    (Resource::Nproc, 0),
];

/// Where a process tells the kernel how gladly it goes when memory runs out, 1000 before all.
const FIRST_TO_GO: &str = "/proc/self/oom_score_adj";

/// What reading a page's text may cost.
const TEXT: Limits = Limits { max_inflated_bytes: 64 << 20, max_objects: 50_000 };

/// Most characters of text that are answered.
const MOST_TEXT: usize = 20_000;

/// What is asked about the first page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Subcommand)]
pub(crate) enum Task {
    /// A picture.
    Picture {
        /// Its width in pixels.
        width_px: u32,
    },
    /// QR codes and text.
    Marks,
    /// Whether two pages look alike.
    Likeness,
}

impl Task {
    /// The arguments that clap reads back as this task.
    pub(super) fn arguments(self) -> Vec<String> {
        match self {
            Self::Picture { width_px } => vec!["picture".into(), width_px.to_string()],
            Self::Marks => vec!["marks".into()],
            Self::Likeness => vec!["likeness".into()],
        }
    }
}

/// What stands before each file on standard input: its length, lowest byte first.
pub(super) const fn length_of(pdf: &[u8]) -> [u8; 8] {
    (pdf.len() as u64).to_le_bytes()
}

/// The files on standard input, each after its [`length_of`].
fn unframed(mut input: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut pdfs = Vec::new();
    while !input.is_empty() {
        let (length, rest) = input.split_first_chunk()?;
        let (pdf, rest) =
            rest.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)?;
        pdfs.push(pdf.to_vec());
        input = rest;
    }
    Some(pdfs)
}

/// Does the task; the answer goes to standard output.
pub(crate) fn run(task: Task) -> ExitCode {
    if tie_hands().is_err() {
        return ExitCode::from(2);
    }
    let mut input = Vec::new();
    let answer = match std::io::stdin().lock().read_to_end(&mut input) {
        Ok(_) => unframed(&input).and_then(|pdfs| answer(task, pdfs)),
        Err(_) => None,
    };
    let written = answer.is_some_and(|answer| {
        let mut stdout = std::io::stdout().lock();
        stdout.write_all(&answer).and_then(|()| stdout.flush()).is_ok()
    });
    if written { ExitCode::SUCCESS } else { ExitCode::from(UNREADABLE as u8) }
}

fn tie_hands() -> rustix::io::Result<()> {
    // Where memory runs out, this process is the one to go. What can't be said is no reason to stay.
    let _ = std::fs::write(FIRST_TO_GO, "1000");
    LIMITS.into_iter().try_for_each(|(resource, most)| {
        setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })
    })
}

fn answer(task: Task, pdfs: Vec<Vec<u8>>) -> Option<Vec<u8>> {
    match task {
        Task::Picture { width_px } => {
            let [pdf] = <[_; 1]>::try_from(pdfs).ok()?;
            Page::open(pdf)?.wide(width_px)?.png()
        }
        Task::Marks => {
            let [pdf] = <[_; 1]>::try_from(pdfs).ok()?;
            serde_json::to_vec(&marks(pdf)?).ok()
        }
        Task::Likeness => {
            let [original, copy] = <[_; 2]>::try_from(pdfs).ok()?;
            let likeness = likeness::compare(&Page::open(original)?, &Page::open(copy)?)?;
            serde_json::to_vec(&likeness).ok()
        }
    }
}

/// What can be read off the page; a page without text, or with one that can't be read, has none.
fn marks(pdf: Vec<u8>) -> Option<Marks> {
    let text = first_page_text(&pdf, &TEXT).unwrap_or_default();
    let text = text.as_str().chars().take(MOST_TEXT).collect();
    let codes = qr::on(&Page::open(pdf)?)?;
    Some(Marks { qr: codes.into_iter().map(|code| code.text).collect(), text })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_come_apart_as_they_were_put_together() {
        let pdfs = [b"one".to_vec(), Vec::new(), b"three".to_vec()];
        let input = pdfs.iter().fold(Vec::new(), |input, pdf| {
            [input.as_slice(), &length_of(pdf), pdf.as_slice()].concat()
        });
        assert_eq!(unframed(&input).as_deref(), Some(pdfs.as_slice()));
        assert_eq!(unframed(b"short"), None);
        assert_eq!(unframed(&u64::MAX.to_le_bytes()), None);
    }
}
