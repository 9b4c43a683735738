//! Who does something: the name in the history, the door they came by, and from where.

use serde::Serialize;

/// What the program itself does is done by this actor.
pub(crate) const SYSTEM: &str = "system";

/// By which door an act came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Via {
    /// The program itself.
    System,
    /// The command line, on the host.
    Cli,
    /// A staff page.
    Web,
    /// The Web API.
    Api,
}

/// Who does something. It stands in the event of the act: `who` as its actor, the rest in its
/// detail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct By {
    /// The person's name as they log in; on the command line of a home without people, the
    /// account of the system.
    pub who: String,
    /// By which door.
    pub via: Via,
    /// From where: a network address, or the terminal.
    pub from: String,
}

impl By {
    /// A person at a door.
    #[must_use]
    pub fn new(who: &str, via: Via, from: &str) -> Self {
        Self { who: who.to_owned(), via, from: from.to_owned() }
    }

    /// The program itself, when a timer or another program set it going by a door.
    #[must_use]
    pub fn program(via: Via, from: &str) -> Self {
        Self::new(SYSTEM, via, from)
    }

    /// An event's detail with the door and the place added.
    pub(crate) fn detail(&self, mut detail: serde_json::Value) -> serde_json::Value {
        detail["via"] = serde_json::json!(self.via);
        detail["from"] = self.from.clone().into();
        detail
    }
}
