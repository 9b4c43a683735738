//! Why the inbox refuses a drop, in words for the person who dropped it. (What is wrong with the
//! page itself is said by `preflight`.)

use sealpress_config::{Kind, Language};
use sealpress_ledger::Reason;
use std::io;

const FIX_SIDECAR: [&str; 2] = [
    "請修正附帶檔後，連同 PDF 重新投件。",
    "Mend the sidecar, and drop it again together with the PDF.",
];
const DROP_AGAIN: [&str; 2] = [
    "請由列印系統重新輸出後再投件。",
    "Print the file anew from the print system, and drop it again.",
];
const SEE_FIRST: [&str; 2] = [
    "如為補證或更名，請以 kind: reissue 或 rename 投件。",
    "If it is a reissue or a rename, drop it with kind: reissue or rename.",
];

pub(crate) fn bad_name() -> Reason {
    Reason::new(
        "bad_name",
        [
            "檔名過長，或含有無法顯示的字元。",
            "The file's name is too long, or has characters that can't be shown.",
        ],
        ["請改用較短的一般檔名後重新投件。", "Drop the file again under a short, plain name."],
    )
}

pub(crate) fn empty() -> Reason {
    Reason::new("empty", ["檔案是空的。", "The file is empty."], DROP_AGAIN)
}

pub(crate) fn truncated() -> Reason {
    Reason::new(
        "truncated",
        [
            "這個 PDF 沒有完整的結尾（%%EOF），可能沒有寫完。",
            "The PDF does not end as one (%%EOF); it was probably not written to its end.",
        ],
        DROP_AGAIN,
    )
}

pub(crate) fn unreadable() -> Reason {
    Reason::new(
        "unreadable",
        ["系統沒有讀取此檔案的權限。", "The service has no permission to read the file."],
        [
            "請讓列印系統寫出的檔案可由本系統讀取後重新投件。",
            "Let the print system write files that the service may read, and drop it again.",
        ],
    )
}

pub(crate) fn too_large(limit: u64) -> Reason {
    let mb = limit / 1_048_576;
    Reason::new(
        "too_large",
        [
            format!("檔案超過上限 {mb} MB。"),
            format!("The file is larger than the limit of {mb} MB."),
        ],
        [
            "請降低圖片解析度後重新輸出；必要時由系統維護人員調整 inbox.max_bytes。",
            "Print it with smaller images; if need be, an operator can raise inbox.max_bytes.",
        ],
    )
}

pub(crate) fn not_a_file(error: &io::Error) -> Reason {
    Reason::new(
        "not_a_file",
        [format!("投件無法讀取（{error}）。"), format!("The drop can't be read ({error}).")],
        ["請投遞一般檔案，不要使用捷徑或連結。", "Drop a regular file, not a link."],
    )
}

pub(crate) fn duplicate_drop(certificate_no: &str) -> Reason {
    Reason::new(
        "duplicate_drop",
        [
            format!("同一個檔案先前已投件，即證書 {certificate_no}。"),
            format!("The same file was dropped before; it is certificate {certificate_no}."),
        ],
        [
            "不需再處理；如要重寄，請用 sealpress cert resend。",
            "Nothing need be done; to mail it again, use `sealpress cert resend`.",
        ],
    )
}

pub(crate) fn duplicate_degree(certificate_no: &str) -> Reason {
    Reason::new(
        "duplicate_degree",
        [
            format!("此學位已有證書 {certificate_no}，不能再次初發。"),
            format!(
                "The degree has certificate {certificate_no} already, so there is no second first issue."
            ),
        ],
        SEE_FIRST,
    )
}

pub(crate) fn number_taken() -> Reason {
    Reason::new(
        "number_taken",
        ["此證書字號已用於其他學位。", "The certificate number belongs to another degree."],
        ["請確認證書字號後重新投件。", "Check the certificate number, and drop the file again."],
    )
}

pub(crate) fn revoked(certificate_no: &str) -> Reason {
    Reason::new(
        "revoked",
        [
            format!("此學位的證書 {certificate_no} 已由教育部撤銷。"),
            format!("The ministry revoked certificate {certificate_no} of this degree."),
        ],
        ["請洽註冊組主管。", "Ask the head of the registrar's office."],
    )
}

pub(crate) fn no_earlier_certificate(kind: Kind) -> Reason {
    Reason::new(
        "no_earlier_certificate",
        [
            format!("{}需要先有一張有效的證書，但此學位沒有。", kind.zh()),
            format!(
                "A {kind} needs a certificate in force to take the place of, and this degree has none."
            ),
        ],
        [
            "請確認語言與學位；如為第一次發證，請以 kind: first 投件。",
            "Check language and degree; a first issue is dropped with kind: first.",
        ],
    )
}

pub(crate) fn flow_not_allowed(kind: Kind, language: Language) -> Reason {
    Reason::new(
        "flow_not_allowed",
        [
            format!("本校設定不辦理{}{}。", language.zh(), kind.zh()),
            format!("The school's configuration does not allow {kind} in {language}."),
        ],
        [
            "如需辦理，請系統維護人員在設定檔 flows 增加此項。",
            "If it should, an operator adds it to flows in the configuration.",
        ],
    )
}

