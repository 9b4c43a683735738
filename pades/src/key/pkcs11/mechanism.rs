//! By which of its mechanisms a token signs (PKCS#11 3.0, sections 2.1 and 2.3).

use cryptoki::mechanism::rsa::{PkcsMgfType, PkcsPssParams};
use cryptoki::mechanism::{Mechanism, MechanismType};
use der::asn1::{OctetString, UintRef};
use der::{Any, Encode, Sequence};
use std::borrow::Cow;
use x509_cert::spki::AlgorithmIdentifierOwned;

use super::super::KeyError;
use super::fault::Fault;
use super::module::Entered;
use super::pool::Opened;
use crate::SignatureAlgorithm;

/// How a token is asked for a signature.
#[derive(Clone, Copy)]
pub(super) struct Way {
    algorithm: SignatureAlgorithm,
    /// Who hashes the message.
    hashes: Hashes,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Hashes {
    /// We do, so that a slow token is sent no more than it needs.
    Here,
    /// The token does, where it takes nothing but whole messages.
    Token,
}

/// `DigestInfo` (RFC 8017, section 9.2).
#[derive(Sequence)]
struct DigestInfo {
    algorithm: AlgorithmIdentifierOwned,
    digest: OctetString,
}

/// `ECDSA-Sig-Value` (RFC 3279, section 2.2.3).
#[derive(Sequence)]
struct EcdsaSignature<'a> {
    r: UintRef<'a>,
    s: UintRef<'a>,
}

impl Way {
    /// The first way that the token offers. Where the PIN is entered within each signature, only
    /// a mechanism that takes whole messages leaves room for it.
    pub(super) fn choose(
        module: &Entered<'_>,
        opened: &Opened,
        algorithm: SignatureAlgorithm,
    ) -> Result<Self, Fault> {
        let offered = module.get_mechanism_list(opened.slot)?;
        [Hashes::Here, Hashes::Token]
            .into_iter()
            .filter(|hashes| *hashes == Hashes::Token || !opened.asks_each_time)
            .map(|hashes| Self { algorithm, hashes })
            .find(|way| offered.contains(&way.mechanism().mechanism_type()))
            .ok_or_else(|| KeyError::KindUnsupported.into())
    }

    pub(super) fn mechanism(self) -> Mechanism<'static> {
        let pss = PkcsPssParams {
            hash_alg: MechanismType::SHA256,
            mgf: PkcsMgfType::MGF1_SHA256,
            s_len: 32.into(),
        };
        match (self.algorithm, self.hashes) {
            (SignatureAlgorithm::RsaPkcs1Sha256, Hashes::Here) => Mechanism::RsaPkcs,
            (SignatureAlgorithm::RsaPkcs1Sha256, Hashes::Token) => Mechanism::Sha256RsaPkcs,
            (SignatureAlgorithm::RsaPssSha256, Hashes::Here) => Mechanism::RsaPkcsPss(pss),
            (SignatureAlgorithm::RsaPssSha256, Hashes::Token) => Mechanism::Sha256RsaPkcsPss(pss),
            (
                SignatureAlgorithm::EcdsaP256Sha256 | SignatureAlgorithm::EcdsaP384Sha384,
                Hashes::Here,
            ) => Mechanism::Ecdsa,
            (SignatureAlgorithm::EcdsaP256Sha256, Hashes::Token) => Mechanism::EcdsaSha256,
            (SignatureAlgorithm::EcdsaP384Sha384, Hashes::Token) => Mechanism::EcdsaSha384,
        }
    }

    /// What the token is given to sign for `message`.
    pub(super) fn input(self, message: &[u8]) -> der::Result<Cow<'_, [u8]>> {
        if self.hashes == Hashes::Token {
            return Ok(Cow::Borrowed(message));
        }
        let digest = self.algorithm.digest();
        let hash = digest.of(&[message]);
        Ok(Cow::Owned(match self.algorithm {
            SignatureAlgorithm::RsaPkcs1Sha256 => DigestInfo {
                algorithm: AlgorithmIdentifierOwned {
                    parameters: Some(Any::null()),
                    ..digest.identifier()
                },
                digest: OctetString::new(hash)?,
            }
            .to_der()?,
            SignatureAlgorithm::RsaPssSha256
            | SignatureAlgorithm::EcdsaP256Sha256
            | SignatureAlgorithm::EcdsaP384Sha384 => hash,
        }))
    }

    /// The signature as a document holds it; a token gives ECDSA's two numbers side by side.
    pub(super) fn output(self, signature: Vec<u8>) -> der::Result<Vec<u8>> {
        match self.algorithm {
            SignatureAlgorithm::RsaPkcs1Sha256 | SignatureAlgorithm::RsaPssSha256 => Ok(signature),
            SignatureAlgorithm::EcdsaP256Sha256 | SignatureAlgorithm::EcdsaP384Sha384 => {
                let (r, s) = signature.split_at(signature.len() / 2);
                EcdsaSignature { r: UintRef::new(r)?, s: UintRef::new(s)? }.to_der()
            }
        }
    }
}
