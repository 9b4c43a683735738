//! What a file is: a certificate in force, one that is not any more, a copy that lost its
//! signature, a forgery.
//!
//! `valid` and its kin are said of exact archived bytes alone. Anything else may be recognised
//! ([`recognised`]) as made from a certificate; then it is compared with the archived original
//! ([`changed`]), byte by byte and by what it shows. Nothing that the file says of itself is
//! believed, and nothing of it is kept.

pub(crate) mod bundle;
mod changed;
mod lines;
pub(crate) mod mask;
mod recognised;
pub(crate) mod signature;

use anyhow::Context;
use jiff::Timestamp;
use sealpress_config::ArchiveUrl;
use sealpress_ledger::{Certificate, Ledger, Sha256Hash, Status};
use sealpress_stages::archive::Folder;
use serde::Serialize;
use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::Arc;

use crate::exit::WrongUse;
use crate::opened::Opened;
use crate::preview::{Likeness, Preview};
use crate::tongue::Tongue;
use changed::Change;
pub(crate) use lines::Line;
use recognised::{By, Recognised};
use signature::{Signature, Trusted};

/// The finer word for what a file is. Stands in JSON, and stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Finding {
    /// The archived bytes of a certificate in force.
    Valid,
    /// The archived bytes of a certificate that a newer one took the place of.
    NotLatest,
    /// A certificate that the school took back.
    Recalled,
    /// A certificate that the ministry revoked.
    Revoked,
    /// Made from a certificate, and changed.
    Altered,
    /// Saved anew or printed from a certificate: it shows the same, and proves nothing.
    DamagedCopy,
    /// Nothing that this school issued.
    NotGenuine,
}

impl Finding {
    /// The word in JSON.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::NotLatest => "not_latest",
            Self::Recalled => "recalled",
            Self::Revoked => "revoked",
            Self::Altered => "altered",
            Self::DamagedCopy => "damaged_copy",
            Self::NotGenuine => "not_genuine",
        }
    }

    /// The coarse word: `valid`, `not_latest` or `not_valid`.
    pub(crate) const fn verdict(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::NotLatest => "not_latest",
            Self::Recalled
            | Self::Revoked
            | Self::Altered
            | Self::DamagedCopy
            | Self::NotGenuine => "not_valid",
        }
    }

    /// The sign before the verdict.
    pub(crate) const fn mark(self) -> &'static str {
        match self {
            Self::Valid => "✔",
            Self::NotLatest | Self::DamagedCopy => "!",
            Self::Recalled | Self::Revoked | Self::Altered | Self::NotGenuine => "✘",
        }
    }

    /// The verdict in words.
    pub(crate) const fn says(self, tongue: Tongue) -> &'static str {
        let [zh, en] = match self {
            Self::Valid => ["有效", "valid"],
            Self::NotLatest => ["真實，但不是最新版本", "genuine, but not the latest version"],
            Self::Recalled => ["已由學校收回", "recalled by the school"],
            Self::Revoked => ["已由教育部撤銷", "revoked by the ministry"],
            Self::Altered => ["內容經過更改", "altered"],
            Self::DamagedCopy => [
                "真實證書的受損副本：請索取原始檔案",
                "damaged copy of a genuine certificate: ask for the original file",
            ],
            Self::NotGenuine => ["不是本校簽發的證書", "not a certificate of this school"],
        };
        tongue.pick(zh, en)
    }
}

/// What a file is, and why. The JSON is a contract: keys are added, never renamed.
#[derive(Debug, Serialize)]
pub(crate) struct Judgement {
    /// [`Finding::verdict`].
    pub(crate) verdict: &'static str,
    pub(crate) finding: Finding,
    pub(crate) checks: Vec<Line>,
    /// Number and status of the certificate that the file is, or is made from, by the ledger.
    pub(crate) certificate_no: Option<String>,
    pub(crate) status: Option<&'static str>,
    /// Who signed, where that is trusted.
    pub(crate) signer: Option<String>,
    /// When it was signed: as the signer says, as a timestamp proves, and since when all that
    /// verifying takes is closed in.
    pub(crate) signed_at: Option<Timestamp>,
    pub(crate) timestamped_at: Option<Timestamp>,
    pub(crate) document_timestamp_at: Option<Timestamp>,
    /// The baseline profile of PAdES that the signature meets.
    pub(crate) profile: Option<String>,
    pub(crate) sha256: String,
    /// The certificate whose exact bytes the caller holds, and whose names may be shown for that.
    #[serde(skip)]
    pub(crate) held: Option<Certificate>,
}

/// Judges files.
#[derive(Clone)]
pub(crate) struct Judge {
    ledger: Ledger,
    trusted: Arc<Trusted>,
    preview: Preview,
    archive: Folder,
}

/// A file that was looked at by itself.
struct Looked {
    bytes: Arc<Vec<u8>>,
    hash: Sha256Hash,
    signature: Signature,
}

