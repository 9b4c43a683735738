//! Why an answer about a certificate is not believed.

/// An OCSP response or a CRL that is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// It is no OCSP response and no CRL, is too large, or something follows it.
    #[error("it is not a proper OCSP response or CRL")]
    Unreadable,
    /// The responder asks to come back later (RFC 6960, section 2.3).
    #[error("the OCSP responder asks to try again later")]
    TryLater,
    /// The responder does not answer this request (RFC 6960, section 2.3).
    #[error("the OCSP responder refused to answer")]
    Refused,
    /// It speaks of another certificate.
    #[error("it is the OCSP response of another certificate")]
    OtherCertificate,
    /// The responder does not know the certificate.
    #[error("the OCSP responder does not know the certificate")]
    Unknown,
    /// It is the CRL of another issuer.
    #[error("it is the CRL of another issuer")]
    OtherIssuer,
    /// It is not signed by who must sign it.
    #[error("it was not signed by the certificate's issuer or a responder that he appointed")]
    WrongSigner,
    /// Whoever signed it is not meant to.
    #[error("whoever signed it is not meant for OCSP responses or CRLs")]
    SignerUnmeant,
    /// The responder's certificate was not valid when it answered.
    #[error("the OCSP responder's certificate had ended or not begun when it answered")]
    SignerEnded,
    /// It has a critical extension that is not understood.
    #[error("it has a critical extension that is not understood")]
    CriticalExtension,
    /// The CRL lists other certificates, or not all reasons (RFC 5280, section 5.2.5).
    #[error("the CRL does not cover the certificate")]
    NotCovering,
    /// It is from the future.
    #[error("its date lies in the future")]
    Future,
    /// A newer one was due.
    #[error("it has ended; a newer one is due")]
    Ended,
}

impl AnswerError {
    /// The same in zh-TW.
    #[must_use]
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Unreadable => "不是正確的 OCSP 回應或 CRL",
            Self::TryLater => "OCSP 伺服器要求稍後再試",
            Self::Refused => "OCSP 伺服器拒絕回應",
            Self::OtherCertificate => "是另一張憑證的 OCSP 回應",
            Self::Unknown => "OCSP 伺服器不認識此憑證",
            Self::OtherIssuer => "是另一個發行者的 CRL",
            Self::WrongSigner => "不是由憑證的發行者或其指定的 OCSP 伺服器簽署",
            Self::SignerUnmeant => "簽署者的憑證用途不含 OCSP 回應或 CRL",
            Self::SignerEnded => "OCSP 伺服器回應時，其憑證無效（未生效或已過期）",
            Self::CriticalExtension => "含有無法處理的必要擴充欄位",
            Self::NotCovering => "CRL 不涵蓋此憑證",
            Self::Future => "日期在未來",
            Self::Ended => "已過有效期限，應有更新的版本",
        }
    }
}
