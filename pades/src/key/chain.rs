//! Certificates in the order in which they vouch for each other.

use jiff::Timestamp;

use crate::Certificate;

/// The key's certificate among those that are known: of several, the one that ends last.
pub(super) fn leaf(
    known: &[Certificate],
    is_of_key: impl Fn(&Certificate) -> bool,
) -> Option<Certificate> {
    known.iter().filter(|one| is_of_key(one)).max_by_key(|one| one.validity().until).cloned()
}

/// The key's certificate, and the issuers above it as far as `others` has them.
pub(super) fn from_leaf(leaf: Certificate, mut others: Vec<Certificate>) -> Vec<Certificate> {
    let mut chain = vec![leaf];
    others.retain(|one| !chain.contains(one));
    // Who vouches for himself is the end, whoever else has his key and his name.
    while let Some(issuer) = chain
        .last()
        .filter(|last| !last.is_signed_by(last))
        .and_then(|last| others.iter().position(|one| last.is_signed_by(one)))
    {
        chain.push(others.swap_remove(issuer));
    }
    chain
}

/// What can be said of a chain without asking anybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainState {
    /// Whether it leads to its end: a root that is trusted, or one that vouches for itself. Where
    /// it does not, a link is missing.
    pub complete: bool,
    /// When the signer's certificate ends.
    pub ends: Timestamp,
    /// When the first certificate of the chain ends, the root included.
    pub ends_first: Timestamp,
}

/// The state of a chain, signer first; of none where it is empty. `roots` are those that are
/// trusted, and need not be in it.
#[must_use]
pub fn chain_state(chain: &[Certificate], roots: &[Certificate]) -> Option<ChainState> {
    let (first, last) = (chain.first()?, chain.last()?);
    let root = leaf(roots, |root| root == last || last.is_signed_by(root));
    let ends = |one: &Certificate| one.validity().until;
    Some(ChainState {
        complete: root.is_some() || last.is_signed_by(last),
        ends: ends(first),
        ends_first: chain.iter().chain(&root).map(ends).min()?,
    })
}
