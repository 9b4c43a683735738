//! The second factor at the door: enrolled once, asked for ever after.

use sealpress_ledger::{By, Code, Sha256Hash};

use super::{Origin, SignIn, SignInError, digest};
use crate::desk::person::Person;
use crate::desk::second_factor;

/// What a person brings into their authenticator program. It is shown to them alone.
pub(crate) struct Enrolment {
    /// As a link, and as the picture of it.
    pub(crate) uri: String,
    /// To type by hand (base32).
    pub(crate) secret: String,
}

impl SignIn {
    /// A session's person gives a code.
    ///
    /// # Errors
    /// [`SignInError::Refused`] when it is wrong or was used, which counts as a failure, when the
    /// session is none, or the account is locked.
    pub(crate) async fn prove(
        &self,
        token: &str,
        code: &str,
        origin: Origin,
    ) -> Result<(), SignInError> {
        let session = self.session(token).await?.ok_or(SignInError::Refused)?;
        self.use_code(&session.person.name, Some(digest(token)), code, &origin).await
    }

    /// A person without a session, on the command line, gives a code.
    ///
    /// # Errors
    /// As [`Self::prove`].
    pub(crate) async fn prove_person(
        &self,
        person: &Person,
        code: &str,
        origin: Origin,
    ) -> Result<(), SignInError> {
        self.use_code(&person.name, None, code, &origin).await
    }

    /// The secret that a session's person is asked to enrol: the same for as long as the session
    /// lasts. The ledger keeps it.
    ///
    /// # Errors
    /// [`SignInError::Refused`] when the session is none.
    pub(crate) async fn enrolment(&self, token: &str) -> Result<Enrolment, SignInError> {
        let session = self.session(token).await?.ok_or(SignInError::Refused)?;
        let secret = self.candidate(token).await?;
        let uri = second_factor::uri(&secret, &session.person.name, &self.issuer)?;
        Ok(Enrolment { uri, secret })
    }

    /// A session's person gives a code of the secret that they were asked to enrol. They are in.
    ///
    /// # Errors
    /// [`SignInError::Refused`] when the code is wrong, which counts as a failure, or as in
    /// [`Self::prove`].
    pub(crate) async fn enrol(
        &self,
        token: &str,
        code: &str,
        origin: Origin,
    ) -> Result<(), SignInError> {
        let session = self.session(token).await?.ok_or(SignInError::Refused)?;
        let (secret, now) = (self.candidate(token).await?, (self.clock)());
        let by = origin.by(&session.person.name);
        if let Some(step) = second_factor::step(&secret, code, now)? {
            let code = Code { secret, step };
            if self.ledger.enrol(digest(token), &code, &by, now).await? {
                return Ok(());
            }
        }
        self.code_refused(&by).await
    }

    async fn use_code(
        &self,
        name: &str,
        session: Option<Sha256Hash>,
        code: &str,
        origin: &Origin,
    ) -> Result<(), SignInError> {
        let (by, now) = (origin.by(name), (self.clock)());
        let known = self.ledger.credentials(name).await?;
        if let Some(secret) = known.and_then(|known| known.second_factor)
            && let Some(step) = second_factor::step(&secret, code, now)?
        {
            let code = Code { secret, step };
            if self.ledger.code_right(session, &code, &by, now).await? {
                return Ok(());
            }
        }
        self.code_refused(&by).await
    }

    async fn code_refused(&self, by: &By) -> Result<(), SignInError> {
        self.ledger.login_refused(Some(&by.who), "code", by, (self.clock)()).await?;
        Err(SignInError::Refused)
    }

    async fn candidate(&self, token: &str) -> Result<String, SignInError> {
        let (first, second) = ((self.randomness)()?, (self.randomness)()?);
        let mut bits = [0; 20];
        for (bit, drawn) in bits.iter_mut().zip(first.into_iter().chain(second)) {
            *bit = drawn;
        }
        let drawn = second_factor::secret(&bits);
        self.ledger.candidate(digest(token), &drawn).await?.ok_or(SignInError::Refused)
    }
}
