//! What a person at the desk looks for, and what is found.

use jiff::Timestamp;
use sealpress_config::{Kind, Language};

use crate::{Certificate, CertificateId, Status, WaitingFor};

/// What a person looks for; what is `None`, or empty, does not narrow it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Find {
    /// What they typed: words of which each must fit. A word fits a name, a student number, a
    /// certificate number, the id or an e-mail address by its beginning; a Chinese name by any
    /// part of it. Case, accents and the width of letters and digits do not matter.
    pub text: String,
    /// Status.
    pub status: Option<Status>,
    /// Kind.
    pub kind: Option<Kind>,
    /// Language.
    pub language: Option<Language>,
    /// College, in full.
    pub college: Option<String>,
    /// Accepted at this time or later.
    pub from: Option<Timestamp>,
    /// Accepted before this time.
    pub until: Option<Timestamp>,
    /// What they wait for.
    pub waiting_for: Option<WaitingFor>,
    /// Go on below this one: the last of the page before.
    pub after: Option<CertificateId>,
    /// At most so many, newest first; 0 is as many as one page may have.
    pub limit: u32,
}

impl Find {
    /// The most certificates that one page has.
    pub const MOST: u32 = 500;
}

impl std::fmt::Debug for Find {
    /// Without what was typed: it is somebody's name or number.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Find").finish_non_exhaustive()
    }
}

/// A page of what was found.
#[derive(Debug, Clone)]
pub struct FoundPage {
    /// The certificates, newest first.
    pub certificates: Vec<Certificate>,
    /// Whether there are more below.
    pub more: bool,
}
