//! Who can be asked about a certificate, as the certificate itself says.

use der::oid::AssociatedOid;
use der::oid::db::{rfc5280, rfc6960};
use x509_cert::ext::pkix::name::{DistributionPointName, GeneralName};
use x509_cert::ext::pkix::{AuthorityInfoAccessSyntax, CrlDistributionPoints};

use crate::Certificate;

/// Most addresses of a kind that are tried.
const MOST_ADDRESSES: usize = 4;

/// Addresses of OCSP responders (RFC 5280, section 4.2.2.1).
pub(crate) fn ocsp(certificate: &Certificate) -> Vec<String> {
    let access = extension::<AuthorityInfoAccessSyntax>(certificate).map(|access| access.0);
    access
        .unwrap_or_default()
        .iter()
        .filter(|one| one.access_method == rfc5280::ID_AD_OCSP)
        .filter_map(|one| address(&one.access_location))
        .take(MOST_ADDRESSES)
        .collect()
}

/// Addresses of CRLs of the issuer himself, for all reasons (RFC 5280, section 4.2.1.13).
pub(crate) fn crls(certificate: &Certificate) -> Vec<String> {
    let points = extension::<CrlDistributionPoints>(certificate).map(|points| points.0);
    points
        .unwrap_or_default()
        .iter()
        .filter(|point| point.reasons.is_none() && point.crl_issuer.is_none())
        .filter_map(|point| match &point.distribution_point {
            Some(DistributionPointName::FullName(names)) => Some(names),
            Some(DistributionPointName::NameRelativeToCRLIssuer(_)) | None => None,
        })
        .flatten()
        .filter_map(address)
        .take(MOST_ADDRESSES)
        .collect()
}

/// Whether an OCSP responder's certificate is to be believed unasked until it ends (RFC 6960,
/// section 4.2.2.2.1).
pub(super) fn unasked(certificate: &Certificate) -> bool {
    let extensions = certificate.parsed().tbs_certificate().extensions();
    extensions.is_some_and(|all| all.iter().any(|one| one.extn_id == rfc6960::ID_PKIX_OCSP_NOCHECK))
}

fn extension<T>(certificate: &Certificate) -> Option<T>
where
    T: AssociatedOid + for<'a> der::Decode<'a, Error = der::Error>,
{
    Some(certificate.parsed().tbs_certificate().get_extension::<T>().ok()??.1)
}

/// Other schemes, such as ldap, are not spoken.
fn address(name: &GeneralName) -> Option<String> {
    let GeneralName::UniformResourceIdentifier(address) = name else { return None };
    let spoken = ["http://", "https://"].into_iter().any(|scheme| {
        address.as_str().get(..scheme.len()).is_some_and(|own| own.eq_ignore_ascii_case(scheme))
    });
    spoken.then(|| address.to_string())
}
