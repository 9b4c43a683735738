//! Certificates in the order in which they vouch for each other, and how long they do.

use jiff::Timestamp;

use crate::Certificate;

/// How far the issuers of a key's certificate are known, and how long they last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainState {
    /// Whether they are known up to a root that is trusted.
    pub complete: bool,
    /// When the key's own certificate ends.
    pub ends: Timestamp,
    /// When the first ends of the key's certificate and its issuers', the root left out.
    pub ends_first: Timestamp,
}

/// The state of `chain`, the key's certificate first; nothing where there is none.
#[must_use]
pub fn chain_state(chain: &[Certificate], roots: &[Certificate]) -> Option<ChainState> {
    let leaf = chain.first()?;
    let in_order = from_leaf(leaf.clone(), chain.to_vec());
    let ends = leaf.validity().until;
    let (mut complete, mut ends_first) = (false, ends);
    for one in &in_order {
        if roots.contains(one) {
            complete = true;
            break;
        }
        ends_first = ends_first.min(one.validity().until);
        complete = roots.iter().any(|root| one.is_signed_by(root));
        if complete {
            break;
        }
    }
    Some(ChainState { complete, ends, ends_first })
}

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
