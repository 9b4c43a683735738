//! What can be wrong with a key.

use std::borrow::Cow;

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
    /// No certificate is for the key.
    #[error("no certificate that is there belongs to the private key")]
    KeyAndCertificateDiffer,
    /// A certificate beside the key can't be read.
    #[error("a certificate of the key is damaged")]
    BadCertificate,
    /// The key refused to sign.
    #[error("the key gave no signature")]
    SigningFailed,
    /// No key could be drawn.
    #[error("the key could not be made")]
    NotMade,
    /// The key's file could not be made.
    #[error("the key's PKCS#12 file could not be made")]
    NotWritten,
    /// The PKCS#11 module can't be loaded or does not start; with what it said.
    #[error(
        "the PKCS#11 module can't be used ({0}); check its path, and that the vendor's software is installed"
    )]
    ModuleUnusable(String),
    /// No token of that name is in any slot.
    #[error("the token is not there; check that the card or HSM is connected, and its name")]
    TokenNotFound,
    /// Several tokens answer to the name.
    #[error("several tokens have this name; name the token by its serial number")]
    SeveralTokens,
    /// The token went away, or lost its state, while it was used; with what it said.
    #[error("the token does not answer ({0}); check that the card or HSM is connected")]
    TokenGone(String),
    /// The token is in use by too many sessions.
    #[error("the token has no session free; lower the number of sessions, or close other programs")]
    TokenBusy,
    /// The token refused something; with what it said.
    #[error("the token refused ({0})")]
    TokenRefused(String),
    /// The PIN is wrong. It is not tried again: a card locks after a few.
    #[error(
        "the PIN is wrong; it will not be tried again, because a token locks after a few tries"
    )]
    PinWrong,
    /// The token takes no PIN any more.
    #[error("the token's PIN is locked; unlock it with the vendor's software")]
    PinLocked,
    /// One more wrong PIN would lock the token.
    #[error(
        "the token would lock after one more wrong PIN, so none was tried; log in once with the vendor's software"
    )]
    PinLastTry,
    /// The PIN must be changed before the token is of use.
    #[error("the token's PIN has ended or was never set; set it with the vendor's software")]
    PinUnset,
    /// The token has no private key of that name.
    #[error("the token holds no private key of this label and id")]
    KeyNotFound,
    /// Several private keys on the token answer to the name.
    #[error("the token holds several private keys of this name; name the key by its id")]
    SeveralTokenKeys,
    /// A private key of that name is there already.
    #[error("the token holds a private key of this label or id already; choose another")]
    TokenKeyExists,
    /// The token has no certificate for the key.
    #[error("the token holds no certificate for the key; import it, or name its file")]
    NoTokenCertificate,
}

impl KeyError {
    /// Whether waiting may help, or plugging something in, with nothing configured anew.
    #[must_use]
    pub const fn may_pass(&self) -> bool {
        match self {
            Self::TokenNotFound | Self::TokenGone(_) | Self::TokenBusy => true,
            Self::NotPkcs12
            | Self::ProtectionUnsupported
            | Self::WrongPassword
            | Self::NoKey
            | Self::SeveralKeys
            | Self::NoCertificate
            | Self::KindUnsupported
            | Self::KeyAndCertificateDiffer
            | Self::BadCertificate
            | Self::SigningFailed
            | Self::NotMade
            | Self::NotWritten
            | Self::ModuleUnusable(_)
            | Self::SeveralTokens
            | Self::TokenRefused(_)
            | Self::PinWrong
            | Self::PinLocked
            | Self::PinLastTry
            | Self::PinUnset
            | Self::KeyNotFound
            | Self::SeveralTokenKeys
            | Self::TokenKeyExists
            | Self::NoTokenCertificate => false,
        }
    }

    /// The same in zh-TW.
    #[must_use]
    pub fn zh(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::NotPkcs12 => "金鑰檔不是 PKCS#12 檔（.p12 或 .pfx）",
            Self::ProtectionUnsupported => {
                "金鑰檔的加密方式不支援，請改以 AES-256 與 SHA-256 重新匯出"
            }
            Self::WrongPassword => "金鑰檔的密碼不正確",
            Self::NoKey => "金鑰檔內沒有私密金鑰，請連同私密金鑰重新匯出",
            Self::SeveralKeys => "金鑰檔內有多把私密金鑰，請只匯出簽章用的那一把",
            Self::NoCertificate => "金鑰檔內沒有憑證，請連同憑證重新匯出",
            Self::KindUnsupported => "金鑰種類不支援，請使用 RSA 2048、3072、4096 或 P-256、P-384",
            Self::KeyAndCertificateDiffer => "沒有與私密金鑰相符的憑證",
            Self::BadCertificate => "金鑰的憑證已損壞",
            Self::SigningFailed => "金鑰無法產生簽章",
            Self::NotMade => "無法產生金鑰",
            Self::NotWritten => "無法產生金鑰的 PKCS#12 檔",
            Self::ModuleUnusable(said) => {
                return format!(
                    "PKCS#11 模組無法使用（{said}），請檢查路徑，並確認已安裝廠商的軟體"
                )
                .into();
            }
            Self::TokenNotFound => "找不到指定的卡片或 HSM，請確認已連接，並檢查名稱",
            Self::SeveralTokens => "有多張同名的卡片或 HSM，請改以序號指定",
            Self::TokenGone(said) => {
                return format!("卡片或 HSM 沒有回應（{said}），請確認已連接").into();
            }
            Self::TokenBusy => "卡片或 HSM 沒有可用的工作階段，請減少工作階段數，或關閉其他程式",
            Self::TokenRefused(said) => return format!("卡片或 HSM 拒絕執行（{said}）").into(),
            Self::PinWrong => "PIN 碼不正確；為免卡片鎖住，不會再試同一個 PIN 碼",
            Self::PinLocked => "卡片或 HSM 的 PIN 碼已鎖住，請以廠商的軟體解鎖",
            Self::PinLastTry => {
                "再輸入一次錯誤的 PIN 碼，卡片就會鎖住，因此沒有嘗試；請先以廠商的軟體登入一次"
            }
            Self::PinUnset => "卡片或 HSM 的 PIN 碼已過期或尚未設定，請以廠商的軟體設定",
            Self::KeyNotFound => "卡片或 HSM 內沒有這個標籤與 ID 的私密金鑰",
            Self::SeveralTokenKeys => "卡片或 HSM 內有多把同名的私密金鑰，請以 ID 指定",
            Self::TokenKeyExists => "卡片或 HSM 內已有這個標籤或 ID 的私密金鑰，請另選一個",
            Self::NoTokenCertificate => "卡片或 HSM 內沒有這把金鑰的憑證，請匯入憑證，或指定憑證檔",
        })
    }
}
