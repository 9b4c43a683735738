//! # bounces: messages that came back
//!
//! From a Maildir, an mbox or standard input to what each message says, and which sending it says
//! it of. What is read here was written by strangers: only its beginning is looked at, nothing is
//! taken over from it but an id of our own and three numbers, and nothing is deleted.
//!
//! Main types: [`Source`], [`Looked`], [`Reading`], [`Verp`].

mod dsn;
mod maildir;
mod mbox;
mod mime;
mod reading;
mod verp;

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::PathBuf;

pub(crate) use maildir::dealt_with;
pub(crate) use reading::{Ignored, Reading, Unclear};
pub(crate) use verp::Verp;

/// Bytes of a message that are looked at. A report stands at the beginning; the returned message
/// with its PDF, which may be larger, at the end.
const LOOKED_AT: u64 = 1024 * 1024;

/// Where messages are read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// Each message is a file.
    Maildir(PathBuf),
    /// One file of many messages, which is only read.
    Mbox(PathBuf),
    /// One message.
    Stdin,
}

impl Source {
    /// The word for the history.
    pub(crate) const fn as_str(&self) -> &'static str {
        match self {
            Self::Maildir(_) => "maildir",
            Self::Mbox(_) => "mbox",
            Self::Stdin => "standard input",
        }
    }
}

/// A message that was looked at.
#[derive(Debug)]
pub(crate) struct Looked {
    /// Its own file, in a Maildir.
    pub(crate) file: Option<PathBuf>,
    /// What it says.
    pub(crate) reading: Reading,
}

/// Looks at every message of a source that was not dealt with. Blocking.
pub(crate) fn look(source: &Source, verp: &Verp) -> io::Result<Vec<Looked>> {
    match source {
        Source::Maildir(folder) => {
            let mut looked = Vec::new();
            for file in maildir::messages(folder)? {
                let reading = match beginning_of(&file) {
                    Ok(bytes) => reading::read(&bytes, verp),
                    // Another took it a moment ago.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                    Err(_) => Reading::Unclear(Unclear::Unreadable),
                };
                looked.push(Looked { file: Some(file), reading });
            }
            Ok(looked)
        }
        Source::Mbox(file) => {
            let mut looked = Vec::new();
            mbox::each(BufReader::new(File::open(file)?), LOOKED_AT, |bytes| {
                looked.push(Looked { file: None, reading: reading::read(bytes, verp) });
            })?;
            Ok(looked)
        }
        Source::Stdin => {
            let (mut bytes, mut stdin) = (Vec::new(), io::stdin().lock());
            stdin.by_ref().take(LOOKED_AT).read_to_end(&mut bytes)?;
            // Whoever writes must not find the pipe closed.
            io::copy(&mut stdin, &mut io::sink())?;
            Ok(vec![Looked { file: None, reading: reading::read(&bytes, verp) }])
        }
    }
}

/// Reads one message, as a fuzz target wants it.
#[cfg(fuzzing)]
pub(crate) fn read_one(bytes: &[u8]) {
    let verp = Verp::new(Some("bounce+{sending}@example.edu.tw"));
    drop(reading::of(bytes, &verp));
}

fn beginning_of(file: &PathBuf) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(file)?.take(LOOKED_AT).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests;
