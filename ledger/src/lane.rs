//! A lane (佇列) as the ledger sees it.

use jiff::Timestamp;
use std::collections::BTreeMap;

use crate::Reason;

/// Whether a lane runs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LaneState {
    /// A person paused it.
    pub paused: Option<Paused>,
    /// It waits for a dependency.
    pub held: Option<Held>,
}

/// A lane that a person paused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paused {
    /// Who.
    pub by: String,
    /// Why.
    pub reason: String,
    /// Since when.
    pub at: Timestamp,
}

/// A lane that waits for a dependency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// What is down.
    pub reason: Reason,
    /// Since when.
    pub at: Timestamp,
    /// When the next certificate is let through to see.
    pub probe_at: Timestamp,
}

/// How many certificates stand where. Every accepted drop is in exactly one status, every open
/// one in exactly one of a lane's counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// By status.
    pub by_status: BTreeMap<String, u64>,
    /// By the stage that is next, open certificates alone.
    pub by_stage: BTreeMap<String, LaneCount>,
    /// Drops that were refused before they became a certificate, by folder.
    pub refused: BTreeMap<String, u64>,
    /// Sendings that a relay took.
    pub mailed: u64,
    /// Certificates closed in the last minute.
    pub closed_last_minute: u64,
}

/// Open certificates at one stage.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LaneCount {
    /// Due, and nobody has it.
    pub due: u64,
    /// A worker has it.
    pub in_flight: u64,
    /// Failed, and waits for its next try.
    pub later: u64,
    /// Waits for approval.
    pub approval: u64,
    /// Parked for a person.
    pub parked: u64,
}
