//! What can go wrong with a timestamp.

use jiff::Timestamp;

/// A timestamp that can't be had, or must not be believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimestampError {
    /// No authority can be reached; the text says why, for the log.
    #[error("no timestamp authority can be reached: {0}")]
    Unavailable(String),
    /// Every authority was asked as often as it allows.
    #[error("every timestamp authority was asked as often as it allows; it goes on by itself")]
    LimitReached,
    /// The answer is larger than any timestamp is.
    #[error("the timestamp authority's answer is too large")]
    TooLarge,
    /// The answer is none of the timestamp protocol's.
    #[error("the timestamp authority's answer is no answer of the timestamp protocol (RFC 3161)")]
    NotAnAnswer,
    /// The authority says no.
    #[error("the timestamp authority gave no timestamp: {reason}{}", quoted(.words.as_deref()))]
    Refused {
        /// Why, as the protocol knows it.
        reason: Refusal,
        /// What the authority says itself.
        words: Option<String>,
    },
    /// The token's structure is none that can be read, or the certificate is not in it.
    #[error("the timestamp has a structure that can't be read")]
    NotAToken,
    /// The token is of something else.
    #[error("the timestamp is of another document")]
    OtherImprint,
    /// The token answers another question.
    #[error("the timestamp answers another request (its nonce differs)")]
    OtherNonce,
    /// The token's signature does not hold.
    #[error("the timestamp's signature does not hold")]
    BadSignature,
    /// The token names another certificate as its own.
    #[error("the timestamp names another certificate than the one that signed it")]
    OtherCertificate,
    /// The certificate is not one for timestamps alone.
    #[error("the timestamp was signed with a certificate that is not meant for timestamps alone")]
    NotForTimestamps,
    /// The certificate was not valid at the token's time.
    #[error("the timestamp authority's certificate has ended, or has not begun")]
    CertificateEnded,
    /// The certificate leads to no root that is trusted.
    #[error(
        "the timestamp authority's certificate does not lead to a root that is trusted with timestamps"
    )]
    NotTrusted,
    /// The two clocks are more than two minutes apart.
    #[error(
        "the timestamp authority's clock says {stamped}, this computer's says {here}: set the clock"
    )]
    ClocksDiffer {
        /// The token's time.
        stamped: Timestamp,
        /// The time here.
        here: Timestamp,
    },
}

/// Why an authority gave no timestamp (RFC 3161, section 2.4.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It wants more time.
    #[error("it asks to wait")]
    Waiting,
    /// It does not take SHA-256.
    #[error("it does not accept SHA-256")]
    BadAlgorithm,
    /// It does not take the request.
    #[error("it does not accept the request")]
    BadRequest,
    /// Its clock is not right.
    #[error("its time source is not available")]
    TimeNotAvailable,
    /// It wants to be asked for a policy.
    #[error("it does not accept requests without a policy")]
    PolicyNotAccepted,
    /// Something failed there.
    #[error("something failed there")]
    SystemFailure,
    /// It gives no reason that the protocol knows.
    #[error("it gave no reason")]
    Unexplained,
}

fn quoted(words: Option<&str>) -> String {
    words.map_or_else(String::new, |words| format!(" (“{words}”)"))
}

impl TimestampError {
    /// The same in zh-TW.
    #[must_use]
    pub fn zh(&self) -> String {
        match self {
            Self::Unavailable(why) => format!("無法連線到時戳服務：{why}"),
            Self::LimitReached => "所有時戳服務的使用次數已達上限，稍後會自動繼續".into(),
            Self::TooLarge => "時戳服務的回應過大".into(),
            Self::NotAnAnswer => "時戳服務的回應不符合時戳協定（RFC 3161）".into(),
            Self::Refused { reason, words } => {
                let words =
                    words.as_deref().map_or_else(String::new, |words| format!("「{words}」"));
                format!("時戳服務沒有核發時戳：{}{words}", reason.zh())
            }
            Self::NotAToken => "時戳的結構無法讀取".into(),
            Self::OtherImprint => "時戳屬於另一份文件".into(),
            Self::OtherNonce => "時戳回應的是另一個請求（nonce 不同）".into(),
            Self::BadSignature => "時戳的簽章不正確".into(),
            Self::OtherCertificate => "時戳指定的憑證不是簽發它的憑證".into(),
            Self::NotForTimestamps => "簽發時戳的憑證不是時戳專用憑證".into(),
            Self::CertificateEnded => "時戳服務的憑證已過期或尚未生效".into(),
            Self::NotTrusted => "時戳服務的憑證無法連到信任的時戳根憑證".into(),
            Self::ClocksDiffer { stamped, here } => {
                format!("時戳服務的時間為 {stamped}，本機時間為 {here}，請校正時鐘")
            }
        }
    }

    /// Whether it may be well again by itself: the authority, or the way to it, is out of order.
    #[must_use]
    pub const fn may_pass(&self) -> bool {
        match self {
            Self::Unavailable(_)
            | Self::LimitReached
            | Self::TooLarge
            | Self::NotAnAnswer
            | Self::NotAToken
            | Self::OtherImprint
            | Self::OtherNonce
            | Self::BadSignature
            | Self::ClocksDiffer { .. } => true,
            Self::Refused { reason, .. } => reason.may_pass(),
            Self::OtherCertificate
            | Self::NotForTimestamps
            | Self::CertificateEnded
            | Self::NotTrusted => false,
        }
    }
}

impl Refusal {
    const fn zh(self) -> &'static str {
        match self {
            Self::Waiting => "要求等候",
            Self::BadAlgorithm => "不接受 SHA-256",
            Self::BadRequest => "不接受此請求",
            Self::TimeNotAvailable => "時間來源無法使用",
            Self::PolicyNotAccepted => "不接受未指定政策的請求",
            Self::SystemFailure => "服務故障",
            Self::Unexplained => "未說明原因",
        }
    }

    const fn may_pass(self) -> bool {
        match self {
            Self::Waiting | Self::TimeNotAvailable | Self::SystemFailure | Self::Unexplained => {
                true
            }
            Self::BadAlgorithm | Self::BadRequest | Self::PolicyNotAccepted => false,
        }
    }
}
