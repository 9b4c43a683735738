//! Whether a key and its certificate belong together, and work.

use super::{KeyError, Signer};
use crate::algorithm::verifies;
use crate::{Certificate, SignatureAlgorithm};

/// What is signed for trial: it can be taken for nothing else.
pub(super) const MESSAGE: &[u8] = b"trial message of a signing key";

/// Sign a trial message, and verify the signature with the key's certificate.
///
/// # Errors
/// [`KeyError`] when the key does not sign, or its certificate is another's.
pub fn check_key(signer: &dyn Signer) -> Result<(), KeyError> {
    let leaf = signer.chain().first().ok_or(KeyError::NoCertificate)?;
    let signature = signer.sign(MESSAGE)?;
    if proves(leaf, signer.algorithm(), &signature) {
        Ok(())
    } else {
        Err(KeyError::KeyAndCertificateDiffer)
    }
}

/// Whether the certificate's key made this signature over [`MESSAGE`].
pub(super) fn proves(
    certificate: &Certificate,
    algorithm: SignatureAlgorithm,
    signature: &[u8],
) -> bool {
    let key = certificate.parsed().tbs_certificate().subject_public_key_info();
    algorithm
        .identifier()
        .is_ok_and(|identifier| verifies(&identifier, None, key, MESSAGE, signature))
}
