//! What a person does to a certificate. The right of each act stands here, so that the command
//! line, the pages and the Web API can't differ; an act that is refused is an event too.

use sealpress_inbox::file_away;
use sealpress_ledger::{
    By, Certificate, CertificateId, Grounds, LedgerError, NewSending, Reason, RecallReason,
    RevokeReason, Right, Route, SendingId,
};
use uuid::Uuid;

use super::guard::NoRight;
use super::{Desk, Origin, Person, SignInError};

/// Proof that a person entered their password again for this one act. The sign-in makes it.
#[derive(Debug)]
pub(crate) struct Reentered(());

impl Reentered {
    /// The command line asks for the password for each command: that was the entry.
    pub(crate) const fn of_this_command() -> Self {
        Self(())
    }
}

/// What a person does to a certificate.
#[derive(Debug)]
pub(crate) enum Act {
    /// The page is good: it goes on.
    Approve,
    /// The page is not good: it is refused, and its drop filed under `failed/`.
    RefusePage { why: String },
    /// It is mailed once more.
    Resend { route: Route },
    /// Its file was handed over on campus.
    HandOver,
    /// It was mis-issued (誤發收回).
    Recall { grounds: Grounds<RecallReason>, proof: Reentered },
    /// The ministry revokes it (撤銷).
    Revoke { grounds: Grounds<RevokeReason> },
    /// What failed or waits is tried now.
    Retry,
    /// What is not issued is given up.
    Cancel { why: String },
}

/// Why an act was not done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Undone {
    /// The person has no right to it.
    #[error(transparent)]
    NoRight(#[from] NoRight),
    /// It does not fit the certificate's state, or the ledger does not answer.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl Act {
    /// The right that it needs.
    pub(crate) const fn right(&self) -> Right {
        match self {
            Self::Approve | Self::RefusePage { .. } => Right::Approve,
            Self::Resend { .. } | Self::HandOver => Right::Resend,
            Self::Recall { .. } => Right::Recall,
            Self::Revoke { .. } => Right::Revoke,
            Self::Retry | Self::Cancel { .. } => Right::RunJobs,
        }
    }

    /// The word in the history.
    pub(crate) const fn as_str(&self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::RefusePage { .. } => "refuse",
            Self::Resend { .. } => "resend",
            Self::HandOver => "hand_over",
            Self::Recall { .. } => "recall",
            Self::Revoke { .. } => "revoke",
            Self::Retry => "retry",
            Self::Cancel { .. } => "cancel",
        }
    }
}

impl Desk {
    /// A person enters their password again, for one act that asks for it.
    ///
    /// # Errors
    /// [`SignInError`] when it is wrong, which counts as a failure.
    pub(crate) async fn reenter(
        &self,
        person: &Person,
        password: &str,
        origin: Origin,
    ) -> Result<Reentered, SignInError> {
        self.sign_in.check_password(person, password, origin).await?;
        Ok(Reentered(()))
    }

    /// Does it, in the person's name.
    ///
    /// # Errors
    /// [`Undone`]; nothing was changed then, and the history says who tried.
    pub(crate) async fn act(
        &self,
        person: &Person,
        by: &By,
        id: CertificateId,
        act: Act,
    ) -> Result<Certificate, Undone> {
        let (right, what) = (act.right(), act.as_str());
        self.allowed(person, right, what, Some(id), by).await?;
        match self.done(by, id, act).await {
            Err(LedgerError::NotPossible(reason)) => {
                self.refused(&reason, what, id, by).await?;
                Err(LedgerError::NotPossible(reason).into())
            }
            done => Ok(done?),
        }
    }

    async fn done(&self, by: &By, id: CertificateId, act: Act) -> Result<Certificate, LedgerError> {
        let (ledger, now) = (&self.opened.ledger, (self.opened.clock)());
        match act {
            Act::Approve => Ok(ledger.approve(id, by, now).await?.certificate),
            Act::RefusePage { why } => {
                let refused = ledger.refuse_page(id, by, &why, now).await?;
                self.filed(id).await;
                Ok(refused)
            }
            Act::Resend { route } => {
                let new = NewSending::new(SendingId::new(Uuid::now_v7()), &self.mail_domain);
                ledger.resend(id, by, &route, &new, now).await
            }
            Act::HandOver => ledger.hand_over(id, by, SendingId::new(Uuid::now_v7()), now).await,
            Act::Recall { grounds, proof: Reentered(()) } => {
                ledger.recall(id, &grounds, by, now).await
            }
            Act::Revoke { grounds } => ledger.revoke(id, &grounds, by, now).await,
            Act::Retry => ledger.release(id, by, now).await,
            Act::Cancel { why } => {
                let cancelled =
                    ledger.cancel(id, by, &why, self.opened.dead_before(now), now).await?;
                self.filed(id).await;
                Ok(cancelled)
            }
        }
    }

    /// Files the drop of a refused certificate. What can't be filed now, the watcher files.
    async fn filed(&self, id: CertificateId) {
        let Self { opened, .. } = self;
        if let Err(error) = file_away(&opened.home, &opened.settings, &opened.ledger, id).await {
            tracing::warn!(certificate = %id, %error, "the drop is filed later");
        }
    }

    async fn refused(
        &self,
        reason: &Reason,
        what: &str,
        id: CertificateId,
        by: &By,
    ) -> Result<(), LedgerError> {
        let now = (self.opened.clock)();
        self.opened.ledger.act_not_possible(&reason.code, what, id, by, now).await
    }
}
