//! Which signature algorithms are spoken, and what they are called in ASN.1.

mod pss;

use aws_lc_rs::digest;
use aws_lc_rs::signature::{self, RsaParameters, VerificationAlgorithm};
use der::asn1::ObjectIdentifier;
use der::oid::db::{rfc5912, rfc8410};
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};

use crate::{KeyKind, RsaPadding};

/// How a key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SignatureAlgorithm {
    /// RSA, PKCS#1 v1.5, with SHA-256 (RFC 8017, section 8.2).
    RsaPkcs1Sha256,
    /// RSA, PSS, with SHA-256, MGF1 with SHA-256 and a salt of 32 bytes (RFC 8017, section 8.1).
    RsaPssSha256,
    /// ECDSA on P-256 with SHA-256 (FIPS 186-5).
    EcdsaP256Sha256,
    /// ECDSA on P-384 with SHA-384 (FIPS 186-5).
    EcdsaP384Sha384,
}

impl SignatureAlgorithm {
    /// How an RSA key signs with this padding.
    pub(crate) const fn of_rsa(padding: RsaPadding) -> Self {
        match padding {
            RsaPadding::Pkcs1 => Self::RsaPkcs1Sha256,
            RsaPadding::Pss => Self::RsaPssSha256,
        }
    }

    /// The digest that goes with it, for the document and the signed attributes alike.
    pub(crate) const fn digest(self) -> Digest {
        match self {
            Self::RsaPkcs1Sha256 | Self::RsaPssSha256 | Self::EcdsaP256Sha256 => Digest::Sha256,
            Self::EcdsaP384Sha384 => Digest::Sha384,
        }
    }

    /// `AlgorithmIdentifier` of a signature: RSA with NULL (RFC 4055, section 5), PSS with its
    /// parameters in full (RFC 4056, section 2.2), ECDSA without parameters (RFC 5758, section
    /// 3.2).
    pub(crate) fn identifier(self) -> der::Result<AlgorithmIdentifierOwned> {
        Ok(match self {
            Self::RsaPkcs1Sha256 => AlgorithmIdentifierOwned {
                oid: rfc5912::SHA_256_WITH_RSA_ENCRYPTION,
                parameters: Some(der::Any::null()),
            },
            Self::RsaPssSha256 => pss::identifier(Digest::Sha256)?,
            Self::EcdsaP256Sha256 => without_parameters(rfc5912::ECDSA_WITH_SHA_256),
            Self::EcdsaP384Sha384 => without_parameters(rfc5912::ECDSA_WITH_SHA_384),
        })
    }
}

/// A digest of the SHA-2 family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Digest {
    Sha256,
    Sha384,
    Sha512,
}

impl Digest {
    const fn oid(self) -> ObjectIdentifier {
        match self {
            Self::Sha256 => rfc5912::ID_SHA_256,
            Self::Sha384 => rfc5912::ID_SHA_384,
            Self::Sha512 => rfc5912::ID_SHA_512,
        }
    }

    /// The digest that an OID names, if it is one of ours.
    pub(crate) fn from_oid(oid: ObjectIdentifier) -> Option<Self> {
        [Self::Sha256, Self::Sha384, Self::Sha512].into_iter().find(|digest| digest.oid() == oid)
    }

    /// `AlgorithmIdentifier` without parameters (RFC 5754, section 2).
    pub(crate) fn identifier(self) -> AlgorithmIdentifierOwned {
        without_parameters(self.oid())
    }

    /// Its length in bytes.
    const fn length(self) -> u16 {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    fn algorithm(self) -> &'static digest::Algorithm {
        match self {
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
        }
    }

    /// Digest of the parts, one after the other, without joining them in memory.
    pub(crate) fn of(self, parts: &[&[u8]]) -> Vec<u8> {
        let mut context = digest::Context::new(self.algorithm());
        for part in parts {
            context.update(part);
        }
        context.finish().as_ref().to_vec()
    }
}

/// What standards of old name certificates and signatures by; nothing here rests on it.
pub(crate) fn sha1(bytes: &[u8]) -> Vec<u8> {
    digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, bytes).as_ref().to_vec()
}

const fn without_parameters(oid: ObjectIdentifier) -> AlgorithmIdentifierOwned {
    AlgorithmIdentifierOwned { oid, parameters: None }
}

/// Whether `signature` over `message` was made by the key in `key`. `rsaEncryption` names no
/// digest, so that CMS gives it beside (RFC 5754, section 3.2).
pub(crate) fn verifies(
    algorithm: &AlgorithmIdentifierOwned,
    digest: Option<Digest>,
    key: &SubjectPublicKeyInfoOwned,
    message: &[u8],
    signature: &[u8],
) -> bool {
    let Some(bytes) = key.subject_public_key.as_bytes() else { return false };
    verification(algorithm, digest, key, bytes).is_some_and(|verification| {
        signature::UnparsedPublicKey::new(verification, bytes).verify(message, signature).is_ok()
    })
}

