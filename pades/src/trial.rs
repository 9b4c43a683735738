//! A key for trial: its certificate vouches for itself, so nobody else trusts it.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256,
};
use der::asn1::{BitString, ObjectIdentifier, OctetString, SetOfVec, Utf8StringRef};
use der::oid::db::{rfc4519, rfc5280};
use der::{Any, Decode, Encode, Sequence};
use jiff::Timestamp;
use p12_keystore::{KeyStore, KeyStoreEntry, PrivateKey, PrivateKeyChain};
use std::time::Duration;
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::certificate::Version;
use x509_cert::ext::pkix::{
    BasicConstraints, ExtendedKeyUsage, KeyUsage, KeyUsages, SubjectKeyIdentifier,
};
use x509_cert::ext::{Extension, ToExtension};
use x509_cert::name::{Name, RdnSequence, RelativeDistinguishedName};
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};
use x509_cert::time::Time;

use crate::algorithm::Digest;
use crate::certificate::DOCUMENT_SIGNING;
use crate::{Certificate, SignatureAlgorithm, Validity};

/// What a trial certificate says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrialRequest {
    /// Organisation (O=), in any script.
    pub organization: String,
    /// Common name (CN=), in any script.
    pub common_name: String,
    /// From when to when it is valid, to the second; from 1970 to 9999.
    pub validity: Validity,
    /// Random bytes for the serial number (RFC 5280, section 4.1.2.2).
    pub serial: [u8; 16],
    /// What kind of key is made.
    pub key: TrialKeyKind,
}

/// What kind of key is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TrialKeyKind {
    /// ECDSA on P-256: small and quick.
    #[default]
    P256,
    /// RSA with a modulus of 2048 bits.
    Rsa2048,
}

/// A trial key, ready to be written to files.
pub struct TrialKey {
    /// The PKCS#12 file.
    pub pkcs12: Vec<u8>,
    /// The certificate.
    pub certificate: Certificate,
}

/// A trial key that can't be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TrialError {
    /// The key could not be drawn.
    #[error("the trial key could not be made")]
    Key,
    /// Name, dates or serial number do not fit into a certificate.
    #[error("the trial certificate could not be made: its dates must lie between 1970 and 9999")]
    Certificate,
    /// The PKCS#12 file could not be written.
    #[error("the trial key's PKCS#12 file could not be made")]
    Pkcs12,
}

/// Make a key and a certificate that it signs itself, and close both into a PKCS#12 file with
/// `password`. The key's own randomness is the cryptographic library's and can't be set.
///
/// # Errors
/// [`TrialError`] when the key can't be made, or the request does not fit into a certificate.
pub fn make(request: &TrialRequest, password: &str) -> Result<TrialKey, TrialError> {
    let key = Key::draw(request.key)?;
    let certificate = self_signed(request, &key).map_err(|_| TrialError::Certificate)?;
    let pkcs12 = pkcs12(&key, &certificate, password).ok_or(TrialError::Pkcs12)?;
    Ok(TrialKey { pkcs12, certificate })
}

enum Key {
    P256(EcdsaKeyPair),
    Rsa(RsaKeyPair),
}

impl Key {
    fn draw(kind: TrialKeyKind) -> Result<Self, TrialError> {
        match kind {
            TrialKeyKind::P256 => {
                EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).map(Self::P256)
            }
            TrialKeyKind::Rsa2048 => RsaKeyPair::generate(KeySize::Rsa2048).map(Self::Rsa),
        }
        .map_err(|_| TrialError::Key)
    }

    const fn algorithm(&self) -> SignatureAlgorithm {
        match self {
            Self::P256(_) => SignatureAlgorithm::EcdsaP256Sha256,
            Self::Rsa(_) => SignatureAlgorithm::RsaPkcs1Sha256,
        }
    }

    fn public(&self) -> Option<PublicKeyX509Der<'static>> {
        match self {
            Self::P256(pair) => pair.public_key().as_der().ok(),
            Self::Rsa(pair) => pair.public_key().as_der().ok(),
        }
    }

    /// `PrivateKeyInfo`, in a buffer that is wiped when dropped.
    fn private(&self) -> Option<PrivateKey> {
        match self {
            Self::P256(pair) => PrivateKey::from_der(pair.to_pkcs8v1().ok()?.as_ref()).ok(),
            Self::Rsa(pair) => {
                let der: Pkcs8V1Der<'static> = pair.as_der().ok()?;
                PrivateKey::from_der(der.as_ref()).ok()
            }
        }
    }

    fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        let random = SystemRandom::new();
        match self {
            Self::P256(pair) => Some(pair.sign(&random, message).ok()?.as_ref().to_vec()),
            Self::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).ok()?;
                Some(signature)
            }
        }
    }
}

