//! Making the CMS of a signature. A P-256 key signs in some fifteen microseconds, so that what
//! each signature has anew is encoded once, and all else is put around it as bytes.

use cms::cert::IssuerAndSerialNumber;
use cms::content_info::CmsVersion;
use der::asn1::{AnyRef, ObjectIdentifier, OctetString, OctetStringRef};
use der::oid::db::{rfc3161, rfc5911};
use der::{Encode, Sequence, Tag, TagNumber};
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::AlgorithmIdentifierOwned;

use super::{EncodeError, EssCertIdV2, Signature, SigningCertificateV2};
use crate::algorithm::Digest;
use crate::{Certificate, KeyError, SignatureAlgorithm};

/// `ContentInfo` (RFC 5652, section 3).
#[derive(Sequence)]
struct Content<'a> {
    content_type: ObjectIdentifier,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    content: Data<'a>,
}

/// `SignedData` (RFC 5652, section 5.1).
#[derive(Sequence)]
struct Data<'a> {
    version: CmsVersion,
    digest_algorithms: AnyRef<'a>,
    content: Detached,
    certificates: AnyRef<'a>,
    signers: AnyRef<'a>,
}

/// `EncapsulatedContentInfo` (RFC 5652, section 5.2) without content.
#[derive(Sequence)]
struct Detached {
    content_type: ObjectIdentifier,
}

/// `SignerInfo` (RFC 5652, section 5.3).
#[derive(Sequence)]
struct Signer<'a> {
    version: CmsVersion,
    issuer_and_serial: AnyRef<'a>,
    digest_algorithm: AlgorithmIdentifierOwned,
    attributes: AnyRef<'a>,
    signature_algorithm: AlgorithmIdentifierOwned,
    signature: &'a OctetStringRef,
    #[asn1(optional = "true")]
    unsigned: Option<AnyRef<'a>>,
}

/// `Attribute` with its `SET` of one value.
#[derive(Sequence)]
struct Attribute<'a> {
    oid: ObjectIdentifier,
    values: AnyRef<'a>,
}

/// The CMS over a document with this digest. `sign` is given what is signed, the attributes.
pub(super) fn encode<E: From<EncodeError>>(
    algorithm: SignatureAlgorithm,
    chain: &[Certificate],
    document_digest: &[u8],
    sign: impl FnOnce(&[u8]) -> Result<Signature, E>,
) -> Result<Vec<u8>, E> {
    let leaf = chain.first().ok_or(EncodeError::Key(KeyError::NoCertificate))?.naming();
    let attributes = leaf.attributes(document_digest).map_err(EncodeError::Der)?;
    let signed = AnyRef::new(Tag::Set, &attributes).and_then(|set| set.to_der());
    let signature = sign(&signed.map_err(EncodeError::Der)?)?;
    let timestamp = signature.timestamp.map(|token| attribute(TIMESTAMP, &token)).transpose();
    let signer = timestamp.and_then(|timestamp| {
        signer_info(algorithm, leaf, &attributes, &signature.value, timestamp.as_deref())
    });
    let cms = signer.and_then(|signer| around(algorithm, chain, &signer));
    Ok(cms.map_err(EncodeError::Der)?)
}

fn signer_info(
    algorithm: SignatureAlgorithm,
    leaf: &Naming,
    attributes: &[u8],
    signature: &[u8],
    timestamp: Option<&[u8]>,
) -> der::Result<Vec<u8>> {
    Signer {
        version: CmsVersion::V1,
        issuer_and_serial: AnyRef::new(Tag::Sequence, &leaf.issuer_and_serial)?,
        digest_algorithm: algorithm.digest().identifier(),
        attributes: tagged(0, attributes)?,
        signature_algorithm: algorithm.identifier()?,
        signature: OctetStringRef::new(signature)?,
        unsigned: timestamp.map(|one| tagged(1, one)).transpose()?,
    }
    .to_der()
}

