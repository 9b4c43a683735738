//! Certificates in the order in which they vouch for each other.

use crate::Certificate;

/// The key's certificate, and the issuers above it as far as `others` has them.
pub(crate) fn from_leaf(leaf: Certificate, mut others: Vec<Certificate>) -> Vec<Certificate> {
    let mut chain = vec![leaf];
    while let Some(issuer) = chain
        .last()
        .and_then(|last| others.iter().position(|one| last != one && last.is_signed_by(one)))
    {
        chain.push(others.swap_remove(issuer));
    }
    chain
}
