//! A sending: one message about one certificate to one address.

use jiff::Timestamp;

use crate::{CertificateId, SendingId};

/// A sending, recorded with its Message-ID before anything leaves the house.
#[derive(Clone, PartialEq, Eq)]
pub struct Sending {
    /// The id.
    pub id: SendingId,
    /// The certificate it carries.
    pub certificate: CertificateId,
    /// The address, as the roster had it when the sending was recorded.
    pub to: String,
    /// The Message-ID of every try, with its angle brackets.
    pub message_id: String,
    /// When it was recorded; the message's date.
    pub created_at: Timestamp,
    /// How it went.
    pub state: SendingState,
}

impl std::fmt::Debug for Sending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sending")
            .field("id", &self.id)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

/// How a sending went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendingState {
    /// Not yet taken by the relay.
    Queued,
    /// Taken by the relay, with its answer.
    Accepted(String),
    /// Refused by the relay for good, with its answer's code.
    Refused(String),
}

impl SendingState {
    /// The word in the ledger.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Accepted(_) => "accepted",
            Self::Refused(_) => "refused",
        }
    }
}
