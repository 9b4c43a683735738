//! From the signer's certificate to a root that is trusted (RFC 5280, section 6, as far as the
//! chains of document signers need it; revocation is asked elsewhere).

use jiff::Timestamp;

use super::Finding;
use crate::Certificate;

/// Whom we trust.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    roots: Vec<Certificate>,
    timestamp_roots: Vec<Certificate>,
}

/// What a certificate was used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Documents,
    Timestamps,
}

impl Trust {
    /// Trust these, and whom they vouch for. A signer's own certificate may be among them, and is
    /// trusted then without an issuer. Dates and purposes of a root itself are not asked, but
    /// those of a signer are.
    #[must_use]
    pub const fn new(roots: Vec<Certificate>) -> Self {
        Self { roots, timestamp_roots: Vec::new() }
    }

    /// Trust these for timestamps too. Whoever is trusted to sign documents is trusted to vouch
    /// for a time in any case.
    #[must_use]
    pub fn with_timestamp_roots(mut self, roots: Vec<Certificate>) -> Self {
        self.timestamp_roots = roots;
        self
    }

    /// The certificates from `leaf` to a root, both included, each valid at `at` but the root,
    /// whose dates are not asked; none where `leaf` leads to no root.
    pub(crate) fn path(
        &self,
        purpose: Purpose,
        leaf: &Certificate,
        others: &[Certificate],
        at: Timestamp,
    ) -> Option<Vec<Certificate>> {
        let more = match purpose {
            Purpose::Documents => &[],
            Purpose::Timestamps => self.timestamp_roots.as_slice(),
        };
        if !leaf.validity().contains(at) || leaf.demands_the_unknown() {
            return None;
        }
        let mut search = Search { others, roots: [&self.roots, more], at, tries: MOST_TRIES };
        let mut path = search.path(leaf, 0)?;
        path.reverse();
        Some(path)
    }
}

/// Certificates from signer to root, the signer's left out.
const LONGEST: usize = 8;

/// Most signatures checked in search of a root: certificates that share a name can be tried in
/// many orders.
const MOST_TRIES: usize = 64;

pub(super) fn key_usage(leaf: &Certificate) -> Result<(), Finding> {
    if leaf.may_sign_documents() {
        Ok(())
    } else {
        Err(["憑證的用途不含文件簽章", "the certificate is not meant for signing documents"])
    }
}

pub(super) fn check(
    leaf: &Certificate,
    others: &[Certificate],
    trust: &Trust,
    at: Timestamp,
) -> Result<(), Finding> {
    if !leaf.validity().contains(at) {
        return Err([
            "憑證在簽章時無效（未生效或已過期）",
            "the certificate was not valid when it signed",
        ]);
    }
    if leaf.demands_the_unknown() {
        return Err([
            "憑證含有無法處理的必要擴充欄位",
            "the certificate has a critical extension that is not understood",
        ]);
    }
    match trust.path(Purpose::Documents, leaf, others, at) {
        Some(_) => Ok(()),
        None => Err([
            "憑證無法連到信任的根憑證",
            "the certificate does not lead to a root that is trusted",
        ]),
    }
}

/// The certificates from `leaf` upwards as far as they are among the others, whoever is trusted.
pub(super) fn upward(leaf: &Certificate, others: &[Certificate]) -> Vec<Certificate> {
    let mut path = vec![leaf.clone()];
    while let Some(last) = path.last() {
        let issuer = others.iter().find(|one| !path.contains(one) && last.is_signed_by(one));
        match issuer {
            Some(issuer) if path.len() <= LONGEST => path.push(issuer.clone()),
            Some(_) | None => break,
        }
    }
    path
}

struct Search<'a> {
    others: &'a [Certificate],
    roots: [&'a [Certificate]; 2],
    at: Timestamp,
    tries: usize,
}

impl Search<'_> {
    /// The certificates from a root down to `certificate`, which has `below` issuers under it.
    fn path(&mut self, certificate: &Certificate, below: usize) -> Option<Vec<Certificate>> {
        let roots = self.roots;
        if roots.into_iter().flatten().any(|root| root == certificate) {
            return Some(vec![certificate.clone()]);
        }
        if below >= LONGEST {
            return None;
        }
        let root = roots
            .into_iter()
            .flatten()
            .find(|root| root.may_issue(below) && self.issued(root, certificate));
        if let Some(root) = root {
            return Some(vec![root.clone(), certificate.clone()]);
        }
        let others = self.others;
        let mut path = others.iter().find_map(|issuer| {
            let may = issuer != certificate
                && issuer.may_issue(below)
                && issuer.validity().contains(self.at)
                && !issuer.demands_the_unknown()
                && self.issued(issuer, certificate);
            if may { self.path(issuer, below + 1) } else { None }
        })?;
        path.push(certificate.clone());
        Some(path)
    }

    fn issued(&mut self, issuer: &Certificate, certificate: &Certificate) -> bool {
        if self.tries == 0 {
            return false;
        }
        self.tries -= 1;
        certificate.is_signed_by(issuer)
    }
}
