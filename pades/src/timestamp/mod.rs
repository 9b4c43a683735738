//! Timestamps: what proves that something existed at a time (RFC 3161).
//!
//! Who asks sends [`TimestampRequest::to_der`] to an authority and hands the answer to
//! [`TimestampRequest::accept`]; a [`Token`] is had in no other way.

mod asn1;
mod error;
mod request;
mod token;

pub use error::{Refusal, TimestampError};
pub(crate) use request::CLOCKS_APART;
pub use request::TimestampRequest;
pub use token::Token;

/// Whoever gets timestamps from authorities.
pub trait TimestampSource: Send + Sync {
    /// A timestamp of what has the SHA-256 digest `imprint`, as
    /// [`TimestampRequest::accept`] accepted it.
    ///
    /// # Errors
    /// [`TimestampError`] when no authority gives one that may be believed.
    fn timestamp(&self, imprint: &[u8]) -> Result<Token, TimestampError>;
}
