//! Sign: the certification signature, with the president's seal as what is seen of it.

use jiff::Timestamp;
use pades::{Appearance, Certification, KeyError, Pkcs12Key, SignError, Trust, Validity};
use sealpress_config::{self as config, Home};
use sealpress_faults as faults;
use sealpress_ledger::{Certificate, Clock, Reason};
use std::sync::{Arc, Mutex, PoisonError};

use crate::compose::{Composed, SealPlace};
use crate::{Stage, StageError};

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
        let verified = pades::verify(&bytes, &Trust::default(), Timestamp::MAX);
        if verified.is_sound_certification() { Ok(Self { bytes }) } else { Err(not_signed()) }
    }
}

/// Signs composed certificates with the school's key.
#[derive(Clone)]
pub struct Sign {
    inner: Arc<Inner>,
}

struct Inner {
    home: Home,
    settings: config::Sign,
    clock: Clock,
    /// Opened at the first signature: a key that is not there yet holds the lane, and does not
    /// keep the process from starting.
    key: Mutex<Option<Arc<Pkcs12Key>>>,
}

impl Sign {
    /// A stage with the key that the configuration names; the key is opened when it is needed.
    #[must_use]
    pub fn new(home: &Home, settings: &config::Sign, clock: Clock) -> Self {
        let inner =
            Inner { home: home.clone(), settings: settings.clone(), clock, key: Mutex::new(None) };
        Self { inner: Arc::new(inner) }
    }

    /// Looks at the key, and says at the start of a process what would hold its lane. Blocking.
    pub fn look(&self) {
        if let Err(StageError::Hold(reason)) = self.inner.key() {
            tracing::error!(
                code = reason.code,
                "the signing key can't be used, and nothing is signed until it can: {}",
                reason.message_en
            );
        }
    }

    /// When the certificate of the key that the configuration names is valid; the key is opened
    /// for this, and closed again.
    ///
    /// # Errors
    /// What is missing or wrong, as a lane on hold would say it.
    pub fn check(home: &Home, settings: &config::Sign) -> Result<Validity, Reason> {
        open(home, settings).map(|key| key.validity())
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
        let broken = |_| StageError::Retry(stopped());
        faults::before("sign").map_err(broken)?;
        let signed = blocking(move || inner.sign(composed.bytes(), composed.seal())).await?;
        faults::after("sign").map_err(broken)?;
        Ok(signed)
    }
}

impl Inner {
    fn sign(&self, composed: &[u8], seal: &SealPlace) -> Result<Signed, StageError> {
        let key = self.key()?;
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let request = Certification {
            field: FIELD.to_owned(),
            at: (self.clock)(),
            reason: text(&self.settings.reason),
            location: text(&self.settings.location),
            name: None,
            appearance: Some(Appearance { resource: seal.resource.clone(), rect: seal.rect }),
        };
        let bytes = pades::certify(composed, &request, key.as_ref()).map_err(refused)?;
        Ok(Signed { bytes })
    }

    /// The key, open, with a certificate that is valid now: a signature outside of its dates
    /// would never verify.
    fn key(&self) -> Result<Arc<Pkcs12Key>, StageError> {
        let mut slot = self.key.lock().unwrap_or_else(PoisonError::into_inner);
        let key = match slot.as_ref() {
            Some(key) => Arc::clone(key),
            None => {
                let key = open(&self.home, &self.settings).map_err(StageError::Hold)?;
                Arc::clone(slot.insert(Arc::new(key)))
            }
        };
        if !key.validity().contains((self.clock)()) {
            // Opened again at the next try: by then there may be a new one in its place.
            *slot = None;
            return Err(StageError::Hold(out_of_date()));
        }
        Ok(key)
    }
}

fn open(home: &Home, settings: &config::Sign) -> Result<Pkcs12Key, Reason> {
    let file = settings.key.read(home).map_err(|error| unreadable(&error))?;
    let password = settings.password.read_line(home).map_err(|error| unreadable(&error))?;
    Pkcs12Key::open(&file, &password).map_err(|error| unusable(&error))
}

