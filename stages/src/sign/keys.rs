//! The signing key: opened when it is needed, and given over to the next one on its day.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use pades::{Certificate, KeyError, Signer, Trust, chain_state};
use sealpress_config::{self as config, Home, KeyPlace, Padding, Secret};
use sealpress_ledger::{KeyDates, KeyNote, Reason};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use super::opening::{OpenError, Use, open_key};
use super::reasons;

/// A key that is open, and what goes with it.
pub(super) struct Opened {
    pub(super) signer: Box<dyn Signer>,
    /// Whom its chain and its timestamps must lead to.
    pub(super) trust: Trust,
    roots: Vec<Certificate>,
    /// Those of signers and those of timestamps together: nobody is asked about them.
    pub(super) all_roots: Vec<Certificate>,
}

impl Opened {
    /// Its dates, and how far its issuers are known.
    fn dates(&self, takes_over: Option<Timestamp>) -> Option<KeyDates> {
        let own = self.signer.chain().first()?;
        let (validity, chain) = (own.validity(), chain_state(self.signer.chain(), &self.roots)?);
        Some(KeyDates {
            subject: own.subject(),
            serial: own.serial(),
            from: validity.from,
            until: validity.until,
            ends_first: chain.ends_first,
            complete: chain.complete,
            takes_over,
        })
    }
}

fn note(opened: Result<Arc<Opened>, Reason>, takes_over: Option<Timestamp>) -> KeyNote {
    let dates = opened.and_then(|opened| {
        let none = || reasons::unusable(&KeyError::NoCertificate);
        opened.dates(takes_over).ok_or_else(none)
    });
    dates.map_or_else(KeyNote::Fails, KeyNote::Opens)
}

/// The keys that the configuration names.
pub(super) struct Keys {
    home: Home,
    trust: Vec<PathBuf>,
    tsa_trust: Vec<PathBuf>,
    current: Slot,
    next: Option<(Timestamp, Slot)>,
}

impl Keys {
    /// The keys of `settings`; a day there begins in `timezone`.
    pub(super) fn new(home: &Home, settings: &config::Sign, timezone: &TimeZone) -> Self {
        let slot = |key: &KeyPlace, password: &Secret, chain: &[PathBuf]| Slot {
            place: key.clone(),
            password: password.clone(),
            chain: chain.to_vec(),
            padding: settings.padding,
            sessions: settings.sessions,
            opened: Mutex::default(),
        };
        let next = settings.next.as_ref().map(|next| {
            let begins = next.from.to_zoned_datetime(timezone.clone()).map(|day| day.timestamp());
            (begins.unwrap_or(Timestamp::MAX), slot(&next.key, &next.password, &next.chain))
        });
        Self {
            home: home.clone(),
            trust: settings.trust.clone(),
            tsa_trust: settings.tsa_trust.clone(),
            current: slot(&settings.key, &settings.password, &settings.chain),
            next,
        }
    }

    /// The key that signs at `now`, open, with a certificate that is valid: a signature outside of
    /// its dates would never verify. The one whose day is over is never taken in place of the next.
    ///
    /// # Errors
    /// What is missing or wrong; the lane waits until it is mended.
    pub(super) fn signing(&self, now: Timestamp) -> Result<Arc<Opened>, Reason> {
        let slot = self.due(now);
        let mut kept = slot.opened.lock().unwrap_or_else(PoisonError::into_inner);
        let opened = match &*kept {
            Some(opened) => Arc::clone(opened),
            None => Arc::clone(kept.insert(self.open(slot, now)?)),
        };
        let certificate = opened.signer.chain().first();
        if !certificate.is_some_and(|own| own.validity().contains(now)) {
            // Opened again at the next try: by then there may be a new one in its place.
            *kept = None;
            return Err(reasons::out_of_date());
        }
        Ok(opened)
    }

    /// What is known of each key that is to sign now or later, the one that signs now first. One
    /// that is to sign later is not kept open: until its day it may be exchanged.
    pub(super) fn notes(&self, now: Timestamp) -> Vec<KeyNote> {
        let due = self.due(now);
        let mut kept = due.opened.lock().unwrap_or_else(PoisonError::into_inner);
        let opened = match &*kept {
            Some(opened) => Ok(Arc::clone(opened)),
            None => self.open(due, now).map(|opened| Arc::clone(kept.insert(opened))),
        };
        drop(kept);
        let mut notes = vec![note(opened, None)];
        if let Some((begins, later)) = self.next.as_ref().filter(|(begins, _)| now < *begins) {
            notes.push(note(self.open(later, *begins), Some(*begins)));
        }
        notes
    }

    /// The open key is not used any more: it failed, or what goes with it must be read anew.
    pub(super) fn close(&self, now: Timestamp) {
        *self.due(now).opened.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn due(&self, now: Timestamp) -> &Slot {
        match &self.next {
            Some((begins, next)) if *begins <= now => next,
            Some(_) | None => &self.current,
        }
    }

    fn open(&self, slot: &Slot, at: Timestamp) -> Result<Arc<Opened>, Reason> {
        let signer = slot.open(&self.home, at)?;
        let roots = certificates(&self.home, &self.trust)?;
        let of_timestamps = certificates(&self.home, &self.tsa_trust)?;
        let trust = Trust::new(roots.clone());
        let trust = match of_timestamps.as_slice() {
            [] => trust,
            [_, ..] => trust.with_timestamp_roots(of_timestamps.clone()),
        };
        let all_roots = [roots.as_slice(), &of_timestamps].concat();
        Ok(Arc::new(Opened { signer, trust, roots, all_roots }))
    }
}

fn certificates(home: &Home, files: &[PathBuf]) -> Result<Vec<Certificate>, Reason> {
    let mut all = Vec::new();
    for file in files {
        let path = home.resolve(file);
        let text = std::fs::read_to_string(&path).map_err(|_| reasons::no_certificates(file))?;
        all.extend(Certificate::from_pem(&text).map_err(|_| reasons::no_certificates(file))?);
    }
    Ok(all)
}

/// One key's place, and the key once it is open.
struct Slot {
    place: KeyPlace,
    password: Secret,
    chain: Vec<PathBuf>,
    padding: Padding,
    sessions: usize,
    opened: Mutex<Option<Arc<Opened>>>,
}

impl Slot {
    fn open(&self, home: &Home, at: Timestamp) -> Result<Box<dyn Signer>, Reason> {
        let password =
            self.password.read_line(home).map_err(|error| reasons::unreadable(&error))?;
        let more = certificates(home, &self.chain)?;
        let how = Use { padding: self.padding, sessions: self.sessions, at };
        open_key(home, &self.place, &password, more, how).map_err(|error| match error {
            OpenError::Secret(error) => reasons::unreadable(&error),
            OpenError::Key(error) => reasons::unusable(&error),
        })
    }
}
