//! What the PDF says of its signature, and whether the bytes agree.

use jiff::Timestamp;
use lopdf::{Dictionary, Document, Object, ObjectId};

use super::Finding;
use crate::document::{self, SignedField, Unreadable, all_signed_fields, array, value};
use crate::text::parse_date;

pub(super) fn unreadable(reason: Unreadable) -> Finding {
    match reason {
        Unreadable::NotPdf => ["檔案無法讀取為 PDF", "the file can't be read as a PDF"],
        Unreadable::Encrypted => {
            ["檔案已加密，無法驗證", "the file is encrypted and can't be verified"]
        }
    }
}

/// A signature that a field of the form holds.
pub(super) struct Held<'a> {
    pub(super) id: ObjectId,
    pub(super) dictionary: &'a Dictionary,
    pub(super) field: &'a Dictionary,
}

impl Held<'_> {
    /// Whether it is a document timestamp.
    pub(super) fn is_timestamp(&self) -> bool {
        self.dictionary.has_type(b"DocTimeStamp") || self.format() == Some(b"ETSI.RFC3161")
    }

    fn format(&self) -> Option<&[u8]> {
        self.dictionary.get(b"SubFilter").and_then(Object::as_name).ok()
    }

    /// Whether it is of the format of PAdES.
    pub(super) fn is_pades(&self) -> bool {
        self.format() == Some(b"ETSI.CAdES.detached")
    }
}

/// Most signatures that are verified.
const MOST_SIGNATURES: usize = 24;

/// The signatures of the document, each held by one field.
pub(super) fn signatures(document: &Document) -> Result<Vec<Held<'_>>, Finding> {
    const MALFORMED: Finding = [
        "簽章欄位的內容不是各自獨立的簽章",
        "a signature field does not hold a signature of its own",
    ];
    let mut found: Vec<Held<'_>> = Vec::new();
    let fields = all_signed_fields(document).ok_or([
        "表單欄位的結構不正確，可能有看不到的簽章",
        "the form's fields are malformed, so that there may be signatures that are not seen",
    ])?;
    for SignedField { value, field } in fields {
        let id = value.as_reference().map_err(|_| MALFORMED)?;
        let object = document.objects.get(&id).ok_or(MALFORMED)?;
        if object.is_null() {
            continue;
        }
        let dictionary = object.as_dict().map_err(|_| MALFORMED)?;
        if found.len() > MOST_SIGNATURES {
            break;
        }
        if found.iter().any(|one| one.id == id) {
            return Err(MALFORMED);
        }
        found.push(Held { id, dictionary, field });
    }
    match found.len() {
        0 => Err(["文件沒有簽章", "the document has no signature"]),
        _ if found.iter().all(Held::is_timestamp) => {
            Err(["文件只有時戳，沒有簽章", "the document has timestamps, and no signature"])
        }
        1..=MOST_SIGNATURES => Ok(found),
        _ => Err(["文件的簽章過多", "the document has too many signatures"]),
    }
}