fn verification(
    algorithm: &AlgorithmIdentifierOwned,
    beside: Option<Digest>,
    key: &SubjectPublicKeyInfoOwned,
    bytes: &[u8],
) -> Option<&'static dyn VerificationAlgorithm> {
    let (digest, verification) = match algorithm.oid {
        rfc5912::RSA_ENCRYPTION => rsa(key, beside?)?,
        rfc5912::SHA_256_WITH_RSA_ENCRYPTION => rsa(key, Digest::Sha256)?,
        rfc5912::SHA_384_WITH_RSA_ENCRYPTION => rsa(key, Digest::Sha384)?,
        rfc5912::SHA_512_WITH_RSA_ENCRYPTION => rsa(key, Digest::Sha512)?,
        rfc5912::ID_RSASSA_PSS if is_rsa(key) => {
            pss::verification(algorithm.parameters.as_ref(), bytes)?
        }
        rfc5912::ECDSA_WITH_SHA_256 => ecdsa(key, Digest::Sha256)?,
        rfc5912::ECDSA_WITH_SHA_384 => ecdsa(key, Digest::Sha384)?,
        rfc5912::ECDSA_WITH_SHA_512 => ecdsa(key, Digest::Sha512)?,
        // RFC 8419, section 2.3: in CMS with SHA-512, and no other digest.
        rfc8410::ID_ED_25519 if key.algorithm.oid == rfc8410::ID_ED_25519 => ed25519(),
        _ => return None,
    };
    beside.is_none_or(|beside| beside == digest).then_some(verification)
}

type Verification = (Digest, &'static dyn VerificationAlgorithm);

fn is_rsa(key: &SubjectPublicKeyInfoOwned) -> bool {
    key.algorithm.oid == rfc5912::RSA_ENCRYPTION
}

fn rsa(key: &SubjectPublicKeyInfoOwned, digest: Digest) -> Option<Verification> {
    let verification: &'static dyn VerificationAlgorithm = match digest {
        Digest::Sha256 => &signature::RSA_PKCS1_2048_8192_SHA256,
        Digest::Sha384 => &signature::RSA_PKCS1_2048_8192_SHA384,
        Digest::Sha512 => &signature::RSA_PKCS1_2048_8192_SHA512,
    };
    is_rsa(key).then_some((digest, verification))
}

fn ecdsa(key: &SubjectPublicKeyInfoOwned, digest: Digest) -> Option<Verification> {
    let verification: &'static dyn VerificationAlgorithm = match (curve(key)?, digest) {
        (Curve::P256, Digest::Sha256) => &signature::ECDSA_P256_SHA256_ASN1,
        (Curve::P256, Digest::Sha384) => &signature::ECDSA_P256_SHA384_ASN1,
        (Curve::P256, Digest::Sha512) => &signature::ECDSA_P256_SHA512_ASN1,
        (Curve::P384, Digest::Sha256) => &signature::ECDSA_P384_SHA256_ASN1,
        (Curve::P384, Digest::Sha384) => &signature::ECDSA_P384_SHA384_ASN1,
        (Curve::P384, Digest::Sha512) => &signature::ECDSA_P384_SHA512_ASN1,
        (Curve::P521, Digest::Sha256) => &signature::ECDSA_P521_SHA256_ASN1,
        (Curve::P521, Digest::Sha384) => &signature::ECDSA_P521_SHA384_ASN1,
        (Curve::P521, Digest::Sha512) => &signature::ECDSA_P521_SHA512_ASN1,
    };
    Some((digest, verification))
}

fn ed25519() -> Verification {
    (Digest::Sha512, &signature::ED25519)
}

/// The kind of a public key, if it is one of ours.
pub(crate) fn kind_of(key: &SubjectPublicKeyInfoOwned) -> Option<KeyKind> {
    match curve(key) {
        Some(Curve::P256) => return Some(KeyKind::P256),
        Some(Curve::P384) => return Some(KeyKind::P384),
        // Verified, and not signed with.
        Some(Curve::P521) => return None,
        None => {}
    }
    let bits = RsaParameters::public_modulus_len(key.subject_public_key.as_bytes()?).ok();
    match bits.filter(|_| is_rsa(key))? {
        2048 => Some(KeyKind::Rsa2048),
        3072 => Some(KeyKind::Rsa3072),
        4096 => Some(KeyKind::Rsa4096),
        _ => None,
    }
}

enum Curve {
    P256,
    P384,
    P521,
}

fn curve(key: &SubjectPublicKeyInfoOwned) -> Option<Curve> {
    if key.algorithm.oid != rfc5912::ID_EC_PUBLIC_KEY {
        return None;
    }
    let named: ObjectIdentifier = key.algorithm.parameters.as_ref()?.decode_as().ok()?;
    match named {
        rfc5912::SECP_256_R_1 => Some(Curve::P256),
        rfc5912::SECP_384_R_1 => Some(Curve::P384),
        rfc5912::SECP_521_R_1 => Some(Curve::P521),
        _ => None,
    }
}
