//! A key pair that nobody vouches for yet.

use std::str::FromStr;

use super::KeyError;
use crate::SignatureAlgorithm;

/// What kind of key is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KeyKind {
    /// ECDSA on P-256: small and quick.
    #[default]
    P256,
    /// ECDSA on P-384.
    P384,
    /// RSA with a modulus of 2048 bits.
    Rsa2048,
    /// RSA with a modulus of 3072 bits.
    Rsa3072,
    /// RSA with a modulus of 4096 bits.
    Rsa4096,
}

impl KeyKind {
    /// Every kind.
    pub const ALL: [Self; 5] =
        [Self::P256, Self::P384, Self::Rsa2048, Self::Rsa3072, Self::Rsa4096];

    /// Its name in commands.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::P256 => "p-256",
            Self::P384 => "p-384",
            Self::Rsa2048 => "rsa-2048",
            Self::Rsa3072 => "rsa-3072",
            Self::Rsa4096 => "rsa-4096",
        }
    }
}

impl std::fmt::Display for KeyKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for KeyKind {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let found = Self::ALL.into_iter().find(|kind| kind.as_str() == text);
        found.ok_or(KeyError::KindUnsupported)
    }
}

/// A key pair, in memory or on a token, that can ask for a certificate or vouch for itself.
pub trait KeyPair {
    /// How it signs.
    fn algorithm(&self) -> SignatureAlgorithm;

    /// `SubjectPublicKeyInfo` in DER (RFC 5280, section 4.1.2.7).
    fn public_key(&self) -> &[u8];

    /// The signature over `message`; ECDSA in DER.
    ///
    /// # Errors
    /// [`KeyError`] when the key gives none.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError>;
}
