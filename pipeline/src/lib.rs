//! # pipeline: who does what, when, and what if it fails
//!
//! Lanes over a queue, the runner that takes a certificate through the stages of a lane, retry
//! and hold, reconciliation of ledger and queue, and the supervision of all of it in a process.
//! Read [`flow`] first: it is a certificate's way on one page.
//!
//! Main types: [`Queue`] (the doorbell), [`Lanes`], [`Stations`] (the stages that this process can
//! run), [`Runner`] (one turn at one certificate), [`Process`] (everything that one process runs).
//!
//! May import: `config`, `ledger`, `inbox`, `stages`, `faults`.

mod answering;
mod filing;
pub mod flow;
mod issue_log;
mod lanes;
mod process;
mod queue;
mod reasons;
mod reconcile;
mod retry;
mod ringer;
mod runner;
mod stations;
mod turn;
mod work_folder;

pub use lanes::{LaneSetup, Lanes};
pub use process::{Process, ProcessError, Stop};
pub use queue::{Answer, Queue, QueueError, RedisQueue, SqliteQueue, open as open_queue};
pub use ringer::Ringer;
pub use runner::Runner;
pub use stations::{StationError, Stations};
