//! Revocation data for a chain, each asked for once while it holds.

use jiff::Timestamp;
use std::sync::Arc;

use super::crl::Crl;
use super::ocsp::{self, OcspAnswer, Status};
use super::shelf::{Lifetime, Shelf, begun};
use super::{AnswerError, Fetch, RevocationData, RevocationError, sources};
use crate::Certificate;
use crate::algorithm::Digest;

/// Most certificates from the signer to the root.
const LONGEST: usize = 9;

/// Revocation data that were fetched and checked. An answer is kept until shortly before its
/// `nextUpdate` (a tenth of its time, at most an hour), at most for a day, and for five minutes
/// where it has none; never up to its end, which is an hour after its `thisUpdate` where it has
/// none: whoever verifies the document later allows nothing beyond it. A failure is remembered for
/// half a minute. Many may ask at once, and what they want is then asked for once.
pub struct Cache {
    evidence: Shelf<Evidence>,
    crls: Shelf<Crl>,
}

/// What shows that one certificate is not revoked.
struct Evidence {
    ocsp: Option<Vec<u8>>,
    responder: Option<Certificate>,
    /// The certificate's own, or the responder's.
    crl: Option<Arc<Crl>>,
}

impl Default for Cache {
    fn default() -> Self {
        Self::new()
    }
}

impl Cache {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self { evidence: Shelf::new(), crls: Shelf::new() }
    }

    /// What shows that no certificate on the way from `chain`'s first to a root is revoked at
    /// `now`. Roots, that is `roots` and what signed itself, are not asked about. `chain` may hold
    /// others, in any order; the issuers are sought in it and in `roots`.
    ///
    /// # Errors
    /// [`RevocationError`] when one is revoked, or it can't be told of each.
    pub fn data(
        &self,
        chain: &[Certificate],
        roots: &[Certificate],
        now: Timestamp,
        fetch: &dyn Fetch,
    ) -> Result<RevocationData, RevocationError> {
        let mut data = RevocationData::default();
        let Some(mut certificate) = chain.first() else { return Ok(data) };
        for _ in 0..LONGEST {
            if roots.contains(certificate) || certificate.is_signed_by(certificate) {
                return Ok(data);
            }
            let issuer = roots.iter().chain(chain).find(|one| certificate.is_signed_by(one));
            let Some(issuer) = issuer else { break };
            if !sources::unasked(certificate) {
                let asked = Question { certificate, issuer, now, fetch, crls: &self.crls };
                let key = Digest::Sha256.of(&[certificate.der(), issuer.der()]);
                let (evidence, _) = self.evidence.get(key, now, || asked.evidence())?;
                data.add(&evidence);
            }
            certificate = issuer;
        }
        Err(RevocationError::NoIssuer { subject: certificate.subject() })
    }
}

impl RevocationData {
    /// The same CRL may show it of several.
    fn add(&mut self, evidence: &Evidence) {
        let Evidence { ocsp, responder, crl } = evidence;
        self.ocsp.extend(ocsp.clone());
        if let Some(crl) = crl.as_ref().filter(|crl| !self.crls.iter().any(|one| one == crl.der()))
        {
            self.crls.push(crl.der().to_vec());
        }
        if let Some(one) = responder.as_ref().filter(|one| !self.certificates.contains(one)) {
            self.certificates.push(one.clone());
        }
    }
}

/// Is this certificate revoked?
struct Question<'a> {
    certificate: &'a Certificate,
    issuer: &'a Certificate,
    now: Timestamp,
    fetch: &'a dyn Fetch,
    crls: &'a Shelf<Crl>,
}

