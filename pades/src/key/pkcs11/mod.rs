//! A key on a token, a card or an HSM, that never leaves it (PKCS#11 3.0).

mod fault;
mod generate;
mod mechanism;
mod module;
mod new;
mod place;
mod pool;
mod token;

pub use new::{NewTokenKey, write_certificates};
pub use place::{KeyName, Pin, TokenName, TokenPlace};

use jiff::Timestamp;

use super::{KeyError, RsaPadding, Signer, chain, check};
use crate::{Certificate, SignatureAlgorithm, Validity};
use mechanism::Way;
use pool::Pool;

/// A key on a token. Threads may share it: each signature has a session of its own, and who comes
/// when all are in use waits.
///
/// A token that lost its sessions or its login (it was reset, pulled and put back, or restarted)
/// is opened anew with the same PIN, and the signature tried again. A PIN that was wrong once is
/// never tried again on that token in this process. A certificate that has ended is no error: ask
/// [`Pkcs11Key::validity`].
pub struct Pkcs11Key {
    pool: Pool,
    way: Way,
    algorithm: SignatureAlgorithm,
    /// The certificates that are known, in no order.
    known: Vec<Certificate>,
    /// The one that is used, and its issuers.
    chain: Vec<Certificate>,
    certificate: Certificate,
}

impl Pkcs11Key {
    /// Log in, find the key, and have it sign a trial message, which shows to whose certificate
    /// it belongs. The certificates are the token's and `more`, in any order. At most `sessions`
    /// sessions are open at a time, and at least one.
    ///
    /// # Errors
    /// [`KeyError`] says what is missing: the module, the token, the PIN, the key or its
    /// certificate.
    pub fn open(
        place: &TokenPlace,
        pin: &Pin,
        more: Vec<Certificate>,
        padding: RsaPadding,
        sessions: usize,
    ) -> Result<Self, KeyError> {
        let pool = Pool::new(place, pin, sessions)?;
        let (way, algorithm, proof, mut known) = pool.run(|module, opened| {
            let algorithm = token::algorithm(&opened.session, opened.key, padding)?;
            let way = Way::choose(module, opened, algorithm)?;
            let proof = pool.signature(module, opened, way, check::MESSAGE)?;
            let known = token::certificates(&opened.session)?;
            Ok((way, algorithm, proof, known))
        })?;
        let missing = match more.as_slice() {
            [] => KeyError::NoTokenCertificate,
            [_, ..] => KeyError::KeyAndCertificateDiffer,
        };
        known.extend(more);
        let certificate = chain::leaf(&known, |one| check::proves(one, algorithm, &proof), None)
            .ok_or(missing)?;
        let chain = chain::from_leaf(certificate.clone(), known.clone());
        Ok(Self { pool, way, algorithm, known, chain, certificate })
    }

    /// The same key, and of several certificates for it the one to use at `at`: one that was
    /// renewed early waits until it is valid.
    #[must_use]
    pub fn for_time(mut self, at: Timestamp) -> Self {
        let is_of_key = |one: &Certificate| one.public_key() == self.certificate.public_key();
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

    /// The key's certificate; of several, one that an authority gave before one that vouches for
    /// itself, and of those the one that ends last.
    #[must_use]
    pub const fn certificate(&self) -> &Certificate {
        &self.certificate
    }
}

impl Signer for Pkcs11Key {
    fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    fn chain(&self) -> &[Certificate] {
        &self.chain
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        self.pool.sign(self.way, message)
    }
}

impl std::fmt::Debug for Pkcs11Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pkcs11Key").field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}
