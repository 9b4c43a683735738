//! The CMS in a signature: its structure, its attributes, its arithmetic (RFC 5652, RFC 5035).

use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{SignerIdentifier, SignerInfo};
use der::asn1::{ObjectIdentifier, OctetString};
use der::oid::db::rfc5911;
use der::{Decode, Encode, Header, Reader, SliceReader};
use jiff::Timestamp;
use x509_cert::attr::Attributes;
use x509_cert::ext::pkix::SubjectKeyIdentifier;
use x509_cert::time::Time;

use super::Finding;
use crate::Certificate;
use crate::algorithm::{Digest, verifies};
use crate::certificate::timestamp;
use crate::signed_data::{SignedData, SigningCertificateV2};

/// A signature that was read, and not yet believed.
pub(super) struct Signed {
    signer: SignerInfo,
    attributes: Attributes,
    digest: Digest,
    pub(super) leaf: Certificate,
    /// The other certificates that came with it.
    pub(super) others: Vec<Certificate>,
}

/// Most attributes that a signature may have.
const MOST_ATTRIBUTES: usize = 32;

/// Most certificates that a signature may bring.
const MOST_CERTIFICATES: usize = 32;

/// Most bytes of a structure. Sorting its sets takes time by the square of their members.
const MOST_BYTES: usize = 64 << 10;

/// The one DER structure that `contents` starts with; all that follows it must be zero.
pub(super) fn without_padding(mut contents: Vec<u8>) -> Result<Vec<u8>, Finding> {
    const BROKEN: Finding = ["簽章資料不是 DER 結構", "the signature's data are no DER structure"];
    let mut reader = SliceReader::new(&contents).map_err(|_| BROKEN)?;
    let header = Header::decode(&mut reader).map_err(|_| BROKEN)?;
    let start = usize::try_from(reader.position()).map_err(|_| BROKEN)?;
    let length = usize::try_from(header.length()).map_err(|_| BROKEN)?;
    let end = start.checked_add(length).ok_or(BROKEN)?;
    let padding = contents.get(end..).ok_or(BROKEN)?;
    if padding.iter().any(|byte| *byte != 0) {
        return Err(["簽章資料之後有多餘的內容", "something follows the signature's data"]);
    }
    if end > MOST_BYTES {
        return Err(["簽章資料過大", "the signature's data are too large"]);
    }
    contents.truncate(end);
    Ok(contents)
}

/// Read the CMS: detached, one signer, and his certificate among those that came with it.
pub(super) fn read(structure: &[u8]) -> Result<Signed, Finding> {
    const BROKEN: Finding = ["簽章不是正確的 CMS 結構", "the signature is no proper CMS structure"];
    let content = ContentInfo::from_der(structure).map_err(|_| BROKEN)?;
    if content.content_type != rfc5911::ID_SIGNED_DATA {
        return Err(BROKEN);
    }
    let data: SignedData = content.content.decode_as().map_err(|_| BROKEN)?;
    if data.encap_content_info.econtent.is_some()
        || data.encap_content_info.econtent_type != rfc5911::ID_DATA
    {
        return Err(["簽章內夾帶了自己的內容", "the signature carries content of its own"]);
    }
    let mut signers = data.signer_infos.0.into_vec();
    let signer = match (signers.pop(), signers.is_empty()) {
        (Some(signer), true) => signer,
        _ => {
            return Err([
                "簽章的簽署者不是剛好一位",
                "the signature does not have exactly one signer",
            ]);
        }
    };
    // RFC 5652, sections 5.1 and 5.3: how the signer is named gives both versions. No signature
    // covers them, and a file that was changed there is another file.
    let version = match signer.sid {
        SignerIdentifier::IssuerAndSerialNumber(_) => CmsVersion::V1,
        SignerIdentifier::SubjectKeyIdentifier(_) => CmsVersion::V3,
    };
    let announced =
        data.digest_algorithms.iter().any(|algorithm| algorithm.oid == signer.digest_alg.oid);
    if signer.version != version || data.version != version || !announced {
        return Err(BROKEN);
    }
    let digest = Digest::from_oid(signer.digest_alg.oid).ok_or([
        "簽章使用的雜湊演算法不支援",
        "the signature's digest algorithm is not supported",
    ])?;
    let attributes = signer.signed_attrs.clone();
    let attributes = attributes.filter(|all| all.len() <= MOST_ATTRIBUTES).ok_or(BROKEN)?;
    let mut others = certificates(data.certificates.iter().flat_map(|set| set.iter()))?;
    let leaf = others
        .iter()
        .position(|one| names(&signer.sid, one))
        .ok_or(["簽章內沒有簽署者的憑證", "the signer's certificate is not in the signature"])?;
    let leaf = others.swap_remove(leaf);
    Ok(Signed { signer, attributes, digest, leaf, others })
}