impl Question<'_> {
    /// OCSP first; the CRL where there is no OCSP, or it says neither yes nor no.
    fn evidence(&self) -> Result<(Evidence, Lifetime), RevocationError> {
        let (responders, lists) =
            (sources::ocsp(self.certificate), sources::crls(self.certificate));
        let mut failure = RevocationError::NoSource { subject: self.subject() };
        for url in responders {
            match self.by_ocsp(&url) {
                Ok(found) => return Ok(found),
                Err(error) if error.may_pass() => failure = error,
                Err(error) => return Err(error),
            }
        }
        if lists.is_empty() {
            return Err(failure);
        }
        let (crl, lifetime) = self.by_crl(&lists)?;
        Ok((Evidence { ocsp: None, responder: None, crl: Some(crl) }, lifetime))
    }

    fn by_ocsp(&self, url: &str) -> Result<(Evidence, Lifetime), RevocationError> {
        let request = ocsp::request(self.certificate, self.issuer)
            .map_err(|_| self.disbelieved(AnswerError::Unreadable))?;
        let der = self
            .fetch
            .post(url, "application/ocsp-request", &request)
            .map_err(|because| RevocationError::Fetch { subject: self.subject(), because })?;
        let answer = OcspAnswer::read(&der, self.certificate, self.issuer)
            .map_err(|because| self.disbelieved(because))?;
        self.good(answer.status)?;
        let lifetime = Lifetime::judged(answer.this_update, answer.next_update, self.now)
            .and_then(|lifetime| {
                // An answer is not signed before it holds, nor ahead of our time.
                begun(answer.produced_at, self.now).map(|()| lifetime)
            })
            .map_err(|because| self.disbelieved(because))?;
        let evidence = Evidence { ocsp: Some(der), responder: answer.responder, crl: None };
        self.with_responder(evidence, lifetime)
    }

    /// A responder that is not to be believed unasked, and says where to ask, must not be revoked.
    fn with_responder(
        &self,
        evidence: Evidence,
        lifetime: Lifetime,
    ) -> Result<(Evidence, Lifetime), RevocationError> {
        let Some(responder) = evidence.responder.as_ref().filter(|one| !sources::unasked(one))
        else {
            return Ok((evidence, lifetime));
        };
        let lists = sources::crls(responder);
        if lists.is_empty() {
            return Ok((evidence, lifetime));
        }
        let asked = Question { certificate: responder, ..*self };
        let (crl, its) = asked.by_crl(&lists)?;
        Ok((Evidence { crl: Some(crl), ..evidence }, lifetime.and(its)))
    }

    fn by_crl(&self, urls: &[String]) -> Result<(Arc<Crl>, Lifetime), RevocationError> {
        let mut failure = RevocationError::NoSource { subject: self.subject() };
        for url in urls {
            let key = [url.as_bytes(), &[0], self.issuer.der()].concat();
            let found = self.crls.get(key, self.now, || self.fetched(url)).and_then(|found| {
                let status = found.0.status(self.certificate);
                self.good(status.map_err(|because| self.disbelieved(because))?)?;
                Ok(found)
            });
            match found {
                Ok(found) => return Ok(found),
                Err(error) if error.may_pass() => failure = error,
                Err(error) => return Err(error),
            }
        }
        Err(failure)
    }

    fn fetched(&self, url: &str) -> Result<(Crl, Lifetime), RevocationError> {
        let der = self
            .fetch
            .get(url)
            .map_err(|because| RevocationError::Fetch { subject: self.subject(), because })?;
        let crl = Crl::read(der, self.issuer).map_err(|because| self.disbelieved(because))?;
        let lifetime = Lifetime::judged(crl.this_update, crl.next_update, self.now)
            .map_err(|because| self.disbelieved(because))?;
        Ok((crl, lifetime))
    }

    fn good(&self, status: Status) -> Result<(), RevocationError> {
        match status {
            Status::Good => Ok(()),
            Status::Revoked { at } => Err(RevocationError::Revoked { subject: self.subject(), at }),
            Status::Unknown => Err(self.disbelieved(AnswerError::Unknown)),
        }
    }

    fn disbelieved(&self, because: AnswerError) -> RevocationError {
        RevocationError::Answer { subject: self.subject(), because }
    }

    fn subject(&self) -> String {
        self.certificate.subject()
    }
}
