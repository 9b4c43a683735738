//! A key in a PKCS#12 file (RFC 7292).

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair as RsaKeyPair;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, KeyPair,
    RSA_PKCS1_SHA256,
};
use der::oid::db::rfc5912;
use p12_keystore::error::Error as P12Error;
use p12_keystore::{Pkcs12Archive, PrivateKey};

use super::{KeyError, Signer};
use crate::{Certificate, SignatureAlgorithm, Validity};

/// A key that was read from a PKCS#12 file and lies in memory. A certificate that has ended is
/// no error: ask [`Pkcs12Key::validity`].
pub struct Pkcs12Key {
    key: Key,
    certificate: Certificate,
    chain: Vec<Certificate>,
}

enum Key {
    Rsa(RsaKeyPair),
    P256(EcdsaKeyPair),
    P384(EcdsaKeyPair),
}

impl Pkcs12Key {
    /// Open the file's bytes with its password.
    ///
    /// # Errors
    /// [`KeyError`] says which of key, certificate and password is missing or wrong.
    pub fn open(file: &[u8], password: &str) -> Result<Self, KeyError> {
        let archive =
            Pkcs12Archive::from_pkcs12(file, password).map_err(|error| refusal(&error))?;
        let key = match archive.keys.as_slice() {
            [] => return Err(KeyError::NoKey),
            [one] => Key::read(&one.key)?,
            [_, ..] => return Err(KeyError::SeveralKeys),
        };
        let certificates = archive
            .certs
            .iter()
            .map(|bag| {
                Certificate::from_der(bag.cert.as_der()).map_err(|_| KeyError::BadCertificate)
            })
            .collect::<Result<Vec<_>, _>>()?;
        let (certificate, chain) = chain_of(&key, certificates)?;
        Ok(Self { key, certificate, chain })
    }

    /// From when to when the key's certificate is valid.
    #[must_use]
    pub fn validity(&self) -> Validity {
        self.certificate.validity()
    }

    /// The key's certificate.
    #[must_use]
    pub const fn certificate(&self) -> &Certificate {
        &self.certificate
    }
}

impl Signer for Pkcs12Key {
    fn algorithm(&self) -> SignatureAlgorithm {
        match self.key {
            Key::Rsa(_) => SignatureAlgorithm::RsaPkcs1Sha256,
            Key::P256(_) => SignatureAlgorithm::EcdsaP256Sha256,
            Key::P384(_) => SignatureAlgorithm::EcdsaP384Sha384,
        }
    }

    fn chain(&self) -> &[Certificate] {
        &self.chain
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        // PKCS#1 v1.5 needs no randomness, and the library draws ECDSA's nonce itself, whatever
        // source it is given.
        let random = SystemRandom::new();
        match &self.key {
            Key::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)
                    .map_err(|_| KeyError::SigningFailed)?;
                Ok(signature)
            }
            Key::P256(pair) | Key::P384(pair) => {
                let signature = pair.sign(&random, message).map_err(|_| KeyError::SigningFailed)?;
                Ok(signature.as_ref().to_vec())
            }
        }
    }
}

impl std::fmt::Debug for Pkcs12Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pkcs12Key").field("algorithm", &self.algorithm()).finish_non_exhaustive()
    }
}

impl Key {
    fn read(key: &PrivateKey) -> Result<Self, KeyError> {
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

    fn public(&self) -> &[u8] {
        match self {
            Self::Rsa(pair) => pair.public_key().as_ref(),
            Self::P256(pair) | Self::P384(pair) => pair.public_key().as_ref(),
        }
    }
}

/// The certificate of the key, and the chain from it to the last issuer that the file has.
fn chain_of(
    key: &Key,
    mut certificates: Vec<Certificate>,
) -> Result<(Certificate, Vec<Certificate>), KeyError> {
    if certificates.is_empty() {
        return Err(KeyError::NoCertificate);
    }
    let leaf = certificates
        .iter()
        .position(|one| one.public_key() == key.public())
        .ok_or(KeyError::KeyAndCertificateDiffer)?;
    let leaf = certificates.swap_remove(leaf);
    let (mut last, mut chain) = (leaf.clone(), vec![leaf.clone()]);
    while let Some(issuer) =
        certificates.iter().position(|one| last != *one && last.is_signed_by(one))
    {
        last = certificates.swap_remove(issuer);
        chain.push(last.clone());
    }
    Ok((leaf, chain))
}

/// With a MAC, a wrong password is told apart from a damaged file; without one, decryption ends
/// in noise, and a wrong password is by far the likelier cause.
fn refusal(error: &P12Error) -> KeyError {
    match error {
        P12Error::MacError(_)
        | P12Error::UnpadError
        | P12Error::Pkcs5Error(_)
        | P12Error::InvalidPrivateKey => KeyError::WrongPassword,
        P12Error::UnsupportedEncryptionScheme
        | P12Error::UnsupportedMacAlgorithm
        | P12Error::InvalidParameters => KeyError::ProtectionUnsupported,
        P12Error::X509Error(_) | P12Error::UnsupportedCertificateType => KeyError::BadCertificate,
        P12Error::IoError(_)
        | P12Error::DerError(_)
        | P12Error::InvalidVersion
        | P12Error::UnsupportedContentType
        | P12Error::InvalidLength
        | P12Error::InvalidData => KeyError::NotPkcs12,
    }
}
