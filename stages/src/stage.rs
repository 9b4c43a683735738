//! What every stage is.

use sealpress_config as config;
use sealpress_ledger::{Certificate, Reason};
use std::future::Future;

/// A stage: what one step of a certificate's way does.
pub trait Stage {
    /// What the stage before it made.
    type Input: Send;
    /// What it makes.
    type Output: Send;
    /// Its name in configuration, ledger and logs.
    const NAME: config::Stage;

    /// Do it. Running it again gives the same result, or finds that it was done.
    fn run(
        &self,
        certificate: &Certificate,
        input: Self::Input,
    ) -> impl Future<Output = Result<Self::Output, StageError>> + Send;
}

/// Why a stage did not do its work; nothing else decides what happens next.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum StageError {
    /// It may go better later: back off and try again.
    #[error("{0}")]
    Retry(Reason),
    /// A dependency is down: the lane waits and probes.
    #[error("{0}")]
    Hold(Reason),
    /// Trying again does not mend it: a person must look.
    #[error("{0}")]
    Reject(Reason),
}

impl StageError {
    /// Why.
    #[must_use]
    pub const fn reason(&self) -> &Reason {
        let (Self::Retry(reason) | Self::Hold(reason) | Self::Reject(reason)) = self;
        reason
    }
}

/// The drop's bytes, as they were accepted.
pub struct Raw(pub Vec<u8>);