/// The signature that /Perms names as the certification, where it names one.
pub(super) fn certification(
    document: &Document,
    signatures: &[Held<'_>],
) -> Result<Option<ObjectId>, Finding> {
    let catalog = document.catalog().map_err(|_| unreadable(Unreadable::NotPdf))?;
    let permissions = document::dictionary(document, catalog, b"Perms");
    let Some(named) = permissions.and_then(|permissions| permissions.get(b"DocMDP").ok()) else {
        return Ok(None);
    };
    let id = named.as_reference().ok();
    id.filter(|id| signatures.iter().any(|one| one.id == *id && !one.is_timestamp())).map(Some).ok_or([
        "文件權限（/Perms）指定的不是文件的簽章",
        "the document's permissions (/Perms) name something that is no signature of the document",
    ])
}

/// Whether every signature dictionary in the file is held by a field.
pub(super) fn no_other(document: &Document, held: &[ObjectId]) -> bool {
    document::signatures(document).iter().all(|(id, _)| held.contains(id))
}

pub(super) fn sub_filter(signature: &Held<'_>) -> Result<(), Finding> {
    let known: &[&[u8]] = if signature.is_timestamp() {
        &[b"ETSI.RFC3161"]
    } else {
        &[b"ETSI.CAdES.detached", b"adbe.pkcs7.detached"]
    };
    match signature.format() {
        Some(format) if known.contains(&format) => Ok(()),
        Some(_) | None => Err([
            "簽章格式不支援（只支援 PAdES 與 PKCS#7 分離簽章）",
            "the signature's format is neither that of PAdES nor detached PKCS#7",
        ]),
    }
}

/// When it was signed, by the signer's own clock; a signature need not say.
pub(super) fn signing_time(
    document: &Document,
    signature: &Dictionary,
    latest: Timestamp,
) -> Result<Option<Timestamp>, Finding> {
    let Some(text) = value(document, signature, b"M") else { return Ok(None) };
    match text.as_str().ok().and_then(parse_date) {
        Some(at) if at <= latest => Ok(Some(at)),
        Some(_) => Err(["簽章時間在未來", "the signing time lies in the future"]),
        None => Err(["簽章時間（/M）無法讀取", "the signing time (/M) can't be read"]),
    }
}

/// What a signature covers: the bytes before `gap.start` and those from `gap.end` to `end`.
pub(super) struct Range {
    gap: std::ops::Range<usize>,
    pub(super) end: usize,
}

impl Range {
    /// The covered parts of the file.
    pub(super) fn parts<'a>(&self, pdf: &'a [u8]) -> [&'a [u8]; 2] {
        [
            pdf.get(..self.gap.start).unwrap_or_default(),
            pdf.get(self.gap.end..self.end).unwrap_or_default(),
        ]
    }
}

/// The range must start with the file, leave out one hexadecimal string which is the value of
/// /Contents, and end where a revision ends: whatever else is left out could be changed unseen.
pub(super) fn byte_range(
    pdf: &[u8],
    document: &Document,
    signature: &Dictionary,
) -> Result<Range, Finding> {
    let number = |number: &Object| usize::try_from(number.as_i64().ok()?).ok();
    let numbers: Option<Vec<usize>> =
        array(document, signature, b"ByteRange").iter().map(number).collect();
    let Some([0, first, second, length]) = numbers.as_deref() else {
        return Err([
            "簽章範圍（/ByteRange）不是從檔案開頭起的兩段",
            "the signature's range (/ByteRange) is not two parts from the file's start",
        ]);
    };
    let gap = *first..*second;
    let end = second.checked_add(*length).filter(|end| *end <= pdf.len());
    let end = end.ok_or(["簽章範圍超出檔案", "the signature's range goes beyond the file"])?;
    let token = pdf
        .get(gap.clone())
        .ok_or(["簽章範圍重疊", "the parts of the signature's range overlap"])?;
    let digits = token.strip_prefix(b"<").and_then(|token| token.strip_suffix(b">"));
    let is_hex = digits
        .is_some_and(|digits| digits.len() % 2 == 0 && digits.iter().all(u8::is_ascii_hexdigit));
    let before = pdf.get(..gap.start).unwrap_or_default().trim_ascii_end();
    if !is_hex || !before.ends_with(b"/Contents") {
        return Err([
            "簽章範圍遺漏了簽章以外的內容",
            "the signature's range leaves out more than the signature itself",
        ]);
    }
    let revision = pdf.get(gap.end..end).unwrap_or_default();
    if !revision.trim_ascii_end().ends_with(b"%%EOF") {
        return Err([
            "簽章範圍沒有到修訂版本的結尾",
            "the signature's range does not reach the end of its revision",
        ]);
    }
    Ok(Range { gap, end })
}

/// The signature's bytes as they stand in the gap, which must be what the dictionary holds.
pub(super) fn contents(
    pdf: &[u8],
    document: &Document,
    signature: &Dictionary,
    range: &Range,
) -> Result<Vec<u8>, Finding> {
    let digits = pdf.get(range.gap.start + 1..range.gap.end.saturating_sub(1)).unwrap_or_default();
    let bytes: Option<Vec<u8>> = digits
        .chunks_exact(2)
        .map(|pair| {
            std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok())
        })
        .collect();
    let held = value(document, signature, b"Contents").and_then(|held| held.as_str().ok());
    match bytes {
        Some(bytes) if held == Some(bytes.as_slice()) => Ok(bytes),
        Some(_) | None => Err([
            "簽章範圍略過的不是此簽章",
            "what the signature's range leaves out is not this signature",
        ]),
    }
}
