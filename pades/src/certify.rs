//! Certifying: a PAdES B-B certification signature behind a document's bytes
//! (ETSI EN 319 142-1, section 6; ISO 32000-2, section 12.8).

mod gap;
mod objects;

use jiff::Timestamp;
use lopdf::xref::XrefEntry;
use lopdf::{Dictionary, Document, Object, ObjectId};

#[cfg(doc)]
use crate::SignatureAlgorithm;
use crate::document::{self, Unreadable};
use crate::signed_data::{EncodeError, Signature, SignedData};
use crate::update::{Revision, Update};
use crate::{KeyError, Signer};
pub(crate) use gap::{Gap, Misplaced};

/// What a certification says besides the signature.
#[derive(Debug, Clone, PartialEq)]
pub struct Certification {
    /// The field's name (/T). It names nothing else in the document.
    pub field: String,
    /// When it is signed, by the signer's own clock (/M).
    pub at: Timestamp,
    /// Why it is signed (/Reason).
    pub reason: Option<String>,
    /// Where it is signed (/Location).
    pub location: Option<String>,
    /// Who signs (/Name).
    pub name: Option<String>,
    /// What is seen of it on the first page; none is an invisible signature.
    pub appearance: Option<Appearance>,
}

/// What is seen of a signature on the first page.
#[derive(Debug, Clone, PartialEq)]
pub struct Appearance {
    /// Name of a Form XObject in the first page's resources. A reader scales its /BBox to `rect`.
    pub resource: String,
    /// Lower left and upper right corner on the page, in points.
    pub rect: [f64; 4],
}

/// A document that can't be certified.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// The bytes can't be read as a PDF.
    #[error("the document can't be read as a PDF")]
    NotPdf,
    /// The document is encrypted.
    #[error("the document is encrypted; only a document without encryption can be signed")]
    Encrypted,
    /// The document is signed already.
    #[error("the document carries a signature already; a certification must be the first one")]
    AlreadySigned,
    /// The document has no page.
    #[error("the document has no page to sign on")]
    NoPage,
    /// The first page's resources have no Form XObject of this name.
    #[error("the first page has no Form XObject “{0}” to show as the signature")]
    NoAppearance(String),
    /// A form field has the signature's name.
    #[error("the document has a form field “{0}” already")]
    FieldExists(String),
    /// The key can't sign.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The signature can't be encoded.
    #[error("the signature could not be encoded")]
    Encoding,
}

impl SignError {
    /// The same in zh-TW.
    #[must_use]
    pub fn zh(&self) -> String {
        match self {
            Self::NotPdf => "檔案無法讀取為 PDF".into(),
            Self::Encrypted => "檔案已加密，未加密的檔案才能簽章".into(),
            Self::AlreadySigned => "檔案已有簽章，認證簽章必須是第一個簽章".into(),
            Self::NoPage => "檔案沒有頁面，無法簽章".into(),
            Self::NoAppearance(name) => {
                format!("第一頁沒有可作為簽章外觀的 Form XObject「{name}」")
            }
            Self::FieldExists(name) => format!("檔案已有名為「{name}」的表單欄位"),
            Self::Key(error) => error.zh().into_owned(),
            Self::Encoding => "簽章無法編碼".into(),
        }
    }

    /// Whether waiting helps: the key's token is away, and the document is as it should be.
    #[must_use]
    pub const fn may_pass(&self) -> bool {
        match self {
            Self::Key(error) => error.may_pass(),
            Self::NotPdf
            | Self::Encrypted
            | Self::AlreadySigned
            | Self::NoPage
            | Self::NoAppearance(_)
            | Self::FieldExists(_)
            | Self::Encoding => false,
        }
    }
}

impl From<Unreadable> for SignError {
    fn from(error: Unreadable) -> Self {
        match error {
            Unreadable::NotPdf => Self::NotPdf,
            Unreadable::Encrypted => Self::Encrypted,
        }
    }
}

impl From<EncodeError> for SignError {
    fn from(error: EncodeError) -> Self {
        match error {
            EncodeError::Key(error) => Self::Key(error),
            EncodeError::Der(_) => Self::Encoding,
        }
    }
}

impl From<Misplaced> for SignError {
    fn from(Misplaced: Misplaced) -> Self {
        Self::Encoding
    }
}

/// Certify `pdf`: its bytes, untouched, and behind them an update with the signature, which
/// allows form filling and further signatures, and nothing else (DocMDP, P=2).
///
/// Needs about twice the file's size of memory. The same call gives the same bytes where the
/// key's signatures are deterministic (RSA PKCS#1 v1.5); ECDSA's are not.
///
/// # Errors
/// [`SignError`] when the document can't be certified, or the key does not sign.
pub fn certify(
    pdf: &[u8],
    request: &Certification,
    signer: &dyn Signer,
) -> Result<Vec<u8>, SignError> {
    let certified = certified(pdf, request, signer, 0, |_| Ok::<_, SignError>(None))?;
    Ok(certified.out)
}

