//! How people prove who they are: password, second factor, session, one-time link, token.
//!
//! Whatever was wrong, the answer is the same sentence, and takes the same time: an unknown name is
//! compared with nobody's hash. What is counted and locked, the ledger decides.

mod factor;
mod refusal;
mod renewal;
mod session;
#[cfg(test)]
mod tests;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sealpress_config::People;
use sealpress_inbox::Randomness;
use sealpress_ledger::{By, Clock, Credentials, Entry, Ledger, LedgerError, Sha256Hash, User, Via};
use std::io;
use std::sync::Arc;

use super::passwords::Passwords;
use super::person::Person;

pub(crate) use refusal::SignInError;
pub(crate) use session::Session;

/// Who stands in the history where the name that was given is nobody's. The name itself does not:
/// people type their password there.
const UNKNOWN: &str = "unknown";

/// Where a request comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    /// By which door.
    pub(crate) via: Via,
    /// A network address, or the terminal.
    pub(crate) from: String,
}

impl Origin {
    /// The terminal of this host.
    pub(crate) fn terminal() -> Self {
        Self { via: Via::Cli, from: "terminal".into() }
    }

    /// Someone who comes from here.
    pub(crate) fn by(&self, who: &str) -> By {
        By::new(who, self.via, &self.from)
    }
}

/// What a person has yet to do before they are in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Nothing: they are in.
    In,
    /// Give a code of their second factor.
    Code,
    /// Enrol a second factor, which one of their roles needs.
    Enrol,
}

/// A person whose password was right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Begun {
    pub(crate) person: Person,
    pub(crate) step: Step,
}

/// The sign-in of one home. Cheap to clone; all clones share the limit on hashes at once.
#[derive(Clone)]
pub(crate) struct SignIn {
    ledger: Ledger,
    clock: Clock,
    randomness: Randomness,
    people: Arc<People>,
    /// What an authenticator program shows beside the name: the school's.
    issuer: Arc<str>,
    passwords: Passwords,
}

impl SignIn {
    pub(crate) fn new(
        ledger: Ledger,
        clock: Clock,
        randomness: Randomness,
        people: People,
        issuer: &str,
    ) -> Self {
        let (people, issuer) = (Arc::new(people), issuer.into());
        Self { ledger, clock, randomness, people, issuer, passwords: Passwords::new() }
    }

    /// Name and password. Where no second factor is asked, the person is in.
    ///
    /// # Errors
    /// [`SignInError::Refused`] whatever was wrong, and while the account is locked.
    pub(crate) async fn begin(
        &self,
        name: &str,
        password: &str,
        by: Origin,
    ) -> Result<Begun, SignInError> {
        let name = name.trim().to_lowercase();
        let entry = |user: &User| match self.step(user, false) {
            Step::In => Entry::Whole,
            Step::Code | Step::Enrol => Entry::BeforeCode,
        };
        let known = self.compare(&name, password, &by, entry).await?.user;
        let step = self.step(&known, false);
        Ok(Begun { person: known.into(), step })
    }

    /// A person who is in gives the password again, before an act that asks for it.
    ///
    /// # Errors
    /// [`SignInError::Refused`] when it is wrong, which counts as a failure, or the account is
    /// locked.
    pub(crate) async fn check_password(
        &self,
        person: &Person,
        password: &str,
        by: Origin,
    ) -> Result<(), SignInError> {
        self.compare(&person.name, password, &by, |_| Entry::Again).await.map(drop)
    }

    /// Whose token of the Web API this is.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub(crate) async fn token(&self, bearer: &str) -> Result<Option<Person>, LedgerError> {
        Ok(self.ledger.token_owner(digest(bearer)).await?.map(Person::from))
    }

    /// Makes a token of the Web API, which is shown once.
    ///
    /// # Errors
    /// [`SignInError::Ledger`] when there is no such person, or the label is taken.
    pub(crate) async fn make_token(
        &self,
        name: &str,
        label: &str,
        by: &By,
    ) -> Result<String, SignInError> {
        let token = self.draw_secret()?;
        self.ledger.make_token(name, label, digest(&token), by, (self.clock)()).await?;
        Ok(token)
    }

    /// Compares a password, and tells the ledger how it went. One hash is verified whatever is
    /// known, and the ledger decides last: it may have locked the account in the meantime.
    async fn compare(
        &self,
        name: &str,
        password: &str,
        origin: &Origin,
        entry: impl FnOnce(&User) -> Entry,
    ) -> Result<Credentials, SignInError> {
        let known = self.ledger.credentials(name).await?;
        let hash = known.as_ref().and_then(|known| known.password.as_deref());
        let right = self.passwords.verify(password, hash).await?;
        let by = origin.by(known.as_ref().map_or(UNKNOWN, |known| &known.user.name));
        let now = (self.clock)();
        let code = match (&known, hash) {
            (Some(known), Some(hash)) if right => {
                let entry = entry(&known.user);
                if self.ledger.password_right(name, hash, entry, &by, now).await? {
                    return Ok(known.clone());
                }
                "locked"
            }
            (Some(_), _) => "password",
            (None, _) => "name",
        };
        let name = known.as_ref().map(|known| known.user.name.as_str());
        self.ledger.login_refused(name, code, &by, now).await?;
        Err(SignInError::Refused)
    }

    /// What a person has yet to do. Who has a second factor is asked for it, role or no role.
    fn step(&self, user: &User, proved: bool) -> Step {
        let required = self.people.second_factor.iter().any(|role| user.roles.contains(role));
        match (user.has_second_factor, proved) {
            (true, true) => Step::In,
            (true, false) => Step::Code,
            (false, _) if required => Step::Enrol,
            (false, _) => Step::In,
        }
    }

    /// 256 bits that nobody guesses, as text that stands in a cookie, a header or a link.
    fn draw_secret(&self) -> io::Result<String> {
        let bits = [(self.randomness)()?, (self.randomness)()?].concat();
        Ok(URL_SAFE_NO_PAD.encode(bits))
    }
}

/// What the ledger knows a token or a link by.
fn digest(secret: &str) -> Sha256Hash {
    Sha256Hash::of(secret.as_bytes())
}
