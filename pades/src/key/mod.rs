//! Keys: who signs.

mod pkcs12;

pub use pkcs12::Pkcs12Key;

use crate::{Certificate, SignatureAlgorithm};

/// A key that signs, wherever it lies, and the certificates that vouch for it. It never sees a
/// PDF.
pub trait Signer: Send + Sync {
    /// How it signs.
    fn algorithm(&self) -> SignatureAlgorithm;

    /// Its certificate, then the issuer's, and so on as far as it is known.
    fn chain(&self) -> &[Certificate];

    /// The signature over `message` (not over its digest); ECDSA in DER.
    ///
    /// # Errors
    /// [`KeyError::SigningFailed`] when the key gives none.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError>;
}

/// A key that can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The file is no PKCS#12 file.
    #[error("the key file is not a PKCS#12 file (.p12 or .pfx)")]
    NotPkcs12,
    /// The file is protected in a way that nobody here can read.
    #[error(
        "the key file is protected with a method that is not supported; export it again with AES-256 and SHA-256"
    )]
    ProtectionUnsupported,
    /// The password does not open the file.
    #[error("the password does not open the key file")]
    WrongPassword,
    /// There is no private key in the file.
    #[error("the key file holds no private key; export it again together with its key")]
    NoKey,
    /// The file has several keys, so that which one signs would be chance.
    #[error("the key file holds several private keys; export the signing key alone")]
    SeveralKeys,
    /// There is no certificate in the file.
    #[error("the key file holds no certificate; export it again together with its certificate")]
    NoCertificate,
    /// The key is of a kind that can't sign here.
    #[error(
        "the key is of a kind that is not supported; use RSA 2048, 3072 or 4096, P-256 or P-384"
    )]
    KindUnsupported,
    /// No certificate in the file is for the key.
    #[error("no certificate in the key file belongs to its private key")]
    KeyAndCertificateDiffer,
    /// A certificate in the file can't be read.
    #[error("a certificate in the key file is damaged")]
    BadCertificate,
    /// The key refused to sign.
    #[error("the key gave no signature")]
    SigningFailed,
}

impl KeyError {
    /// The same in zh-TW.
    #[must_use]
    pub const fn zh(&self) -> &'static str {
        match self {
            Self::NotPkcs12 => "金鑰檔不是 PKCS#12 檔（.p12 或 .pfx）",
            Self::ProtectionUnsupported => {
                "金鑰檔的加密方式不支援，請改以 AES-256 與 SHA-256 重新匯出"
            }
            Self::WrongPassword => "金鑰檔的密碼不正確",
            Self::NoKey => "金鑰檔內沒有私密金鑰，請連同私密金鑰重新匯出",
            Self::SeveralKeys => "金鑰檔內有多把私密金鑰，請只匯出簽章用的那一把",
            Self::NoCertificate => "金鑰檔內沒有憑證，請連同憑證重新匯出",
            Self::KindUnsupported => "金鑰種類不支援，請使用 RSA 2048、3072、4096 或 P-256、P-384",
            Self::KeyAndCertificateDiffer => "金鑰檔內沒有與私密金鑰相符的憑證",
            Self::BadCertificate => "金鑰檔內的憑證已損壞",
            Self::SigningFailed => "金鑰無法產生簽章",
        }
    }
}
