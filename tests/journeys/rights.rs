//! The table of rights: every role, every action, by every door. It is written by hand and knows
//! nothing of the words in which Sealpress keeps its own; a path or a command that stands in one of
//! the two tables alone fails.

mod commands;
mod paths;

use sealpress_tests::Home;

/// No certificate has this id: who may act is told so, and who may not is refused before.
const UNKNOWN: &str = "01970000-0000-7000-8000-000000000000";

/// Who may.
#[derive(Debug, Clone, Copy)]
enum Who {
    /// Everyone, with or without a login.
    Anyone,
    /// Everyone who has logged in.
    Everyone,
    /// These roles alone.
    Only(&'static str),
}

impl Who {
    fn has(self, role: &str) -> bool {
        match self {
            Self::Anyone | Self::Everyone => true,
            Self::Only(roles) => roles.split(' ').any(|one| one == role),
        }
    }
}

/// Who was refused what, by which door: what the history has of it, sorted.
fn refusals(home: &Home) -> Vec<[String; 3]> {
    let mut found: Vec<[String; 3]> = home
        .events("act_refused")
        .into_iter()
        .map(|event| {
            let word = |key: &str| event.detail[key].as_str().unwrap_or_default().to_owned();
            [event.actor, word("via"), word("what")]
        })
        .collect();
    found.sort();
    found
}
