//! Who has not got their certificate, and why.

use jiff::Timestamp;
use serde::Serialize;

use crate::{Certificate, CertificateId, SendingId};

/// Why a graduate has not got their certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// The roster has no address.
    NoAddress,
    /// The relay refused the message for good.
    Refused,
    /// The message came back.
    Bounced,
    /// The address is one that nothing is sent to.
    Suppressed,
    /// Something else that waits for a person.
    Parked,
    /// On its way, for longer than it should be.
    UnderWay,
}

impl Why {
    /// Every reason.
    pub const ALL: &'static [Self] = &[
        Self::NoAddress,
        Self::Refused,
        Self::Bounced,
        Self::Suppressed,
        Self::Parked,
        Self::UnderWay,
    ];

    /// The word on the command line and in the Web API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoAddress => "no_address",
            Self::Refused => "refused",
            Self::Bounced => "bounced",
            Self::Suppressed => "suppressed",
            Self::Parked => "parked",
            Self::UnderWay => "under_way",
        }
    }

    /// The word that staff read (zh-TW).
    #[must_use]
    pub const fn zh(self) -> &'static str {
        match self {
            Self::NoAddress => "無地址",
            Self::Refused => "郵件主機拒收",
            Self::Bounced => "退信",
            Self::Suppressed => "地址已停用",
            Self::Parked => "待人處理",
            Self::UnderWay => "寄送中",
        }
    }

    /// The words that staff read (English).
    #[must_use]
    pub const fn en(self) -> &'static str {
        match self {
            Self::NoAddress => "no address",
            Self::Refused => "refused by the relay",
            Self::Bounced => "came back",
            Self::Suppressed => "address suppressed",
            Self::Parked => "waits for a person",
            Self::UnderWay => "under way for long",
        }
    }
}

/// A certificate in force that its graduate has not got.
#[derive(Debug, Clone)]
pub struct Undelivered {
    /// The certificate.
    pub certificate: Certificate,
    /// Why.
    pub why: Why,
    /// More to the why: a bounce's status, the code of a refusal or of what it is parked for.
    pub code: Option<String>,
    /// A person is to look at the bounce.
    pub review: bool,
    /// Since when: the bounce, the refusal, or when its mail was due.
    pub since: Timestamp,
    /// The last sending, where there was one.
    pub sending: Option<SendingId>,
}

/// Which of them a list shows; what is `None` does not narrow it.
#[derive(Debug, Clone, Default)]
pub struct UndeliveredFilter {
    /// Why.
    pub why: Option<Why>,
    /// Only those accepted before this one: a list goes on where its last page ended.
    pub before: Option<CertificateId>,
    /// At most so many, newest first; 0 is all.
    pub limit: u32,
}
