//! New passwords: by the old one, or by a one-time link.

use jiff::SignedDuration;
use sealpress_ledger::{By, Entry, LedgerError};

use super::{Origin, SignIn, SignInError, digest};
use crate::desk::passwords;
use crate::desk::person::Person;

impl SignIn {
    /// A person takes another password; their sessions end, but for the one of the token `keep`.
    ///
    /// # Errors
    /// [`SignInError::Refused`] when the old one is wrong, [`SignInError::WeakPassword`] when the
    /// new one may not be taken.
    pub(crate) async fn change_password(
        &self,
        person: &Person,
        old: &str,
        new: &str,
        keep: Option<&str>,
        origin: Origin,
    ) -> Result<(), SignInError> {
        let known = self.compare(&person.name, old, &origin, |_| Entry::Again).await?;
        let hash = self.new_hash(&person.name, new).await?;
        let (before, keep) = (known.password.unwrap_or_default(), keep.map(digest));
        let (by, now) = (origin.by(&person.name), (self.clock)());
        match self.ledger.change_password(&person.name, &before, &hash, keep, &by, now).await? {
            true => Ok(()),
            false => Err(SignInError::Refused),
        }
    }

    /// Makes a one-time link for a person: what stands in it, which is shown once.
    ///
    /// # Errors
    /// [`SignInError::Ledger`] when there is no such person, or they are locked.
    pub(crate) async fn make_link(&self, name: &str, by: &By) -> Result<String, SignInError> {
        let (link, now) = (self.draw_secret()?, (self.clock)());
        let lasts = SignedDuration::try_from(self.people.link.0).unwrap_or(SignedDuration::MAX);
        let expires_at = now.saturating_add(lasts).unwrap_or(now);
        self.ledger.make_link(name, digest(&link), expires_at, by, now).await?;
        Ok(link)
    }

    /// Whose link this is, while it is good.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub(crate) async fn link_person(&self, link: &str) -> Result<Option<Person>, LedgerError> {
        let owner = self.ledger.link_owner(digest(link), (self.clock)()).await?;
        Ok(owner.map(Person::from))
    }

    /// Sets a password by a link, which is used up by that; a password that may not be taken
    /// leaves it good.
    ///
    /// # Errors
    /// [`SignInError::LinkExpired`], [`SignInError::WeakPassword`].
    pub(crate) async fn use_link(
        &self,
        link: &str,
        new: &str,
        origin: Origin,
    ) -> Result<Person, SignInError> {
        let person = self.link_person(link).await?.ok_or(SignInError::LinkExpired)?;
        let hash = self.new_hash(&person.name, new).await?;
        let (by, now) = (origin.by(&person.name), (self.clock)());
        match self.ledger.use_link(digest(link), &hash, &by, now).await? {
            true => Ok(person),
            false => Err(SignInError::LinkExpired),
        }
    }

    /// The hash of a password that this person may take.
    async fn new_hash(&self, name: &str, new: &str) -> Result<String, SignInError> {
        passwords::check(name, new).map_err(SignInError::WeakPassword)?;
        let barred = self.ledger.barred_passwords(name).await?;
        if self.passwords.is_among(new, barred).await? {
            return Err(SignInError::WeakPassword(passwords::used_before()));
        }
        Ok(self.passwords.hash(new, (self.randomness)()?).await?)
    }
}
