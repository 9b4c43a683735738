//! Revocation data: what OCSP responders and CRLs say of the certificates of a chain (RFC 6960,
//! RFC 5280), asked for once, checked, and kept for as long as it holds.
//!
//! [`Cache::data`] is for whoever signs: it judges what is said by the clock. Whoever verifies
//! reads single answers, and judges their dates himself.

mod answer;
mod asn1;
mod cache;
pub(crate) mod crl;
mod error;
pub(crate) mod ocsp;
mod shelf;
pub(crate) mod sources;

pub use answer::AnswerError;
pub use cache::Cache;
pub use error::{FetchError, RevocationError};

use crate::Certificate;

/// How revocation data are fetched. The addresses stand in certificates of the chain.
pub trait Fetch: Send + Sync {
    /// What lies at `url` (http or https): a CRL. An implementor reads no more than 16 MiB, and
    /// waits no longer than a signature may.
    ///
    /// # Errors
    /// [`FetchError`] when nothing comes, or not with status 200.
    fn get(&self, url: &str) -> Result<Vec<u8>, FetchError>;

    /// What `url` (http or https) answers to a `body`: an OCSP response. An implementor reads no
    /// more than 128 KiB, and waits no longer than a signature may.
    ///
    /// # Errors
    /// [`FetchError`] when nothing comes, or not with status 200.
    fn post(&self, url: &str, content_type: &str, body: &[u8]) -> Result<Vec<u8>, FetchError>;
}

/// What proves that the certificates of a chain were not revoked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RevocationData {
    /// OCSP responses (`OCSPResponse` in DER).
    pub ocsp: Vec<Vec<u8>>,
    /// CRLs (`CertificateList` in DER).
    pub crls: Vec<Vec<u8>>,
    /// Certificates of the OCSP responders that their issuers appointed.
    pub certificates: Vec<Certificate>,
}
