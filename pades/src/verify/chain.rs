//! From the signer's certificate to a root that is trusted (RFC 5280, section 6, as far as the
//! chains of document signers need it; revocation is not asked).

use jiff::Timestamp;

use super::Finding;
use crate::Certificate;

/// Whom we trust.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    roots: Vec<Certificate>,
}

impl Trust {
    /// Trust these, and whom they vouch for. A signer's own certificate may be among them, and is
    /// trusted then without an issuer. Dates and purposes of a root itself are not asked, but
    /// those of a signer are.
    #[must_use]
    pub const fn new(roots: Vec<Certificate>) -> Self {
        Self { roots }
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
    let mut search = Search { others, trust, at, tries: MOST_TRIES };
    if search.leads_to_root(leaf, 0) {
        Ok(())
    } else {
        Err(["憑證無法連到信任的根憑證", "the certificate does not lead to a root that is trusted"])
    }
}

struct Search<'a> {
    others: &'a [Certificate],
    trust: &'a Trust,
    at: Timestamp,
    tries: usize,
}

impl Search<'_> {
    /// Whether `certificate`, with `below` issuers under it, is trusted or issued by somebody who
    /// leads there.
    fn leads_to_root(&mut self, certificate: &Certificate, below: usize) -> bool {
        if self.trust.roots.contains(certificate) {
            return true;
        }
        if below >= LONGEST {
            return false;
        }
        let trust = self.trust;
        if trust.roots.iter().any(|root| root.may_issue(below) && self.issued(root, certificate)) {
            return true;
        }
        let others = self.others;
        others.iter().any(|issuer| {
            issuer != certificate
                && issuer.may_issue(below)
                && issuer.validity().contains(self.at)
                && !issuer.demands_the_unknown()
                && self.issued(issuer, certificate)
                && self.leads_to_root(issuer, below + 1)
        })
    }

    fn issued(&mut self, issuer: &Certificate, certificate: &Certificate) -> bool {
        if self.tries == 0 {
            return false;
        }
        self.tries -= 1;
        certificate.is_signed_by(issuer)
    }
}
