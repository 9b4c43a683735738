//! Sign: the certification signature, with the president's seal as what is seen of it.

mod bucket;
mod http;
mod keys;
mod opening;
mod reasons;
mod tsa;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use pades::{
    Appearance, Cache, Certification, CheckCode, Profile, ProfileError, Services, SignError,
};
use sealpress_config::{self as config, Home};
use sealpress_faults as faults;
use sealpress_ledger::{Certificate, Clock, KeyNote, Reason};
use std::sync::Arc;

use crate::compose::{Composed, SealPlace};
use crate::{Stage, StageError};
use http::Http;
use keys::{Keys, Opened};
pub use opening::{OpenError, Use, open_key, token_place};
use tsa::Tsas;

/// Name of the signature's field in the form.
const FIELD: &str = "PresidentSeal";

/// A signed certificate. Nothing else can be archived.
pub struct Signed {
    bytes: Vec<u8>,
}

impl Signed {
    /// The signed PDF.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The signed PDF.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Take up a signed certificate that another lane left: it must be certified, and unchanged
    /// since. Whose certification it is, is not asked, because a lane without this stage has
    /// neither key nor trust; the ledger's digest of what was handed on says that it is ours.
    ///
    /// # Errors
    /// A reason when the bytes are not certified, or were changed.
    pub fn reopen(bytes: Vec<u8>) -> Result<Self, Reason> {
        let verified = pades::verify(&bytes, &pades::Trust::default(), Timestamp::MAX);
        if verified.is_sound_certification() {
            Ok(Self { bytes })
        } else {
            Err(reasons::not_signed())
        }
    }
}

/// Signs composed certificates with the school's key.
#[derive(Clone)]
pub struct Sign {
    inner: Arc<Inner>,
}

struct Inner {
    settings: config::Sign,
    clock: Clock,
    /// Opened at the first signature: a key that is not there yet holds the lane, and does not
    /// keep the process from starting.
    keys: Keys,
    http: Http,
    tsas: Tsas,
    revocation: Cache,
}

impl Sign {
    /// A stage with the keys that the configuration names; a key is opened when it is needed.
    /// `timezone` is the school's.
    #[must_use]
    pub fn new(home: &Home, settings: &config::Sign, timezone: &TimeZone, clock: Clock) -> Self {
        let http = Http::new(settings.patience.0);
        let inner = Inner {
            keys: Keys::new(home, settings, timezone),
            tsas: Tsas::new(home, settings, http.clone(), Arc::clone(&clock)),
            http,
            revocation: Cache::new(),
            settings: settings.clone(),
            clock,
        };
        Self { inner: Arc::new(inner) }
    }

    /// What is known of the keys that the configuration names, the one that signs at `now` first;
    /// they are opened for this, and closed again. Blocking.
    #[must_use]
    pub fn check(
        home: &Home,
        settings: &config::Sign,
        timezone: &TimeZone,
        now: Timestamp,
    ) -> Vec<KeyNote> {
        Keys::new(home, settings, timezone).notes(now)
    }

    /// Looks at the keys, the one that signs now first. Blocking.
    #[must_use]
    pub fn look(&self) -> Vec<KeyNote> {
        self.inner.keys.notes((self.inner.clock)())
    }
}

impl Stage for Sign {
    type Input = Composed;
    type Output = Signed;
    const NAME: config::Stage = config::Stage::Sign;

    /// Each run gives a signature of its own: its time is in it, and ECDSA draws a nonce. Which
    /// one counts is decided by the archive, which keeps the first.
    async fn run(&self, _: &Certificate, composed: Composed) -> Result<Signed, StageError> {
        let inner = Arc::clone(&self.inner);
        let broken = |_| StageError::Retry(reasons::stopped());
        faults::before("sign").map_err(broken)?;
        let signed = blocking(move || inner.sign(composed.bytes(), composed.seal())).await?;
        faults::after("sign").map_err(broken)?;
        Ok(signed)
    }
}

impl Inner {
    fn sign(&self, composed: &[u8], seal: &SealPlace) -> Result<Signed, StageError> {
        let now = (self.clock)();
        let key = self.keys.signing(now).map_err(StageError::Hold)?;
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let request = Certification {
            field: FIELD.to_owned(),
            at: now,
            reason: text(&self.settings.reason),
            location: text(&self.settings.location),
            name: None,
            appearance: Some(Appearance { resource: seal.resource.clone(), rect: seal.rect }),
        };
        let signed =
            self.certify(composed, &request, &key).and_then(|bytes| self.proved(bytes, &key));
        if matches!(&signed, Err(unfit) if unfit.is_of_the_key()) {
            // By the next try there may be another one in its place.
            self.keys.close(now);
        }
        signed.map_err(Unfit::into_error)
    }

