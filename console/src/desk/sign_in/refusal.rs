//! What people read when they are not let in.

use sealpress_ledger::{LedgerError, Reason};
use std::io;

/// Why someone is not let in, or a password not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SignInError {
    /// Something was wrong, or the account is locked. It does not say which.
    #[error("{}", self.reason())]
    Refused,
    /// The password may not be taken.
    #[error("{0}")]
    WeakPassword(Reason),
    /// The link was used, is too old, or never was.
    #[error("{}", self.reason())]
    LinkExpired,
    /// The ledger did not do it.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The system gave no memory or no random bits.
    #[error("the system could not check it ({0}); try again")]
    System(#[from] io::Error),
}

impl SignInError {
    /// What the ledger said, if it was the ledger.
    pub(crate) const fn ledger(&self) -> Option<&LedgerError> {
        match self {
            Self::Ledger(error) => Some(error),
            Self::Refused | Self::WeakPassword(_) | Self::LinkExpired | Self::System(_) => None,
        }
    }

    /// The same for a page: what happened and what to do, in both languages.
    pub(crate) fn reason(&self) -> Reason {
        match self {
            Self::Refused => Reason::new(
                "sign_in_refused",
                [
                    "帳號、密碼或驗證碼不正確，或此帳號已鎖定 15 分鐘。",
                    "The name, the password or the code is wrong, or the account is locked for \
                     15 minutes.",
                ],
                [
                    "連續 5 次錯誤即鎖定；請稍候再試，或洽帳號管理員。",
                    "Five failures in a row lock it; try again later, or ask your administrator.",
                ],
            ),
            Self::WeakPassword(reason) | Self::Ledger(LedgerError::NotPossible(reason)) => {
                reason.clone()
            }
            Self::LinkExpired => Reason::new(
                "link_expired",
                [
                    "這個連結已使用過、已過期，或不存在。",
                    "This link was used already, is too old, or never was one.",
                ],
                ["請向帳號管理員索取新的連結。", "Ask your administrator for a new one."],
            ),
            Self::Ledger(_) | Self::System(_) => Reason::new(
                "sign_in_unavailable",
                ["系統暫時無法處理登入。", "The system can't handle logins right now."],
                [
                    "請稍候再試；若持續發生，請通知系統維運人員。",
                    "Try again in a moment; if it goes on, tell the operators.",
                ],
            ),
        }
    }
}
