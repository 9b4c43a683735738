//! Why there are no revocation data.

use jiff::Timestamp;

use super::AnswerError;

/// Something that could not be fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// The server can't be reached.
    #[error("the server can't be reached")]
    Unreachable,
    /// The server gave no answer in time.
    #[error("the server gave no answer in time")]
    TimedOut,
    /// The server answered with another HTTP status than 200.
    #[error("the server answered with status {0}")]
    Status(u16),
    /// The answer is larger than such answers are.
    #[error("the server's answer is too large")]
    TooLarge,
}

impl FetchError {
    /// The same in zh-TW.
    #[must_use]
    pub fn zh(self) -> String {
        match self {
            Self::Unreachable => "無法連線到伺服器".to_owned(),
            Self::TimedOut => "伺服器逾時未回應".to_owned(),
            Self::Status(status) => format!("伺服器回應狀態 {status}"),
            Self::TooLarge => "伺服器的回應過大".to_owned(),
        }
    }
}

/// Revocation data that can't be had, and of which certificate (by its subject).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RevocationError {
    /// A certificate was revoked.
    #[error("the certificate “{subject}” was revoked on {at}, and must not be used any more")]
    Revoked {
        /// Whose certificate it is.
        subject: String,
        /// Since when it is revoked.
        at: Timestamp,
    },
    /// A certificate names nobody who could be asked.
    #[error(
        "the certificate “{subject}” names neither an OCSP responder nor a CRL (http), so that it can't be told whether it was revoked"
    )]
    NoSource {
        /// Whose certificate it is.
        subject: String,
    },
    /// The certificate of an issuer is missing.
    #[error(
        "the issuer's certificate of “{subject}” is missing; add it to the key file or to the trusted roots"
    )]
    NoIssuer {
        /// Whose certificate it is.
        subject: String,
    },
    /// Nothing could be fetched.
    #[error("it can't be told whether the certificate “{subject}” was revoked: {because}")]
    Fetch {
        /// Whose certificate it is.
        subject: String,
        /// Why.
        because: FetchError,
    },
    /// What was fetched is not believed.
    #[error("it can't be told whether the certificate “{subject}” was revoked: {because}")]
    Answer {
        /// Whose certificate it is.
        subject: String,
        /// Why.
        because: AnswerError,
    },
}

impl RevocationError {
    /// The same in zh-TW.
    #[must_use]
    pub fn zh(&self) -> String {
        match self {
            Self::Revoked { subject, at } => {
                format!("憑證「{subject}」已於 {at} 廢止，不得再使用")
            }
            Self::NoSource { subject } => {
                format!("憑證「{subject}」未載明 OCSP 或 CRL 的網址（http），無法得知是否已廢止")
            }
            Self::NoIssuer { subject } => {
                format!("缺少憑證「{subject}」的發行者憑證，請加入金鑰檔或信任的根憑證")
            }
            Self::Fetch { subject, because } => {
                format!("無法得知憑證「{subject}」是否已廢止：{}", because.zh())
            }
            Self::Answer { subject, because } => {
                format!("無法得知憑證「{subject}」是否已廢止：{}", because.zh())
            }
        }
    }

    /// Whether waiting helps: a server is down, or answers what it should not. A revoked
    /// certificate stays revoked, and one that names nobody needs a person.
    #[must_use]
    pub const fn may_pass(&self) -> bool {
        match self {
            Self::Fetch { .. } | Self::Answer { .. } => true,
            Self::Revoked { .. } | Self::NoSource { .. } | Self::NoIssuer { .. } => false,
        }
    }
}
