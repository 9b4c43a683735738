//! The CMS in a signature: its structure and its attributes (RFC 5652, RFC 5035).

use cms::content_info::CmsVersion;
use cms::signed_data::SignerIdentifier;
use der::asn1::{ObjectIdentifier, OctetString};
use der::oid::db::{rfc3161, rfc5911};
use jiff::Timestamp;
use x509_cert::time::Time;

use super::{Finding, ber};
use crate::Certificate;
use crate::algorithm::Digest;
use crate::certificate::timestamp;
use crate::signed_data::SignedData;
use crate::signer_info::{OneSigner, signed_data};

/// A signature that was read, and not yet believed.
pub(super) struct Signed {
    signer: OneSigner,
}

/// Most bytes of a structure: some bring whole CRLs.
const MOST_BYTES: usize = 2 << 20;

/// Most timestamps that one signature may bear.
const MOST_TIMESTAMPS: usize = 4;

/// The one structure that `contents` starts with, in DER; all that follows it must be zero.
pub(super) fn without_padding(contents: &[u8]) -> Result<Vec<u8>, Finding> {
    const BROKEN: Finding = ["簽章資料不是 DER 結構", "the signature's data are no DER structure"];
    // The padding is most of it; what is left of a structure that ends in zeros is broken.
    let kept = contents.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    if kept > MOST_BYTES {
        return Err(["簽章資料過大", "the signature's data are too large"]);
    }
    let (structure, end) = ber::first(contents).map_err(|_| BROKEN)?;
    let padding = contents.get(end..).ok_or(BROKEN)?;
    if padding.iter().any(|byte| *byte != 0) {
        return Err(["簽章資料之後有多餘的內容", "something follows the signature's data"]);
    }
    Ok(structure)
}

/// Read the CMS: detached, one signer, and his certificate among those that came with it.
pub(super) fn read(structure: &[u8]) -> Result<Signed, Finding> {
    const BROKEN: Finding = ["簽章不是正確的 CMS 結構", "the signature is no proper CMS structure"];
    let data = signed_data(structure).ok_or(BROKEN)?;
    if data.encap_content_info.econtent.is_some()
        || data.encap_content_info.econtent_type != rfc5911::ID_DATA
    {
        return Err(["簽章內夾帶了自己的內容", "the signature carries content of its own"]);
    }
    consistent(&data)?;
    let signer = OneSigner::read(data).ok_or([
        "簽章內沒有簽署者的憑證，或其結構不正確",
        "the signer's certificate is not in the signature, or something in it is malformed",
    ])?;
    Ok(Signed { signer })
}

/// RFC 5652, sections 5.1 and 5.3: how the signer is named gives both versions. No signature covers
/// them, and a file that was changed there is another file.
fn consistent(data: &SignedData) -> Result<(), Finding> {
    let mut signers = data.signer_infos.0.iter();
    let (Some(signer), None) = (signers.next(), signers.next()) else {
        return Err(["簽章的簽署者不是剛好一位", "the signature does not have exactly one signer"]);
    };
    let version = match signer.sid {
        SignerIdentifier::IssuerAndSerialNumber(_) => CmsVersion::V1,
        SignerIdentifier::SubjectKeyIdentifier(_) => CmsVersion::V3,
    };
    if Digest::from_oid(signer.digest_alg.oid).is_none() {
        return Err([
            "簽章使用的雜湊演算法不支援，或已不安全",
            "the signature's digest algorithm is not supported, or no longer safe",
        ]);
    }
    let announced =
        data.digest_algorithms.iter().any(|algorithm| algorithm.oid == signer.digest_alg.oid);
    if signer.version != version || data.version != version || !announced {
        return Err(["簽章的 CMS 版本或演算法不一致", "the signature's CMS contradicts itself"]);
    }
    Ok(())
}

impl Signed {
    pub(super) const fn leaf(&self) -> &Certificate {
        self.signer.leaf()
    }

    /// The other certificates that came with it.
    pub(super) fn others(&self) -> &[Certificate] {
        self.signer.others()
    }

