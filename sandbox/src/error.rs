//! What can come of asking a child.

use std::io;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// All places stayed taken.
    #[error("too many files are being read; try again in a minute")]
    Busy,
    /// No child could be started, or it could not be talked to.
    #[error("the process that reads foreign files can't be run ({0})")]
    NotRun(#[from] io::Error),
    /// The child could not limit itself, and read nothing.
    #[error(
        "the process that reads foreign files can't be confined; the kernel must have seccomp (run `sealpress doctor`)"
    )]
    Untied,
    /// Somebody ended the child: an administrator, the service manager, or a system without memory.
    #[error("the process that reads foreign files was ended from outside")]
    Ended,
    /// The child found nothing to answer.
    #[error("there is nothing in the file that can be read")]
    Nothing,
    /// The file took longer than it may, by the clock or of processor time.
    #[error("the file took too long to read")]
    TookTooLong,
    /// The child died of the file: out of memory, or by a fault of its own.
    #[error("the process that read the file gave up on it")]
    Died,
    /// The answer is longer than any.
    #[error("the process that read the file gave no proper answer")]
    Garbled,
}

impl SandboxError {
    /// Whether the file is to blame; else it may be asked about again later.
    #[must_use]
    pub const fn is_of_the_file(&self) -> bool {
        match self {
            Self::Nothing | Self::TookTooLong | Self::Died | Self::Garbled => true,
            Self::Busy | Self::NotRun(_) | Self::Untied | Self::Ended => false,
        }
    }
}
