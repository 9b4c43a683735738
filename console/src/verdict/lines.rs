//! What is said of each check, in both languages.

use sealpress_ledger::Status;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

use super::changed::Change;
use super::recognised::By;

/// One check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Line {
    pub(crate) code: Cow<'static, str>,
    pub(crate) passed: bool,
    pub(crate) message_zh: Cow<'static, str>,
    pub(crate) message_en: Cow<'static, str>,
}

impl Line {
    const fn new(
        code: &'static str,
        passed: bool,
        [message_zh, message_en]: [&'static str; 2],
    ) -> Self {
        Self {
            code: Cow::Borrowed(code),
            passed,
            message_zh: Cow::Borrowed(message_zh),
            message_en: Cow::Borrowed(message_en),
        }
    }
}

/// Whether the ledger knows exactly these bytes.
pub(super) const fn in_ledger(known: bool) -> Line {
    let said = if known {
        [
            "此檔案與本校登錄簿所記載的證書檔案完全相同",
            "the file is, byte for byte, one that this school issued",
        ]
    } else {
        ["本校登錄簿中沒有這個檔案", "the school's ledger does not know this file"]
    };
    Line::new("ledger", known, said)
}

/// Whether it was recognised as made from a certificate.
pub(super) const fn recognised(by: By) -> Line {
    let (passed, said) = match by {
        By::Beginning => (
            true,
            [
                "檔案的前段就是本校簽發的一份證書",
                "the file begins with a certificate that this school issued",
            ],
        ),
        By::Token => (
            true,
            [
                "頁面上的 QR code 屬於本校的一份證書",
                "the QR code on the page is that of a certificate of this school",
            ],
        ),
        By::Number => (
            true,
            [
                "頁面上有本校一份證書的證書字號",
                "the page bears the number of a certificate of this school",
            ],
        ),
        By::OtherCode => (
            false,
            [
                "頁面上的 QR code 不屬於本校的任何證書",
                "the QR code on the page is not that of a certificate of this school",
            ],
        ),
        By::Nothing => (
            false,
            [
                "頁面上沒有本校證書的 QR code 或證書字號",
                "the page bears neither QR code nor number of a certificate of this school",
            ],
        ),
        By::NoPage => (false, ["檔案沒有可以顯示的頁面", "the file has no page that can be shown"]),
    };
    Line::new("recognised", passed, said)
}

/// How it differs from the certificate that it was recognised as.
pub(super) const fn change(change: Change) -> Line {
    let said = match change {
        Change::SavedAnew => [
            "頁面與原始證書相同，但檔案經過另存或列印，簽章已失去；請索取原始檔案",
            "the page shows what the original shows, but the file was saved anew or printed and has \
             lost its signature; ask for the original file",
        ],
        Change::Appended => [
            "證書之後被附加了內容",
            "something was appended to the certificate after it was issued",
        ],
        Change::InPlace => ["證書的內容被改動", "bytes of the certificate were changed"],
        Change::Shown => [
            "頁面內容與原始證書不同，或副本太模糊而無法比對；請索取原始檔案",
            "the page differs from the original, or is too poor a copy to compare; ask for the \
             original file",
        ],
        Change::Elsewhere => [
            "頁面不是該字號的證書，或副本太模糊而無法比對；請索取原始檔案",
            "the page is not that of the certificate with this number, or is too poor a copy to \
             compare; ask for the original file",
        ],
    };
    Line::new("unchanged", false, said)
}

/// Whether the certificate is in force.
pub(super) const fn in_force(status: Status) -> Line {
    let (passed, said) = match status {
        Status::Issued => (true, ["此證書目前有效", "the certificate is in force"]),
        Status::Superseded => (
            false,
            [
                "此證書已由較新的證書取代（補發或更名）",
                "a newer certificate (reissue or rename) took its place",
            ],
        ),
        Status::Recalled => (
            false,
            ["此證書因誤發已由學校收回", "the school recalled the certificate as mis-issued"],
        ),
        Status::Revoked => {
            (false, ["此證書已由教育部撤銷", "the ministry revoked the certificate"])
        }
        Status::Pending | Status::Rejected => {
            (false, ["此證書未完成發證", "the certificate was not issued"])
        }
    };
    Line::new("in_force", passed, said)
}
