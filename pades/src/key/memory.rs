//! A key pair that lies in memory, and its arithmetic.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, KeyPair,
    RSA_PKCS1_SHA256, RSA_PSS_SHA256,
};
use der::oid::db::rfc5912;
use p12_keystore::PrivateKey;

use super::{KeyError, KeyKind};
use crate::SignatureAlgorithm;

/// How an RSA key pads what it signs. Others use no padding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RsaPadding {
    /// PKCS#1 v1.5 (RFC 8017, section 8.2): what every reader of PDF knows.
    #[default]
    Pkcs1,
    /// PSS with SHA-256, MGF1 with SHA-256 and a salt of 32 bytes (RFC 8017, section 8.1).
    Pss,
}

/// A key pair of one of the kinds that sign here.
pub(crate) enum MemoryKey {
    Rsa(RsaKeyPair),
    P256(EcdsaKeyPair),
    P384(EcdsaKeyPair),
}

impl MemoryKey {
    /// Draw a key.
    pub(super) fn draw(kind: KeyKind) -> Result<Self, KeyError> {
        let rsa = |size| RsaKeyPair::generate(size).map(Self::Rsa);
        match kind {
            KeyKind::P256 => {
                EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).map(Self::P256)
            }
            KeyKind::P384 => {
                EcdsaKeyPair::generate(&ECDSA_P384_SHA384_ASN1_SIGNING).map(Self::P384)
            }
            KeyKind::Rsa2048 => rsa(KeySize::Rsa2048),
            KeyKind::Rsa3072 => rsa(KeySize::Rsa3072),
            KeyKind::Rsa4096 => rsa(KeySize::Rsa4096),
        }
        .map_err(|_| KeyError::NotMade)
    }

    /// Read `PrivateKeyInfo` (RFC 5208).
    pub(crate) fn read(key: &PrivateKey) -> Result<Self, KeyError> {
        match key.oid() {
            rfc5912::RSA_ENCRYPTION => {
                let pair =
                    RsaKeyPair::from_pkcs8(key.as_der()).map_err(|_| KeyError::KindUnsupported)?;
                match pair.public_modulus_len() {
                    256 | 384 | 512 => Ok(Self::Rsa(pair)),
                    _ => Err(KeyError::KindUnsupported),
                }
            }
            rfc5912::ID_EC_PUBLIC_KEY => {
                let pair = |algorithm| EcdsaKeyPair::from_pkcs8(algorithm, key.as_der());
                pair(&ECDSA_P256_SHA256_ASN1_SIGNING)
                    .map(Self::P256)
                    .or_else(|_| pair(&ECDSA_P384_SHA384_ASN1_SIGNING).map(Self::P384))
                    .map_err(|_| KeyError::KindUnsupported)
            }
            _ => Err(KeyError::KindUnsupported),
        }
    }

    /// How it signs, an RSA key with `padding`.
    pub(crate) const fn algorithm(&self, padding: RsaPadding) -> SignatureAlgorithm {
        match self {
            Self::Rsa(_) => SignatureAlgorithm::of_rsa(padding),
            Self::P256(_) => SignatureAlgorithm::EcdsaP256Sha256,
            Self::P384(_) => SignatureAlgorithm::EcdsaP384Sha384,
        }
    }

    /// The public key's bits: `RSAPublicKey`, or a point on the curve.
    pub(crate) fn public(&self) -> &[u8] {
        match self {
            Self::Rsa(pair) => pair.public_key().as_ref(),
            Self::P256(pair) | Self::P384(pair) => pair.public_key().as_ref(),
        }
    }

    /// `SubjectPublicKeyInfo` in DER.
    pub(super) fn public_info(&self) -> Option<Vec<u8>> {
        let der: PublicKeyX509Der<'_> = match self {
            Self::Rsa(pair) => pair.public_key().as_der(),
            Self::P256(pair) | Self::P384(pair) => pair.public_key().as_der(),
        }
        .ok()?;
        Some(der.as_ref().to_vec())
    }

    /// `PrivateKeyInfo`, in a buffer that is wiped when dropped.
    pub(super) fn private(&self) -> Option<PrivateKey> {
        match self {
            Self::Rsa(pair) => {
                let der: Pkcs8V1Der<'_> = pair.as_der().ok()?;
                PrivateKey::from_der(der.as_ref()).ok()
            }
            Self::P256(pair) | Self::P384(pair) => {
                PrivateKey::from_der(pair.to_pkcs8v1().ok()?.as_ref()).ok()
            }
        }
    }

    /// The signature over `message`, an RSA key's with `padding`.
    pub(crate) fn sign(&self, padding: RsaPadding, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        // PKCS#1 v1.5 needs no randomness, and the library draws a nonce or a salt itself,
        // whatever source it is given.
        let random = SystemRandom::new();
        match self {
            Self::Rsa(pair) => {
                let encoding = match padding {
                    RsaPadding::Pkcs1 => &RSA_PKCS1_SHA256,
                    RsaPadding::Pss => &RSA_PSS_SHA256,
                };
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(encoding, &random, message, &mut signature)
                    .map_err(|_| KeyError::SigningFailed)?;
                Ok(signature)
            }
            Self::P256(pair) | Self::P384(pair) => {
                let signature = pair.sign(&random, message).map_err(|_| KeyError::SigningFailed)?;
                Ok(signature.as_ref().to_vec())
            }
        }
    }
}
