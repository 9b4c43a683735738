//! Where a key lies on a token, and what opens it.

use cryptoki::types::AuthPin;
use std::path::PathBuf;
use zeroize::Zeroizing;

/// Where a key lies: which module speaks with which token, and which of its keys it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenPlace {
    /// The vendor's PKCS#11 library (`….so`).
    pub module: PathBuf,
    /// The card or the HSM's partition.
    pub token: TokenName,
    /// The key on it.
    pub key: KeyName,
}

/// Which token it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenName {
    /// By its label (CKA_LABEL of the token), without the blanks that pad it.
    Label(String),
    /// By its serial number.
    Serial(String),
    /// By the slot's number, which may change when a reader is plugged in elsewhere.
    Slot(u64),
}

/// Which private key on the token it is; what is not given may be anything, as long as only one
/// key is left.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyName {
    /// Its label (CKA_LABEL).
    pub label: Option<String>,
    /// Its id (CKA_ID).
    pub id: Option<Vec<u8>>,
}

/// A token's PIN; wiped when dropped, and never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Pin(Zeroizing<String>);

impl Pin {
    /// The PIN as a person types it.
    #[must_use]
    pub fn new(pin: String) -> Self {
        Self(Zeroizing::new(pin))
    }

    /// In the form that the module takes, wiped too.
    pub(super) fn to_auth(&self) -> AuthPin {
        AuthPin::new(self.0.as_str().into())
    }
}

impl std::fmt::Debug for Pin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pin")
    }
}
