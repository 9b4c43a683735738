//! Keys: who signs.

mod chain;
mod check;
mod error;
mod memory;
mod new;
mod pair;
mod pkcs11;
mod pkcs12;

pub use chain::{ChainState, chain_state};
pub use check::check_key;
pub use error::KeyError;
pub use memory::RsaPadding;
pub use new::{NewKey, join};
pub use pair::{KeyKind, KeyPair};
pub use pkcs11::{KeyName, NewTokenKey, Pin, Pkcs11Key, TokenName, TokenPlace, write_certificates};
pub use pkcs12::Pkcs12Key;

pub(crate) use memory::MemoryKey;

use crate::{Certificate, SignatureAlgorithm};

/// A key that signs, wherever it lies, and the certificates that vouch for it. It never sees a
/// PDF.
pub trait Signer: Send + Sync {
    /// How it signs.
    fn algorithm(&self) -> SignatureAlgorithm;

    /// Its certificate, then the issuer's, and so on as far as it is known.
    fn chain(&self) -> &[Certificate];

    /// The signature over `message` (not over its digest); ECDSA in DER.
    ///
    /// # Errors
    /// [`KeyError::SigningFailed`] when the key gives none; a key on a token says why.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError>;
}