fn certificates<'a>(set: impl Iterator<Item = &'a der::Any>) -> Result<Vec<Certificate>, Finding> {
    set.take(MOST_CERTIFICATES)
        .map(|one| one.to_der().ok().and_then(|der| Certificate::from_der(&der).ok()))
        .collect::<Option<_>>()
        .ok_or(["簽章內的憑證無法讀取", "a certificate in the signature can't be read"])
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

impl Signed {
    /// What is signed is a document, and nothing is said twice.
    pub(super) fn attributes(&self) -> Result<(), Finding> {
        let demanded = [rfc5911::ID_CONTENT_TYPE, rfc5911::ID_MESSAGE_DIGEST];
        let once = [rfc5911::ID_AA_SIGNING_CERTIFICATE_V_2, rfc5911::ID_SIGNING_TIME];
        let single = |oid: &ObjectIdentifier| {
            let mut values = self.values(*oid);
            values.next().is_none_or(|values| values == 1) && values.next().is_none()
        };
        let there = |oid: &ObjectIdentifier| self.values(*oid).next().is_some();
        if !demanded.iter().all(there) || !demanded.iter().chain(&once).all(single) {
            return Err([
                "簽署屬性缺少或重複（內容類型、訊息摘要）",
                "signed attributes are missing or doubled: content type, message digest",
            ]);
        }
        match self.attribute::<ObjectIdentifier>(rfc5911::ID_CONTENT_TYPE) {
            Some(rfc5911::ID_DATA) => Ok(()),
            Some(_) | None => Err(["簽署屬性的內容類型不正確", "the signed content type is wrong"]),
        }
    }

    /// How many values each attribute of this kind has.
    fn values(&self, oid: ObjectIdentifier) -> impl Iterator<Item = usize> {
        self.attributes.iter().filter(move |one| one.oid == oid).map(|one| one.values.len())
    }

    fn has(&self, oid: ObjectIdentifier) -> bool {
        self.values(oid).next().is_some()
    }

    /// Whether the signed attributes are those of PAdES baseline (ETSI EN 319 142-1, section 6.3):
    /// the certificate is named, and the signing time is not.
    pub(super) fn is_baseline(&self) -> bool {
        self.has(rfc5911::ID_AA_SIGNING_CERTIFICATE_V_2) && !self.has(rfc5911::ID_SIGNING_TIME)
    }

    /// When it was signed, by the signer's own clock, where the attributes say so.
    pub(super) fn signing_time(&self, latest: Timestamp) -> Result<Option<Timestamp>, Finding> {
        if !self.has(rfc5911::ID_SIGNING_TIME) {
            return Ok(None);
        }
        let time: Option<Time> = self.attribute(rfc5911::ID_SIGNING_TIME);
        match time.map(timestamp) {
            Some(at) if at <= latest => Ok(Some(at)),
            Some(_) => Err(["簽章時間在未來", "the signing time lies in the future"]),
            None => Err(["簽署屬性的時間無法讀取", "the signed signing time can't be read"]),
        }
    }

    fn attribute<T: for<'a> Decode<'a>>(&self, oid: ObjectIdentifier) -> Option<T> {
        let value = self
            .attributes
            .iter()
            .find(|attribute| attribute.oid == oid)?
            .values
            .get(0)?
            .to_der()
            .ok()?;
        T::from_der(&value).ok()
    }

    /// The first certificate that the attribute names, where it is there, is the signer's (RFC
    /// 5035, section 3).
    pub(super) fn signing_certificate(&self) -> Result<(), Finding> {
        if !self.has(rfc5911::ID_AA_SIGNING_CERTIFICATE_V_2) {
            return Ok(());
        }
        let named: Option<SigningCertificateV2> =
            self.attribute(rfc5911::ID_AA_SIGNING_CERTIFICATE_V_2);
        let matches = named.and_then(|named| named.certs.into_iter().next()).is_some_and(|id| {
            let digest = match &id.hash_algorithm {
                None => Some(Digest::Sha256),
                Some(algorithm) => Digest::from_oid(algorithm.oid),
            };
            let serial = self.leaf.parsed().tbs_certificate().serial_number();
            digest.is_some_and(|digest| digest.of(&[self.leaf.der()]) == id.cert_hash.as_bytes())
                && id.issuer_serial.is_none_or(|named| named.serial_number == *serial)
        });
        if matches {
            Ok(())
        } else {
            Err(["簽署屬性指定的不是此憑證", "the signed attributes do not name this certificate"])
        }
    }

    /// The document's digest is the signed one.
    pub(super) fn digest(&self, parts: &[&[u8]]) -> Result<(), Finding> {
        let signed: Option<OctetString> = self.attribute(rfc5911::ID_MESSAGE_DIGEST);
        if signed.is_some_and(|signed| signed.as_bytes() == self.digest.of(parts)) {
            Ok(())
        } else {
            Err(["文件自簽章後已被更改", "the document was changed after it was signed"])
        }
    }

    /// The signature over the attributes, as DER orders them, is the leaf's.
    pub(super) fn signature(&self) -> Result<(), Finding> {
        let key = self.leaf.parsed().tbs_certificate().subject_public_key_info();
        let made = self.attributes.to_der().is_ok_and(|message| {
            let algorithm = &self.signer.signature_algorithm;
            verifies(algorithm, Some(self.digest), key, &message, self.signer.signature.as_bytes())
        });
        if made {
            Ok(())
        } else {
            Err([
                "簽章不是由此憑證的金鑰產生",
                "the signature was not made with this certificate's key",
            ])
        }
    }
}
