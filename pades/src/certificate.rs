//! X.509 certificates: what the signer shows and the verifier trusts (RFC 5280).

use der::asn1::BitString;
use der::oid::ObjectIdentifier;
use der::oid::db::rfc5280;
use der::pem::LineEnding;
use der::{AnyRef, Decode, Encode, Sequence};
use jiff::Timestamp;
use x509_cert::ext::pkix::{BasicConstraints, ExtendedKeyUsage, KeyUsage};
use x509_cert::spki::AlgorithmIdentifierOwned;
use x509_cert::time::Time;

use crate::KeyKind;
use crate::algorithm::{kind_of, verifies};
use crate::signed_data::Naming;

/// A certificate, with its bytes as they came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    der: Vec<u8>,
    parsed: x509_cert::Certificate,
    /// Made once, and not for each signature.
    naming: Naming,
}

/// Bytes that are no X.509 certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not an X.509 certificate (PEM or DER)")]
pub struct NotACertificate;

/// The frame of a certificate, with what is signed kept as it came.
#[derive(Sequence)]
struct Frame<'a> {
    signed: AnyRef<'a>,
    algorithm: AlgorithmIdentifierOwned,
    signature: BitString,
}

impl Certificate {
    /// Read a certificate in DER.
    ///
    /// # Errors
    /// [`NotACertificate`] when it is none, or something follows it.
    pub fn from_der(der: &[u8]) -> Result<Self, NotACertificate> {
        let parsed = x509_cert::Certificate::from_der(der).map_err(|_| NotACertificate)?;
        let tbs = parsed.tbs_certificate();
        let naming =
            Naming::of(der, tbs.issuer(), tbs.serial_number()).map_err(|_| NotACertificate)?;
        Ok(Self { der: der.to_vec(), parsed, naming })
    }

    /// Read the certificates of a PEM file, in their order (RFC 7468).
    ///
    /// # Errors
    /// [`NotACertificate`] when there is none, or one of them is broken.
    pub fn from_pem(text: &str) -> Result<Vec<Self>, NotACertificate> {
        const END: &str = "-----END CERTIFICATE-----";
        let found: Vec<Self> = text
            .split_inclusive(END)
            .filter_map(|block| {
                block.find("-----BEGIN CERTIFICATE-----").and_then(|at| block.get(at..))
            })
            .map(|block| {
                let (_, der) =
                    der::pem::decode_vec(block.as_bytes()).map_err(|_| NotACertificate)?;
                Self::from_der(&der)
            })
            .collect::<Result<_, _>>()?;
        if found.is_empty() { Err(NotACertificate) } else { Ok(found) }
    }

    /// The certificate as it came.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The certificate as PEM.
    ///
    /// # Errors
    /// [`NotACertificate`] when it can't be written as PEM, which no certificate read here is.
    pub fn to_pem(&self) -> Result<String, NotACertificate> {
        der::pem::encode_string("CERTIFICATE", LineEnding::LF, &self.der)
            .map_err(|_| NotACertificate)
    }

    /// Whom it names, as RFC 4514 writes it.
    #[must_use]
    pub fn subject(&self) -> String {
        self.parsed.tbs_certificate().subject().to_string()
    }

    /// Who issued it, as RFC 4514 writes it.
    #[must_use]
    pub fn issuer(&self) -> String {
        self.parsed.tbs_certificate().issuer().to_string()
    }

