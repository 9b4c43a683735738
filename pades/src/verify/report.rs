//! What a verification says: one line a check, in two languages.

/// The verdict on a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Every check that applies was run, for every signature, and passed.
    Valid,
    /// A check failed, or could not be run.
    NotValid,
}

/// What is checked. The words of [`CheckCode::as_str`] stand in JSON, and stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CheckCode {
    /// The bytes are a PDF that can be read, and in one way only.
    Document,
    /// There are signatures, each held by a field of its own.
    Signatures,
    /// The document's permissions (/Perms), where it has some, name one of its signatures.
    Certification,
    /// The signature is of a format that is known.
    SubFilter,
    /// What the signature allows to be changed can be read (DocMDP, FieldMDP).
    DocMdp,
    /// The signer's time, where he gives one, can be read and is not in the future.
    SigningTime,
    /// The signature covers its revision whole, but for itself.
    ByteRange,
    /// What was done after signing is what the signature allows.
    LaterRevisions,
    /// The signature's bytes are one structure, and zeros.
    Contents,
    /// The structure is a detached CMS with one signer, and his certificate in it.
    Cms,
    /// The signed attributes say what is signed, once and without contradiction.
    SignedAttributes,
    /// The signed attributes, where they name a certificate, name the signer's.
    SigningCertificate,
    /// The document's digest is the signed one.
    Digest,
    /// The signature was made by the certificate's key.
    Signature,
    /// The certificate may sign documents.
    KeyUsage,
    /// The certificate leads to a root that is trusted, and was valid when signed.
    Chain,
    /// A timestamp is of this signature, or of all that stands before it; its signature holds, and
    /// its certificate is for timestamps alone. Run where there is one.
    Timestamp,
    /// The timestamp's authority leads to a root that is trusted, and its certificates were valid
    /// when the timestamp is known to have existed.
    TimestampChain,
    /// Nothing in the document says that one of the certificates was revoked when it was used, and
    /// what it brings to show the contrary counts. It need not bring anything.
    Revocation,
}

impl CheckCode {
    /// Every check, in the order in which they are run.
    pub const ALL: [Self; 19] = [
        Self::Document,
        Self::Signatures,
        Self::Certification,
        Self::SubFilter,
        Self::DocMdp,
        Self::SigningTime,
        Self::ByteRange,
        Self::LaterRevisions,
        Self::Contents,
        Self::Cms,
        Self::SignedAttributes,
        Self::SigningCertificate,
        Self::Digest,
        Self::Signature,
        Self::KeyUsage,
        Self::Chain,
        Self::Timestamp,
        Self::TimestampChain,
        Self::Revocation,
    ];

