//! Exit codes, in one place.

use pades::KeyError;
use sealpress_config::ConfigError;
use sealpress_ledger::LedgerError;
use sealpress_pipeline::{ProcessError, QueueError, StationError};
use std::process::ExitCode;

use crate::desk::SignInError;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done, nothing to report.
    Done = 0,
    /// A finding, or the work failed.
    Finding = 1,
    /// Wrong use, or a configuration that can't be used.
    Usage = 2,
    /// A dependency is down.
    Down = 3,
}

/// The command was used wrongly in a way that only the command itself could see.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct WrongUse(pub(crate) String);

impl Exit {
    /// What an error means to the caller's shell.
    pub(crate) fn of(error: &anyhow::Error) -> Self {
        for cause in error.chain() {
            if cause.is::<ConfigError>() || cause.is::<StationError>() || cause.is::<WrongUse>() {
                return Self::Usage;
            }
            if cause.is::<QueueError>() || cause.downcast_ref().is_some_and(KeyError::may_pass) {
                return Self::Down;
            }
            let ledger = cause
                .downcast_ref::<LedgerError>()
                .or_else(|| {
                    cause.downcast_ref::<ProcessError>().map(|ProcessError::Ledger(error)| error)
                })
                .or_else(|| cause.downcast_ref::<SignInError>()?.ledger());
            if let Some(error) = ledger {
                return Self::of_ledger(error);
            }
        }
        Self::Finding
    }

    const fn of_ledger(error: &LedgerError) -> Self {
        match error {
            LedgerError::Unavailable(_) => Self::Down,
            LedgerError::Migration(_) => Self::Usage,
            LedgerError::Database(_)
            | LedgerError::UnknownWord { .. }
            | LedgerError::NoCertificate(_)
            | LedgerError::NotPossible(_) => Self::Finding,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context;

    #[test]
    fn each_error_has_its_code_however_deep_it_lies() {
        let down =
            Err::<(), _>(LedgerError::Unavailable(sqlx_timeout())).context("opening").unwrap_err();
        assert_eq!(Exit::of(&down), Exit::Down);
        let usage = Err::<(), _>(WrongUse("no such lane".into())).context("work").unwrap_err();
        assert_eq!(Exit::of(&usage), Exit::Usage);
        assert_eq!(Exit::of(&anyhow::anyhow!("audit found something")), Exit::Finding);
    }

    fn sqlx_timeout() -> sqlx::Error {
        sqlx::Error::PoolTimedOut
    }
}