    /// Its serial number in lower-case hexadecimal.
    #[must_use]
    pub fn serial(&self) -> String {
        let serial = self.parsed.tbs_certificate().serial_number().as_bytes();
        serial.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// From when to when it is valid, both ends included (RFC 5280, section 4.1.2.5).
    #[must_use]
    pub fn validity(&self) -> Validity {
        let validity = self.parsed.tbs_certificate().validity();
        Validity { from: timestamp(validity.not_before), until: timestamp(validity.not_after) }
    }

    /// What kind of key it is for; nothing where it is none that signs here.
    #[must_use]
    pub fn key_kind(&self) -> Option<KeyKind> {
        kind_of(self.parsed.tbs_certificate().subject_public_key_info())
    }

    pub(crate) const fn parsed(&self) -> &x509_cert::Certificate {
        &self.parsed
    }

    /// How signatures name it.
    pub(crate) const fn naming(&self) -> &Naming {
        &self.naming
    }

    /// The public key's bits: `RSAPublicKey`, or a point on the curve.
    pub(crate) fn public_key(&self) -> &[u8] {
        self.parsed.tbs_certificate().subject_public_key_info().subject_public_key.raw_bytes()
    }

    /// Whether `issuer` is the one whom this certificate names, and its key signed it.
    pub(crate) fn is_signed_by(&self, issuer: &Self) -> bool {
        let (tbs, by) = (self.parsed.tbs_certificate(), issuer.parsed.tbs_certificate());
        if tbs.issuer() != by.subject() {
            return false;
        }
        let Ok(frame) = Frame::from_der(&self.der) else { return false };
        let Ok(signed) = frame.signed.to_der() else { return false };
        frame.algorithm == *tbs.signature()
            && frame.signature.as_bytes().is_some_and(|signature| {
                verifies(&frame.algorithm, None, by.subject_public_key_info(), &signed, signature)
            })
    }

    /// Whether it may sign documents: where it states usages, one of them must be it.
    pub(crate) fn may_sign_documents(&self) -> bool {
        let tbs = self.parsed.tbs_certificate();
        let usage = match tbs.get_extension::<KeyUsage>() {
            Ok(usage) => {
                usage.is_none_or(|(_, usage)| usage.digital_signature() || usage.non_repudiation())
            }
            Err(_) => false,
        };
        let purpose = match tbs.get_extension::<ExtendedKeyUsage>() {
            Ok(purposes) => purposes.is_none_or(|(_, purposes)| {
                purposes.0.iter().any(|one| DOCUMENT_PURPOSES.contains(one))
            }),
            Err(_) => false,
        };
        usage && purpose
    }

    /// Whether it may stamp times, and nothing else: a critical usage says so (RFC 3161, section
    /// 2.3).
    pub(crate) fn may_stamp_times(&self) -> bool {
        let tbs = self.parsed.tbs_certificate();
        let usage = match tbs.get_extension::<KeyUsage>() {
            Ok(usage) => {
                usage.is_none_or(|(_, usage)| usage.digital_signature() || usage.non_repudiation())
            }
            Err(_) => false,
        };
        let purpose = matches!(
            tbs.get_extension::<ExtendedKeyUsage>(),
            Ok(Some((true, purposes))) if purposes.0 == [rfc5280::ID_KP_TIME_STAMPING]
        );
        usage && purpose
    }

    /// Whether it may issue certificates with at most `below` issuers between it and the leaf.
    pub(crate) fn may_issue(&self, below: usize) -> bool {
        let tbs = self.parsed.tbs_certificate();
        let constraints = matches!(
            tbs.get_extension::<BasicConstraints>(),
            Ok(Some((_, BasicConstraints { ca: true, path_len_constraint })))
                if path_len_constraint.is_none_or(|most| below <= usize::from(most))
        );
        let usage = match tbs.get_extension::<KeyUsage>() {
            Ok(usage) => usage.is_none_or(|(_, usage)| usage.key_cert_sign()),
            Err(_) => false,
        };
        constraints && usage
    }

    /// Whether it may sign CRLs (RFC 5280, section 6.3.3, f).
    pub(crate) fn may_sign_crls(&self) -> bool {
        match self.parsed.tbs_certificate().get_extension::<KeyUsage>() {
            Ok(usage) => usage.is_none_or(|(_, usage)| usage.crl_sign()),
            Err(_) => false,
        }
    }

    /// Whether it has a critical extension that nobody here understands (RFC 5280, section 4.2).
    pub(crate) fn demands_the_unknown(&self) -> bool {
        let extensions = self.parsed.tbs_certificate().extensions();
        extensions.is_some_and(|all| {
            all.iter().any(|one| one.critical && !UNDERSTOOD.contains(&one.extn_id))
        })
    }
}

/// From when to when a certificate is valid, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// `notBefore`.
    pub from: Timestamp,
    /// `notAfter`.
    pub until: Timestamp,
}

impl Validity {
    /// Whether `at` lies within.
    #[must_use]
    pub fn contains(&self, at: Timestamp) -> bool {
        (self.from..=self.until).contains(&at)
    }
}

/// Documents (RFC 9336), mail, Adobe's authentic documents, Microsoft's documents, anything.
pub(crate) const DOCUMENT_SIGNING: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.36");
const DOCUMENT_PURPOSES: [ObjectIdentifier; 5] = [
    DOCUMENT_SIGNING,
    rfc5280::ID_KP_EMAIL_PROTECTION,
    ObjectIdentifier::new_unwrap("1.2.840.113583.1.1.5"),
    ObjectIdentifier::new_unwrap("1.3.6.1.4.1.311.10.3.12"),
    rfc5280::ANY_EXTENDED_KEY_USAGE,
];

/// Policies are understood in that every policy is accepted.
const UNDERSTOOD: [ObjectIdentifier; 4] = [
    rfc5280::ID_CE_KEY_USAGE,
    rfc5280::ID_CE_EXT_KEY_USAGE,
    rfc5280::ID_CE_BASIC_CONSTRAINTS,
    rfc5280::ID_CE_CERTIFICATE_POLICIES,
];

/// X.509 knows no time before 1950 and none after 9999, and jiff knows all of those.
pub(crate) fn timestamp(time: Time) -> Timestamp {
    let seconds = i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX);
    Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX)
}
