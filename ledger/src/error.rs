//! What can go wrong in the ledger.

use crate::CertificateId;

/// What can go wrong in the ledger.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The database does not answer, is locked, or the disk is full: try later.
    #[error(
        "the ledger does not answer ({0}); it is tried again, check the disk and who else has the file open"
    )]
    Unavailable(sqlx::Error),
    /// The database answered something that it must not. Nothing was changed.
    #[error("the ledger refused a change ({0}); nothing was changed, run `sealpress audit`")]
    Database(sqlx::Error),
    /// A row holds a word that this version does not know.
    #[error(
        "certificate {id} has the unknown {field} in the ledger; it was written by another version, update Sealpress"
    )]
    UnknownWord {
        /// Which certificate.
        id: String,
        /// Column and word.
        field: String,
    },
    /// The file was made by a newer version, or is no ledger.
    #[error(
        "the ledger can't be opened ({0}); check that the file is a Sealpress ledger and this version is not older than the one that wrote it"
    )]
    Migration(sqlx::migrate::MigrateError),
    /// There is no such certificate.
    #[error("there is no certificate {0}; find it with `sealpress cert list`")]
    NoCertificate(CertificateId),
    /// What a person asked for does not fit the certificate's state.
    #[error("{0}")]
    NotPossible(crate::Reason),
}

impl LedgerError {
    /// Whether the same call may succeed later.
    #[must_use]
    pub const fn is_unavailable(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }
}

impl From<sqlx::Error> for LedgerError {
    fn from(error: sqlx::Error) -> Self {
        /// SQLITE_BUSY, LOCKED, READONLY, IOERR, FULL, CANTOPEN (<https://sqlite.org/rescode.html>).
        const LATER: [u32; 6] = [5, 6, 8, 10, 13, 14];
        let later = match &error {
            sqlx::Error::Database(database) => database
                .code()
                .and_then(|code| code.parse::<u32>().ok())
                .is_some_and(|code| LATER.contains(&(code & 0xff))),
            sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => true,
            _ => false,
        };
        if later { Self::Unavailable(error) } else { Self::Database(error) }
    }
}
