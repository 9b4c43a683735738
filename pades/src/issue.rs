//! What a key says of itself: a certificate that it signs itself (RFC 5280), and a request to be
//! given one (PKCS#10, RFC 2986).

use der::asn1::{
    BitString, ObjectIdentifier, OctetString, PrintableStringRef, SetOfVec, Utf8StringRef,
};
use der::oid::db::{rfc4519, rfc5280};
use der::pem::LineEnding;
use der::{Any, Decode, Encode, Sequence};
use jiff::Timestamp;
use std::time::Duration;
use x509_cert::attr::{AttributeTypeAndValue, Attributes};
use x509_cert::certificate::Version;
use x509_cert::ext::pkix::{
    BasicConstraints, ExtendedKeyUsage, KeyUsage, KeyUsages, SubjectKeyIdentifier,
};
use x509_cert::ext::{Extension, ToExtension};
use x509_cert::name::{Name, RdnSequence, RelativeDistinguishedName};
use x509_cert::request::{CertReq, CertReqInfo, ExtensionReq};
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};
use x509_cert::time::Time;

use crate::algorithm::Digest;
use crate::certificate::DOCUMENT_SIGNING;
use crate::{Certificate, KeyError, KeyPair, Validity};

/// Whom a certificate names, in any script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// Country (C=), two letters, where it is named.
    pub country: Option<String>,
    /// Organisation (O=).
    pub organization: String,
    /// Common name (CN=).
    pub common_name: String,
}

/// A certificate or a request that can't be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IssueError {
    /// Name, dates or serial number do not fit.
    #[error(
        "name and dates do not fit into a certificate: the country has two letters, and dates lie between 1970 and 9999"
    )]
    Unfit,
    /// The key does not sign.
    #[error(transparent)]
    Key(#[from] KeyError),
}

impl IssueError {
    /// The same in zh-TW.
    #[must_use]
    pub fn zh(&self) -> String {
        match self {
            Self::Unfit => {
                "名稱或日期無法寫入憑證：國家代碼為兩個字母，日期須在 1970 年至 9999 年之間".into()
            }
            Self::Key(error) => error.zh().into_owned(),
        }
    }
}

impl From<der::Error> for IssueError {
    fn from(_: der::Error) -> Self {
        Self::Unfit
    }
}

/// `TBSCertificate` of version 3 (RFC 5280, section 4.1), which can be made here, while the
/// decoder's can only be read.
#[derive(Sequence)]
struct ToBeSigned {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    version: Version,
    serial_number: SerialNumber,
    signature: AlgorithmIdentifierOwned,
    issuer: Name,
    validity: x509_cert::time::Validity,
    subject: Name,
    subject_public_key_info: SubjectPublicKeyInfoOwned,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT")]
    extensions: Vec<Extension>,
}

#[derive(Sequence)]
struct Signed {
    content: ToBeSigned,
    algorithm: AlgorithmIdentifierOwned,
    signature: BitString,
}

/// A certificate for signing documents that `key` signs itself, so that nobody trusts it who was
/// not told to. `serial` are random bytes for its serial number (RFC 5280, section 4.1.2.2).
///
/// # Errors
/// [`IssueError`] when the key does not sign, or what it should say does not fit.
pub fn self_signed(
    key: &dyn KeyPair,
    subject: &Subject,
    validity: Validity,
    serial: [u8; 16],
) -> Result<Certificate, IssueError> {
    let algorithm = key.algorithm().identifier()?;
    let name = name(subject)?;
    let public = SubjectPublicKeyInfoOwned::from_der(key.public_key())?;
    let content = ToBeSigned {
        version: Version::V3,
        serial_number: serial_number(serial)?,
        signature: algorithm.clone(),
        issuer: name.clone(),
        validity: x509_cert::time::Validity::new(time(validity.from)?, time(validity.until)?),
        extensions: extensions(&name, &public)?,
        subject: name,
        subject_public_key_info: public,
    };
    let signature = BitString::from_bytes(&key.sign(&content.to_der()?)?)?;
    let der = Signed { content, algorithm, signature }.to_der()?;
    Certificate::from_der(&der).map_err(|_| IssueError::Unfit)
}

/// A request for a certificate for signing documents, as PEM, which a certificate authority reads.
///
/// # Errors
/// [`IssueError`] when the key does not sign, or what it should say does not fit.
pub fn signing_request(key: &dyn KeyPair, subject: &Subject) -> Result<String, IssueError> {
    let name = name(subject)?;
    let public_key = SubjectPublicKeyInfoOwned::from_der(key.public_key())?;
    let asked = ExtensionReq(extensions(&name, &public_key)?);
    let info = CertReqInfo {
        version: x509_cert::request::Version::V1,
        subject: name,
        public_key,
        attributes: Attributes::try_from(vec![asked.try_into()?])?,
    };
    let signature = BitString::from_bytes(&key.sign(&info.to_der()?)?)?;
    let request = CertReq { info, algorithm: key.algorithm().identifier()?, signature };
    der::pem::encode_string("CERTIFICATE REQUEST", LineEnding::LF, &request.to_der()?)
        .map_err(|_| IssueError::Unfit)
}

/// Positive, and of a length that does not depend on chance.
fn serial_number(mut bytes: [u8; 16]) -> der::Result<SerialNumber> {
    if let Some(first) = bytes.first_mut() {
        *first = *first & 0x7f | 0x40;
    }
    SerialNumber::new(&bytes)
}

fn time(at: Timestamp) -> Result<Time, IssueError> {
    let seconds = u64::try_from(at.as_second()).map_err(|_| IssueError::Unfit)?;
    Ok(Time::from(der::DateTime::from_unix_duration(Duration::from_secs(seconds))?))
}

fn name(subject: &Subject) -> Result<Name, IssueError> {
    let part = |oid: ObjectIdentifier, value: Any| -> der::Result<RelativeDistinguishedName> {
        let one = AttributeTypeAndValue { oid, value };
        Ok(RelativeDistinguishedName::from(SetOfVec::try_from(vec![one])?))
    };
    let mut parts = Vec::new();
    if let Some(country) = &subject.country {
        if country.len() != 2 || !country.bytes().all(|letter| letter.is_ascii_uppercase()) {
            return Err(IssueError::Unfit);
        }
        parts.push(part(rfc4519::COUNTRY_NAME, Any::from(PrintableStringRef::new(country)?))?);
    }
    for (oid, text) in [
        (rfc4519::ORGANIZATION_NAME, &subject.organization),
        (rfc4519::COMMON_NAME, &subject.common_name),
    ] {
        parts.push(part(oid, Any::from(Utf8StringRef::new(text)?))?);
    }
    Ok(Name::from_der(&RdnSequence::from(parts).to_der()?)?)
}

fn extensions(name: &Name, public: &SubjectPublicKeyInfoOwned) -> der::Result<Vec<Extension>> {
    let mut identifier = Digest::Sha256.of(&[public.subject_public_key.raw_bytes()]);
    identifier.truncate(20);
    Ok(vec![
        BasicConstraints { ca: false, path_len_constraint: None }.to_extension(name, &[])?,
        KeyUsage(KeyUsages::DigitalSignature | KeyUsages::NonRepudiation)
            .to_extension(name, &[])?,
        ExtendedKeyUsage(vec![rfc5280::ID_KP_EMAIL_PROTECTION, DOCUMENT_SIGNING])
            .to_extension(name, &[])?,
        SubjectKeyIdentifier(OctetString::new(identifier)?).to_extension(name, &[])?,
    ])
}
