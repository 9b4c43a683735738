//! OCSP: the request for a certificate, and what answers it (RFC 6960).

use der::asn1::{Int, ObjectIdentifier, OctetString};
use der::oid::db::{rfc5280, rfc5912, rfc6960};
use der::{Any, Decode, Encode};
use jiff::Timestamp;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::ExtendedKeyUsage;
use x509_cert::spki::AlgorithmIdentifierOwned;

use super::answer::AnswerError;
use super::asn1::{
    BasicResponse, CertId, CertStatus, Moment, OcspRequest, OcspResponse, Request, RequestContent,
    ResponderId, ResponseData, ResponseStatus, SingleResponse,
};
use crate::Certificate;
use crate::algorithm::{Digest, sha1, verifies};

/// Most bytes of an answer.
pub(crate) const MOST_OCSP: usize = 128 << 10;

/// Most certificates that an answer may bring.
const MOST_CERTIFICATES: usize = 8;

/// What an OCSP responder said of a certificate; who said it was checked, and when was not.
#[derive(Debug, Clone)]
pub(crate) struct OcspAnswer {
    /// What it said.
    pub(crate) status: Status,
    /// From when it holds.
    pub(crate) this_update: Timestamp,
    /// Until when it holds, where that is said.
    pub(crate) next_update: Option<Timestamp>,
    /// When it was signed.
    pub(crate) produced_at: Timestamp,
    /// Whose key signed it, where that is not the issuer himself.
    pub(crate) responder: Option<Certificate>,
}

/// What an answer says of a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// It is not revoked.
    Good,
    /// It was revoked.
    Revoked {
        /// Since when.
        at: Timestamp,
    },
    /// Whoever answers has not heard of it.
    Unknown,
}

/// The request for one certificate. It has no nonce, so that what answers it can be kept; SHA-1
/// names the issuer, since not every responder knows him by another digest.
pub(super) fn request(certificate: &Certificate, issuer: &Certificate) -> der::Result<Vec<u8>> {
    let hash = AlgorithmIdentifierOwned { oid: rfc5912::ID_SHA_1, parameters: Some(Any::null()) };
    let (name, key) = issuer_hashes(hash.oid, issuer).ok_or(der::ErrorKind::Failed)?;
    let serial = certificate.parsed().tbs_certificate().serial_number().as_bytes();
    let certificate = CertId {
        hash,
        issuer_name: OctetString::new(name)?,
        issuer_key: OctetString::new(key)?,
        serial: Int::new(serial)?,
    };
    let content = RequestContent { requests: vec![Request { certificate }] };
    OcspRequest { content }.to_der()
}

impl OcspAnswer {
    /// What `der` says of `certificate`, which `issuer` issued. Whether it is of today is not
    /// asked.
    ///
    /// # Errors
    /// [`AnswerError`] when it says nothing of it, or was not signed by who may speak of it.
    pub(crate) fn read(
        der: &[u8],
        certificate: &Certificate,
        issuer: &Certificate,
    ) -> Result<Self, AnswerError> {
        let basic = successful(der)?;
        let basic = BasicResponse::from_der(&basic).map_err(|_| AnswerError::Unreadable)?;
        let data: ResponseData<'_> =
            basic.signed.decode_as().map_err(|_| AnswerError::Unreadable)?;
        let mut own =
            data.responses.iter().filter(|one| names(&one.certificate, certificate, issuer));
        // Of two that contradict each other, the first would be as good as the second.
        let single = match (own.next(), own.next()) {
            (Some(single), None) => single,
            (Some(_), Some(_)) => return Err(AnswerError::Unreadable),
            (None, _) => return Err(AnswerError::OtherCertificate),
        };
        if demands_the_unknown(data.extensions.as_deref())
            || demands_the_unknown(single.extensions.as_deref())
        {
            return Err(AnswerError::CriticalExtension);
        }
        let responder = signer(&basic, &data, issuer)?;
        Self::of(single, data.produced_at.0, responder).map_err(|_| AnswerError::Unreadable)
    }

    fn of(
        single: &SingleResponse<'_>,
        produced_at: Timestamp,
        responder: Option<Certificate>,
    ) -> der::Result<Self> {
        let status = match &single.status {
            CertStatus::Good(_) => Status::Good,
            CertStatus::Revoked(info) => Status::Revoked { at: info.at.decode_as::<Moment>()?.0 },
            CertStatus::Unknown(_) => Status::Unknown,
        };
        Ok(Self {
            status,
            this_update: single.this_update.0,
            next_update: single.next_update.map(|moment| moment.0),
            produced_at,
            responder,
        })
    }
}