/// `TBSCertificate` of version 3 (RFC 5280, section 4.1), which can be made here, while the
/// decoder's can only be read.
#[derive(Sequence)]
struct ToBeSigned {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    version: Version,
    serial_number: SerialNumber,
    signature: AlgorithmIdentifierOwned,
    issuer: Name,
    validity: x509_cert::time::Validity,
    subject: Name,
    subject_public_key_info: SubjectPublicKeyInfoOwned,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT")]
    extensions: Vec<Extension>,
}

#[derive(Sequence)]
struct Signed {
    content: ToBeSigned,
    algorithm: AlgorithmIdentifierOwned,
    signature: BitString,
}

fn self_signed(request: &TrialRequest, key: &Key) -> der::Result<Certificate> {
    let algorithm = key.algorithm().identifier()?;
    let name = name(request)?;
    let public = key.public().ok_or_else(failed)?;
    let public = SubjectPublicKeyInfoOwned::from_der(public.as_ref())?;
    let content = ToBeSigned {
        version: Version::V3,
        serial_number: serial(request.serial)?,
        signature: algorithm.clone(),
        issuer: name.clone(),
        validity: x509_cert::time::Validity::new(
            time(request.validity.from)?,
            time(request.validity.until)?,
        ),
        extensions: extensions(&name, &public)?,
        subject: name,
        subject_public_key_info: public,
    };
    let signature = key.sign(&content.to_der()?).ok_or_else(failed)?;
    let der =
        Signed { content, algorithm, signature: BitString::from_bytes(&signature)? }.to_der()?;
    Certificate::from_der(&der).map_err(|_| failed())
}

fn failed() -> der::Error {
    der::ErrorKind::Failed.into()
}

/// Positive, and of a length that does not depend on chance.
fn serial(mut bytes: [u8; 16]) -> der::Result<SerialNumber> {
    if let Some(first) = bytes.first_mut() {
        *first = *first & 0x7f | 0x40;
    }
    SerialNumber::new(&bytes)
}

fn time(at: Timestamp) -> der::Result<Time> {
    let seconds = u64::try_from(at.as_second()).map_err(|_| failed())?;
    Ok(Time::from(der::DateTime::from_unix_duration(Duration::from_secs(seconds))?))
}

fn name(request: &TrialRequest) -> der::Result<Name> {
    let part = |oid: ObjectIdentifier, text: &str| -> der::Result<RelativeDistinguishedName> {
        let value = Any::from(Utf8StringRef::new(text)?);
        Ok(RelativeDistinguishedName::from(SetOfVec::try_from(vec![AttributeTypeAndValue {
            oid,
            value,
        }])?))
    };
    let parts = vec![
        part(rfc4519::ORGANIZATION_NAME, &request.organization)?,
        part(rfc4519::COMMON_NAME, &request.common_name)?,
    ];
    Name::from_der(&RdnSequence::from(parts).to_der()?)
}

fn extensions(name: &Name, public: &SubjectPublicKeyInfoOwned) -> der::Result<Vec<Extension>> {
    let mut identifier = Digest::Sha256.of(&[public.subject_public_key.raw_bytes()]);
    identifier.truncate(20);
    Ok(vec![
        BasicConstraints { ca: false, path_len_constraint: None }.to_extension(name, &[])?,
        KeyUsage(KeyUsages::DigitalSignature | KeyUsages::NonRepudiation)
            .to_extension(name, &[])?,
        ExtendedKeyUsage(vec![rfc5280::ID_KP_EMAIL_PROTECTION, DOCUMENT_SIGNING])
            .to_extension(name, &[])?,
        SubjectKeyIdentifier(OctetString::new(identifier)?).to_extension(name, &[])?,
    ])
}

fn pkcs12(key: &Key, certificate: &Certificate, password: &str) -> Option<Vec<u8>> {
    let own = p12_keystore::Certificate::from_der(certificate.der()).ok()?;
    let id = Digest::Sha256.of(&[certificate.der()]);
    let mut store = KeyStore::new();
    store.add_entry(
        "trial",
        KeyStoreEntry::PrivateKeyChain(PrivateKeyChain::new(id, key.private()?, [own])),
    );
    store.writer(password).write().ok()
}
