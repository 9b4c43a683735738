//! A key for trial: its certificate vouches for itself, so nobody else trusts it.

use crate::{Certificate, IssueError, KeyKind, NewKey, Subject, Validity, self_signed};

/// What a trial certificate says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrialRequest {
    /// Organisation (O=), in any script.
    pub organization: String,
    /// Common name (CN=), in any script.
    pub common_name: String,
    /// From when to when it is valid, to the second; from 1970 to 9999.
    pub validity: Validity,
    /// Random bytes for the serial number (RFC 5280, section 4.1.2.2).
    pub serial: [u8; 16],
    /// What kind of key is made.
    pub key: KeyKind,
}

/// A trial key, ready to be written to files.
pub struct TrialKey {
    /// The PKCS#12 file.
    pub pkcs12: Vec<u8>,
    /// The certificate.
    pub certificate: Certificate,
}

/// Make a key and a certificate that it signs itself, and close both into a PKCS#12 file with
/// `password`. The key's own randomness is the cryptographic library's and can't be set.
///
/// # Errors
/// [`IssueError`] when the key can't be made, or the request does not fit into a certificate.
pub fn make(request: &TrialRequest, password: &str) -> Result<TrialKey, IssueError> {
    let key = NewKey::draw(request.key)?;
    let subject = Subject {
        country: None,
        organization: request.organization.clone(),
        common_name: request.common_name.clone(),
    };
    let certificate = self_signed(&key, &subject, request.validity, request.serial)?;
    let pkcs12 = key.to_pkcs12(std::slice::from_ref(&certificate), password)?;
    Ok(TrialKey { pkcs12, certificate })
}
