//! A student and the degrees that the roster knows of.

use serde::{Deserialize, Serialize};

/// A student as the roster has them. Personal data: never in a log, a job or an error.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Student {
    /// Student number (學號).
    pub student_no: String,
    /// Name in Chinese.
    pub name_zh: Option<String>,
    /// Name in English.
    pub name_en: Option<String>,
    /// Date of birth, ISO 8601.
    pub birthday: Option<String>,
    /// Their own address, where the certificate is mailed.
    pub email: Option<String>,
    /// The permanent address that the school gave them, where there is one.
    #[serde(default)]
    pub school_email: Option<String>,
    /// Who told us.
    pub source: StudentSource,
    /// The degrees that the roster knows of.
    pub degrees: Vec<Degree>,
}

impl std::fmt::Debug for Student {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Student").finish_non_exhaustive()
    }
}

/// Who told us of a student.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StudentSource {
    /// The school's roster: decides.
    Roster,
    /// A sidecar: stands until the roster speaks.
    Sidecar,
}

impl StudentSource {
    /// The word in the ledger.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Roster => "roster",
            Self::Sidecar => "sidecar",
        }
    }
}

/// A degree of a student in the roster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Degree {
    /// Programme (系所).
    pub programme: String,
    /// Degree (學位).
    pub degree: String,
    /// College (學院), which chooses layout and dean's seal.
    pub college: Option<String>,
    /// Certificate number (證書字號), where the school's own system gives it.
    pub certificate_no: Option<String>,
}
