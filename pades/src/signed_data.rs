//! The CMS that stands in a signature's /Contents: detached `SignedData` (RFC 5652) with the
//! signed attributes of PAdES B-B (ETSI EN 319 142-1, section 6.3).

mod detached;

pub(crate) use detached::Naming;

use cms::content_info::CmsVersion;
use cms::revocation::RevocationInfoChoices;
use cms::signed_data::{EncapsulatedContentInfo, SignerInfos};
use der::asn1::{OctetString, SetOfVec};
use der::{Any, Sequence};
use x509_cert::ext::pkix::name::GeneralNames;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::AlgorithmIdentifierOwned;

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
        detached::encode(algorithm, chain, document_digest, sign)
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