impl Judge {
    /// Judges by this home's ledger, archive and trusted certificates. Its places at the renderer
    /// are those of everyone who has a clone of `preview`.
    pub(crate) async fn new(opened: &Opened, preview: Preview) -> anyhow::Result<Self> {
        let ArchiveUrl::Folder(path) = &opened.settings.archive;
        Ok(Self {
            ledger: opened.ledger.clone(),
            trusted: Arc::new(trusted(opened).await?),
            preview,
            archive: Folder::new(opened.home.resolve(path)),
        })
    }

    /// Judges a file.
    pub(crate) async fn judge(&self, bytes: Vec<u8>, now: Timestamp) -> anyhow::Result<Judgement> {
        let (bytes, hash) = tokio::task::spawn_blocking(move || {
            let hash = Sha256Hash::of(&bytes);
            (Arc::new(bytes), hash)
        })
        .await?;
        if let Some(certificate) = self.ledger.by_archive_hash(hash).await? {
            let (own, trusted) = (Arc::clone(&bytes), Arc::clone(&self.trusted));
            let at = proven_at(&certificate, now);
            let signature =
                tokio::task::spawn_blocking(move || Signature::of_own(&own, &trusted, at)).await?;
            return Ok(exact(&Looked { bytes, hash, signature }, certificate));
        }
        let signature = Signature::of_foreign(&bytes, &self.trusted, now, &self.preview).await?;
        let looked = Looked { bytes, hash, signature };
        let recognised = self.recognise(&looked).await?;
        self.copy(&looked, recognised).await
    }

    /// Judges a file that is no archived one.
    async fn copy(&self, looked: &Looked, recognised: Recognised) -> anyhow::Result<Judgement> {
        let mut checks = vec![lines::recognised(recognised.by)];
        let mut nearest: Option<(Change, Certificate)> = None;
        for certificate in recognised.certificates {
            let change = self.change(looked, &certificate, recognised.by).await?;
            if nearest.as_ref().is_none_or(|(least, _)| change < *least) {
                nearest = Some((change, certificate));
            }
        }
        let (finding, of) = match nearest {
            None if changed::since_signed(&looked.signature) => (Finding::Altered, None),
            None => (Finding::NotGenuine, None),
            Some((change, certificate)) => {
                checks.push(lines::change(change));
                let finding = of_copy(change, certificate.status);
                let of = Some(certificate).filter(|_| finding != Finding::NotGenuine);
                checks.extend(of.as_ref().map(|of| lines::in_force(of.status)));
                (finding, of)
            }
        };
        Ok(judgement(looked, finding, of.as_ref(), checks))
    }

    /// How the file differs from the archived certificate that it was recognised as.
    async fn change(
        &self,
        looked: &Looked,
        certificate: &Certificate,
        by: By,
    ) -> anyhow::Result<Change> {
        let Some(file) = &certificate.archived else { return Ok(Change::Elsewhere) };
        let (archive, path, hash) = (self.archive.clone(), file.path.clone(), file.hash);
        let original = tokio::task::spawn_blocking(move || {
            archive.read(&path).map(|bytes| (Sha256Hash::of(&bytes) == hash).then_some(bytes))
        })
        .await?
        .context("the archived original can't be read")?
        .context("the archived original is not the file that the ledger recorded")?;
        if let Some(change) = changed::by_bytes(&original, &looked.bytes, &looked.signature) {
            return Ok(change);
        }
        match (self.preview.likeness(&original, &looked.bytes).await, by) {
            (Ok(Likeness::Same), _) => Ok(Change::SavedAnew),
            // Any page may bear a number; the token of a QR code comes from the certificate alone.
            (Ok(Likeness::Other), By::Number) => Ok(Change::Elsewhere),
            (Ok(Likeness::Part | Likeness::Other), _) => Ok(Change::Shown),
            (Err(error), _) if error.is_of_the_file() => Ok(Change::Shown),
            (Err(error), _) => Err(error.into()),
        }
    }
}

/// When archived bytes are to be judged: the ledger knows them by their digest since they were
/// archived, which is the best proof there is that they existed then, long after every certificate
/// in them has ended.
pub(crate) fn proven_at(certificate: &Certificate, now: Timestamp) -> Timestamp {
    certificate.archived.as_ref().map_or(now, |file| file.at.min(now))
}

/// The judgement of archived bytes.
fn exact(looked: &Looked, certificate: Certificate) -> Judgement {
    let finding = of_original(certificate.status, looked.signature.holds);
    let checks = vec![lines::in_force(certificate.status)];
    let judged = judgement(looked, finding, Some(&certificate), checks);
    Judgement { held: Some(certificate), ..judged }
}

/// The verdict on archived bytes: the ledger's, where their signature holds.
const fn of_original(status: Status, holds: bool) -> Finding {
    match status {
        Status::Issued if holds => Finding::Valid,
        Status::Superseded if holds => Finding::NotLatest,
        Status::Recalled => Finding::Recalled,
        Status::Revoked => Finding::Revoked,
        Status::Issued | Status::Superseded | Status::Pending | Status::Rejected => {
            Finding::NotGenuine
        }
    }
}

