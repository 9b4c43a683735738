//! The keys that a home knows of, what opens them, and the files around them.

use anyhow::Context;
use jiff::tz::TimeZone;
use pades::{Certificate, Pin, Signer};
use sealpress_config::{Home, KeyPlace, Secret, Settings};
use sealpress_ledger::system_clock;
use sealpress_stages::sign::{OpenError, Use, open_key};
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

use super::Which;
use crate::cli::answers::Answers;
use crate::cli::{Args, named};
use crate::exit::WrongUse;
use crate::opened;
use crate::tongue::Tongue;

/// A home's keys. The ledger is not asked: a key can be made before there is one.
pub(super) struct Ring {
    pub(super) home: Home,
    pub(super) settings: Settings,
    answers: Answers,
}

/// A key that can be opened.
pub(super) struct Known {
    pub(super) place: KeyPlace,
    pub(super) password: Zeroizing<String>,
    /// Certificates that are kept beside it.
    more: Vec<PathBuf>,
}

impl Ring {
    pub(super) fn open(args: &Args) -> anyhow::Result<Self> {
        let home = opened::home(named(args))?;
        let (settings, _) = sealpress_config::load(&home)?;
        Ok(Self { home, settings, answers: Answers::of(args)? })
    }

    /// Where the key is that signs now, by the configuration.
    pub(super) fn configured(&self) -> KeyPlace {
        self.settings.sign.key.clone()
    }

    /// The school's time zone.
    pub(super) fn timezone(&self) -> TimeZone {
        TimeZone::get(&self.settings.school.timezone).unwrap_or(TimeZone::UTC)
    }

    /// The key that was asked for, or all that the configuration names, today's first.
    pub(super) async fn keys(&mut self, which: &Which) -> anyhow::Result<Vec<Known>> {
        if let Some(place) = &which.key {
            return Ok(vec![self.key(place, which.pin.as_ref()).await?]);
        }
        let sign = self.settings.sign.clone();
        let mut all = vec![self.key(&sign.key, None).await?];
        if let Some(next) = &sign.next {
            all.push(self.key(&next.key, None).await?);
        }
        Ok(all)
    }

    /// The key at `place`. What opens it is read by the reference that was given, or by the
    /// configuration's, or asked for.
    pub(super) async fn key(
        &mut self,
        place: &KeyPlace,
        reference: Option<&Secret>,
    ) -> anyhow::Result<Known> {
        let sign = &self.settings.sign;
        let next = sign.next.as_ref().map(|next| (&next.key, &next.password, &next.chain));
        let configured = [Some((&sign.key, &sign.password, &sign.chain)), next];
        let known = configured.into_iter().flatten().find(|(known, ..)| *known == place);
        let more = known.map(|(_, _, chain)| chain.clone()).unwrap_or_default();
        let password = match reference.or(known.map(|(_, password, _)| password)) {
            Some(reference) => reference.read_line(&self.home)?,
            None => self.ask(place).await?,
        };
        Ok(Known { place: place.clone(), password, more })
    }

    async fn ask(&mut self, place: &KeyPlace) -> anyhow::Result<Zeroizing<String>> {
        let prompt = match place {
            KeyPlace::File(_) => ["金鑰檔的密碼：", "password of the key file: "],
            KeyPlace::Token(_) => ["卡片或 HSM 的 PIN 碼：", "PIN of the card or HSM: "],
        };
        let [zh, en] = prompt;
        self.answers.secret(Tongue::of_terminal().pick(zh, en)).await.map(Zeroizing::new)
    }

