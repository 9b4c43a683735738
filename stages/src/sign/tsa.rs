//! Timestamps: the TSAs of the configuration, asked in their order and no oftener than they allow.

use aws_lc_rs::rand;
use jiff::{SignedDuration, Timestamp};
use pades::{Fetch, TimestampError, TimestampRequest, TimestampSource, Token, Trust};
use sealpress_config::{self as config, Home};
use sealpress_ledger::Clock;
use sha2::{Digest, Sha256};
use std::fmt::Display;
use std::sync::{Mutex, PoisonError};

use super::bucket::Bucket;
use super::http::Http;

/// A TSA that failed is passed over for so long, where another can be asked.
const REST: SignedDuration = SignedDuration::from_secs(60);

const QUERY: &str = "application/timestamp-query";

/// The TSAs.
pub(super) struct Tsas {
    all: Vec<Tsa>,
    http: Http,
    clock: Clock,
}

struct Tsa {
    url: String,
    bucket: Option<Bucket>,
    failed: Mutex<Option<Timestamp>>,
}

impl Tsas {
    /// Those of `settings`. What was taken of their limits stands in the home's folder `tsa`.
    pub(super) fn new(home: &Home, settings: &config::Sign, http: Http, clock: Clock) -> Self {
        let tsa = |tsa: &config::Tsa| Tsa {
            url: tsa.url.clone(),
            bucket: tsa.limit.map(|limit| Bucket::new(home.tsa().join(name(&tsa.url)), limit)),
            failed: Mutex::default(),
        };
        Self { all: settings.tsa.iter().map(tsa).collect(), http, clock }
    }

    /// The same, for one signature that needs so `many` timestamps, which must lead to `trust`.
    pub(super) const fn trusting<'a>(&'a self, trust: &'a Trust, many: usize) -> Trusting<'a> {
        Trusting { tsas: self, trust, many, left: Mutex::new(None) }
    }

    /// In the order of asking: those that failed just now come last.
    fn in_order(&self, now: Timestamp) -> impl Iterator<Item = &Tsa> {
        let rests = move |tsa: &&Tsa| tsa.rests(now);
        let awake = self.all.iter().filter(move |tsa| !rests(tsa));
        awake.chain(self.all.iter().filter(rests))
    }

    fn ask(&self, tsa: &Tsa, imprint: &[u8], trust: &Trust) -> Result<Token, TimestampError> {
        let unavailable = |why: &dyn Display| TimestampError::Unavailable(why.to_string());
        let mut nonce = [0; 16];
        rand::fill(&mut nonce).map_err(|error| unavailable(&error))?;
        let request = TimestampRequest::new(imprint, nonce);
        let answer = self.http.post(&tsa.url, QUERY, &request.to_der()?);
        request.accept(&answer.map_err(|error| unavailable(&error))?, trust, (self.clock)())
    }
}

impl Tsa {
    /// Its address without what follows a ?, which may be a key of the school's.
    fn shown(&self) -> &str {
        self.url.split('?').next().unwrap_or_default()
    }

    fn rests(&self, now: Timestamp) -> bool {
        let failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        failed.is_some_and(|at| at <= now && now.duration_since(at) < REST)
    }

    fn note(&self, failed: Option<Timestamp>) {
        *self.failed.lock().unwrap_or_else(PoisonError::into_inner) = failed;
    }

    /// Whether it may be asked now, so many times.
    fn allows(&self, many: usize, now: Timestamp) -> bool {
        let Some(bucket) = &self.bucket else { return true };
        match bucket.take(many, now) {
            Ok(Ok(())) => true,
            Ok(Err(again)) => {
                tracing::debug!(tsa = self.shown(), %again, "asked as often as it allows");
                false
            }
            Err(error) => {
                tracing::warn!(tsa = self.shown(), %error, "how often it was asked can't be noted");
                false
            }
        }
    }
}

/// The TSAs, for one signature. What it needs of a TSA with a limit is taken at once: signatures
/// that each took one token of two would wait for each other for ever.
pub(super) struct Trusting<'a> {
    tsas: &'a Tsas,
    trust: &'a Trust,
    many: usize,
    /// Of which TSA so many more were taken.
    left: Mutex<Option<(&'a str, usize)>>,
}

impl<'a> Trusting<'a> {
    fn allows(&self, tsa: &'a Tsa, now: Timestamp) -> bool {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        match *left {
            Some((url, more)) if url == tsa.url && more > 0 => {
                *left = Some((url, more - 1));
                true
            }
            // Another than the one that was to give them all: then one by one.
            Some(_) => tsa.allows(1, now),
            None if tsa.allows(self.many, now) => {
                *left = Some((&tsa.url, self.many.saturating_sub(1)));
                true
            }
            None => false,
        }
    }
}

impl TimestampSource for Trusting<'_> {
    /// The first token that holds. Whoever gives none, or a bad one, is passed over.
    fn timestamp(&self, imprint: &[u8]) -> Result<Token, TimestampError> {
        let mut last = TimestampError::LimitReached;
        for tsa in self.tsas.in_order((self.tsas.clock)()) {
            // Those before it may have taken their time.
            let now = (self.tsas.clock)();
            if !self.allows(tsa, now) {
                continue;
            }
            match self.tsas.ask(tsa, imprint, self.trust) {
                Ok(token) => {
                    tsa.note(None);
                    return Ok(token);
                }
                Err(error) => {
                    tracing::warn!(tsa = tsa.shown(), %error, "no timestamp from here");
                    tsa.note(Some(now));
                    last = error;
                }
            }
        }
        Err(last)
    }
}

/// A file's name for a URL, whatever stands in it.
fn name(url: &str) -> String {
    let digest = Sha256::digest(url.as_bytes());
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).chain([".tokens".to_owned()]).collect()
}
