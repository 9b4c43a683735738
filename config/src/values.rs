//! Values that are more than a string: spans of time and the one-line choices of technology.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

/// A span of time as people write it: `500ms`, `2s`, `5m`, `48h`, `7d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Span(pub Duration);

impl Span {
    /// A span of whole seconds.
    #[must_use]
    pub const fn secs(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }
}

impl TryFrom<String> for Span {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let refuse =
            || format!("“{text}” is not a span of time; write it as 500ms, 2s, 5m, 48h or 7d");
        let at = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(refuse)?;
        let (count, unit) = text.split_at(at);
        let count: u64 = count.parse().map_err(|_| refuse())?;
        let millis = match unit.trim() {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return Err(refuse()),
        };
        count.checked_mul(millis).map(|ms| Self(Duration::from_millis(ms))).ok_or_else(refuse)
    }
}

impl From<Span> for String {
    fn from(span: Span) -> Self {
        span.to_string()
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = self.0.as_millis();
        let (count, unit) = match ms {
            0 => (0, "s"),
            _ if ms.is_multiple_of(86_400_000) => (ms / 86_400_000, "d"),
            _ if ms.is_multiple_of(3_600_000) => (ms / 3_600_000, "h"),
            _ if ms.is_multiple_of(60_000) => (ms / 60_000, "m"),
            _ if ms.is_multiple_of(1_000) => (ms / 1_000, "s"),
            _ => (ms, "ms"),
        };
        write!(f, "{count}{unit}")
    }
}

macro_rules! one_line {
    ($name:ident) => {
        impl TryFrom<String> for $name {
            type Error = String;

            fn try_from(text: String) -> Result<Self, String> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.to_string()
            }
        }
    };
}

/// Where the doorbell hangs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum QueueUrl {
    /// A SQLite file (relative to the home): one host, no server.
    Sqlite(PathBuf),
    /// A Redis server: `redis://host:port/db` or `rediss://…`.
    Redis(String),
}

impl FromStr for QueueUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix("sqlite:").filter(|path| !path.is_empty()) {
            return Ok(Self::Sqlite(path.into()));
        }
        if text.starts_with("redis://") || text.starts_with("rediss://") {
            return Ok(Self::Redis(text.to_owned()));
        }
        Err(format!("“{text}” is not a queue; write sqlite:FILE or redis://HOST:PORT/DB"))
    }
}

impl fmt::Display for QueueUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Redis(url) => f.write_str(url),
        }
    }
}
one_line!(QueueUrl);

/// Where the ledger is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum LedgerUrl {
    /// A SQLite file (relative to the home).
    Sqlite(PathBuf),
}

impl FromStr for LedgerUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.strip_prefix("sqlite:")
            .filter(|path| !path.is_empty())
            .map(|path| Self::Sqlite(path.into()))
            .ok_or_else(|| format!("“{text}” is not a ledger; write sqlite:FILE"))
    }
}

impl fmt::Display for LedgerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Sqlite(path) = self;
        write!(f, "sqlite:{}", path.display())
    }
}
one_line!(LedgerUrl);

/// Where archived certificates are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum ArchiveUrl {
    /// A local folder (relative to the home).
    Folder(PathBuf),
}

impl FromStr for ArchiveUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.is_empty() || text.contains("://") {
            return Err(format!("“{text}” is not an archive; write the path of a folder"));
        }
        Ok(Self::Folder(text.into()))
    }
}

impl fmt::Display for ArchiveUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Folder(path) = self;
        write!(f, "{}", path.display())
    }
}
one_line!(ArchiveUrl);

/// How a message leaves the house.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum MailTransport {
    /// An `.eml` file a message, in a folder (relative to the home).
    Folder(PathBuf),
    /// An SMTP relay: `smtp://host:port` (STARTTLS when offered), `smtps://…`.
    Smtp(String),
}

impl FromStr for MailTransport {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix("folder:").filter(|path| !path.is_empty()) {
            return Ok(Self::Folder(path.into()));
        }
        if text.starts_with("smtp://") || text.starts_with("smtps://") {
            if text.contains('@') {
                return Err(
                    "the mail transport names no user or password; set mail.user and mail.password"
                        .into(),
                );
            }
            return Ok(Self::Smtp(text.to_owned()));
        }
        Err(format!("“{text}” is not a mail transport; write folder:DIR or smtp://HOST:PORT"))
    }
}

impl fmt::Display for MailTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path) => write!(f, "folder:{}", path.display()),
            Self::Smtp(url) => f.write_str(url),
        }
    }
}
one_line!(MailTransport);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_read_back_as_written() {
        for text in ["500ms", "2s", "5m", "48h", "7d", "0s"] {
            let span = Span::try_from(text.to_owned()).unwrap();
            let shown = span.to_string();
            assert_eq!(Span::try_from(shown).unwrap(), span);
        }
        for text in ["", "2", "s", "2 weeks", "-1s", "99999999999999999999s"] {
            assert!(Span::try_from(text.to_owned()).is_err(), "{text}");
        }
    }

    #[test]
    fn a_literal_password_in_the_transport_is_refused() {
        assert!("smtp://me:secret@relay:587".parse::<MailTransport>().is_err());
    }
}
