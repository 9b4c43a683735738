//! Certificates in the order in which they vouch for each other.

use jiff::Timestamp;

use crate::Certificate;

/// The key's certificate among those that are known: of several, one that is valid at `at`, where
/// that is known, so that one that was renewed early waits for its day; then one that an authority
/// gave before one that vouches for itself, as a new key does until the authority's has come; of
/// those, the one that ends last.
pub(super) fn leaf(
    known: &[Certificate],
    is_of_key: impl Fn(&Certificate) -> bool,
    at: Option<Timestamp>,
) -> Option<Certificate> {
    let rank = |one: &&Certificate| {
        let validity = one.validity();
        (at.is_some_and(|at| validity.contains(at)), !one.is_signed_by(one), validity.until)
    };
    known.iter().filter(|one| is_of_key(one)).max_by_key(rank).cloned()
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
    /// Whether it leads to a root that is trusted. Where it does not, a link is missing, or nobody
    /// trusts where it ends.
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
    let first = chain.first()?;
    let vouches =
        |root: &&Certificate, link: &Certificate| *root == link || link.is_signed_by(root);
    // The last link as a rule; one before it, where an authority below its root is trusted.
    let root = chain.iter().rev().find_map(|link| {
        let above = roots.iter().filter(|root| vouches(root, link));
        above.max_by_key(|root| root.validity().until)
    });
    let ends = |one: &Certificate| one.validity().until;
    Some(ChainState {
        complete: root.is_some(),
        ends: ends(first),
        ends_first: chain.iter().chain(root).map(ends).min()?,
    })
}