    /// What was made is looked at as a stranger would, before anything else is done with it: a key
    /// that errs, or a chain that nobody can follow, would be found out years later.
    fn proved(&self, bytes: Vec<u8>, key: &Opened) -> Result<Signed, Unfit> {
        let verified = pades::verify(&bytes, &key.trust, (self.clock)());
        if verified.certifies(profile(self.settings.profile)) {
            return Ok(Signed { bytes });
        }
        Err(match verified.first_failure() {
            Some(check) if is_of_the_page(check.code) => {
                Unfit::Page([check.message_zh, check.message_en])
            }
            Some(check) => Unfit::Unproved([check.message_zh, check.message_en]),
            None => Unfit::Unproved([
                "簽章沒有達到設定的等級",
                "the signature does not reach the profile of the configuration",
            ]),
        })
    }

    fn certify(
        &self,
        composed: &[u8],
        request: &Certification,
        key: &Opened,
    ) -> Result<Vec<u8>, Unfit> {
        let profile = profile(self.settings.profile);
        let services = Services {
            timestamps: &self.tsas.trusting(&key.trust, timestamps(profile)),
            revocation: &|chain| {
                self.revocation.data(chain, &key.all_roots, (self.clock)(), &self.http)
            },
            trust: &key.trust,
        };
        pades::certify_as(profile, composed, request, key.signer.as_ref(), &services)
            .map_err(Unfit::Refused)
    }
}

/// How many timestamps a profile needs.
const fn timestamps(profile: Profile) -> usize {
    match profile {
        Profile::BB => 0,
        Profile::BT | Profile::BLT => 1,
        Profile::BLTA => 2,
    }
}

/// Why there is no signature that may be archived.
enum Unfit {
    /// None was made.
    Refused(ProfileError),
    /// One was made that does not verify, for what the key, its chain or an authority gave.
    Unproved([&'static str; 2]),
    /// One was made that does not verify, for what this page holds.
    Page([&'static str; 2]),
}

/// Whether a check that failed asks about the document, and not about who signed it. One such page
/// must not hold all the others.
const fn is_of_the_page(failed: CheckCode) -> bool {
    match failed {
        CheckCode::Document
        | CheckCode::Signatures
        | CheckCode::Certification
        | CheckCode::SubFilter
        | CheckCode::DocMdp
        | CheckCode::ByteRange
        | CheckCode::LaterRevisions
        | CheckCode::Contents
        | CheckCode::Digest => true,
        CheckCode::SigningTime
        | CheckCode::Cms
        | CheckCode::SignedAttributes
        | CheckCode::SigningCertificate
        | CheckCode::Signature
        | CheckCode::KeyUsage
        | CheckCode::Chain
        | CheckCode::Timestamp
        | CheckCode::TimestampChain
        | CheckCode::Revocation => false,
    }
}

impl Unfit {
    /// Whether another key, other certificates or other roots could mend it.
    const fn is_of_the_key(&self) -> bool {
        match self {
            Self::Refused(ProfileError::Sign(SignError::Key(_))) | Self::Unproved(_) => true,
            Self::Refused(ProfileError::Sign(_)) | Self::Page(_) => false,
            Self::Refused(error) => !error.may_pass(),
        }
    }

    fn into_error(self) -> StageError {
        match self {
            Self::Refused(error) => reasons::refused(error),
            Self::Unproved(failed) => StageError::Hold(reasons::unproved(failed)),
            Self::Page(failed) => StageError::Reject(reasons::unsound_page(failed)),
        }
    }
}

const fn profile(profile: config::Profile) -> Profile {
    match profile {
        config::Profile::BB => Profile::BB,
        config::Profile::BT => Profile::BT,
        config::Profile::BLT => Profile::BLT,
        config::Profile::BLTA => Profile::BLTA,
    }
}

/// A run that ends by a panic ends the task with it: the runner counts it as such.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StageError> + Send + 'static,
) -> Result<T, StageError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(StageError::Retry(reasons::stopped())),
        },
    }
}

#[cfg(test)]
mod tests;
