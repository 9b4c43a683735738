//! A key in a PKCS#12 file (RFC 7292).

use jiff::Timestamp;
use p12_keystore::error::Error as P12Error;
use p12_keystore::{Pkcs12Archive, PrivateKey};

use super::{KeyError, MemoryKey, RsaPadding, Signer, chain};
use crate::{Certificate, SignatureAlgorithm, Validity};

/// A key that was read from a PKCS#12 file and lies in memory. A certificate that has ended is
/// no error: ask [`Pkcs12Key::validity`].
pub struct Pkcs12Key {
    key: MemoryKey,
    padding: RsaPadding,
    /// The certificates that are known, in no order.
    known: Vec<Certificate>,
    /// The one that is used, and its issuers.
    chain: Vec<Certificate>,
    certificate: Certificate,
}

impl Pkcs12Key {
    /// Open the file's bytes with its password.
    ///
    /// # Errors
    /// [`KeyError`] says which of key, certificate and password is missing or wrong.
    pub fn open(file: &[u8], password: &str) -> Result<Self, KeyError> {
        let Contents { key, certificates, private: _ } = read(file, password)?;
        if certificates.is_empty() {
            return Err(KeyError::NoCertificate);
        }
        let certificate = chain::leaf(&certificates, |one| one.public_key() == key.public(), None)
            .ok_or(KeyError::KeyAndCertificateDiffer)?;
        let chain = chain::from_leaf(certificate.clone(), certificates.clone());
        Ok(Self { key, padding: RsaPadding::default(), known: certificates, chain, certificate })
    }

    /// The same key, and where it is an RSA key, with this padding.
    #[must_use]
    pub fn with_padding(self, padding: RsaPadding) -> Self {
        Self { padding, ..self }
    }

    /// The same key, and its chain as far as the file's certificates and `more`, in any order,
    /// reach.
    #[must_use]
    pub fn with_issuers(mut self, more: Vec<Certificate>) -> Self {
        self.known.extend(more);
        self.chain = chain::from_leaf(self.certificate.clone(), self.known.clone());
        self
    }

    /// The same key, and of several certificates for it the one to use at `at`: one that was
    /// renewed early waits until it is valid.
    #[must_use]
    pub fn for_time(mut self, at: Timestamp) -> Self {
        let is_of_key = |one: &Certificate| one.public_key() == self.key.public();
        if let Some(certificate) = chain::leaf(&self.known, is_of_key, Some(at)) {
            self.chain = chain::from_leaf(certificate.clone(), self.known.clone());
            self.certificate = certificate;
        }
        self
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
        self.key.algorithm(self.padding)
    }

    fn chain(&self) -> &[Certificate] {
        &self.chain
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        self.key.sign(self.padding, message)
    }
}

impl std::fmt::Debug for Pkcs12Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pkcs12Key").field("algorithm", &self.algorithm()).finish_non_exhaustive()
    }
}

/// What is in a PKCS#12 file.
pub(super) struct Contents {
    pub(super) key: MemoryKey,
    /// The key again, as it can be written; wiped when dropped.
    pub(super) private: PrivateKey,
    /// In the file's order.
    pub(super) certificates: Vec<Certificate>,
}

/// Read a file with exactly one key.
pub(super) fn read(file: &[u8], password: &str) -> Result<Contents, KeyError> {
    let mut archive =
        Pkcs12Archive::from_pkcs12(file, password).map_err(|error| refusal(&error))?;
    let private = match (archive.keys.pop(), archive.keys.is_empty()) {
        (None, _) => return Err(KeyError::NoKey),
        (Some(one), true) => one.key,
        (Some(_), false) => return Err(KeyError::SeveralKeys),
    };
    let certificates = archive.certs.iter().map(|bag| Certificate::from_der(bag.cert.as_der()));
    Ok(Contents {
        key: MemoryKey::read(&private)?,
        private,
        certificates: certificates
            .collect::<Result<_, _>>()
            .map_err(|_| KeyError::BadCertificate)?,
    })
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
