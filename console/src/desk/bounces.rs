//! What a person makes of mail that came back. The sending names the address: none stands in a
//! command, in a page's address or in the history.

use sealpress_ledger::{BounceVerdict, By, CertificateId, LedgerError, Right, SendingId};

use super::{Desk, Person, Undone};

/// What a person decides of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AddressAct {
    /// A bounce says nothing against it: a full mailbox.
    Keep,
    /// A bounce says that it is of no use: nothing is sent there any more.
    Suppress,
    /// Mail may go there again.
    Release,
}

impl AddressAct {
    /// The right that it needs: it decides where mail goes.
    pub(crate) const fn right(self) -> Right {
        match self {
            Self::Keep | Self::Suppress | Self::Release => Right::Resend,
        }
    }

    /// The word in the history.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Keep => "keep_address",
            Self::Suppress => "suppress_address",
            Self::Release => "release_address",
        }
    }
}

impl Desk {
    /// Decides of the address of a sending, in the person's name. Returns the certificate that the
    /// sending carried.
    ///
    /// # Errors
    /// [`Undone`]; nothing was changed then, and the history says who tried.
    pub(crate) async fn decide_address(
        &self,
        person: &Person,
        by: &By,
        sending: SendingId,
        act: AddressAct,
    ) -> Result<CertificateId, Undone> {
        let (ledger, what) = (&self.opened.ledger, act.as_str());
        let certificate = ledger.certificate_of_sending(sending).await?;
        self.allowed(person, act.right(), what, certificate, by).await?;
        let now = (self.opened.clock)();
        let done = match act {
            AddressAct::Keep => ledger.review_bounce(sending, by, BounceVerdict::Keep, now).await,
            AddressAct::Suppress => {
                ledger.review_bounce(sending, by, BounceVerdict::Suppress, now).await
            }
            AddressAct::Release => ledger.release_address(sending, by, now).await,
        };
        if let (Err(LedgerError::NotPossible(reason)), Some(id)) = (&done, certificate) {
            ledger.act_not_possible(&reason.code, what, id, by, now).await?;
        }
        Ok(done?)
    }
}
