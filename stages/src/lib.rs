//! # stages: what is done to a certificate
//!
//! One file a stage: [`compose`], [`sign`], [`archive`], [`email`], [`log`]. A stage takes a
//! certificate and what the stage before it made, and gives back what it made or a
//! [`StageError`] that says whether to try again, to wait for a dependency, or to ask a person.
//! It knows nothing of queues, HTTP, the ledger's SQL, or the other stages, and can be run alone
//! on a file. Each can run again at any time, with the same result.
//!
//! A wrong order does not compile: [`Composed`], [`Signed`] and [`Archived`] can be made by their
//! stage alone, and mail takes [`Archived`].
//!
//! May import: `config`, `ledger` (its types), `pades`, `sandbox`, `faults`.

pub mod archive;
pub mod compose;
pub mod email;
pub mod log;
pub mod sign;
mod stage;

pub use archive::Archived;
pub use compose::Composed;
pub use sign::Signed;
pub use stage::{Raw, Stage, StageError};
