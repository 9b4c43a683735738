//! Which signature algorithms are spoken, and what they are called in ASN.1.

use aws_lc_rs::digest;
use aws_lc_rs::signature::{self, VerificationAlgorithm};
use der::asn1::ObjectIdentifier;
use der::oid::db::rfc5912;
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};

/// How a key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SignatureAlgorithm {
    /// RSA, PKCS#1 v1.5, with SHA-256 (RFC 8017, section 8.2).
    RsaPkcs1Sha256,
    /// ECDSA on P-256 with SHA-256 (FIPS 186-5).
    EcdsaP256Sha256,
    /// ECDSA on P-384 with SHA-384 (FIPS 186-5).
    EcdsaP384Sha384,
}

impl SignatureAlgorithm {
    /// The digest that goes with it, for the document and the signed attributes alike.
    pub(crate) const fn digest(self) -> Digest {
        match self {
            Self::RsaPkcs1Sha256 | Self::EcdsaP256Sha256 => Digest::Sha256,
            Self::EcdsaP384Sha384 => Digest::Sha384,
        }
    }

    /// `AlgorithmIdentifier` of a signature: RSA with NULL (RFC 4055, section 5), ECDSA without
    /// parameters (RFC 5758, section 3.2).
    pub(crate) fn identifier(self) -> AlgorithmIdentifierOwned {
        match self {
            Self::RsaPkcs1Sha256 => AlgorithmIdentifierOwned {
                oid: rfc5912::SHA_256_WITH_RSA_ENCRYPTION,
                parameters: Some(der::Any::null()),
            },
            Self::EcdsaP256Sha256 => without_parameters(rfc5912::ECDSA_WITH_SHA_256),
            Self::EcdsaP384Sha384 => without_parameters(rfc5912::ECDSA_WITH_SHA_384),
        }
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
    let Some(verification) = verification(algorithm.oid, digest, key) else { return false };
    key.subject_public_key.as_bytes().is_some_and(|bytes| {
        signature::UnparsedPublicKey::new(verification, bytes).verify(message, signature).is_ok()
    })
}

fn verification(
    algorithm: ObjectIdentifier,
    beside: Option<Digest>,
    key: &SubjectPublicKeyInfoOwned,
) -> Option<&'static dyn VerificationAlgorithm> {
    let (kind, digest) = match algorithm {
        rfc5912::RSA_ENCRYPTION => (KeyKind::Rsa, beside?),
        rfc5912::SHA_256_WITH_RSA_ENCRYPTION => (KeyKind::Rsa, Digest::Sha256),
        rfc5912::SHA_384_WITH_RSA_ENCRYPTION => (KeyKind::Rsa, Digest::Sha384),
        rfc5912::SHA_512_WITH_RSA_ENCRYPTION => (KeyKind::Rsa, Digest::Sha512),
        rfc5912::ECDSA_WITH_SHA_256 => (curve(key)?, Digest::Sha256),
        rfc5912::ECDSA_WITH_SHA_384 => (curve(key)?, Digest::Sha384),
        rfc5912::ECDSA_WITH_SHA_512 => (curve(key)?, Digest::Sha512),
        _ => return None,
    };
    if beside.is_some_and(|beside| beside != digest) {
        return None;
    }
    if kind == KeyKind::Rsa && key.algorithm.oid != rfc5912::RSA_ENCRYPTION {
        return None;
    }
    Some(match (kind, digest) {
        (KeyKind::Rsa, Digest::Sha256) => &signature::RSA_PKCS1_2048_8192_SHA256,
        (KeyKind::Rsa, Digest::Sha384) => &signature::RSA_PKCS1_2048_8192_SHA384,
        (KeyKind::Rsa, Digest::Sha512) => &signature::RSA_PKCS1_2048_8192_SHA512,
        (KeyKind::P256, Digest::Sha256) => &signature::ECDSA_P256_SHA256_ASN1,
        (KeyKind::P256, Digest::Sha384) => &signature::ECDSA_P256_SHA384_ASN1,
        (KeyKind::P256, Digest::Sha512) => &signature::ECDSA_P256_SHA512_ASN1,
        (KeyKind::P384, Digest::Sha256) => &signature::ECDSA_P384_SHA256_ASN1,
        (KeyKind::P384, Digest::Sha384) => &signature::ECDSA_P384_SHA384_ASN1,
        (KeyKind::P384, Digest::Sha512) => &signature::ECDSA_P384_SHA512_ASN1,
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum KeyKind {
    Rsa,
    P256,
    P384,
}

fn curve(key: &SubjectPublicKeyInfoOwned) -> Option<KeyKind> {
    if key.algorithm.oid != rfc5912::ID_EC_PUBLIC_KEY {
        return None;
    }
    let named: ObjectIdentifier = key.algorithm.parameters.as_ref()?.decode_as().ok()?;
    match named {
        rfc5912::SECP_256_R_1 => Some(KeyKind::P256),
        rfc5912::SECP_384_R_1 => Some(KeyKind::P384),
        _ => None,
    }
}
