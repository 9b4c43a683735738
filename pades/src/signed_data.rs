//! The CMS that stands in a signature's /Contents: detached `SignedData` (RFC 5652) with the
//! signed attributes of PAdES B-B (ETSI EN 319 142-1, section 6.3).

use cms::cert::IssuerAndSerialNumber;
use cms::content_info::{CmsVersion, ContentInfo};
use cms::revocation::RevocationInfoChoices;
use cms::signed_data::{EncapsulatedContentInfo, SignerIdentifier, SignerInfo, SignerInfos};
use der::asn1::{ObjectIdentifier, OctetString, SetOfVec};
use der::oid::db::{rfc3161, rfc5911};
use der::{Any, Decode, Encode, Sequence};
use x509_cert::attr::{Attribute, Attributes};
use x509_cert::ext::pkix::name::GeneralNames;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::AlgorithmIdentifierOwned;

use crate::algorithm::Digest;
use crate::{Certificate, KeyError, SignatureAlgorithm};

/// `SignedData` (RFC 5652, section 5.1), with each certificate's bytes kept as they came.
#[derive(Sequence)]
pub(crate) struct SignedData {
    pub(crate) version: CmsVersion,
    pub(crate) digest_algorithms: SetOfVec<AlgorithmIdentifierOwned>,
    pub(crate) encap_content_info: EncapsulatedContentInfo,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", constructed = "true", optional = "true")]
    pub(crate) certificates: Option<SetOfVec<Any>>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", constructed = "true", optional = "true")]
    pub(crate) crls: Option<RevocationInfoChoices>,
    pub(crate) signer_infos: SignerInfos,
}

/// `SigningCertificateV2` (RFC 5035, section 3).
#[derive(Sequence)]
pub(crate) struct SigningCertificateV2 {
    pub(crate) certs: Vec<EssCertIdV2>,
    #[asn1(optional = "true")]
    pub(crate) policies: Option<Any>,
}

/// `ESSCertIDv2` (RFC 5035, section 4); no algorithm means SHA-256.
#[derive(Sequence)]
pub(crate) struct EssCertIdV2 {
    #[asn1(optional = "true")]
    pub(crate) hash_algorithm: Option<AlgorithmIdentifierOwned>,
    pub(crate) cert_hash: OctetString,
    #[asn1(optional = "true")]
    pub(crate) issuer_serial: Option<IssuerSerial>,
}

/// `IssuerSerial` (RFC 5035, section 5).
#[derive(Sequence)]
pub(crate) struct IssuerSerial {
    pub(crate) issuer: GeneralNames,
    pub(crate) serial_number: SerialNumber,
}

impl SignedData {
    /// The CMS of a signature over a document with this digest. `sign` is given what is signed,
    /// the attributes.
    pub(crate) fn encode<E: From<EncodeError>>(
        algorithm: SignatureAlgorithm,
        chain: &[Certificate],
        document_digest: &[u8],
        sign: impl FnOnce(&[u8]) -> Result<Signature, E>,
    ) -> Result<Vec<u8>, E> {
        let leaf = chain.first().ok_or(EncodeError::Key(KeyError::NoCertificate))?;
        let attributes = signed_attributes(leaf, document_digest).map_err(EncodeError::Der)?;
        let signature = sign(&attributes.to_der().map_err(EncodeError::Der)?)?;
        let signer = signer_info(algorithm, leaf, attributes, signature);
        let cms = signer.and_then(|signer| Self::around(algorithm, chain, signer));
        Ok(cms.map_err(EncodeError::Der)?)
    }

    fn around(
        algorithm: SignatureAlgorithm,
        chain: &[Certificate],
        signer: SignerInfo,
    ) -> der::Result<Vec<u8>> {
        let certificates =
            chain.iter().map(|one| Any::from_der(one.der())).collect::<Result<Vec<_>, _>>()?;
        let signed_data = Self {
            version: CmsVersion::V1,
            digest_algorithms: SetOfVec::try_from(vec![algorithm.digest().identifier()])?,
            encap_content_info: EncapsulatedContentInfo {
                econtent_type: rfc5911::ID_DATA,
                econtent: None,
            },
            certificates: Some(SetOfVec::try_from(certificates)?),
            crls: None,
            signer_infos: SignerInfos::try_from(vec![signer])?,
        };
        let content = ContentInfo {
            content_type: rfc5911::ID_SIGNED_DATA,
            content: Any::from_der(&signed_data.to_der()?)?,
        };
        content.to_der()
    }
}

/// What a key made, and what proves when.
pub(crate) struct Signature {
    pub(crate) value: Vec<u8>,
    /// A timestamp token of the value, in DER.
    pub(crate) timestamp: Option<Vec<u8>>,
}

/// A CMS that can't be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EncodeError {
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    Der(#[from] der::Error),
}

fn signer_info(
    algorithm: SignatureAlgorithm,
    leaf: &Certificate,
    attributes: Attributes,
    signature: Signature,
) -> der::Result<SignerInfo> {
    let timestamp = signature
        .timestamp
        .map(|token| attribute(rfc3161::ID_AA_TIME_STAMP_TOKEN, &Any::from_der(&token)?))
        .transpose()?;
    let tbs = leaf.parsed().tbs_certificate();
    Ok(SignerInfo {
        version: CmsVersion::V1,
        sid: SignerIdentifier::IssuerAndSerialNumber(IssuerAndSerialNumber {
            issuer: tbs.issuer().clone(),
            serial_number: tbs.serial_number().clone(),
        }),
        digest_alg: algorithm.digest().identifier(),
        signed_attrs: Some(attributes),
        signature_algorithm: algorithm.identifier(),
        signature: OctetString::new(signature.value)?,
        unsigned_attrs: timestamp.map(|one| SetOfVec::try_from(vec![one])).transpose()?,
    })
}

/// Content type, message digest, and signing certificate; no signing time, which in PAdES is the
/// dictionary's /M.
fn signed_attributes(leaf: &Certificate, document_digest: &[u8]) -> der::Result<Attributes> {
    let signing_certificate = SigningCertificateV2 {
        certs: vec![EssCertIdV2 {
            hash_algorithm: None,
            cert_hash: OctetString::new(Digest::Sha256.of(&[leaf.der()]))?,
            issuer_serial: None,
        }],
        policies: None,
    };
    SetOfVec::try_from(vec![
        attribute(rfc5911::ID_CONTENT_TYPE, &rfc5911::ID_DATA)?,
        attribute(rfc5911::ID_MESSAGE_DIGEST, &OctetString::new(document_digest)?)?,
        attribute(rfc5911::ID_AA_SIGNING_CERTIFICATE_V_2, &signing_certificate)?,
    ])
}

fn attribute(oid: ObjectIdentifier, value: &impl Encode) -> der::Result<Attribute> {
    Ok(Attribute { oid, values: SetOfVec::try_from(vec![Any::from_der(&value.to_der()?)?])? })
}
