//! The one signer of a CMS, whatever it is that he signed (RFC 5652, section 5; RFC 5035).

use cms::content_info::ContentInfo;
use cms::signed_data::{SignerIdentifier, SignerInfo};
use der::asn1::{ObjectIdentifier, OctetString};
use der::oid::db::rfc5911;
use der::{Any, Decode, Encode, Sequence, Tagged};
use x509_cert::attr::Attributes;
use x509_cert::ext::pkix::SubjectKeyIdentifier;
use x509_cert::spki::AlgorithmIdentifierOwned;

use crate::Certificate;
use crate::algorithm::{Digest, sha1, verifies};
use crate::signed_data::{IssuerSerial, SignedData, SigningCertificateV2};

/// Most attributes that a signature may have.
const MOST_ATTRIBUTES: usize = 32;

/// Most certificates that a signature may bring.
const MOST_CERTIFICATES: usize = 32;

/// `SigningCertificate` (RFC 2634, section 5.4), which names by SHA-1.
#[derive(Sequence)]
struct SigningCertificate {
    certs: Vec<EssCertId>,
    #[asn1(optional = "true")]
    policies: Option<Any>,
}

/// `ESSCertID` (RFC 2634, section 5.4.1).
#[derive(Sequence)]
struct EssCertId {
    cert_hash: OctetString,
    #[asn1(optional = "true")]
    issuer_serial: Option<IssuerSerial>,
}

/// `CMSAlgorithmProtection` (RFC 6211, section 2), without the kind for a MAC.
#[derive(Sequence)]
struct AlgorithmProtection {
    digest: AlgorithmIdentifierOwned,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", constructed = "true")]
    signature: AlgorithmIdentifierOwned,
}

const ALGORITHM_PROTECTION: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.52");

/// The `SignedData` that these bytes are, and nothing behind it.
pub(crate) fn signed_data(der: &[u8]) -> Option<SignedData> {
    let content = ContentInfo::from_der(der).ok()?;
    if content.content_type != rfc5911::ID_SIGNED_DATA {
        return None;
    }
    content.content.decode_as().ok()
}

/// A signer who was read, and not yet believed.
pub(crate) struct OneSigner {
    info: SignerInfo,
    attributes: Attributes,
    digest: Digest,
    leaf: Certificate,
    others: Vec<Certificate>,
}

impl OneSigner {
    /// The signer of `data`, who is the only one and whose certificate came with it.
    pub(crate) fn read(data: SignedData) -> Option<Self> {
        let mut signers = data.signer_infos.0.into_vec();
        let info = signers.pop().filter(|_| signers.is_empty())?;
        let digest = Digest::from_oid(info.digest_alg.oid)?;
        let attributes = info.signed_attrs.clone()?;
        let set = data.certificates.unwrap_or_default();
        if attributes.len() > MOST_ATTRIBUTES || set.len() > MOST_CERTIFICATES {
            return None;
        }
        let mut others = set
            .iter()
            // Other kinds, such as attribute certificates, are tagged, and prove nothing here.
            .filter(|one| !one.tag().is_context_specific())
            .map(|one| Certificate::from_der(&one.to_der().ok()?).ok())
            .collect::<Option<Vec<_>>>()?;
        let leaf = others.iter().position(|one| names(&info.sid, one))?;
        let leaf = others.swap_remove(leaf);
        Some(Self { info, attributes, digest, leaf, others })
    }

    /// The signer's certificate.
    pub(crate) const fn leaf(&self) -> &Certificate {
        &self.leaf
    }

    /// The other certificates that came with it, in no order.
    pub(crate) fn others(&self) -> &[Certificate] {
        &self.others
    }

    /// The signature itself.
    pub(crate) fn value(&self) -> &[u8] {
        self.info.signature.as_bytes()
    }

    /// The values of all unsigned attributes of a kind, in DER.
    pub(crate) fn unsigned(&self, oid: ObjectIdentifier) -> Vec<Vec<u8>> {
        let all = self.info.unsigned_attrs.iter().flat_map(|set| set.iter());
        let values = all.filter(|one| one.oid == oid).flat_map(|one| one.values.iter());
        values.filter_map(|value| value.to_der().ok()).collect()
    }