/// A document that was certified, and what an update behind it must know.
pub(crate) struct Certified {
    pub(crate) out: Vec<u8>,
    pub(crate) revision: Revision,
    pub(crate) root: ObjectId,
    pub(crate) catalog: Dictionary,
    pub(crate) page: ObjectId,
    /// The value of the signature's /Contents.
    pub(crate) contents: Vec<u8>,
    /// A field name that the document does not have.
    pub(crate) free_name: Vec<u8>,
}

/// Certify `pdf`, with room for `more` bytes than the signature alone takes. `stamp` is given the
/// signature's value, and gives a timestamp token of it, in DER, or none.
pub(crate) fn certified<E: From<SignError> + From<EncodeError>>(
    pdf: &[u8],
    request: &Certification,
    signer: &dyn Signer,
    more: usize,
    stamp: impl FnOnce(&[u8]) -> Result<Option<Vec<u8>>, E>,
) -> Result<Certified, E> {
    let document = document::open(pdf).map_err(SignError::from)?;
    let size = contents_size(signer)? + more;
    let (mut certified, gap) = with_gap(pdf, &document, request, size)?;
    drop(document);
    let out = &mut certified.out;
    gap.set_range(out).map_err(SignError::from)?;
    let digest = gap.digest(out, signer.algorithm().digest()).map_err(SignError::from)?;
    let cms = SignedData::encode(signer.algorithm(), signer.chain(), &digest, |message| {
        let value = signer.sign(message).map_err(SignError::Key)?;
        let timestamp = stamp(&value)?;
        Ok::<_, E>(Signature { value, timestamp })
    })?;
    gap.fill(out, &cms).map_err(SignError::from)?;
    certified.contents = gap.padded(cms);
    Ok(certified)
}

/// The document with everything but the signature, for which there is a gap of `size` bytes.
fn with_gap(
    pdf: &[u8],
    document: &Document,
    request: &Certification,
    size: usize,
) -> Result<(Certified, Gap), SignError> {
    refuse_damaged(document)?;
    refuse_signed(document)?;
    let page = document.page_iter().next().ok_or(SignError::NoPage)?;
    let appearance = request
        .appearance
        .as_ref()
        .map(|wanted| objects::appearance(document, page, wanted))
        .transpose()?;
    let root = document
        .trailer
        .get(b"Root")
        .and_then(Object::as_reference)
        .map_err(|_| SignError::NotPdf)?;

    let mut copy = Vec::with_capacity(pdf.len() + 2 * size + ROOM);
    copy.extend_from_slice(pdf);
    let mut update = Update::behind(copy, Revision::of(document), 2 * size + ROOM);
    let (signature, field) = (update.new_id(), update.new_id());
    let gap = update.put_with(signature, |out| objects::signature_dictionary(out, request, size));
    update.put(field, &objects::widget(request, signature, page, appearance));
    update.put(page, &objects::page_with(document, page, field)?);
    let catalog = objects::catalog_with(document, request, signature, field)?;
    update.put(root, &catalog);
    let free_name = objects::free_name(document, request);
    let (out, revision) = update.finish();
    let contents = Vec::new();
    Ok((Certified { out, revision, root, catalog, page, contents, free_name }, gap))
}

/// Bytes that an update's other objects may have before the vector grows.
const ROOM: usize = 8192;

/// Bytes that the CMS can have at most. A signature of RSA is shorter than its public key in
/// DER; one of ECDSA is two numbers, each half as long as the point, in a frame of eight bytes.
fn contents_size(signer: &dyn Signer) -> Result<usize, SignError> {
    let leaf = signer.chain().first().ok_or(KeyError::NoCertificate)?;
    let longest = vec![0; leaf.public_key().len() + 16];
    let digest = signer.algorithm().digest().of(&[]);
    let cms = SignedData::encode(signer.algorithm(), signer.chain(), &digest, |_| {
        Ok::<_, SignError>(Signature { value: longest, timestamp: None })
    })?;
    Ok(cms.len())
}

/// Each object that the cross-reference table lists must be there under its number: a reader
/// that finds another one repairs the table, and may drop the update behind it.
fn refuse_damaged(document: &Document) -> Result<(), SignError> {
    let whole = document.reference_table.entries.iter().all(|(number, entry)| match entry {
        XrefEntry::Normal { generation, .. } => document.has_object((*number, *generation)),
        XrefEntry::Free | XrefEntry::UnusableFree | XrefEntry::Compressed { .. } => true,
    });
    if whole { Ok(()) } else { Err(SignError::NotPdf) }
}

fn refuse_signed(document: &Document) -> Result<(), SignError> {
    let catalog = document.catalog().map_err(|_| SignError::NotPdf)?;
    let signed = !document::signatures(document).is_empty()
        || !document::signed_fields(document).is_empty()
        || document::value(document, catalog, b"Perms").is_some();
    if signed { Err(SignError::AlreadySigned) } else { Ok(()) }
}

/// The signature over a document with this digest, which is the digest of
/// [`SignatureAlgorithm`]'s hash: the CMS that stands in /Contents.
///
/// # Errors
/// [`SignError`] when the key does not sign.
pub fn sign_digest(digest: &[u8], signer: &dyn Signer) -> Result<Vec<u8>, SignError> {
    SignedData::encode(signer.algorithm(), signer.chain(), digest, |message| {
        Ok(Signature { value: signer.sign(message)?, timestamp: None })
    })
}