pub(crate) fn no_layout(kind: Kind, language: Language) -> Reason {
    Reason::new(
        "no_layout",
        [
            format!("沒有適用於此學院的{}{}版面。", language.zh(), kind.zh()),
            format!("No layout fits {kind} in {language} for this college."),
        ],
        ["請系統維護人員在 layouts 增加版面。", "An operator adds one to layouts/."],
    )
}

pub(crate) fn missing(field: &str) -> Reason {
    Reason::new(
        "field_missing",
        [
            format!("缺少欄位 {field}：附帶檔、檔名與名冊都沒有提供。"),
            format!(
                "The field {field} is missing: neither sidecar, file name nor roster gives it."
            ),
        ],
        [
            "請在附帶檔（同名 .yaml 或 .json）填寫，或依檔名規則命名，或匯入名冊。",
            "Give it in a sidecar (same name, .yaml or .json), name the file by the pattern, or import the roster.",
        ],
    )
}

pub(crate) fn bad_value(field: &str) -> Reason {
    Reason::new(
        "field_bad",
        [
            format!("欄位 {field} 的值不正確。"),
            format!("The field {field} has a value that it can't have."),
        ],
        FIX_SIDECAR,
    )
}

pub(crate) fn roster_differs(field: &str) -> Reason {
    Reason::new(
        "roster_differs",
        [
            format!("投件的欄位 {field} 與名冊不一致。"),
            format!("The field {field} of the drop is not what the roster has."),
        ],
        [
            "請確認何者正確：更正附帶檔，或更新名冊後重新投件。",
            "Find out which is right: mend the sidecar, or the roster, and drop the file again.",
        ],
    )
}

pub(crate) fn student_unknown() -> Reason {
    Reason::new(
        "student_unknown",
        ["名冊中沒有此學號。", "The roster does not know this student number."],
        [
            "請確認學號，或先匯入名冊後重新投件。",
            "Check the number, or import the roster first, and drop the file again.",
        ],
    )
}

pub(crate) fn no_name_in_roster(language: Language) -> Reason {
    Reason::new(
        "name_missing",
        [
            format!("名冊中沒有此學生的{}姓名。", language.zh()),
            format!("The roster has no name in {language} for this student."),
        ],
        ["請在名冊補上姓名後重新投件。", "Add the name to the roster, and drop the file again."],
    )
}

pub(crate) fn degree_unclear() -> Reason {
    Reason::new(
        "degree_unclear",
        [
            "此學生有多個學位，無法判斷是哪一個。",
            "The student has several degrees, and the drop does not say which.",
        ],
        ["請在附帶檔填寫 programme 與 degree。", "Give programme and degree in a sidecar."],
    )
}

pub(crate) fn two_sidecars() -> Reason {
    Reason::new(
        "two_sidecars",
        ["同一個 PDF 有兩個附帶檔。", "The PDF has two sidecars."],
        ["請只保留一個附帶檔後重新投件。", "Keep one of them, and drop the files again."],
    )
}

pub(crate) fn sidecar_required() -> Reason {
    Reason::new(
        "sidecar_required",
        ["沒有等到附帶檔。", "No sidecar came for this PDF."],
        ["請連同附帶檔重新投件。", "Drop the PDF again together with its sidecar."],
    )
}

pub(crate) fn sidecar_without_pdf() -> Reason {
    Reason::new(
        "sidecar_without_pdf",
        ["附帶檔沒有等到同名的 PDF。", "No PDF of the same name came for this sidecar."],
        ["請連同 PDF 重新投件。", "Drop it again together with its PDF."],
    )
}

pub(crate) fn sidecar_unreadable(error: &io::Error) -> Reason {
    Reason::new(
        "sidecar_unreadable",
        [format!("附帶檔無法讀取（{error}）。"), format!("The sidecar can't be read ({error}).")],
        FIX_SIDECAR,
    )
}

pub(crate) fn sidecar_too_large(limit: u64) -> Reason {
    Reason::new(
        "sidecar_too_large",
        [
            format!("附帶檔超過上限 {limit} 位元組。"),
            format!("The sidecar is larger than the limit of {limit} bytes."),
        ],
        FIX_SIDECAR,
    )
}

pub(crate) fn sidecar_not_utf8() -> Reason {
    Reason::new(
        "sidecar_not_utf8",
        ["附帶檔不是 UTF-8 編碼。", "The sidecar is not in UTF-8."],
        [
            "請以 UTF-8 編碼儲存附帶檔後重新投件。",
            "Save the sidecar in UTF-8, and drop it again with the PDF.",
        ],
    )
}

pub(crate) fn sidecar_malformed() -> Reason {
    Reason::new(
        "sidecar_malformed",
        ["附帶檔的格式不正確。", "The sidecar is not well-formed."],
        [
            "請檢查縮排、引號與欄位格式後重新投件。",
            "Check indentation, quotes and fields, and drop it again with the PDF.",
        ],
    )
}

pub(crate) fn unknown_key(key: &str, nearest: &str) -> Reason {
    Reason::new(
        "sidecar_unknown_key",
        [
            format!("附帶檔有不認得的欄位「{key}」。"),
            format!("The sidecar has the unknown key “{key}”."),
        ],
        [
            format!("最接近的欄位是 {nearest}；請修正後重新投件。"),
            format!("The nearest known key is {nearest}; mend it, and drop the files again."),
        ],
    )
}