/// A run that ends by a panic ends the task with it: the runner counts it as such.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StageError> + Send + 'static,
) -> Result<T, StageError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(StageError::Retry(stopped())),
        },
    }
}

fn refused(error: SignError) -> StageError {
    match error {
        SignError::Key(error) => StageError::Hold(unusable(&error)),
        SignError::NotPdf
        | SignError::Encrypted
        | SignError::AlreadySigned
        | SignError::NoPage
        | SignError::NoAppearance(_)
        | SignError::FieldExists(_)
        | SignError::Encoding => StageError::Reject(Reason::new(
            "not_signable",
            [
                format!("證書無法簽章：{}。", error.zh()),
                format!("The certificate can't be signed: {error}."),
            ],
            [
                "請檢查版面設定後重試；仍無法簽章時請洽系統管理者。",
                "Check the layout, then retry; if it still fails, ask the operator.",
            ],
        )),
    }
}

fn unreadable(error: &config::SecretError) -> Reason {
    match error {
        config::SecretError::TooOpen { .. } => too_open(error),
        config::SecretError::Unreadable { .. } | config::SecretError::NoCredentials { .. } => {
            missing(error)
        }
    }
}

fn too_open(error: &config::SecretError) -> Reason {
    Reason::new(
        "key_too_open",
        [
            "簽章金鑰或其密碼檔可被其他使用者讀取，因此不予使用。".to_owned(),
            format!("The signing key or its password is not used: {error}."),
        ],
        [
            "請執行 chmod 600；若檔案可能已被他人讀取，請換發金鑰。恢復後會自動繼續。",
            "Run chmod 600 on the file, and replace the key if others could have read it; work resumes by itself.",
        ],
    )
}

fn missing(error: &config::SecretError) -> Reason {
    Reason::new(
        "key_unreadable",
        [
            "無法讀取簽章金鑰或其密碼檔。".to_owned(),
            format!("The signing key or its password can't be read: {error}."),
        ],
        [
            "請檢查設定 sign.key 與 sign.password 所指的檔案是否存在、可讀取；恢復後會自動繼續。",
            "Check that the files of sign.key and sign.password exist and may be read; work resumes by itself.",
        ],
    )
}

fn unusable(error: &KeyError) -> Reason {
    Reason::new(
        "key_unusable",
        [
            format!("簽章金鑰無法使用：{}。", error.zh()),
            format!("The signing key can't be used: {error}."),
        ],
        [
            "請更正 sign.key 或 sign.password 所指的檔案；恢復後會自動繼續。",
            "Put the right files in the place of sign.key and sign.password; work resumes by itself.",
        ],
    )
}

fn out_of_date() -> Reason {
    Reason::new(
        "key_out_of_date",
        ["簽章憑證尚未生效或已過期。", "The signing certificate is not valid yet, or has ended."],
        [
            "請換上有效的金鑰與憑證，並檢查主機時間；恢復後會自動繼續。",
            "Put a valid key and certificate in its place, and check the host's clock; work resumes by itself.",
        ],
    )
}

fn not_signed() -> Reason {
    Reason::new(
        "signed_file_changed",
        [
            "交接中的檔案沒有完好的認證簽章。",
            "The file that was handed on does not carry an intact certification signature.",
        ],
        [
            "請以 sealpress jobs retry 重試；仍失敗時請洽系統管理者。",
            "Run `sealpress jobs retry`; if it still fails, ask the operator.",
        ],
    )
}

fn stopped() -> Reason {
    Reason::new(
        "stopped",
        ["程序停止，簽章未完成。", "The process stopped before the signature was done."],
        ["下次啟動時會自動重試。", "It is tried again at the next start."],
    )
}

#[cfg(test)]
mod tests;
