//! The section `sign`: with which key, as which profile, with whose timestamps.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::num::NonZeroU32;
use std::path::PathBuf;

use crate::{KeyPlace, Secret, Span};

/// The signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sign {
    /// How long the signature is to last.
    #[serde(default)]
    pub profile: Profile,
    /// Where the key is: a PKCS#12 file with its chain, or a token.
    pub key: KeyPlace,
    /// The file's password, or the token's PIN.
    pub password: Secret,
    /// Certificates (PEM) of issuers that neither file nor token holds, relative to the home. For
    /// a token without certificates, the key's own comes first.
    #[serde(default)]
    pub chain: Vec<PathBuf>,
    /// How an RSA key pads.
    #[serde(default)]
    pub padding: Padding,
    /// Signatures at once on a token.
    #[serde(default = "sessions")]
    pub sessions: usize,
    /// The key that takes over.
    #[serde(default)]
    pub next: Option<NextKey>,
    /// Certificates (PEM) that `verify` and `audit` trust, relative to the home.
    pub trust: Vec<PathBuf>,
    /// Who confirms the time, in the order in which they are asked.
    #[serde(default)]
    pub tsa: Vec<Tsa>,
    /// Certificates (PEM) that timestamps may lead to besides those of `trust`, relative to the
    /// home.
    #[serde(default)]
    pub tsa_trust: Vec<PathBuf>,
    /// How long a TSA, or a CA that is asked for revocation data, may take over one answer.
    #[serde(default = "patience")]
    pub patience: Span,
    /// What a reader shows as the reason of the signature.
    pub reason: String,
    /// What a reader shows as its place.
    pub location: String,
}

/// A key that takes over at a day, so that the roll-over needs nobody awake at midnight.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NextKey {
    /// The first day on which it signs, in the school's time zone.
    pub from: Date,
    /// Where it is.
    pub key: KeyPlace,
    /// The file's password, or the token's PIN.
    pub password: Secret,
    /// As [`Sign::chain`].
    #[serde(default)]
    pub chain: Vec<PathBuf>,
}

/// A time-stamping authority (RFC 3161 over HTTP).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tsa {
    /// Where it answers.
    pub url: String,
    /// How often it may be asked.
    #[serde(default)]
    pub limit: Option<Limit>,
}

/// So many requests in any such span, by all processes of the home together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// How many.
    pub requests: NonZeroU32,
    /// In which time.
    pub per: Span,
}

/// A baseline profile of PAdES (ETSI EN 319 142-1, section 6).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Profile {
    /// The signature alone.
    #[default]
    #[serde(rename = "b-b")]
    BB,
    /// With a timestamp.
    #[serde(rename = "b-t")]
    BT,
    /// With all that verifying takes, inside.
    #[serde(rename = "b-lt")]
    BLT,
    /// With a document timestamp over all of it.
    #[serde(rename = "b-lta")]
    BLTA,
}

impl Profile {
    /// The word as the configuration writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BB => "b-b",
            Self::BT => "b-t",
            Self::BLT => "b-lt",
            Self::BLTA => "b-lta",
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// How an RSA key pads what it signs (RFC 8017).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Padding {
    /// PKCS#1 v1.5, which every reader knows.
    #[default]
    Pkcs1,
    /// PSS.
    Pss,
}

const fn sessions() -> usize {
    4
}

const fn patience() -> Span {
    Span::secs(10)
}
