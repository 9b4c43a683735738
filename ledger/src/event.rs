//! The history: append-only, each event bound to the one before it.

use jiff::Timestamp;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{CertificateId, Sha256Hash};

/// What happened. Stored; a word once released keeps its meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// A drop became a certificate.
    Accepted,
    /// A drop was refused, before or after it became a certificate.
    Refused,
    /// A person looked at the page and let it go on.
    Approved,
    /// Archived, in force.
    Issued,
    /// Another certificate took its place.
    Superseded,
    /// A stage failed and is tried again.
    Retried,
    /// A worker died over it; another took it.
    TakenOver,
    /// It waits for a person.
    Parked,
    /// A person let it try again.
    Released,
    /// A sending and its Message-ID were recorded, before anything was sent.
    SendingQueued,
    /// The relay took the message.
    SendingAccepted,
    /// The relay refused the message for good.
    SendingRefused,
    /// A person asked for a new sending.
    ResendAsked,
    /// The mail was not sent, because the certificate is no longer in force.
    MailStopped,
    /// Everything is done.
    Closed,
    /// A person paused a lane.
    LanePaused,
    /// A person let a lane go on.
    LaneResumed,
    /// A lane waits for a dependency.
    LaneHeld,
    /// The dependency is back.
    LaneReleased,
    /// Students were imported.
    RosterImported,
    /// The school took it back as mis-issued.
    Recalled,
    /// The ministry revoked it.
    Revoked,
    /// A message came back.
    Bounced,
    /// An address does not exist: nothing is sent there.
    AddressSuppressed,
    /// A person lets mail go to a suppressed address again.
    AddressReleased,
    /// A person looked at a bounce.
    BounceReviewed,
    /// The file was handed over on campus.
    HandedOver,
    /// A list or a file was taken out.
    Exported,
    /// A person asked for a reissue or a rename from the desk.
    ReissueAsked,
    /// A person was added.
    UserAdded,
    /// An administrator locked a person out.
    UserLocked,
    /// An administrator let a person in again.
    UserUnlocked,
    /// A person's roles changed.
    RolesChanged,
    /// A one-time link to set a password was made.
    LinkMade,
    /// A person set their password.
    PasswordSet,
    /// A person proved a second factor.
    SecondFactorSet,
    /// An administrator cleared a person's second factor.
    SecondFactorCleared,
    /// A token of the Web API was made.
    TokenMade,
    /// A token of the Web API was ended.
    TokenEnded,
    /// A person logged in.
    LoggedIn,
    /// A person logged out.
    LoggedOut,
    /// A login was refused: wrong name, password or code, or locked.
    LoginRefused,
    /// An act was refused: its person has no right to it, or it does not fit.
    ActRefused,
}

impl EventKind {
    /// The word in the ledger.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::Approved => "approved",
            Self::Issued => "issued",
            Self::Superseded => "superseded",
            Self::Retried => "retried",
            Self::TakenOver => "taken_over",
            Self::Parked => "parked",
            Self::Released => "released",
            Self::SendingQueued => "sending_queued",
            Self::SendingAccepted => "sending_accepted",
            Self::SendingRefused => "sending_refused",
            Self::ResendAsked => "resend_asked",
            Self::MailStopped => "mail_stopped",
            Self::Closed => "closed",
            Self::LanePaused => "lane_paused",
            Self::LaneResumed => "lane_resumed",
            Self::LaneHeld => "lane_held",
            Self::LaneReleased => "lane_released",
            Self::RosterImported => "roster_imported",
            Self::Recalled => "recalled",
            Self::Revoked => "revoked",
            Self::Bounced => "bounced",
            Self::AddressSuppressed => "address_suppressed",
            Self::AddressReleased => "address_released",
            Self::BounceReviewed => "bounce_reviewed",
            Self::HandedOver => "handed_over",
            Self::Exported => "exported",
            Self::ReissueAsked => "reissue_asked",
            Self::UserAdded => "user_added",
            Self::UserLocked => "user_locked",
            Self::UserUnlocked => "user_unlocked",
            Self::RolesChanged => "roles_changed",
            Self::LinkMade => "link_made",
            Self::PasswordSet => "password_set",
            Self::SecondFactorSet => "second_factor_set",
            Self::SecondFactorCleared => "second_factor_cleared",
            Self::TokenMade => "token_made",
            Self::TokenEnded => "token_ended",
            Self::LoggedIn => "logged_in",
            Self::LoggedOut => "logged_out",
            Self::LoginRefused => "login_refused",
            Self::ActRefused => "act_refused",
        }
    }
}

/// An event as the ledger keeps it. The kind is text here: a history must be readable even where
/// a newer version wrote it.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Event {
    /// Place in the history, from 1.
    pub seq: i64,
    /// Whose history it belongs to, if a certificate's.
    pub certificate: Option<CertificateId>,
    /// What happened.
    pub kind: String,
    /// Who did it: `system`, or a person's name.
    pub actor: String,
    /// When.
    pub at: Timestamp,
    /// More, without personal data.
    pub detail: Value,
    /// Digest of this event and, through it, of all before it.
    pub hash: Sha256Hash,
}

/// What an event's digest is taken over, so that any later change of any event shows.
pub(crate) struct Link<'a> {
    pub(crate) previous: &'a str,
    pub(crate) seq: i64,
    pub(crate) certificate: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) actor: &'a str,
    pub(crate) at: i64,
    pub(crate) detail: &'a str,
}

impl Link<'_> {
    /// SHA-256 over the fields, each preceded by its length, so that no two histories read alike.
    pub(crate) fn hash(&self) -> Sha256Hash {
        let mut sha = Sha256::new();
        let (seq, at) = (self.seq.to_string(), self.at.to_string());
        for field in
            [self.previous, &seq, self.certificate, self.kind, self.actor, &at, self.detail]
        {
            sha.update((field.len() as u64).to_be_bytes());
            sha.update(field.as_bytes());
        }
        let digest: [u8; 32] = sha.finalize().into();
        digest.into()
    }
}

/// What the first event is bound to.
pub(crate) const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";