    /// The word in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Document => "document",
            Self::Signatures => "signatures",
            Self::Certification => "certification",
            Self::SubFilter => "sub_filter",
            Self::DocMdp => "doc_mdp",
            Self::SigningTime => "signing_time",
            Self::ByteRange => "byte_range",
            Self::LaterRevisions => "later_revisions",
            Self::Contents => "contents",
            Self::Cms => "cms",
            Self::SignedAttributes => "signed_attributes",
            Self::SigningCertificate => "signing_certificate",
            Self::Digest => "digest",
            Self::Signature => "signature",
            Self::KeyUsage => "key_usage",
            Self::Chain => "chain",
            Self::Timestamp => "timestamp",
            Self::TimestampChain => "timestamp_chain",
            Self::Revocation => "revocation",
        }
    }

    /// Whether it asks whom we trust, and not what the file is.
    const fn is_of_trust(self) -> bool {
        match self {
            Self::Chain | Self::TimestampChain | Self::Revocation => true,
            Self::Document
            | Self::Signatures
            | Self::Certification
            | Self::SubFilter
            | Self::DocMdp
            | Self::SigningTime
            | Self::ByteRange
            | Self::LaterRevisions
            | Self::Contents
            | Self::Cms
            | Self::SignedAttributes
            | Self::SigningCertificate
            | Self::Digest
            | Self::Signature
            | Self::KeyUsage
            | Self::Timestamp => false,
        }
    }

    /// What is said when it passed, `[zh-TW, English]`.
    const fn passed(self) -> Finding {
        match self {
            Self::Document => ["檔案是可讀取的 PDF", "the file is a PDF that can be read"],
            Self::Signatures => ["文件有簽章", "the document has signatures"],
            Self::Certification => [
                "文件權限（/Perms）與簽章相符",
                "the document's permissions (/Perms) agree with its signatures",
            ],
            Self::SubFilter => ["簽章格式可辨識", "the signature's format is known"],
            Self::DocMdp => {
                ["簽章允許的更改可讀取", "what the signature allows to be changed can be read"]
            }
            Self::SigningTime => ["簽章時間合理", "the signing time is plausible"],
            Self::ByteRange => ["簽章涵蓋整份文件", "the signature covers the whole document"],
            Self::LaterRevisions => [
                "簽章之後沒有不允許的更改",
                "nothing was done after signing that the signature does not allow",
            ],
            Self::Contents => ["簽章資料完整", "the signature's data are whole"],
            Self::Cms => ["簽章結構正確", "the signature's structure is right"],
            Self::SignedAttributes => ["簽署屬性正確", "the signed attributes are right"],
            Self::SigningCertificate => {
                ["簽署屬性與憑證相符", "the signed attributes agree with the certificate"]
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
            Self::Timestamp => ["時戳正確", "the timestamp is right"],
            Self::TimestampChain => [
                "時戳服務可信任，且憑證有效",
                "the timestamp authority is trusted, and its certificate is valid",
            ],
            Self::Revocation => {
                ["沒有憑證被廢止的紀錄", "nothing says that a certificate was revoked"]
            }
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
    /// Whose: the number of the signature in the order of signing, from 1; none is the document.
    pub signature: Option<usize>,
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
    demanded: Vec<(Option<usize>, CheckCode)>,
    signature: Option<usize>,
}

impl Report {
    /// What follows is about this signature, of which all these checks are demanded.
    pub(super) fn begin(&mut self, signature: Option<usize>, demanded: &[CheckCode]) {
        self.signature = signature;
        self.demand(demanded);
    }

    /// These checks are demanded too.
    pub(super) fn demand(&mut self, codes: &[CheckCode]) {
        self.demanded.extend(codes.iter().map(|code| (self.signature, *code)));
    }

    /// Note how a check ended, and hand on what it found.
    pub(super) fn check<T>(&mut self, code: CheckCode, result: Result<T, Finding>) -> Option<T> {
        let passed = result.is_ok();
        let (value, [message_zh, message_en]) = match result {
            Ok(value) => (Some(value), code.passed()),
            Err(finding) => (None, finding),
        };
        let signature = self.signature;
        self.checks.push(Check { code, signature, passed, message_zh, message_en });
        value
    }

    /// Whether every check that is demanded was run, and each that was run passed; `trust` says
    /// whether those that ask whom we trust count.
    pub(super) fn holds(&self, trust: bool) -> bool {
        let counts = |code: CheckCode| trust || !code.is_of_trust();
        let ran = |(signature, code): &(Option<usize>, CheckCode)| {
            self.checks.iter().any(|check| check.signature == *signature && check.code == *code)
        };
        self.demanded.iter().any(|(signature, _)| signature.is_some())
            && self.demanded.iter().filter(|(_, code)| counts(*code)).all(ran)
            && self.checks.iter().filter(|check| counts(check.code)).all(|check| check.passed)
    }

    /// Every check, the document's first, then each signature's.
    pub(super) fn into_checks(mut self) -> Vec<Check> {
        self.checks.sort_by_key(|check| check.signature);
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
            report.begin(Some(1), &CheckCode::ALL);
            for code in CheckCode::ALL.into_iter().filter(|code| *code != left_out) {
                report.check(code, Ok(()));
            }
            assert!(!report.holds(true), "without {left_out}");
            assert_eq!(report.holds(false), left_out.is_of_trust(), "without {left_out}");
            report.begin(Some(2), &[]);
            report.check(left_out, Ok(()));
            assert!(!report.holds(true), "{left_out} of another signature");
            report.begin(Some(1), &[]);
            report.check(left_out, Ok(()));
            assert!(report.holds(true) && report.holds(false));
            report.check::<()>(left_out, Err(["", ""]));
            assert!(!report.holds(true));
            assert_eq!(report.holds(false), left_out.is_of_trust());
        }
    }

    #[test]
    fn a_document_without_signatures_is_not_valid() {
        let mut report = Report::default();
        report.begin(None, &[CheckCode::Document]);
        report.check(CheckCode::Document, Ok(()));
        assert!(!report.holds(true) && !report.holds(false));
    }
}
