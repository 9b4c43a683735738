//! What a verification says: one line a check, in two languages.

/// The verdict on a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Every check was run and passed.
    Valid,
    /// A check failed, or could not be run.
    NotValid,
}

/// What is checked. The words of [`CheckCode::as_str`] stand in JSON, and stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CheckCode {
    /// The bytes are a PDF that can be read.
    Document,
    /// There is one signature, a certification, and /Perms names it.
    Certification,
    /// The signature is of the format ETSI.CAdES.detached.
    SubFilter,
    /// The certification allows form filling and signatures alone (DocMDP, P=2).
    DocMdp,
    /// The signer's time (/M) can be read and is not in the future.
    SigningTime,
    /// The signature covers its revision whole, but for itself.
    ByteRange,
    /// Nothing follows the signed revision.
    NothingAfter,
    /// The signature's bytes are one DER structure, and zeros.
    Contents,
    /// The structure is a detached CMS with one signer, and his certificate in it.
    Cms,
    /// The signed attributes are those of B-B.
    SignedAttributes,
    /// The signed attributes name the signer's certificate.
    SigningCertificate,
    /// The document's digest is the signed one.
    Digest,
    /// The signature was made by the certificate's key.
    Signature,
    /// The certificate may sign documents.
    KeyUsage,
    /// The certificate leads to a root that is trusted, and was valid when signed.
    Chain,
}

impl CheckCode {
    /// Every check, in the order in which they are run.
    pub const ALL: [Self; 15] = [
        Self::Document,
        Self::Certification,
        Self::SubFilter,
        Self::DocMdp,
        Self::SigningTime,
        Self::ByteRange,
        Self::NothingAfter,
        Self::Contents,
        Self::Cms,
        Self::SignedAttributes,
        Self::SigningCertificate,
        Self::Digest,
        Self::Signature,
        Self::KeyUsage,
        Self::Chain,
    ];

    /// The word in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Document => "document",
            Self::Certification => "certification",
            Self::SubFilter => "sub_filter",
            Self::DocMdp => "doc_mdp",
            Self::SigningTime => "signing_time",
            Self::ByteRange => "byte_range",
            Self::NothingAfter => "nothing_after",
            Self::Contents => "contents",
            Self::Cms => "cms",
            Self::SignedAttributes => "signed_attributes",
            Self::SigningCertificate => "signing_certificate",
            Self::Digest => "digest",
            Self::Signature => "signature",
            Self::KeyUsage => "key_usage",
            Self::Chain => "chain",
        }
    }

    /// What is said when it passed, `[zh-TW, English]`.
    const fn passed(self) -> Finding {
        match self {
            Self::Document => ["檔案是可讀取的 PDF", "the file is a PDF that can be read"],
            Self::Certification => [
                "有一個認證簽章，且為文件權限所指定",
                "there is one certification signature, and the document's permissions name it",
            ],
            Self::SubFilter => ["簽章格式為 PAdES", "the signature is of the PAdES format"],
            Self::DocMdp => {
                ["認證後不允許更改內容", "the certification allows no change of the content"]
            }
            Self::SigningTime => ["簽章時間合理", "the signing time is plausible"],
            Self::ByteRange => ["簽章涵蓋整份文件", "the signature covers the whole document"],
            Self::NothingAfter => {
                ["簽章之後沒有附加任何內容", "nothing was appended after signing"]
            }
            Self::Contents => ["簽章資料完整", "the signature's data are whole"],
            Self::Cms => ["簽章結構正確", "the signature's structure is right"],
            Self::SignedAttributes => {
                ["簽署屬性符合 B-B", "the signed attributes are those of B-B"]
            }
            Self::SigningCertificate => {
                ["簽署屬性指定此憑證", "the signed attributes name this certificate"]
            }
            Self::Digest => {
                ["文件自簽章後未被更改", "the document has not been changed since it was signed"]
            }
            Self::Signature => {
                ["簽章由此憑證的金鑰產生", "the signature was made with this certificate's key"]
            }
            Self::KeyUsage => ["憑證可用於文件簽章", "the certificate may sign documents"],
            Self::Chain => [
                "憑證可信任，且簽章時有效",
                "the certificate is trusted, and was valid when it signed",
            ],
        }
    }
}

impl std::fmt::Display for CheckCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a check found, `[zh-TW, English]`.
pub type Finding = [&'static str; 2];

/// One check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Which.
    pub code: CheckCode,
    /// Whether it passed.
    pub passed: bool,
    /// What was found, in zh-TW.
    pub message_zh: &'static str,
    /// What was found, in English.
    pub message_en: &'static str,
}

/// A verification in the making.
#[derive(Default)]
pub(super) struct Report {
    checks: Vec<Check>,
}

impl Report {
    /// Note how a check ended, and hand on what it found.
    pub(super) fn check<T>(&mut self, code: CheckCode, result: Result<T, Finding>) -> Option<T> {
        let passed = result.is_ok();
        let (value, [message_zh, message_en]) = match result {
            Ok(value) => (Some(value), code.passed()),
            Err(finding) => (None, finding),
        };
        self.checks.push(Check { code, passed, message_zh, message_en });
        value
    }

    pub(super) fn verdict(&self) -> Verdict {
        let passed =
            |code: &CheckCode| self.checks.iter().any(|check| check.code == *code && check.passed);
        if CheckCode::ALL.iter().all(passed) && self.checks.iter().all(|check| check.passed) {
            Verdict::Valid
        } else {
            Verdict::NotValid
        }
    }

    pub(super) fn into_checks(self) -> Vec<Check> {
        self.checks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn valid_needs_every_check() {
        for left_out in CheckCode::ALL {
            let mut report = Report::default();
            for code in CheckCode::ALL.into_iter().filter(|code| *code != left_out) {
                report.check(code, Ok(()));
            }
            assert_eq!(report.verdict(), Verdict::NotValid, "without {left_out}");
            report.check(left_out, Ok(()));
            assert_eq!(report.verdict(), Verdict::Valid);
            report.check::<()>(left_out, Err(["", ""]));
            assert_eq!(report.verdict(), Verdict::NotValid);
        }
    }
}
