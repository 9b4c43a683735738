//! What the PDF says of its signature, and whether the bytes agree.

use jiff::Timestamp;
use lopdf::{Dictionary, Document, Object};

use super::Finding;
use crate::document::{self, Unreadable, array, signatures, signed_fields, value};
use crate::text::parse_date;

pub(super) fn unreadable(reason: Unreadable) -> Finding {
    match reason {
        Unreadable::NotPdf => ["檔案無法讀取為 PDF", "the file can't be read as a PDF"],
        Unreadable::Encrypted => {
            ["檔案已加密，無法驗證", "the file is encrypted and can't be verified"]
        }
    }
}

/// The one signature dictionary, where /Perms names it and one field holds it.
pub(super) fn certification(document: &Document) -> Result<&Dictionary, Finding> {
    let found = signatures(document);
    let (id, signature) = match found.as_slice() {
        [] => return Err(["文件沒有簽章", "the document has no signature"]),
        [one] => *one,
        [_, ..] => {
            return Err(["文件有一個以上的簽章", "the document has more than one signature"]);
        }
    };
    let catalog = document.catalog().map_err(|_| unreadable(Unreadable::NotPdf))?;
    let permissions = document::dictionary(document, catalog, b"Perms");
    let named = permissions.and_then(|permissions| permissions.get(b"DocMDP").ok());
    if named.and_then(|named| named.as_reference().ok()) != Some(id) {
        return Err([
            "文件權限（/Perms）沒有指定此簽章，不是認證簽章",
            "the document's permissions (/Perms) do not name the signature: it is no certification",
        ]);
    }
    match signed_fields(document).as_slice() {
        [field] if field.value.as_reference().is_ok_and(|held| held == id) => Ok(signature),
        _ => Err([
            "簽章沒有唯一對應的簽章欄位",
            "the signature is not held by exactly one signature field",
        ]),
    }
}

/// A signature that is no certification, so that the other checks can say more about it: the
/// last one, where there are several.
pub(super) fn any_signature(document: &Document) -> Option<&Dictionary> {
    signatures(document).pop().map(|(_, signature)| signature)
}

pub(super) fn sub_filter(signature: &Dictionary) -> Result<(), Finding> {
    match signature.get(b"SubFilter").and_then(Object::as_name) {
        Ok(b"ETSI.CAdES.detached") => Ok(()),
        Ok(_) | Err(_) => Err([
            "簽章格式不是 ETSI.CAdES.detached",
            "the signature's format is not ETSI.CAdES.detached",
        ]),
    }
}

pub(super) fn doc_mdp(document: &Document, signature: &Dictionary) -> Result<(), Finding> {
    let references = array(document, signature, b"Reference");
    let permission = match references {
        [one] => document.dereference(one).ok().and_then(|(_, one)| one.as_dict().ok()),
        _ => None,
    }
    .filter(|one| {
        value(document, one, b"TransformMethod")
            .is_some_and(|method| method.as_name().is_ok_and(|name| name == b"DocMDP"))
    })
    .and_then(|one| document::dictionary(document, one, b"TransformParams"))
    .and_then(|parameters| value(document, parameters, b"P")?.as_i64().ok());
    match permission {
        Some(2) => Ok(()),
        Some(_) | None => {
            Err(["認證的權限等級不是 P=2", "the certification's permission is not P=2"])
        }
    }
}

pub(super) fn signing_time(
    document: &Document,
    signature: &Dictionary,
    latest: Timestamp,
) -> Result<Timestamp, Finding> {
    let text = value(document, signature, b"M").and_then(|text| text.as_str().ok());
    match text.and_then(parse_date) {
        Some(at) if at <= latest => Ok(at),
        Some(_) => Err(["簽章時間在未來", "the signing time lies in the future"]),
        None => Err(["沒有可讀取的簽章時間（/M）", "there is no readable signing time (/M)"]),
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

pub(super) fn nothing_after(pdf: &[u8], range: &Range) -> Result<(), Finding> {
    if range.end == pdf.len() {
        Ok(())
    } else {
        Err([
            "簽章之後檔案被附加了內容；發出的證書不會再更改",
            "something was appended to the file after signing; a certificate is never changed once issued",
        ])
    }
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
