//! The folder of one installation and its well-known places.

use std::path::{Path, PathBuf};

/// A home: the folder that `sealpress init` makes and every command works in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    root: PathBuf,
}

impl Home {
    /// The home at `root`; made absolute, so that a later change of directory means nothing.
    #[must_use]
    pub fn new(root: impl AsRef<Path>) -> Self {
        let root = root.as_ref();
        Self { root: std::path::absolute(root).unwrap_or_else(|_| root.to_owned()) }
    }

    /// The folder itself.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// `path` as the configuration means it: relative to the home unless absolute.
    #[must_use]
    pub fn resolve(&self, path: impl AsRef<Path>) -> PathBuf {
        self.root.join(path)
    }

    /// The configuration file.
    #[must_use]
    pub fn settings_file(&self) -> PathBuf {
        self.root.join("sealpress.yaml")
    }

    /// One file a layout.
    #[must_use]
    pub fn layouts(&self) -> PathBuf {
        self.root.join("layouts")
    }

    /// Claimed drops on their way, a folder each, named after the certificate's id.
    #[must_use]
    pub fn work(&self) -> PathBuf {
        self.root.join("work")
    }

    /// Keys and certificates, mode 0700.
    #[must_use]
    pub fn keys(&self) -> PathBuf {
        self.root.join("keys")
    }

    /// What TSAs were asked of late; made when one with a limit is asked.
    #[must_use]
    pub fn tsa(&self) -> PathBuf {
        self.root.join("tsa")
    }

    /// Texts of the mails.
    #[must_use]
    pub fn mail_texts(&self) -> PathBuf {
        self.root.join("mail")
    }
}
