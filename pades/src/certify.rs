//! Certifying: a PAdES B-B certification signature behind a document's bytes
//! (ETSI EN 319 142-1, section 6; ISO 32000-2, section 12.8).

mod objects;

use jiff::Timestamp;
use lopdf::xref::XrefEntry;
use lopdf::{Document, Object};

use crate::document::{self, Unreadable};
use crate::signed_data::{EncodeError, SignedData};
use crate::update::Update;
use crate::{KeyError, Signer, write};
use objects::Places;

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
    let document = document::open(pdf)?;
    refuse_damaged(&document)?;
    refuse_signed(&document)?;
    let size = contents_size(signer)?;
    let page = document.page_iter().next().ok_or(SignError::NoPage)?;
    let appearance = request
        .appearance
        .as_ref()
        .map(|wanted| objects::appearance(&document, page, wanted))
        .transpose()?;

    let mut update = Update::behind(pdf, &document, 2 * size + 8192);
    let (signature, field) = (update.new_id(), update.new_id());
    let places =
        update.put_with(signature, |out| objects::signature_dictionary(out, request, size));
    update.put(field, &objects::widget(request, signature, page, appearance));
    update.put(page, &objects::page_with(&document, page, field)?);
    let root = document
        .trailer
        .get(b"Root")
        .and_then(Object::as_reference)
        .map_err(|_| SignError::NotPdf)?;
    update.put(root, &objects::catalog_with(&document, request, signature, field)?);
    let mut out = update.finish(&document);

    fill(&mut out, places, size, signer)?;
    Ok(out)
}

/// Bytes that the CMS can have at most. A signature of RSA is shorter than its public key in
/// DER; one of ECDSA is two numbers, each half as long as the point, in a frame of eight bytes.
fn contents_size(signer: &dyn Signer) -> Result<usize, SignError> {
    let leaf = signer.chain().first().ok_or(KeyError::NoCertificate)?;
    let longest = vec![0; leaf.public_key().len() + 16];
    let digest = signer.algorithm().digest().of(&[]);
    Ok(SignedData::encode(signer.algorithm(), signer.chain(), &digest, |_| Ok(longest))?.len())
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

/// Set the ranges, sign what they cover, and put the CMS between them.
fn fill(out: &mut [u8], places: Places, size: usize, signer: &dyn Signer) -> Result<(), SignError> {
    let gap = places.contents..places.contents + 2 * size + 2;
    let range = format!("[0 {} {} {}]", gap.start, gap.end, out.len().saturating_sub(gap.end));
    splice(out, places.byte_range, range.as_bytes())?;
    let (head, tail) = (out.get(..gap.start), out.get(gap.end..));
    let (head, tail) = head.zip(tail).ok_or(SignError::Encoding)?;
    let algorithm = signer.algorithm();
    let digest = algorithm.digest().of(&[head, tail]);
    let cms =
        SignedData::encode(algorithm, signer.chain(), &digest, |message| signer.sign(message))?;
    if cms.len() > size {
        return Err(SignError::Encoding);
    }
    let mut hex = Vec::with_capacity(2 * cms.len());
    write::hex(&mut hex, &cms);
    splice(out, gap.start + 1, &hex)
}

fn splice(out: &mut [u8], at: usize, bytes: &[u8]) -> Result<(), SignError> {
    let place = out.get_mut(at..at + bytes.len()).ok_or(SignError::Encoding)?;
    place.copy_from_slice(bytes);
    Ok(())
}
