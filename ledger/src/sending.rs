//! A sending: one message about one certificate to one address, or a file handed over on campus.

use jiff::Timestamp;

use crate::{CertificateId, SendingId};

/// A sending, recorded with its Message-ID before anything leaves the house.
#[derive(Clone, PartialEq, Eq)]
pub struct Sending {
    /// The id.
    pub id: SendingId,
    /// The certificate it is about.
    pub certificate: CertificateId,
    /// What it is for.
    pub purpose: Purpose,
    /// Whose address it goes to.
    pub route: RouteTaken,
    /// The address, as it was when the sending was recorded; empty where no mail was sent.
    pub to: String,
    /// The Message-ID of every try, with its angle brackets; none where no mail was sent.
    pub message_id: Option<String>,
    /// When it was recorded; the message's date.
    pub created_at: Timestamp,
    /// What became of it.
    pub state: SendingState,
}

impl Sending {
    /// Whether the graduate may hold the certificate by this sending. One that was not answered
    /// counts: nobody knows how far its worker was.
    #[must_use]
    pub const fn may_have_brought_it(&self) -> bool {
        match (self.purpose, &self.state) {
            (Purpose::Recall, _) => false,
            (
                Purpose::Certificate,
                SendingState::Queued
                | SendingState::Accepted(_)
                | SendingState::Bounced { .. }
                | SendingState::Stopped
                | SendingState::Downloaded,
            ) => true,
            (Purpose::Certificate, SendingState::Refused(_) | SendingState::Suppressed) => false,
        }
    }

    /// Whether a relay took word of the recall.
    const fn told_of_recall(&self) -> bool {
        match (self.purpose, &self.state) {
            (Purpose::Certificate, _) => false,
            (Purpose::Recall, SendingState::Accepted(_) | SendingState::Bounced { .. }) => true,
            (
                Purpose::Recall,
                SendingState::Queued
                | SendingState::Refused(_)
                | SendingState::Suppressed
                | SendingState::Stopped
                | SendingState::Downloaded,
            ) => false,
        }
    }

    /// Whether word of a recall is owed to the graduate, given all sendings of a certificate: it
    /// may have gone out, and no relay took such word yet.
    #[must_use]
    pub fn is_notice_owed(all: &[Self]) -> bool {
        all.iter().any(Self::may_have_brought_it) && !all.iter().any(Self::told_of_recall)
    }
}

impl std::fmt::Debug for Sending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sending")
            .field("id", &self.id)
            .field("purpose", &self.purpose)
            .field("route", &self.route)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

/// What a sending is recorded under, drawn by its caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSending {
    /// The id.
    pub id: SendingId,
    /// The Message-ID, with its angle brackets.
    pub message_id: String,
}

impl NewSending {
    /// A sending of the school whose mail comes from `domain`.
    #[must_use]
    pub fn new(id: SendingId, domain: &str) -> Self {
        Self { id, message_id: format!("<{id}@{domain}>") }
    }
}

/// What a sending is for. Stored in the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// It brings the certificate.
    Certificate,
    /// It says that the certificate was recalled.
    Recall,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: &'static [Self] = &[Self::Certificate, Self::Recall];

    /// The word in the ledger.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Certificate => "certificate",
            Self::Recall => "recall",
        }
    }
}

/// Where a person wants a certificate sent again.
#[derive(Clone, PartialEq, Eq)]
pub enum Route {
    /// As the first time: the student's own address, or else the school's.
    Roster,
    /// The student's own address.
    Personal,
    /// The permanent address that the school gave them.
    School,
    /// This address, for this sending alone.
    Corrected(String),
}

impl std::fmt::Debug for Route {
    /// Without the address.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Roster => "Roster",
            Self::Personal => "Personal",
            Self::School => "School",
            Self::Corrected(_) => "Corrected",
        })
    }
}

/// Whose address a sending went to. Stored in the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RouteTaken {
    /// The student's own.
    Personal,
    /// The one that the school gave them.
    School,
    /// One that a person gave for this sending.
    Corrected,
    /// Nobody's: the file was handed over on campus.
    Hand,
}

impl RouteTaken {
    /// Every route.
    pub const ALL: &'static [Self] = &[Self::Personal, Self::School, Self::Corrected, Self::Hand];

    /// The word in the ledger.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Personal => "personal",
            Self::School => "school",
            Self::Corrected => "corrected",
            Self::Hand => "hand",
        }
    }
}

/// What became of a sending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendingState {
    /// Not yet taken by the relay.
    Queued,
    /// Taken by the relay, with its answer.
    Accepted(String),
    /// Refused by the relay for good, with its answer's code.
    Refused(String),
    /// It came back.
    Bounced {
        /// Enhanced status (RFC 3463), as `5.1.1`.
        status: String,
    },
    /// Not sent, because its address was found not to exist.
    Suppressed,
    /// Given up. A worker may have been in the middle of it, so it may have gone out all the same.
    Stopped,
    /// The file was handed over.
    Downloaded,
}

impl SendingState {
    /// The word in the ledger.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Accepted(_) => "accepted",
            Self::Refused(_) => "refused",
            Self::Bounced { .. } => "bounced",
            Self::Suppressed => "suppressed",
            Self::Stopped => "stopped",
            Self::Downloaded => "downloaded",
        }
    }

    /// What staff read: `[zh-TW, English]`.
    #[must_use]
    pub const fn words(&self) -> [&'static str; 2] {
        match self {
            Self::Queued => ["寄送中", "under way"],
            Self::Accepted(_) => ["已寄出", "taken by the relay"],
            Self::Refused(_) => ["被拒收", "refused"],
            Self::Bounced { .. } => ["退信", "came back"],
            Self::Suppressed => ["地址停用", "address suppressed"],
            Self::Stopped => ["已攔下", "stopped"],
            Self::Downloaded => ["已交付", "handed over"],
        }
    }

    /// What the relay, or the bounce, said.
    #[must_use]
    pub fn answer(&self) -> &str {
        match self {
            Self::Accepted(answer) | Self::Refused(answer) => answer,
            Self::Bounced { status } => status,
            Self::Queued | Self::Suppressed | Self::Stopped | Self::Downloaded => "",
        }
    }
}