    /// The password of a file that is to be made: from the file that the reference names, which
    /// is made with a password drawn at random where it is not there yet; or asked for.
    pub(super) async fn new_password(
        &mut self,
        reference: Option<&Secret>,
    ) -> anyhow::Result<Zeroizing<String>> {
        let Some(reference) = reference else {
            let tongue = Tongue::of_terminal();
            let once = tongue.pick("新金鑰檔的密碼：", "password for the new key file: ");
            let again = tongue.pick("再輸入一次：", "once more: ");
            return self.answers.new_password([once, again]).await.map(Zeroizing::new);
        };
        let path = reference.path(&self.home)?;
        if !path.exists() {
            let drawn = [uuid::Uuid::new_v4(), uuid::Uuid::new_v4()].map(|one| one.simple());
            let drawn = Zeroizing::new(format!("{}{}", drawn[0], drawn[1]));
            write_new(&path, drawn.as_bytes(), 0o600)?;
        }
        Ok(reference.read_line(&self.home)?)
    }

    /// Certificates that the configuration trusts.
    pub(super) fn roots(&self) -> anyhow::Result<Vec<Certificate>> {
        certificates(self.settings.sign.trust.iter().map(|file| self.home.resolve(file)))
    }

    /// Open the key.
    pub(super) fn signer(&self, known: &Known) -> anyhow::Result<Box<dyn Signer>> {
        let more = certificates(known.more.iter().map(|file| self.home.resolve(file)))?;
        let how = Use { padding: self.settings.sign.padding, sessions: 1, at: (system_clock())() };
        open_key(&self.home, &known.place, &known.password, more, how).map_err(
            |error| match error {
                OpenError::Secret(error) => error.into(),
                OpenError::Key(error) => error.into(),
            },
        )
    }
}

impl Known {
    /// A key with nothing kept beside it.
    pub(super) const fn new(place: KeyPlace, password: Zeroizing<String>) -> Self {
        Self { place, password, more: Vec::new() }
    }

    pub(super) fn pin(&self) -> Pin {
        Pin::new(self.password.to_string())
    }
}

/// The certificates in these files (PEM or DER).
pub(super) fn certificates(
    files: impl IntoIterator<Item = PathBuf>,
) -> anyhow::Result<Vec<Certificate>> {
    let mut all = Vec::new();
    for file in files {
        let bytes = read(&file)?;
        match (
            std::str::from_utf8(&bytes).map(Certificate::from_pem),
            Certificate::from_der(&bytes),
        ) {
            (Ok(Ok(found)), _) => all.extend(found),
            (_, Ok(one)) => all.push(one),
            (_, Err(error)) => return Err(WrongUse(format!("{}: {error}", file.display())).into()),
        }
    }
    Ok(all)
}

pub(super) fn read(file: &Path) -> Result<Zeroizing<Vec<u8>>, WrongUse> {
    std::fs::read(file)
        .map(Zeroizing::new)
        .map_err(|error| WrongUse(format!("{} can't be read: {error}", file.display())))
}

/// Write a file that must not be there yet.
pub(super) fn write_new(path: &Path, bytes: &[u8], mode: u32) -> anyhow::Result<()> {
    let mut options = OpenOptions::new();
    let made = options.write(true).create_new(true).mode(mode).open(path);
    let mut file = made.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => exists(path),
        _ => WrongUse(format!("{} can't be written: {error}", path.display())),
    })?;
    file.write_all(bytes)
        .and_then(|()| file.sync_all())
        .and_then(|()| sync_folder(path))
        .with_context(|| format!("{} can't be written", path.display()))
}

/// A new name, too, must stand after a power cut: a request may be on its way to the authority by
/// then, for a key that would be lost.
fn sync_folder(path: &Path) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

/// Refuse to make what is there.
pub(super) fn exists(path: &Path) -> WrongUse {
    WrongUse(format!(
        "{} is there already, and nothing is overwritten; name another, or move it away",
        path.display()
    ))
}

/// Put new bytes in the place of a file's, whole or not at all: a crash leaves the old file, and
/// perhaps one with `.new` behind its name, that a person may delete.
pub(super) fn replace(path: &Path, bytes: &[u8], mode: u32) -> anyhow::Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let new = PathBuf::from(name);
    write_new(&new, bytes, mode)?;
    std::fs::rename(&new, path)
        .and_then(|()| sync_folder(path))
        .with_context(|| format!("{} can't be replaced", path.display()))
}
