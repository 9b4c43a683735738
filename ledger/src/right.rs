//! Who may do what: rights, and the table between them and the roles.

use sealpress_config::Role;
use serde::Serialize;

/// Something that not everyone may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Right {
    /// Find certificates, and see them and their students.
    See,
    /// Take lists and files out: CSV, the archived PDF.
    Export,
    /// See lanes and jobs, without names.
    SeeJobs,
    /// Retry, cancel, pause, resume.
    RunJobs,
    /// Let a page go on, or refuse it.
    Approve,
    /// Mail a certificate again, or hand it over on campus.
    Resend,
    /// Ask for a reissue (補證) or a rename (更名) from the desk.
    Reissue,
    /// Take back what was mis-issued (誤發收回).
    Recall,
    /// Revoke (撤銷).
    Revoke,
    /// Import students.
    ImportRoster,
    /// Add people, lock them, give them roles.
    ManageUsers,
}

impl Right {
    /// The table of rights: whether `role` has this one. No role has a right by way of another.
    #[must_use]
    pub const fn belongs_to(self, role: Role) -> bool {
        match role {
            Role::Viewer => matches!(self, Self::See),
            Role::Operator => matches!(self, Self::SeeJobs | Self::RunJobs),
            Role::Registrar => matches!(
                self,
                Self::See
                    | Self::Export
                    | Self::SeeJobs
                    | Self::Approve
                    | Self::Resend
                    | Self::Reissue
                    | Self::ImportRoster
            ),
            Role::Supervisor => {
                matches!(self, Self::See | Self::Export | Self::SeeJobs | Self::Recall)
            }
            Role::Ministry => matches!(self, Self::See | Self::Revoke),
            Role::Admin => matches!(self, Self::ManageUsers | Self::SeeJobs),
        }
    }
}

impl Right {
    /// Every right.
    pub const ALL: &'static [Self] = &[
        Self::See,
        Self::Export,
        Self::SeeJobs,
        Self::RunJobs,
        Self::Approve,
        Self::Resend,
        Self::Reissue,
        Self::Recall,
        Self::Revoke,
        Self::ImportRoster,
        Self::ManageUsers,
    ];

    /// The word in the ledger.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::See => "see",
            Self::Export => "export",
            Self::SeeJobs => "see_jobs",
            Self::RunJobs => "run_jobs",
            Self::Approve => "approve",
            Self::Resend => "resend",
            Self::Reissue => "reissue",
            Self::Recall => "recall",
            Self::Revoke => "revoke",
            Self::ImportRoster => "import_roster",
            Self::ManageUsers => "manage_users",
        }
    }
}

impl Right {
    /// The right as a sentence names it, in zh-TW and in English: 「…」的權限, a right to ….
    #[must_use]
    pub const fn phrase(self) -> [&'static str; 2] {
        match self {
            Self::See => ["查詢證書", "look certificates up"],
            Self::Export => ["匯出清單與檔案", "take out lists and files"],
            Self::SeeJobs => ["查看佇列與工作", "see lanes and jobs"],
            Self::RunJobs => ["重試、取消、暫停與恢復工作", "retry, cancel, pause and resume"],
            Self::Approve => ["核可或退回證書", "approve or refuse a page"],
            Self::Resend => ["重寄證書", "send certificates again"],
            Self::Reissue => ["補證與更名", "reissue or rename"],
            Self::Recall => ["收回誤發的證書", "recall certificates"],
            Self::Revoke => ["撤銷證書", "revoke certificates"],
            Self::ImportRoster => ["匯入學籍名冊", "import students"],
            Self::ManageUsers => ["管理帳號", "manage people"],
        }
    }
}