    /// What the signature is over, by the signed attributes: content of this type.
    pub(crate) fn signs(&self, content_type: ObjectIdentifier, content: &[&[u8]]) -> bool {
        let named: Option<ObjectIdentifier> = self.attribute(rfc5911::ID_CONTENT_TYPE);
        let signed: Option<OctetString> = self.attribute(rfc5911::ID_MESSAGE_DIGEST);
        named == Some(content_type)
            && signed.is_some_and(|signed| signed.as_bytes() == self.digest.of(content))
    }

    /// Whether the algorithms are those that the signed attributes name, where they name any (RFC
    /// 6211).
    pub(crate) fn keeps_algorithms(&self) -> bool {
        let protection: Option<AlgorithmProtection> = self.attribute(ALGORITHM_PROTECTION);
        match protection {
            None => self.count(ALGORITHM_PROTECTION) == 0,
            Some(named) => {
                named.digest.oid == self.info.digest_alg.oid
                    && named.signature.oid == self.info.signature_algorithm.oid
            }
        }
    }

    /// Whether the leaf's key made the signature over the attributes, as DER orders them.
    pub(crate) fn holds(&self) -> bool {
        let key = self.leaf.parsed().tbs_certificate().subject_public_key_info();
        self.attributes.to_der().is_ok_and(|message| {
            let algorithm = &self.info.signature_algorithm;
            verifies(algorithm, Some(self.digest), key, &message, self.info.signature.as_bytes())
        })
    }

    /// Whether the signed attributes name the leaf as the signing certificate, by SHA-1 (RFC
    /// 2634), by another digest (RFC 5035), or by both.
    pub(crate) fn names_leaf(&self) -> bool {
        let older = self.count(rfc5911::ID_AA_SIGNING_CERTIFICATE) > 0;
        let newer = self.count(rfc5911::ID_AA_SIGNING_CERTIFICATE_V_2) > 0;
        (older || newer) && (!older || self.names_leaf_v1()) && (!newer || self.names_leaf_v2())
    }

    fn names_leaf_v1(&self) -> bool {
        let named: Option<SigningCertificate> = self.attribute(rfc5911::ID_AA_SIGNING_CERTIFICATE);
        named.and_then(|named| named.certs.into_iter().next()).is_some_and(|id| {
            sha1(self.leaf.der()) == id.cert_hash.as_bytes()
                && self.is_leaf(id.issuer_serial.as_ref())
        })
    }

    fn names_leaf_v2(&self) -> bool {
        let named: Option<SigningCertificateV2> =
            self.attribute(rfc5911::ID_AA_SIGNING_CERTIFICATE_V_2);
        named.and_then(|named| named.certs.into_iter().next()).is_some_and(|id| {
            let digest = match &id.hash_algorithm {
                None => Some(Digest::Sha256),
                Some(algorithm) => Digest::from_oid(algorithm.oid),
            };
            digest.is_some_and(|digest| digest.of(&[self.leaf.der()]) == id.cert_hash.as_bytes())
                && self.is_leaf(id.issuer_serial.as_ref())
        })
    }

    fn is_leaf(&self, named: Option<&IssuerSerial>) -> bool {
        let serial = self.leaf.parsed().tbs_certificate().serial_number();
        named.is_none_or(|named| named.serial_number == *serial)
    }

    /// How many signed attributes of a kind there are.
    pub(crate) fn count(&self, oid: ObjectIdentifier) -> usize {
        self.attributes.iter().filter(|attribute| attribute.oid == oid).count()
    }

    /// The one value of the one attribute of a kind.
    pub(crate) fn attribute<T: for<'a> Decode<'a>>(&self, oid: ObjectIdentifier) -> Option<T> {
        let mut all = self.attributes.iter().filter(|attribute| attribute.oid == oid);
        let one = all.next().filter(|one| one.values.len() == 1)?;
        if all.next().is_some() {
            return None;
        }
        T::from_der(&one.values.get(0)?.to_der().ok()?).ok()
    }
}

fn names(sid: &SignerIdentifier, certificate: &Certificate) -> bool {
    let tbs = certificate.parsed().tbs_certificate();
    match sid {
        SignerIdentifier::IssuerAndSerialNumber(id) => {
            id.issuer == *tbs.issuer() && id.serial_number == *tbs.serial_number()
        }
        SignerIdentifier::SubjectKeyIdentifier(id) => {
            matches!(tbs.get_extension::<SubjectKeyIdentifier>(), Ok(Some((_, own))) if own == *id)
        }
    }
}
