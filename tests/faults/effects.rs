//! The effects on a certificate's way, and how each can go wrong.

/// An effect, by the name of its points.
#[derive(Debug)]
pub(crate) struct Effect {
    /// What it is.
    pub(crate) name: &'static str,
    /// The name of the points around it.
    pub(crate) point: &'static str,
    /// What must fail first so that it comes to this effect at all.
    pub(crate) first: Option<&'static str>,
}

const fn effect(name: &'static str, point: &'static str) -> Effect {
    Effect { name, point, first: None }
}

const fn after_a(first: &'static str, name: &'static str, point: &'static str) -> Effect {
    Effect { name, point, first: Some(first) }
}

/// All of them, in the order of the way.
pub(crate) const EFFECTS: [Effect; 27] = [
    effect("claim", "claim"),
    effect("ledger: accept", "accept"),
    effect("enqueue", "enqueue"),
    effect("ledger: begin of a turn", "begin"),
    effect("compose output", "compose"),
    effect("sign", "sign"),
    effect("archive write", "archive-write"),
    effect("archive sync", "archive-sync"),
    effect("archive link", "archive-link"),
    effect("archive folder sync", "archive-folder"),
    effect("ledger: issue", "issue"),
    effect("ledger: sending", "sending"),
    effect("SMTP DATA", "smtp-data"),
    effect("SMTP answer", "smtp-answer"),
    effect("ledger: mailed", "mailed"),
    effect("ledger: log and close", "close"),
    effect("move to done, whole", "done"),
    effect("move, file by file", "move"),
    effect("tidy work/", "tidy"),
    effect("ledger: refuse", "refuse"),
    effect("reason file", "reason"),
    effect("move to failed, whole", "refusal"),
    after_a("sign-before", "ledger: retry later", "retry"),
    after_a("archive-sync-before", "ledger: hand back", "hand-back"),
    after_a("archive-sync-before", "ledger: hold the lane", "hold"),
    after_a("archive-sync-before", "ledger: release the lane", "release"),
    after_a("issue-after", "ledger: begin, once more", "begin"),
];

/// How an effect goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It is reported as failed, and did not happen.
    FailsBefore,
    /// It is reported as failed, and happened.
    FailsAfter,
    /// The process is killed, and it did not happen.
    KilledBefore,
    /// The process is killed, and it happened.
    KilledAfter,
}

impl Fault {
    /// Every fault, in the table's order.
    pub(crate) const ALL: [Self; 4] =
        [Self::FailsBefore, Self::FailsAfter, Self::KilledBefore, Self::KilledAfter];

    /// Which of the two points it strikes at.
    pub(crate) const fn side(self) -> &'static str {
        match self {
            Self::FailsBefore | Self::KilledBefore => "before",
            Self::FailsAfter | Self::KilledAfter => "after",
        }
    }

    /// Whether the process dies of it.
    pub(crate) const fn kills(self) -> bool {
        match self {
            Self::FailsBefore | Self::FailsAfter => false,
            Self::KilledBefore | Self::KilledAfter => true,
        }
    }

    /// The head of its column.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::FailsBefore => "fails before",
            Self::FailsAfter => "fails after",
            Self::KilledBefore => "kill -9 before",
            Self::KilledAfter => "kill -9 after",
        }
    }
}
