//! The structures of OCSP (RFC 6960, section 4) and of CRLs (RFC 5280, section 5), as far as they
//! are read here. What is signed is kept as it came.

use der::asn1::{
    AnyRef, BitStringRef, IntRef, Null, ObjectIdentifier, OctetStringRef, SequenceRef,
};
use der::{Choice, DecodeValue, Enumerated, FixedTag, Header, Reader, Sequence, Tag};
use jiff::Timestamp;
use x509_cert::ext::Extension;
use x509_cert::name::Name;
use x509_cert::spki::AlgorithmIdentifierOwned;
use x509_cert::time::Time;

use crate::text::parse_generalized_time;

/// `OCSPRequest` (RFC 6960, section 4.1.1), not signed and without extensions.
#[derive(Sequence)]
pub(super) struct OcspRequest {
    pub(super) content: RequestContent,
}

/// `TBSRequest`.
#[derive(Sequence)]
pub(super) struct RequestContent {
    pub(super) requests: Vec<Request>,
}

/// `Request`.
#[derive(Sequence)]
pub(super) struct Request {
    pub(super) certificate: CertId,
}

/// `CertID`: a certificate by its issuer's name and key, both hashed, and its serial number.
#[derive(Sequence)]
pub(super) struct CertId {
    pub(super) hash: AlgorithmIdentifierOwned,
    pub(super) issuer_name: der::asn1::OctetString,
    pub(super) issuer_key: der::asn1::OctetString,
    pub(super) serial: der::asn1::Int,
}

/// `OCSPResponse` (RFC 6960, section 4.2.1).
#[derive(Sequence)]
pub(super) struct OcspResponse<'a> {
    pub(super) status: ResponseStatus,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub(super) bytes: Option<ResponseBytes<'a>>,
}

/// `OCSPResponseStatus`.
#[derive(Enumerated, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub(super) enum ResponseStatus {
    Successful = 0,
    MalformedRequest = 1,
    InternalError = 2,
    TryLater = 3,
    SigRequired = 5,
    Unauthorized = 6,
}

/// `ResponseBytes`.
#[derive(Sequence)]
pub(super) struct ResponseBytes<'a> {
    pub(super) kind: ObjectIdentifier,
    pub(super) response: &'a OctetStringRef,
}

/// `BasicOCSPResponse`.
#[derive(Sequence)]
pub(super) struct BasicResponse<'a> {
    pub(super) signed: AnyRef<'a>,
    pub(super) algorithm: AlgorithmIdentifierOwned,
    pub(super) signature: BitStringRef<'a>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub(super) certificates: Option<Vec<AnyRef<'a>>>,
}

/// `ResponseData`; the version stands there only where it is another than the one there is.
#[derive(DecodeValue)]
pub(super) struct ResponseData<'a> {
    pub(super) responder: ResponderId<'a>,
    pub(super) produced_at: Moment,
    pub(super) responses: Vec<SingleResponse<'a>>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    pub(super) extensions: Option<Vec<Extension>>,
}

impl<'a> Sequence<'a> for ResponseData<'a> {}

/// `ResponderID`: by its name, or by the SHA-1 of its key.
#[derive(Choice)]
pub(super) enum ResponderId<'a> {
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", constructed = "true")]
    Name(Name),
    #[asn1(context_specific = "2", tag_mode = "EXPLICIT", constructed = "true")]
    Key(&'a OctetStringRef),
}

/// `SingleResponse`.
#[derive(DecodeValue)]
pub(super) struct SingleResponse<'a> {
    pub(super) certificate: CertId,
    pub(super) status: CertStatus<'a>,
    pub(super) this_update: Moment,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub(super) next_update: Option<Moment>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    pub(super) extensions: Option<Vec<Extension>>,
}

impl<'a> Sequence<'a> for SingleResponse<'a> {}

/// `CertStatus`.
#[derive(Choice)]
pub(super) enum CertStatus<'a> {
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT")]
    Good(Null),
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", constructed = "true")]
    Revoked(RevokedInfo<'a>),
    #[asn1(context_specific = "2", tag_mode = "IMPLICIT")]
    Unknown(Null),
}

/// `RevokedInfo`; whatever the reason is, revoked is revoked.
#[derive(Sequence)]
pub(super) struct RevokedInfo<'a> {
    /// A [`Moment`].
    pub(super) at: AnyRef<'a>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub(super) reason: Option<AnyRef<'a>>,
}

/// `CertificateList` (RFC 5280, section 5.1).
#[derive(Sequence)]
pub(super) struct CertificateList<'a> {
    pub(super) signed: AnyRef<'a>,
    pub(super) algorithm: AlgorithmIdentifierOwned,
    pub(super) signature: BitStringRef<'a>,
}

/// `TBSCertList` of version 2. Its entries are left as they are, since there may be a million.
#[derive(DecodeValue)]
pub(super) struct ListContent<'a> {
    pub(super) version: x509_cert::Version,
    pub(super) algorithm: AlgorithmIdentifierOwned,
    pub(super) issuer: Name,
    pub(super) this_update: Time,
    pub(super) next_update: Option<Time>,
    pub(super) entries: Option<&'a SequenceRef>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub(super) extensions: Option<Vec<Extension>>,
}

impl<'a> Sequence<'a> for ListContent<'a> {}

/// One of `revokedCertificates`.
#[derive(Sequence)]
pub(super) struct ListEntry<'a> {
    pub(super) serial: IntRef<'a>,
    pub(super) at: Time,
    pub(super) extensions: Option<Vec<Extension>>,
}

/// A `GeneralizedTime`. RFC 5280 allows no fractions of a second, and some responders write them
/// all the same.
#[derive(Clone, Copy)]
pub(super) struct Moment(pub(super) Timestamp);

impl FixedTag for Moment {
    const TAG: Tag = Tag::GeneralizedTime;
}

impl<'a> DecodeValue<'a> for Moment {
    type Error = der::Error;

    fn decode_value<R: Reader<'a>>(reader: &mut R, header: Header) -> der::Result<Self> {
        let at = parse_generalized_time(reader.read_slice(header.length())?);
        at.map(Self).ok_or_else(|| Self::TAG.value_error().into())
    }
}