fn around(
    algorithm: SignatureAlgorithm,
    chain: &[Certificate],
    signer: &[u8],
) -> der::Result<Vec<u8>> {
    let announced = algorithm.digest().identifier().to_der()?;
    let certificates = set_of(&mut chain.iter().map(Certificate::der).collect::<Vec<_>>());
    let content = Data {
        version: CmsVersion::V1,
        digest_algorithms: AnyRef::new(Tag::Set, &announced)?,
        content: Detached { content_type: rfc5911::ID_DATA },
        certificates: tagged(0, &certificates)?,
        signers: AnyRef::new(Tag::Set, signer)?,
    };
    Content { content_type: rfc5911::ID_SIGNED_DATA, content }.to_der()
}

/// The attribute of a timestamp of the signature (ETSI EN 319 122-1, section 5.3).
const TIMESTAMP: ObjectIdentifier = rfc3161::ID_AA_TIME_STAMP_TOKEN;

fn tagged(number: u32, value: &[u8]) -> der::Result<AnyRef<'_>> {
    AnyRef::new(Tag::ContextSpecific { constructed: true, number: TagNumber(number) }, value)
}

/// What signatures say of their signer's certificate, which is the same in all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Naming {
    /// What is in `IssuerAndSerialNumber` (RFC 5652, section 10.2.4).
    issuer_and_serial: Vec<u8>,
    /// The signed attributes, for each length of a document's digest.
    attributes: [Attributes; 2],
}

/// The signed attributes around a document's digest: content type, message digest, and signing
/// certificate; no signing time, which in PAdES is the dictionary's /M.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Attributes {
    before: Vec<u8>,
    /// How long the digest is.
    length: usize,
    after: Vec<u8>,
}

impl Naming {
    /// How the certificate with these bytes is named.
    pub(crate) fn of(der: &[u8], issuer: &Name, serial: &SerialNumber) -> der::Result<Self> {
        let named = SigningCertificateV2 {
            certs: vec![EssCertIdV2 {
                hash_algorithm: None,
                cert_hash: OctetString::new(Digest::Sha256.of(&[der]))?,
                issuer_serial: None,
            }],
            policies: None,
        };
        let named = attribute(rfc5911::ID_AA_SIGNING_CERTIFICATE_V_2, &named.to_der()?)?;
        let (issuer, serial_number) = (issuer.clone(), serial.clone());
        let name = IssuerAndSerialNumber { issuer, serial_number };
        Ok(Self {
            issuer_and_serial: AnyRef::try_from(name.to_der()?.as_slice())?.value().to_vec(),
            attributes: [
                Attributes::around(&[0x5a; 32], &named)?,
                Attributes::around(&[0x5a; 48], &named)?,
            ],
        })
    }

    /// The signed attributes of a document with this digest, without the header of their set.
    fn attributes(&self, digest: &[u8]) -> der::Result<Vec<u8>> {
        let fits = self.attributes.iter().find(|one| one.length == digest.len());
        let Attributes { before, after, .. } = fits.ok_or(der::ErrorKind::Failed)?;
        Ok([before, digest, after].concat())
    }
}

impl Attributes {
    /// Encode them with a digest, and cut it out.
    fn around(digest: &[u8], signing_certificate: &[u8]) -> der::Result<Self> {
        let content_type = attribute(rfc5911::ID_CONTENT_TYPE, &rfc5911::ID_DATA.to_der()?)?;
        let value = OctetStringRef::new(digest)?.to_der()?;
        let message_digest = attribute(rfc5911::ID_MESSAGE_DIGEST, &value)?;
        let all = set_of(&mut [&content_type, &message_digest, signing_certificate]);
        let at = all.windows(digest.len()).position(|bytes| bytes == digest);
        let (before, rest) = all.split_at(at.ok_or(der::ErrorKind::Failed)?);
        let (_, after) = rest.split_at(digest.len());
        Ok(Self { before: before.to_vec(), length: digest.len(), after: after.to_vec() })
    }
}

fn attribute(oid: ObjectIdentifier, value: &[u8]) -> der::Result<Vec<u8>> {
    Attribute { oid, values: AnyRef::new(Tag::Set, value)? }.to_der()
}

/// The encoded members one after the other, as DER orders a set (X.690, section 11.6).
fn set_of(members: &mut [&[u8]]) -> Vec<u8> {
    members.sort_unstable();
    members.concat()
}
