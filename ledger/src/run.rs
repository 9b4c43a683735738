//! A run: one worker's turn at one certificate.

use jiff::Timestamp;
use sealpress_config::Stage;
use std::time::Duration;

use crate::{Certificate, CertificateId, SendingId, WorkerId};

/// Proof of a turn: the worker, and a number that only grows. Whoever was given a later number
/// has taken over; every change by an older lease changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// The certificate.
    pub certificate: CertificateId,
    /// Who has the turn.
    pub worker: WorkerId,
    /// The turn's number.
    pub run: i64,
}

/// What must hold for a turn in a lane.
#[derive(Debug, Clone)]
pub struct LaneRules {
    /// The lane's name.
    pub name: String,
    /// Its stages.
    pub stages: Vec<Stage>,
    /// Workers that died over a certificate before it is parked.
    pub crashes: u32,
    /// Silence after which a worker counts as dead.
    pub dead_after: Duration,
    /// Time between two probes of a held lane.
    pub probe: Duration,
}

/// The answer to a worker that asks for a turn.
#[derive(Debug)]
pub enum Begin {
    /// Go on; the turn is counted.
    Go {
        /// The certificate as it is now.
        certificate: Box<Certificate>,
        /// The turn.
        lease: Lease,
        /// The lane is held, and this run is to see whether its dependency is back.
        probe: bool,
    },
    /// Not now: another has it, it is not due, the lane is paused or held, or it is elsewhere.
    NotNow,
    /// It was parked just now: it cost too many workers their life, or can't be read.
    Parked,
}

/// What follows a stage.
#[derive(Debug, Clone, Copy)]
pub struct After {
    /// The next stage runs in the same lane: the worker keeps its turn.
    pub same_lane: bool,
    /// When the next stage is due.
    pub due_at: Timestamp,
}

/// How the email stage ended well.
#[derive(Debug, Clone)]
pub enum Mailed {
    /// The relay took it.
    Accepted {
        /// Which sending.
        sending: SendingId,
        /// What the relay said.
        answer: String,
    },
    /// Nothing was sent: the certificate is no longer in force.
    NotInForce,
}

/// What became of an issue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Issue {
    /// The certificate is in force.
    Done,
    /// Another worker has taken it over; nothing was changed.
    LeaseLost,
    /// What it should supersede is no longer in force; nothing was changed.
    NothingToSupersede,
}
