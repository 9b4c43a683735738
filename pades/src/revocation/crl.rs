//! CRLs: lists of what an issuer revoked (RFC 5280, section 5).

use der::asn1::ObjectIdentifier;
use der::oid::db::rfc5280;
use der::{Decode, Encode, Reader, SliceReader};
use jiff::Timestamp;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::crl::dp::IssuingDistributionPoint;
use x509_cert::ext::pkix::name::DistributionPointName;
use x509_cert::ext::pkix::{BasicConstraints, CrlDistributionPoints};

use super::answer::AnswerError;
use super::asn1::{CertificateList, ListContent, ListEntry};
use super::ocsp::Status;
use crate::Certificate;
use crate::algorithm::verifies;
use crate::certificate::timestamp;

/// Most bytes of a CRL.
pub(crate) const MOST_CRL: usize = 16 << 20;

/// A CRL whose issuer was checked, and whose dates were not.
#[derive(Debug, Clone)]
pub(crate) struct Crl {
    der: Vec<u8>,
    scope: Option<IssuingDistributionPoint>,
    /// From when it holds.
    pub(crate) this_update: Timestamp,
    /// Until when it holds, where that is said.
    pub(crate) next_update: Option<Timestamp>,
}

impl Crl {
    /// Read the CRL of `issuer`. Whether it is of today is not asked.
    ///
    /// # Errors
    /// [`AnswerError`] when it is none, or not his, or speaks of less than a CRL does.
    pub(crate) fn read(der: Vec<u8>, issuer: &Certificate) -> Result<Self, AnswerError> {
        if der.len() > MOST_CRL {
            return Err(AnswerError::Unreadable);
        }
        let list = CertificateList::from_der(&der).map_err(|_| AnswerError::Unreadable)?;
        let content: ListContent<'_> =
            list.signed.decode_as().map_err(|_| AnswerError::Unreadable)?;
        if content.version != x509_cert::Version::V2 || content.algorithm != list.algorithm {
            return Err(AnswerError::Unreadable);
        }
        let tbs = issuer.parsed().tbs_certificate();
        if content.issuer != *tbs.subject() {
            return Err(AnswerError::OtherIssuer);
        }
        let scope = scope(content.extensions.as_deref().unwrap_or_default())?;
        each_entry(&content, |_, _| ())?;
        let (this_update, next_update) =
            (timestamp(content.this_update), content.next_update.map(timestamp));
        let signed = list.signed.to_der().map_err(|_| AnswerError::Unreadable)?;
        let signature = list.signature.as_bytes().ok_or(AnswerError::Unreadable)?;
        let key = tbs.subject_public_key_info();
        if !verifies(&list.algorithm, None, key, &signed, signature) {
            return Err(AnswerError::WrongSigner);
        }
        if !issuer.may_sign_crls() {
            return Err(AnswerError::SignerUnmeant);
        }
        Ok(Self { scope, this_update, next_update, der })
    }

    /// The CRL as it came.
    pub(crate) fn der(&self) -> &[u8] {
        &self.der
    }

    /// What it says of a certificate of its issuer's: good, or revoked.
    ///
    /// # Errors
    /// [`AnswerError::NotCovering`] when it does not speak of such certificates.
    pub(crate) fn status(&self, certificate: &Certificate) -> Result<Status, AnswerError> {
        if self.scope.as_ref().is_some_and(|scope| !covers(scope, certificate)) {
            return Err(AnswerError::NotCovering);
        }
        let list = CertificateList::from_der(&self.der).map_err(|_| AnswerError::Unreadable)?;
        let content: ListContent<'_> =
            list.signed.decode_as().map_err(|_| AnswerError::Unreadable)?;
        let serial = certificate.parsed().tbs_certificate().serial_number().as_bytes();
        let mut status = Status::Good;
        each_entry(&content, |listed, at| {
            if listed == serial {
                status = Status::Revoked { at };
            }
        })?;
        Ok(status)
    }
}

