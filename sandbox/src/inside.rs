//! The child, from inside: it ties its own hands, reads the files, answers, and ends.

use std::ffi::OsString;
use std::io::{Read, Write};
use std::process::ExitCode;

use crate::frames;
use crate::hands::{self, Hands};

/// The hidden command with which the binary calls itself. Its arguments are no contract.
pub const COMMAND: &str = "__parse";

/// The exit code for files that there is nothing to answer of.
pub(crate) const NOTHING: u8 = 1;

/// The exit code of a child that could not tie its hands.
pub(crate) const UNTIED: u8 = 3;

/// The task of saying how its hands are tied.
pub(crate) const HANDS: &str = "hands";

/// That this process was called to be a child.
#[derive(Debug, PartialEq, Eq)]
pub struct Called {
    /// `None` where the arguments are none of ours.
    asked: Option<Asked>,
}

#[derive(Debug, PartialEq, Eq)]
struct Asked {
    memory_bytes: u64,
    cpu_seconds: u64,
    task: String,
}

/// The arguments that [`Called::by`] reads.
pub(crate) fn arguments(memory_bytes: u64, cpu_seconds: u64, task: &str) -> [String; 4] {
    [COMMAND.to_owned(), memory_bytes.to_string(), cpu_seconds.to_string(), task.to_owned()]
}

impl Called {
    /// Whether a command line, with the program's name first, calls for a child. Asked before
    /// anything else is done, above all before there is a second thread.
    pub fn by(line: impl IntoIterator<Item = OsString>) -> Option<Self> {
        let mut line = line.into_iter().skip(1);
        if line.next()? != COMMAND {
            return None;
        }
        let words: Option<Vec<String>> = line.map(|word| word.into_string().ok()).collect();
        let asked = match words.as_deref() {
            Some([memory, cpu, task]) => match (memory.parse(), cpu.parse()) {
                (Ok(memory_bytes), Ok(cpu_seconds)) => {
                    Some(Asked { memory_bytes, cpu_seconds, task: task.clone() })
                }
                _ => None,
            },
            _ => None,
        };
        Some(Self { asked })
    }

    /// Ties this process's hands, reads the files, and writes what `answer` makes of the task and
    /// them; `None` is nothing to answer. The child is to end with what this returns.
    pub fn run(self, answer: impl FnOnce(&str, Vec<Vec<u8>>) -> Option<Vec<u8>>) -> ExitCode {
        let Some(asked) = self.asked else { return ExitCode::from(UNTIED) };
        let Ok(hands) = hands::tie(asked.memory_bytes, asked.cpu_seconds) else {
            return ExitCode::from(UNTIED);
        };
        match answered(hands, &asked.task, answer) {
            Some(()) => ExitCode::SUCCESS,
            None => ExitCode::from(NOTHING),
        }
    }
}

fn answered(
    hands: Hands,
    task: &str,
    answer: impl FnOnce(&str, Vec<Vec<u8>>) -> Option<Vec<u8>>,
) -> Option<()> {
    let mut input = Vec::new();
    std::io::stdin().lock().read_to_end(&mut input).ok()?;
    let files = frames::apart(&input)?;
    drop(input);
    let said = if task == HANDS { vec![word(hands)] } else { answer(task, files)? };
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(&said).and_then(|()| stdout.flush()).ok()
}

const fn word(hands: Hands) -> u8 {
    match hands {
        Hands::WithLandlock => b'l',
        Hands::WithoutLandlock => b'-',
    }
}

/// What a child said of its hands.
pub(crate) fn hands_of(said: &[u8]) -> Option<Hands> {
    [Hands::WithLandlock, Hands::WithoutLandlock].into_iter().find(|hands| said == [word(*hands)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by(words: &[&str]) -> Option<Called> {
        Called::by(words.iter().map(OsString::from))
    }

    #[test]
    fn a_child_knows_that_it_is_one() {
        let asked = Asked { memory_bytes: 7, cpu_seconds: 2, task: "marks".into() };
        let line = [&["sealpress".to_owned()][..], &arguments(7, 2, "marks")].concat();
        let line: Vec<&str> = line.iter().map(String::as_str).collect();
        assert_eq!(by(&line), Some(Called { asked: Some(asked) }));
        assert_eq!(by(&["sealpress", "verify", COMMAND]), None);
        assert_eq!(by(&["sealpress"]), None);
        for wrong in [&["sealpress", COMMAND][..], &["sealpress", COMMAND, "x", "2", "marks"]] {
            assert_eq!(by(wrong), Some(Called { asked: None }), "never a child without limits");
        }
    }
}
