//! Sessions of the staff pages.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sealpress_ledger::{LedgerError, NewSession, OpenSession, SessionLimits};
use std::time::Duration;

use super::{Origin, SignIn, SignInError, Step, digest};
use crate::desk::person::Person;

/// The ledger hears at most so often that a session is used.
const TOLD_EVERY: Duration = Duration::from_secs(60);

/// A session that is open.
pub(crate) struct Session {
    /// Whose, with the roles of this moment.
    pub(crate) person: Person,
    /// What each form must hold.
    pub(crate) csrf: String,
    /// What its person has yet to do; nothing but that may be done before.
    pub(crate) step: Step,
}

impl SignIn {
    /// Opens a session for a person whose password was right.
    ///
    /// # Errors
    /// [`SignInError::Ledger`], [`SignInError::System`].
    pub(crate) async fn open_session(
        &self,
        person: &Person,
        proved: bool,
        origin: Origin,
    ) -> Result<String, SignInError> {
        let token = self.draw_secret()?;
        let csrf = URL_SAFE_NO_PAD.encode((self.randomness)()?);
        let new = NewSession {
            hash: digest(&token),
            user: person.name.clone(),
            csrf,
            proved,
            from: origin.from,
        };
        self.ledger.open_session(&new, self.limits(), (self.clock)()).await?;
        Ok(token)
    }

    /// The session of a token, within its limits: a locked person has none, and roles are those of
    /// this moment.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub(crate) async fn session(&self, token: &str) -> Result<Option<Session>, LedgerError> {
        let (hash, now, limits) = (digest(token), (self.clock)(), self.limits());
        let Some(open) = self.ledger.session(hash, limits, now).await? else { return Ok(None) };
        let told_every = TOLD_EVERY.min(limits.idle / 2);
        let unused = Duration::try_from(now.duration_since(open.seen_at)).unwrap_or_default();
        if unused >= told_every {
            self.ledger.session_seen(hash, now).await?;
        }
        Ok(Some(self.opened(open)))
    }

    /// The same for a page that keeps itself up to date: it is no use of the session, which would
    /// never be idle.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub(crate) async fn watched(&self, token: &str) -> Result<Option<Session>, LedgerError> {
        let open = self.ledger.session(digest(token), self.limits(), (self.clock)()).await?;
        Ok(open.map(|open| self.opened(open)))
    }

    fn opened(&self, open: OpenSession) -> Session {
        let step = self.step(&open.user, open.proved);
        Session { person: open.user.into(), csrf: open.csrf, step }
    }

    /// Its person logs out.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub(crate) async fn end_session(&self, token: &str, origin: Origin) -> Result<(), LedgerError> {
        if let Some(session) = self.session(token).await? {
            let by = origin.by(&session.person.name);
            self.ledger.end_session(digest(token), &by, (self.clock)()).await?;
        }
        Ok(())
    }

    fn limits(&self) -> SessionLimits {
        SessionLimits { idle: self.people.idle.0, age: self.people.session.0 }
    }
}
