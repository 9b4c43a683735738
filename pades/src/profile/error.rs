//! Why a document could not be certified at its profile.

use jiff::Timestamp;

use crate::certify::Misplaced;
use crate::signed_data::EncodeError;
use crate::{RevocationError, SignError, TimestampError};

/// A document that can't be certified at the profile that is asked for. It is never certified at
/// a lower one instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    /// The signature can't be made.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// There is no timestamp.
    #[error(transparent)]
    Timestamp(#[from] TimestampError),
    /// There are no revocation data.
    #[error(transparent)]
    Revocation(#[from] RevocationError),
    /// The timestamp is larger than the room for it.
    #[error(
        "the timestamp is larger than the room that a signature has for it; use another timestamp authority"
    )]
    NoRoom,
    /// Each timestamp came from another authority, so that none had its revocation data in the
    /// document before it.
    #[error(
        "the timestamp authority signs with another certificate each time; use another timestamp authority"
    )]
    RestlessAuthority,
    /// The document's timestamp states an earlier time than the signature's, which is before it.
    #[error(
        "the timestamp of the signature says {signature}, the later one of the document says {document}: a timestamp authority's clock is wrong"
    )]
    TimeRunsBack {
        /// The time of the signature's timestamp.
        signature: Timestamp,
        /// The time of the document's timestamp.
        document: Timestamp,
    },
}

impl ProfileError {
    /// The same in zh-TW.
    #[must_use]
    pub fn zh(&self) -> String {
        match self {
            Self::Sign(error) => error.zh(),
            Self::Timestamp(error) => error.zh(),
            Self::Revocation(error) => error.zh(),
            Self::NoRoom => "時戳超過簽章預留的空間，請改用其他時戳服務".into(),
            Self::TimeRunsBack { signature, document } => format!(
                "簽章的時戳為 {signature}，其後文件的時戳卻為 {document}：時戳服務的時鐘有誤"
            ),
            Self::RestlessAuthority => "時戳服務每次使用不同的憑證簽發，請改用其他時戳服務".into(),
        }
    }

    /// Whether waiting helps: an authority, a server or the key's token is away, and nothing is wrong
    /// here.
    #[must_use]
    pub const fn may_pass(&self) -> bool {
        match self {
            Self::Sign(error) => error.may_pass(),
            Self::Timestamp(error) => error.may_pass(),
            Self::Revocation(error) => error.may_pass(),
            Self::TimeRunsBack { .. } => true,
            Self::NoRoom | Self::RestlessAuthority => false,
        }
    }
}

impl From<EncodeError> for ProfileError {
    fn from(error: EncodeError) -> Self {
        Self::Sign(error.into())
    }
}

impl From<Misplaced> for ProfileError {
    fn from(error: Misplaced) -> Self {
        Self::Sign(error.into())
    }
}
