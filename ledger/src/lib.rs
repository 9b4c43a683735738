//! # ledger: what is true
//!
//! The database of record. Whatever a queue, a folder or a worker believes, the ledger decides:
//! every change of a certificate is one transaction that compares the state it expects.
//!
//! Main types: [`Ledger`] (all questions and changes), [`Certificate`] with its [`Status`] and
//! [`Progress`], [`Student`], [`Event`] (append-only, hash-chained), [`Sending`], [`Find`].
//! [`Progress`], [`Student`], [`Event`] (append-only, hash-chained), [`Sending`], and [`Grounds`], on which a
//! certificate loses its force.
//!
//! The SQL stands in `sqlite/` alone, so that another database can come. May import: `config`,
//! `faults`.

mod address;
mod bounce;
mod by;
mod certificate;
mod clock;
mod drop;
mod error;
mod event;
mod find;
mod grounds;
mod ids;
mod job;
mod key_note;
mod lane;
mod plain;
mod reason;
mod right;
mod run;
mod sending;
mod sqlite;
mod student;
mod today;
mod undelivered;
mod user;

pub use address::is_address;
pub use bounce::{Bounce, BounceKind, BounceOutcome, BounceVerdict, EnhancedStatus, NotAStatus};
pub use by::{By, Via};
pub use certificate::{
    ApprovalCause, Approved, ArchivedFile, Certificate, Certified, Progress, Status, WaitingFor,
};
pub use clock::{Clock, system_clock};
pub use drop::{Acceptance, DropFate, NewCertificate, Refusal, RefusalFolder};
pub use error::LedgerError;
pub use event::{Event, EventKind};
pub use find::{Find, FoundPage};
pub use grounds::{Grounds, LONGEST_WHY, RecallReason, RevokeReason, UnknownGround};
pub use ids::{CertificateId, NotAnId, SendingId, Sha256Hash, WorkerId};
pub use job::{Job, JobFilter, JobPage, JobState, JobWorker};
pub use key_note::{KeyAlarm, KeyDates, KeyNote, key_alarms};
pub use lane::{Counts, Held, LaneCount, LaneState, Paused};
pub use plain::{is_plain, is_student_no};
pub use reason::Reason;
pub use right::Right;
pub use run::{After, Begin, Issue, LaneRules, Lease, Mailed};
pub use sending::{NewSending, Purpose, Route, RouteTaken, Sending, SendingState};
pub use sqlite::{
    BounceToReview, CertificateFilter, Finding, Ledger, RosterBefore, SuppressedAddress, ToSend,
    alone,
};
pub use student::{Degree, Student, StudentSource};
pub use today::{Minute, Rates, Today};
pub use undelivered::{Undelivered, UndeliveredFilter, Why};
pub use user::{
    ApiToken, BARRED_PASSWORDS, Code, Credentials, Entry, FAILURES, LOCKED_FOR, NewSession,
    NewUser, OpenSession, SessionLimits, User,
};
