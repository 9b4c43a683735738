//! A certificate: the record that a drop becomes.

use jiff::Timestamp;
use sealpress_config::{Kind, Language, Stage};
use serde::{Deserialize, Serialize};

use crate::{CertificateId, Reason, Sha256Hash};

/// Where a certificate stands in law (狀態). Stored in the ledger; a new word is a new version of
/// the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Accepted, not yet archived.
    Pending,
    /// Archived and in force.
    Issued,
    /// Replaced by a reissue or rename.
    Superseded,
    /// Mis-issued and taken back by the school (誤發收回).
    Recalled,
    /// Revoked by the ministry (撤銷).
    Revoked,
    /// Refused after it was accepted, by a stage or by a person.
    Rejected,
}

impl Status {
    /// Every status.
    pub const ALL: &'static [Self] = &[
        Self::Pending,
        Self::Issued,
        Self::Superseded,
        Self::Recalled,
        Self::Revoked,
        Self::Rejected,
    ];

    /// The word in the ledger and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Issued => "issued",
            Self::Superseded => "superseded",
            Self::Recalled => "recalled",
            Self::Revoked => "revoked",
            Self::Rejected => "rejected",
        }
    }

    /// The word that staff read (zh-TW).
    #[must_use]
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Pending => "處理中",
            Self::Issued => "有效",
            Self::Superseded => "已被取代",
            Self::Recalled => "已收回",
            Self::Revoked => "已撤銷",
            Self::Rejected => "已退件",
        }
    }
}

/// Which stage comes next: how far a certificate is on its way. Stored in the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Progress {
    /// This stage is next.
    At(Stage),
    /// Nothing is next; the drop may leave `work/`.
    Closed,
}

impl Progress {
    /// The word in the ledger: the stage that is next, or `closed`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::At(stage) => stage.as_str(),
            Self::Closed => "closed",
        }
    }
}

/// Why a certificate does not move, where it does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WaitingFor {
    /// A person's look at the page; [`ApprovalCause`] says why.
    Approval,
    /// A person: it failed too often, or in a way that trying again does not mend.
    Person,
}

impl WaitingFor {
    /// The word in the ledger and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Approval => "approval",
            Self::Person => "person",
        }
    }
}

/// Why a person looks at a page before anything is done. Stored in the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalCause {
    /// No program can read the page's text.
    Unreadable,
    /// The school has every page looked at.
    Policy,
    /// The first of its batch is looked at: same day, kind, language and college.
    FirstOfBatch,
}

impl ApprovalCause {
    /// Every cause.
    pub const ALL: &'static [Self] = &[Self::Unreadable, Self::Policy, Self::FirstOfBatch];

    /// The word in the ledger.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::Policy => "policy",
            Self::FirstOfBatch => "first_of_batch",
        }
    }

    /// What staff read, in zh-TW.
    #[must_use]
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Unreadable => "程式讀不出頁面文字",
            Self::Policy => "依設定每件都要核可",
            Self::FirstOfBatch => "同批第一件核可後放行",
        }
    }

    /// What staff read, in English.
    #[must_use]
    pub const fn en(self) -> &'static str {
        match self {
            Self::Unreadable => "no program can read the page",
            Self::Policy => "every page is looked at",
            Self::FirstOfBatch => "the first of its batch is looked at",
        }
    }
}

/// What an approval let go on.
#[derive(Debug, Clone)]
pub struct Approved {
    /// The certificate that was looked at.
    pub certificate: Certificate,
    /// Those that waited for it as the first of their batch.
    pub with_it: Vec<CertificateId>,
}

/// What a certificate certifies, as it was when the drop was accepted. It does not change when
/// the roster does.
#[derive(Clone, PartialEq, Eq)]
pub struct Certified {
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
    /// Certificate number (證書字號).
    pub certificate_no: String,
    /// Date on the certificate, where the sidecar gives it, ISO 8601.
    pub issued_on: Option<String>,
}

impl std::fmt::Debug for Certified {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Certified")
            .field("kind", &self.kind)
            .field("language", &self.language)
            .finish_non_exhaustive()
    }
}

/// A certificate as the ledger has it.
#[derive(Debug, Clone)]
pub struct Certificate {
    /// The id.
    pub id: CertificateId,
    /// What it certifies.
    pub certified: Certified,
    /// Where it stands in law.
    pub status: Status,
    /// Which stage is next.
    pub progress: Progress,
    /// Why it does not move.
    pub waiting_for: Option<WaitingFor>,
    /// Why a person looks at the page, or looked before it went on.
    pub approval: Option<ApprovalCause>,
    /// 128 unguessable bits for the QR code, in lower-case hexadecimal.
    pub token: String,
    /// Name of the drop's file, as the print system wrote it.
    pub drop_name: String,
    /// Digest of the drop's bytes.
    pub drop_hash: Sha256Hash,
    /// When the drop was accepted.
    pub accepted_at: Timestamp,
    /// Where the archived file is, once it is.
    pub archived: Option<ArchivedFile>,
    /// The certificate this one takes the place of.
    pub supersedes: Option<CertificateId>,
    /// Runs of the present lane, counted before each.
    pub attempts: u32,
    /// When the next run is due.
    pub due_at: Timestamp,
    /// First run of the present lane: how long a relay that says “later” has been asked.
    pub first_tried_at: Option<Timestamp>,
    /// Digest of the bytes handed from one lane to the next, where lanes are split.
    pub handed_on: Option<Sha256Hash>,
    /// What went wrong last, where something did.
    pub last_error: Option<Reason>,
}

/// The archived file of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchivedFile {
    /// Path within the archive, `2026/06/<id>.pdf`.
    pub path: String,
    /// Digest of the file.
    pub hash: Sha256Hash,
    /// Size in bytes.
    pub bytes: u64,
    /// When the ledger learned of it.
    pub at: Timestamp,
}