    /// The signature itself, which its timestamps are of.
    pub(super) fn value(&self) -> &[u8] {
        self.signer.value()
    }

    /// The signature's timestamps, in DER.
    pub(super) fn timestamps(&self) -> Vec<Vec<u8>> {
        let mut all = self.signer.unsigned(rfc3161::ID_AA_TIME_STAMP_TOKEN);
        all.truncate(MOST_TIMESTAMPS);
        all
    }

    /// What is signed is a document, and nothing is said twice.
    pub(super) fn attributes(&self) -> Result<(), Finding> {
        let count = |oid| self.signer.count(oid);
        let at_most_once = [
            rfc5911::ID_AA_SIGNING_CERTIFICATE,
            rfc5911::ID_AA_SIGNING_CERTIFICATE_V_2,
            rfc5911::ID_SIGNING_TIME,
        ];
        let digest: Option<OctetString> = self.signer.attribute(rfc5911::ID_MESSAGE_DIGEST);
        if digest.is_none()
            || count(rfc5911::ID_CONTENT_TYPE) != 1
            || at_most_once.into_iter().any(|oid| count(oid) > 1)
        {
            return Err([
                "簽署屬性缺少或重複（內容類型、訊息摘要）",
                "signed attributes are missing or doubled: content type, message digest",
            ]);
        }
        if !self.signer.keeps_algorithms() {
            return Err([
                "簽署屬性所指定的演算法與簽章不同",
                "the signed attributes name other algorithms than the signature uses",
            ]);
        }
        match self.signer.attribute::<ObjectIdentifier>(rfc5911::ID_CONTENT_TYPE) {
            Some(rfc5911::ID_DATA) => Ok(()),
            Some(_) | None => Err(["簽署屬性的內容類型不正確", "the signed content type is wrong"]),
        }
    }

    /// Whether the signed attributes are those of PAdES baseline (ETSI EN 319 142-1, section 6.3):
    /// the certificate is named, and the signing time is not.
    pub(super) fn is_baseline(&self) -> bool {
        self.signer.count(rfc5911::ID_AA_SIGNING_CERTIFICATE_V_2) == 1
            && self.signer.count(rfc5911::ID_SIGNING_TIME) == 0
    }

    /// When it was signed, by the signer's own clock, where the attributes say so.
    pub(super) fn signing_time(&self, latest: Timestamp) -> Result<Option<Timestamp>, Finding> {
        if self.signer.count(rfc5911::ID_SIGNING_TIME) == 0 {
            return Ok(None);
        }
        let time: Option<Time> = self.signer.attribute(rfc5911::ID_SIGNING_TIME);
        match time.map(timestamp) {
            Some(at) if at <= latest => Ok(Some(at)),
            Some(_) => Err(["簽章時間在未來", "the signing time lies in the future"]),
            None => Err(["簽署屬性的時間無法讀取", "the signed signing time can't be read"]),
        }
    }

    /// The first certificate that the attributes name, where they name one, is the signer's.
    pub(super) fn signing_certificate(&self) -> Result<(), Finding> {
        let named = [rfc5911::ID_AA_SIGNING_CERTIFICATE, rfc5911::ID_AA_SIGNING_CERTIFICATE_V_2];
        if named.into_iter().all(|oid| self.signer.count(oid) == 0) || self.signer.names_leaf() {
            Ok(())
        } else {
            Err(["簽署屬性指定的不是此憑證", "the signed attributes do not name this certificate"])
        }
    }

    /// The document's digest is the signed one.
    pub(super) fn digest(&self, parts: &[&[u8]]) -> Result<(), Finding> {
        if self.signer.signs(rfc5911::ID_DATA, parts) {
            Ok(())
        } else {
            Err(["文件自簽章後已被更改", "the document was changed after it was signed"])
        }
    }

    /// The signature over the attributes, as DER orders them, is the leaf's.
    pub(super) fn signature(&self) -> Result<(), Finding> {
        if self.signer.holds() {
            Ok(())
        } else {
            Err([
                "簽章不是由此憑證的金鑰產生",
                "the signature was not made with this certificate's key",
            ])
        }
    }
}