/// Every entry's serial number and date, to the last: one that can't be read could be the one.
fn each_entry(
    content: &ListContent<'_>,
    mut see: impl FnMut(&[u8], Timestamp),
) -> Result<(), AnswerError> {
    let Some(entries) = content.entries else { return Ok(()) };
    let mut reader = SliceReader::new(entries.as_bytes()).map_err(|_| AnswerError::Unreadable)?;
    while !reader.is_finished() {
        let entry = ListEntry::decode(&mut reader).map_err(|_| AnswerError::Unreadable)?;
        // Above all the one by which an entry speaks of another issuer's certificate.
        if entry.extensions.iter().flatten().any(|one| one.critical) {
            return Err(AnswerError::CriticalExtension);
        }
        see(entry.serial.as_bytes(), timestamp(entry.at));
    }
    Ok(())
}

/// What the list speaks of, where that is not all. Its number and its issuer's key need no
/// understanding, and a delta says so by an extension that is critical.
fn scope(extensions: &[Extension]) -> Result<Option<IssuingDistributionPoint>, AnswerError> {
    const UNDERSTOOD: [ObjectIdentifier; 3] = [
        rfc5280::ID_CE_ISSUING_DISTRIBUTION_POINT,
        rfc5280::ID_CE_CRL_NUMBER,
        rfc5280::ID_CE_AUTHORITY_KEY_IDENTIFIER,
    ];
    if extensions.iter().any(|one| {
        one.extn_id == rfc5280::ID_CE_DELTA_CRL_INDICATOR
            || (one.critical && !UNDERSTOOD.contains(&one.extn_id))
    }) {
        return Err(AnswerError::CriticalExtension);
    }
    let mut scopes =
        extensions.iter().filter(|one| one.extn_id == rfc5280::ID_CE_ISSUING_DISTRIBUTION_POINT);
    match (scopes.next(), scopes.next()) {
        (None, _) => Ok(None),
        (Some(scope), None) => IssuingDistributionPoint::from_der(scope.extn_value.as_bytes())
            .map(Some)
            .map_err(|_| AnswerError::Unreadable),
        (Some(_), Some(_)) => Err(AnswerError::Unreadable),
    }
}

/// Whether a list of this scope speaks of the certificate, for any reason (RFC 5280, section
/// 6.3.3, b and c).
fn covers(scope: &IssuingDistributionPoint, certificate: &Certificate) -> bool {
    let tbs = certificate.parsed().tbs_certificate();
    let is_ca = matches!(tbs.get_extension::<BasicConstraints>(), Ok(Some((_, constraints))) if constraints.ca);
    let elsewhere = scope.only_contains_attribute_certs
        || (scope.only_contains_user_certs && is_ca)
        || (scope.only_contains_ca_certs && !is_ca)
        || scope.indirect_crl
        || scope.only_some_reasons.is_some();
    let place = scope.distribution_point.as_ref().is_none_or(|name| {
        let points = tbs.get_extension::<CrlDistributionPoints>();
        matches!(points, Ok(Some((_, points))) if points.0.iter().any(|point| {
            point.distribution_point.as_ref().is_some_and(|own| meet(name, own))
        }))
    });
    place && !elsewhere
}

fn meet(one: &DistributionPointName, other: &DistributionPointName) -> bool {
    match (one, other) {
        (DistributionPointName::FullName(ones), DistributionPointName::FullName(others)) => {
            ones.iter().any(|name| others.contains(name))
        }
        (
            DistributionPointName::NameRelativeToCRLIssuer(one),
            DistributionPointName::NameRelativeToCRLIssuer(other),
        ) => one == other,
        (DistributionPointName::FullName(_), DistributionPointName::NameRelativeToCRLIssuer(_))
        | (DistributionPointName::NameRelativeToCRLIssuer(_), DistributionPointName::FullName(_)) => {
            false
        }
    }
}