/// The verdict on what was made from a certificate.
const fn of_copy(change: Change, status: Status) -> Finding {
    match (change, status) {
        (Change::SavedAnew, Status::Issued | Status::Superseded) => Finding::DamagedCopy,
        (Change::SavedAnew, Status::Recalled) => Finding::Recalled,
        (Change::SavedAnew, Status::Revoked) => Finding::Revoked,
        (Change::Appended | Change::InPlace | Change::Shown, _) => Finding::Altered,
        (Change::SavedAnew, Status::Pending | Status::Rejected) | (Change::Elsewhere, _) => {
            Finding::NotGenuine
        }
    }
}

/// The judgement, with the checks of the signature first and `checks` last.
fn judgement(
    looked: &Looked,
    finding: Finding,
    of: Option<&Certificate>,
    checks: Vec<Line>,
) -> Judgement {
    let signature = &looked.signature;
    let known =
        of.is_some_and(|of| of.archived.as_ref().map(|file| file.hash) == Some(looked.hash));
    let before = signature.checks.iter().cloned().chain([lines::in_ledger(known)]);
    let told = signature.clone().into_trusted();
    Judgement {
        verdict: finding.verdict(),
        finding,
        checks: before.chain(checks).collect(),
        certificate_no: of.map(|of| of.certified.certificate_no.clone()),
        status: of.map(|of| of.status.as_str()),
        signer: told.signer,
        signed_at: told.signed_at,
        timestamped_at: told.timestamped_at,
        document_timestamp_at: told.document_timestamp_at,
        profile: told.profile.map(Cow::into_owned),
        sha256: looked.hash.to_string(),
        held: None,
    }
}

/// Whom the configuration trusts.
pub(crate) async fn trusted(opened: &Opened) -> anyhow::Result<Trusted> {
    let sign = &opened.settings.sign;
    let files = |files: &[PathBuf]| files.iter().map(|file| opened.home.resolve(file)).collect();
    Ok(Trusted {
        roots: certificates("sign.trust", files(&sign.trust)).await?,
        timestamp_roots: certificates("sign.tsa_trust", files(&sign.tsa_trust)).await?,
    })
}

/// The certificates in these PEM files, which `named` named.
pub(crate) async fn certificates(
    named: &str,
    files: Vec<PathBuf>,
) -> anyhow::Result<Vec<pades::Certificate>> {
    let mut all = Vec::new();
    for path in files {
        let pem = tokio::fs::read_to_string(&path).await.map_err(|error| {
            WrongUse(format!("{named}: {} can't be read: {error}", path.display()))
        })?;
        let found = pades::Certificate::from_pem(&pem).map_err(|_| {
            WrongUse(format!("{named}: {} holds no certificate in PEM", path.display()))
        })?;
        all.extend(found);
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHANGES: [Change; 5] =
        [Change::SavedAnew, Change::Appended, Change::InPlace, Change::Shown, Change::Elsewhere];

    #[test]
    fn an_original_is_what_the_ledger_says_if_its_signature_holds() {
        for (status, sound, unsound) in [
            (Status::Issued, Finding::Valid, Finding::NotGenuine),
            (Status::Superseded, Finding::NotLatest, Finding::NotGenuine),
            (Status::Recalled, Finding::Recalled, Finding::Recalled),
            (Status::Revoked, Finding::Revoked, Finding::Revoked),
            (Status::Pending, Finding::NotGenuine, Finding::NotGenuine),
            (Status::Rejected, Finding::NotGenuine, Finding::NotGenuine),
        ] {
            let found = (of_original(status, true), of_original(status, false));
            assert_eq!(found, (sound, unsound), "{status:?}");
        }
    }

    #[test]
    fn no_copy_is_ever_valid() {
        for change in CHANGES {
            for status in Status::ALL {
                assert_eq!(of_copy(change, *status).verdict(), "not_valid");
            }
        }
        assert_eq!(of_copy(Change::SavedAnew, Status::Issued), Finding::DamagedCopy);
        assert_eq!(of_copy(Change::SavedAnew, Status::Recalled), Finding::Recalled);
        assert_eq!(of_copy(Change::SavedAnew, Status::Pending), Finding::NotGenuine);
    }

    #[test]
    fn the_words_of_the_contract() {
        let words = |finding| {
            (serde_json::to_value(finding).unwrap(), Finding::verdict(finding), finding.mark())
        };
        assert_eq!(words(Finding::Valid), ("valid".into(), "valid", "✔"));
        assert_eq!(words(Finding::NotLatest), ("not_latest".into(), "not_latest", "!"));
        assert_eq!(words(Finding::DamagedCopy), ("damaged_copy".into(), "not_valid", "!"));
        assert_eq!(words(Finding::NotGenuine), ("not_genuine".into(), "not_valid", "✘"));
    }
}
