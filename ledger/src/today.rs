//! What happened lately, and what needs a person: the figures of the start page and of the lanes.

use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;

/// The figures of the start page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Today {
    /// Drops that became certificates.
    pub accepted: u64,
    /// Certificates that were archived and came into force.
    pub issued: u64,
    /// Messages that a relay took.
    pub mailed: u64,
    /// Drops and certificates that were refused, by the program or by a person.
    pub refused: u64,
    /// Drops that were there already.
    pub duplicates: u64,
    /// Certificates that wait for approval now.
    pub waiting_for_approval: u64,
    /// Certificates that are parked for a person now.
    pub parked: u64,
    /// Certificates in force now whose mail came back or was refused, and which no other sending
    /// brought.
    pub undelivered: u64,
    /// Bounces that a person has yet to look at.
    pub to_review: u64,
}

/// How fast the lanes are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Rates {
    /// The last minutes, the oldest first; the last of them ends now.
    pub minutes: Vec<Minute>,
    /// Since when the oldest job of a stage is due that nobody has, by stage.
    pub oldest_due: BTreeMap<String, Timestamp>,
}

/// What came out of the lanes within one minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Minute {
    /// When it began.
    pub from: Timestamp,
    /// Certificates that came into force.
    pub issued: u64,
    /// Certificates that were closed.
    pub closed: u64,
}
