//! A key that is drawn here, and PKCS#12 files as we write them.

use p12_keystore::{KeyStore, KeyStoreEntry, PrivateKey, PrivateKeyChain};

use super::{KeyError, KeyKind, KeyPair, MemoryKey, RsaPadding, chain, pkcs12};
use crate::algorithm::Digest;
use crate::{Certificate, SignatureAlgorithm};

/// A key pair that was drawn in memory.
pub struct NewKey {
    key: MemoryKey,
    public: Vec<u8>,
}

impl NewKey {
    /// Draw a key. Its randomness is the cryptographic library's and can't be set.
    ///
    /// # Errors
    /// [`KeyError::NotMade`] when the library gives none.
    pub fn draw(kind: KeyKind) -> Result<Self, KeyError> {
        let key = MemoryKey::draw(kind)?;
        let public = key.public_info().ok_or(KeyError::NotMade)?;
        Ok(Self { key, public })
    }

    /// A PKCS#12 file (RFC 7292) with the key and these certificates, the key's own first; none
    /// where they are still to come.
    ///
    /// # Errors
    /// [`KeyError::NotWritten`] when they do not fit into one.
    pub fn to_pkcs12(&self, chain: &[Certificate], password: &str) -> Result<Vec<u8>, KeyError> {
        let private = self.key.private().ok_or(KeyError::NotWritten)?;
        write(private, self.key.public(), chain, password)
    }
}

impl KeyPair for NewKey {
    fn algorithm(&self) -> SignatureAlgorithm {
        self.key.algorithm(RsaPadding::Pkcs1)
    }

    fn public_key(&self) -> &[u8] {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        self.key.sign(RsaPadding::Pkcs1, message)
    }
}

/// The key of the PKCS#12 file `file`, joined with the certificates that came for it, in a new
/// file with `new_password`. Certificates that the file has are kept where they belong to the
/// chain, or are the key's own and an authority's: until one that was renewed early is valid, the
/// one before it is used.
///
/// # Errors
/// [`KeyError`] when the file does not open, or no certificate is for its key.
pub fn join(
    file: &[u8],
    password: &str,
    certificates: &[Certificate],
    new_password: &str,
) -> Result<Vec<u8>, KeyError> {
    let opened = pkcs12::read(file, password)?;
    let known: Vec<Certificate> = certificates.iter().cloned().chain(opened.certificates).collect();
    let is_own = |one: &Certificate| one.public_key() == opened.key.public();
    let leaf = chain::leaf(&known, is_own, None).ok_or(KeyError::KeyAndCertificateDiffer)?;
    let mut chain = chain::from_leaf(leaf, known.clone());
    for other in known.into_iter().filter(|one| is_own(one) && !one.is_signed_by(one)) {
        if !chain.contains(&other) {
            chain.push(other);
        }
    }
    write(opened.private, opened.key.public(), &chain, new_password)
}

fn write(
    key: PrivateKey,
    public: &[u8],
    chain: &[Certificate],
    password: &str,
) -> Result<Vec<u8>, KeyError> {
    let certificates = chain
        .iter()
        .map(|one| p12_keystore::Certificate::from_der(one.der()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| KeyError::NotWritten)?;
    let id = Digest::Sha256.of(&[public]);
    let mut store = KeyStore::new();
    let entry = KeyStoreEntry::PrivateKeyChain(PrivateKeyChain::new(id, key, certificates));
    store.add_entry("signing key", entry);
    store.writer(password).write().map_err(|_| KeyError::NotWritten)
}
