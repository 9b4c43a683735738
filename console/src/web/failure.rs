//! What went wrong, as a page in the caller's language: what happened, and what to do. Never a
//! word of SQL or code.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use sealpress_ledger::{LedgerError, Reason};

use crate::desk::{NoRight, SignInError, Undone};

/// Why a request was not answered as asked. [`super::gate`] makes a page of it.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    pub(crate) status: StatusCode,
    pub(crate) message: [String; 2],
    pub(crate) hint: [String; 2],
}

impl Failure {
    pub(crate) fn new(status: StatusCode, message: [&str; 2], hint: [&str; 2]) -> Self {
        Self { status, message: message.map(str::to_owned), hint: hint.map(str::to_owned) }
    }

    pub(crate) fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            ["找不到這個頁面或這件證書。", "There is no such page or certificate."],
            ["請回首頁重新查詢。", "Go to the start page and search again."],
        )
    }

    pub(crate) fn of_reason(reason: &Reason) -> Self {
        Self {
            status: StatusCode::CONFLICT,
            message: [reason.message_zh.clone(), reason.message_en.clone()],
            hint: [reason.hint_zh.clone(), reason.hint_en.clone()],
        }
    }

    pub(crate) fn bad_request(message: [&str; 2]) -> Self {
        let hint = ["請回上一頁修正後再送出。", "Go back, mend it, and send it again."];
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, message, hint)
    }

    /// Something that is ours to mend. The cause goes to the log and to nobody else.
    pub(crate) fn internal(cause: &dyn std::fmt::Display) -> Self {
        tracing::error!(%cause, "a request failed");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            ["系統發生錯誤，這個動作沒有完成。", "Something failed inside; nothing was done."],
            [
                "請稍後再試；若持續發生，請通知系統維護人員查看系統日誌。",
                "Try again later; if it goes on, ask whoever maintains the system to look at its log.",
            ],
        )
    }

    fn unavailable() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            ["登錄簿暫時沒有回應。", "The ledger does not answer right now."],
            ["請稍後再試；資料不會遺失。", "Try again in a moment; nothing is lost."],
        )
    }
}

impl From<LedgerError> for Failure {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::NotPossible(reason) => Self::of_reason(&reason),
            LedgerError::NoCertificate(_) => Self::not_found(),
            LedgerError::Unavailable(_) => {
                tracing::warn!(%error, "a request met a ledger that does not answer");
                Self::unavailable()
            }
            LedgerError::Database(_)
            | LedgerError::UnknownWord { .. }
            | LedgerError::Migration(_) => Self::internal(&error),
        }
    }
}

impl From<NoRight> for Failure {
    fn from(refused: NoRight) -> Self {
        Self { status: StatusCode::FORBIDDEN, ..Self::of_reason(&refused.reason()) }
    }
}

impl From<Undone> for Failure {
    fn from(undone: Undone) -> Self {
        match undone {
            Undone::NoRight(refused) => refused.into(),
            Undone::Ledger(error) => error.into(),
        }
    }
}

impl From<SignInError> for Failure {
    fn from(error: SignInError) -> Self {
        match error.into_reason() {
            Ok(reason) => Self { status: StatusCode::FORBIDDEN, ..Self::of_reason(&reason) },
            Err(failure) => failure,
        }
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        match error.downcast::<LedgerError>() {
            Ok(error) => error.into(),
            Err(error) => Self::internal(&format!("{error:#}")),
        }
    }
}

impl SignInError {
    /// What the person is told, where the fault is theirs; a failure where it is ours.
    pub(crate) fn into_reason(self) -> Result<Reason, Failure> {
        match self {
            Self::Refused | Self::LinkExpired => Ok(self.reason()),
            Self::WeakPassword(reason) => Ok(reason),
            Self::Ledger(LedgerError::NotPossible(reason)) => Ok(reason),
            Self::Ledger(error) => Err(error.into()),
            Self::System(error) => Err(Failure::internal(&error)),
        }
    }
}

impl IntoResponse for Failure {
    /// The status alone; the page is made where the caller's language is known.
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}
