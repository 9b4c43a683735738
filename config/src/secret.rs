//! References to secrets. The configuration never holds a secret itself.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::PathBuf;

use crate::Home;

/// A reference to a secret: `file:PATH` (relative to the home) or `credential:NAME` (a file in
/// the folder that systemd names in `CREDENTIALS_DIRECTORY`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Secret {
    /// A file, relative to the home.
    File(PathBuf),
    /// A systemd credential.
    Credential(String),
}

/// A secret that could not be read. Its text names the reference, never the content.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The file is missing or may not be read.
    #[error(
        "the secret {reference} could not be read: {source}; check that the file exists and that this user may read it"
    )]
    Unreadable {
        /// The reference as configured.
        reference: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// `credential:` outside of a systemd unit with `LoadCredential=`.
    #[error(
        "the secret {reference} is a systemd credential, but CREDENTIALS_DIRECTORY is not set; start through systemd, or use file:PATH"
    )]
    NoCredentials {
        /// The reference as configured.
        reference: String,
    },
}

impl Secret {
    /// The file behind the reference.
    ///
    /// # Errors
    /// [`SecretError::NoCredentials`] when a credential is named and systemd gave no folder.
    pub fn path(&self, home: &Home) -> Result<PathBuf, SecretError> {
        match self {
            Self::File(path) => Ok(home.resolve(path)),
            Self::Credential(name) => std::env::var_os("CREDENTIALS_DIRECTORY")
                .map(|folder| PathBuf::from(folder).join(name))
                .ok_or_else(|| SecretError::NoCredentials { reference: self.to_string() }),
        }
    }

    /// The secret's bytes as they stand in the file.
    ///
    /// # Errors
    /// [`SecretError`] when there is no such file, or it may not be read.
    pub fn read(&self, home: &Home) -> Result<Vec<u8>, SecretError> {
        std::fs::read(self.path(home)?)
            .map_err(|source| SecretError::Unreadable { reference: self.to_string(), source })
    }

    /// The secret as a line of text: without the newline that editors leave at the end.
    ///
    /// # Errors
    /// [`SecretError`] as for [`Secret::read`]; bytes that are no UTF-8 count as unreadable.
    pub fn read_line(&self, home: &Home) -> Result<String, SecretError> {
        let text =
            String::from_utf8(self.read(home)?).map_err(|error| SecretError::Unreadable {
                reference: self.to_string(),
                source: std::io::Error::new(std::io::ErrorKind::InvalidData, error.utf8_error()),
            })?;
        Ok(text.trim_end_matches(['\r', '\n']).to_owned())
    }
}

impl TryFrom<String> for Secret {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.split_once(':') {
            Some(("file", path)) if !path.is_empty() => Ok(Self::File(path.into())),
            Some(("credential", name)) if !name.is_empty() && !name.contains('/') => {
                Ok(Self::Credential(name.to_owned()))
            }
            // The text is not shown: it may be the secret itself.
            _ => Err(
                "a secret is a reference, file:PATH or credential:NAME, never the secret itself"
                    .into(),
            ),
        }
    }
}

impl From<Secret> for String {
    fn from(secret: Secret) -> Self {
        secret.to_string()
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "file:{}", path.display()),
            Self::Credential(name) => write!(f, "credential:{name}"),
        }
    }
}
