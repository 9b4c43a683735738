//! Whether a person may do what they ask for; where not, the history keeps that they asked.

use jiff::Timestamp;
use sealpress_config::Role;
use sealpress_ledger::{By, CertificateId, Ledger, Reason, Right};

use super::person::Person;

/// A person asked for what none of their roles may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.reason())]
pub(crate) struct NoRight {
    /// The right that they lack.
    pub(crate) right: Right,
}

impl NoRight {
    /// What they read: the right that they lack, and who has it.
    pub(crate) fn reason(self) -> Reason {
        let roles = || Role::ALL.iter().filter(|role| self.right.belongs_to(**role));
        let zh: Vec<&str> = roles().map(|role| role.zh()).collect();
        let en: Vec<&str> = roles().map(|role| role.as_str()).collect();
        let [right_zh, right_en] = self.right.phrase();
        Reason::new(
            "no_right",
            [
                format!("您的帳號沒有「{right_zh}」的權限，這次沒有任何變更。"),
                format!("Your account has no right to {right_en}; nothing was changed."),
            ],
            [
                format!("具有此權限的角色：{}。", zh.join("、")),
                format!("Those who have it: {}.", en.join(", ")),
            ],
        )
    }
}

/// Lets a person's act through, or keeps in the history that they asked for it. `what` is a word
/// for the act, without personal data.
///
/// # Errors
/// [`NoRight`], whether the history could be written or not: a ledger that does not answer opens
/// nothing.
pub(crate) async fn allowed(
    ledger: &Ledger,
    person: &Person,
    right: Right,
    what: &str,
    certificate: Option<CertificateId>,
    by: &By,
    now: Timestamp,
) -> Result<(), NoRight> {
    if person.may(right) {
        return Ok(());
    }
    if let Err(error) = ledger.refuse_act(right, what, certificate, by, now).await {
        tracing::error!(%error, right = right.as_str(), "a refused act is not in the history");
    }
    Err(NoRight { right })
}