/// The `BasicOCSPResponse` of a responder that answered.
fn successful(der: &[u8]) -> Result<Vec<u8>, AnswerError> {
    if der.len() > MOST_OCSP {
        return Err(AnswerError::Unreadable);
    }
    let response = OcspResponse::from_der(der).map_err(|_| AnswerError::Unreadable)?;
    match response.status {
        ResponseStatus::Successful => {}
        ResponseStatus::TryLater | ResponseStatus::InternalError => {
            return Err(AnswerError::TryLater);
        }
        ResponseStatus::MalformedRequest
        | ResponseStatus::SigRequired
        | ResponseStatus::Unauthorized => return Err(AnswerError::Refused),
    }
    match response.bytes {
        Some(bytes) if bytes.kind == rfc6960::ID_PKIX_OCSP_BASIC => {
            Ok(bytes.response.as_bytes().to_vec())
        }
        Some(_) | None => Err(AnswerError::Unreadable),
    }
}

/// Whether `id` is this certificate's.
fn names(id: &CertId, certificate: &Certificate, issuer: &Certificate) -> bool {
    let serial = certificate.parsed().tbs_certificate().serial_number().as_bytes();
    id.serial.as_bytes() == serial
        && issuer_hashes(id.hash.oid, issuer).is_some_and(|(name, key)| {
            id.issuer_name.as_bytes() == name && id.issuer_key.as_bytes() == key
        })
}

/// The digests of an issuer's name and of his key.
fn issuer_hashes(hash: ObjectIdentifier, issuer: &Certificate) -> Option<(Vec<u8>, Vec<u8>)> {
    let name = issuer.parsed().tbs_certificate().subject().to_der().ok()?;
    let hash = |bytes: &[u8]| match hash {
        rfc5912::ID_SHA_1 => Some(sha1(bytes)),
        _ => Some(Digest::from_oid(hash)?.of(&[bytes])),
    };
    Some((hash(&name)?, hash(issuer.public_key())?))
}

/// Who signed it: the issuer (`None`), or a responder that he appointed (RFC 6960, section
/// 4.2.2.2).
fn signer(
    basic: &BasicResponse<'_>,
    data: &ResponseData<'_>,
    issuer: &Certificate,
) -> Result<Option<Certificate>, AnswerError> {
    let signed = basic.signed.to_der().map_err(|_| AnswerError::Unreadable)?;
    let signature = basic.signature.as_bytes().ok_or(AnswerError::Unreadable)?;
    let made = |by: &Certificate| {
        let key = by.parsed().tbs_certificate().subject_public_key_info();
        is_named(&data.responder, by) && verifies(&basic.algorithm, None, key, &signed, signature)
    };
    if made(issuer) {
        return Ok(None);
    }
    let brought = basic.certificates.iter().flatten().take(MOST_CERTIFICATES);
    let responder = brought
        .filter_map(|one| Certificate::from_der(&one.to_der().ok()?).ok())
        .find(|one| made(one) && one.is_signed_by(issuer))
        .ok_or(AnswerError::WrongSigner)?;
    if !may_respond(&responder) {
        return Err(AnswerError::SignerUnmeant);
    }
    if !responder.validity().contains(data.produced_at.0) {
        return Err(AnswerError::SignerEnded);
    }
    Ok(Some(responder))
}

fn is_named(responder: &ResponderId<'_>, certificate: &Certificate) -> bool {
    match responder {
        ResponderId::Name(name) => name == certificate.parsed().tbs_certificate().subject(),
        ResponderId::Key(key) => key.as_bytes() == sha1(certificate.public_key()),
    }
}

/// Whether it was appointed to answer: it must say so, and no other usage does (RFC 6960, section
/// 4.2.2.2).
fn may_respond(responder: &Certificate) -> bool {
    let purposes = responder.parsed().tbs_certificate().get_extension::<ExtendedKeyUsage>();
    !responder.demands_the_unknown()
        && matches!(purposes, Ok(Some((_, purposes))) if purposes.0.contains(&rfc5280::ID_KP_OCSP_SIGNING))
}

fn demands_the_unknown(extensions: Option<&[Extension]>) -> bool {
    extensions.unwrap_or_default().iter().any(|one| one.critical)
}
