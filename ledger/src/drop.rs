//! What the inbox tells the ledger of a drop.

use jiff::Timestamp;
use jiff::civil::Date;
use sealpress_config::{Kind, Language};

use crate::{ApprovalCause, Certificate, CertificateId, Reason, Sha256Hash, Student};

/// A drop that passed pre-flight.
#[derive(Clone)]
pub struct NewCertificate {
    /// The id that was drawn at the claim.
    pub id: CertificateId,
    /// Student number.
    pub student_no: String,
    /// Name in Chinese.
    pub name_zh: Option<String>,
    /// Name in English.
    pub name_en: Option<String>,
    /// Programme.
    pub programme: String,
    /// Degree.
    pub degree: String,
    /// College.
    pub college: Option<String>,
    /// Kind.
    pub kind: Kind,
    /// Language.
    pub language: Language,
    /// Certificate number; none: the ledger assigns one by `numbering`.
    pub certificate_no: Option<String>,
    /// Date on the certificate, ISO 8601.
    pub issued_on: Option<String>,
    /// 128 unguessable bits in lower-case hexadecimal.
    pub token: String,
    /// Name of the drop's file.
    pub drop_name: String,
    /// Digest of its bytes.
    pub drop_hash: Sha256Hash,
    /// The certificate in force whose place it takes.
    pub supersedes: Option<CertificateId>,
    /// Why a person must look at the page before anything is done;
    /// [`ApprovalCause::FirstOfBatch`] only where nobody looked at one of its batch yet.
    pub approval: Option<ApprovalCause>,
    /// A student whom the roster lacks, as the sidecar has them.
    pub sidecar_student: Option<Student>,
    /// When.
    pub accepted_at: Timestamp,
    /// Pattern of assigned numbers: `{roc_year}`, `{year}`, `{seq}`.
    pub numbering: String,
    /// Day of `accepted_at` in the school's time zone: it names the batch, and the number's year.
    pub day: Date,
}

impl std::fmt::Debug for NewCertificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewCertificate").field("id", &self.id).finish_non_exhaustive()
    }
}

/// What became of a [`NewCertificate`].
#[derive(Debug)]
pub enum Acceptance {
    /// It is a certificate now.
    Accepted(Certificate),
    /// It was one already: this drop was accepted before a crash.
    AlreadyThere(Certificate),
    /// The same bytes are another certificate.
    SameDrop(CertificateId),
    /// Another certificate of this degree and language is pending, in force, or no longer in
    /// force where it should be superseded.
    DegreeTaken(CertificateId),
    /// The certificate number belongs to another student or degree.
    NumberTaken(CertificateId),
}

/// Where a refused drop is put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalFolder {
    /// `failed/`
    Failed,
    /// `duplicate/`
    Duplicate,
}

impl RefusalFolder {
    /// The folder's name, and the word in the ledger.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Duplicate => "duplicate",
        }
    }
}

/// A drop that did not become a certificate. Recorded before its files move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The id that was drawn at the claim.
    pub id: CertificateId,
    /// Name of the drop's file.
    pub drop_name: String,
    /// Digest of its bytes, where they could be read.
    pub drop_hash: Option<Sha256Hash>,
    /// Where the files go.
    pub folder: RefusalFolder,
    /// `inbox`, `preflight`, or the stage that refused.
    pub stage: String,
    /// Why.
    pub reason: Reason,
    /// When.
    pub at: Timestamp,
}

/// What became of a drop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DropFate {
    /// The inbox has not decided yet.
    NotYet,
    /// It became this certificate.
    Certificate(CertificateId),
    /// It was refused.
    Refused(Box<Reason>),
}
