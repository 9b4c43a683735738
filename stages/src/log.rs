//! Log: the certificate's issue is covered by the log before the certificate is closed.

use sealpress_config as config;
use sealpress_ledger::Certificate;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::{Stage, StageError};

/// A log that what was issued can be shown to be in. Today the ledger's chained history.
pub trait IssueLog: Send + Sync {
    /// Where the log covers the issue of a certificate; asking again gives the same place.
    fn cover<'a>(
        &'a self,
        certificate: &'a Certificate,
    ) -> Pin<Box<dyn Future<Output = Result<Covered, StageError>> + Send + 'a>>;
}

/// Proof that the log covers a certificate's issue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Covered {
    /// The entry's place in the log, from 1.
    pub position: i64,
}

/// The log stage.
#[derive(Clone)]
pub struct Log {
    log: Arc<dyn IssueLog>,
}

impl Log {
    /// A stage over a log.
    #[must_use]
    pub const fn new(log: Arc<dyn IssueLog>) -> Self {
        Self { log }
    }
}

impl Stage for Log {
    type Input = ();
    type Output = Covered;
    const NAME: config::Stage = config::Stage::Log;

    async fn run(&self, certificate: &Certificate, (): ()) -> Result<Covered, StageError> {
        self.log.cover(certificate).await
    }
}
