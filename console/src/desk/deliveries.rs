//! What a person decides of mail that came back.

use sealpress_ledger::{BounceVerdict, By, CertificateId, Right, SendingId};

use super::{Desk, Person, Undone};

impl Desk {
    /// Says what a bounce means for its address. Returns the certificate that was sent.
    ///
    /// # Errors
    /// [`Undone`]; nothing was changed then.
    pub(crate) async fn review_bounce(
        &self,
        person: &Person,
        by: &By,
        sending: SendingId,
        verdict: BounceVerdict,
    ) -> Result<CertificateId, Undone> {
        self.allowed(person, Right::Resend, "review_bounce", None, by).await?;
        let now = (self.opened.clock)();
        Ok(self.opened.ledger.review_bounce(sending, by, verdict, now).await?)
    }

    /// Lets mail go again to the address that a sending came back from.
    ///
    /// # Errors
    /// [`Undone`]; nothing was changed then.
    pub(crate) async fn release_address(
        &self,
        person: &Person,
        by: &By,
        sending: SendingId,
    ) -> Result<CertificateId, Undone> {
        self.allowed(person, Right::Resend, "release_address", None, by).await?;
        Ok(self.opened.ledger.release_address(sending, by, (self.opened.clock)()).await?)
    }
}
