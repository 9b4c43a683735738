//! The ledger's chained history as the log of issues.

use sealpress_ledger::{Certificate, Ledger, Reason};
use sealpress_stages::StageError;
use sealpress_stages::log::{Covered, IssueLog};
use std::future::Future;
use std::pin::Pin;

/// The ledger's history: the event `issued` was appended in the transaction that made the
/// certificate valid, so it is there for every certificate that comes to the log stage.
pub(crate) struct LedgerHistory(pub(crate) Ledger);

impl IssueLog for LedgerHistory {
    fn cover<'a>(
        &'a self,
        certificate: &'a Certificate,
    ) -> Pin<Box<dyn Future<Output = Result<Covered, StageError>> + Send + 'a>> {
        Box::pin(async move {
            match self.0.issue_event(certificate.id).await {
                Ok(Some(event)) => Ok(Covered { position: event.seq }),
                Ok(None) => Err(StageError::Reject(not_covered())),
                Err(error) => Err(StageError::Retry(no_answer(&error))),
            }
        })
    }
}

fn not_covered() -> Reason {
    Reason::new(
        "not_in_log",
        [
            "登錄簿的事件紀錄中沒有此證書的發證事件。",
            "The ledger's history has no issue of this certificate.",
        ],
        ["請執行 sealpress audit 檢查登錄簿。", "Check the ledger with `sealpress audit`."],
    )
}

fn no_answer(error: &sealpress_ledger::LedgerError) -> Reason {
    Reason::new(
        "ledger_no_answer",
        [
            format!("登錄簿目前沒有回應（{error}）。"),
            format!("The ledger does not answer now ({error})."),
        ],
        ["系統會自動再試。", "It is tried again by itself."],
    )
}
