//! References to secrets. The configuration never holds a secret itself.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use zeroize::Zeroizing;

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
    /// Others than the file's owner may read or change it.
    #[error(
        "the secret {reference} is open to other users (mode {mode:04o}); run chmod 600 on its file, and replace the secret if others could have read it"
    )]
    TooOpen {
        /// The reference as configured.
        reference: String,
        /// The file's permission bits.
        mode: u32,
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

    /// The secret's bytes as they stand in the file. Whoever holds them may forget about them: the
    /// memory is overwritten when they go.
    ///
    /// # Errors
    /// [`SecretError`] when there is no such file, it may not be read, or others may read it too.
    pub fn read(&self, home: &Home) -> Result<Zeroizing<Vec<u8>>, SecretError> {
        let unreadable = |source| SecretError::Unreadable { reference: self.to_string(), source };
        let mut file = File::open(self.path(home)?).map_err(unreadable)?;
        // Of the file that was opened: another may have its name by now.
        let about = file.metadata().map_err(unreadable)?;
        let mode = about.permissions().mode() & 0o7777;
        if mode & 0o077 != 0 {
            return Err(SecretError::TooOpen { reference: self.to_string(), mode });
        }
        // Room for all of it and more, or growing would leave copies behind.
        let room = usize::try_from(about.len()).unwrap_or_default().saturating_add(64);
        let mut bytes = Zeroizing::new(Vec::with_capacity(room));
        file.read_to_end(&mut bytes).map_err(unreadable)?;
        Ok(bytes)
    }

    /// The secret as a line of text: without the newline that editors leave at the end.
    ///
    /// # Errors
    /// [`SecretError`] as for [`Secret::read`]; bytes that are no UTF-8 count as unreadable.
    pub fn read_line(&self, home: &Home) -> Result<Zeroizing<String>, SecretError> {
        let bytes = self.read(home)?;
        let text = std::str::from_utf8(&bytes).map_err(|error| SecretError::Unreadable {
            reference: self.to_string(),
            source: std::io::Error::new(std::io::ErrorKind::InvalidData, error),
        })?;
        Ok(Zeroizing::new(text.trim_end_matches(['\r', '\n']).to_owned()))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(mode: u32, bytes: &[u8]) -> (tempfile::TempDir, Home) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("s");
        std::fs::write(&file, bytes).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        let home = Home::new(folder.path());
        (folder, home)
    }

    #[test]
    fn a_secret_that_others_can_read_is_none() {
        let reference = Secret::File("s".into());
        for mode in [0o400, 0o600, 0o700] {
            let (_folder, home) = secret(mode, b"key\n");
            assert_eq!(*reference.read_line(&home).unwrap(), "key", "{mode:o}");
        }
        for mode in [0o640, 0o604, 0o620, 0o602, 0o644] {
            let (_folder, home) = secret(mode, b"key\n");
            let error = reference.read(&home).unwrap_err();
            assert!(matches!(error, SecretError::TooOpen { .. }), "{mode:o}");
            let said = error.to_string();
            assert!(said.contains("file:s") && said.contains(&format!("{mode:04o}")), "{said}");
        }
    }

    #[test]
    fn what_is_no_text_is_no_line() {
        let (_folder, home) = secret(0o600, b"\xFFkey");
        let error = Secret::File("s".into()).read_line(&home).unwrap_err();
        assert!(!error.to_string().contains("key"), "{error}");
    }
}
