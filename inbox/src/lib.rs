//! # inbox: from a folder to a drop
//!
//! The print system sees a folder and knows nothing else. This room watches it, waits until a
//! file is whole, claims it by rename, reads what is said about it (a sidecar, its name, the
//! roster), examines the page, and makes it a certificate in the ledger or a refusal with a
//! reason beside the file. Nothing is ever deleted.
//!
//! Main types: [`Watcher`], [`Doorbell`] (who is told of a new certificate), [`preflight`] (the
//! examination of a page, in a process of its own), and [`file_away`], which puts a drop where its end says.
//!
//! May import: `config`, `ledger`, `sandbox`, `faults`.

mod claim;
mod drop;
mod fields;
mod filing;
#[cfg(fuzzing)]
pub mod fuzzed;
mod intake;
mod looks;
mod names;
mod particulars;
pub mod preflight;
mod ready;
mod reasons;
mod regular;
mod scan;
mod settle;
mod standby;
mod standing;
#[cfg(test)]
mod tests;
mod watch;

pub use filing::{FilingError, file_away};
pub use intake::{Doorbell, Randomness, system_randomness};
pub use watch::Watcher;
