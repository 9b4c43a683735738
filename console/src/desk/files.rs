//! The page of a certificate: its archived file, or the raw page while it is on its way.

use sealpress_ledger::{Certificate, Sha256Hash};
use std::io;

use super::Desk;

impl Desk {
    /// The archived file, whole as the ledger knows it; none before it is archived.
    ///
    /// # Errors
    /// It can't be read, or is no longer what was archived.
    pub(crate) async fn archived(
        &self,
        certificate: &Certificate,
    ) -> anyhow::Result<Option<Vec<u8>>> {
        let Some(file) = certificate.archived.clone() else { return Ok(None) };
        let folder = self.archive.clone();
        let (bytes, known) = tokio::task::spawn_blocking(move || {
            folder.read(&file.path).map(|bytes| (Sha256Hash::of(&bytes) == file.hash, bytes))
        })
        .await?
        .map(|(known, bytes)| (bytes, known))?;
        anyhow::ensure!(
            known,
            "the archived file of certificate {} is not what was archived; run `sealpress audit`",
            certificate.id
        );
        Ok(Some(bytes))
    }

    /// What there is to look at: the archived file, or the raw page.
    ///
    /// # Errors
    /// It can't be read.
    pub(crate) async fn page_of(
        &self,
        certificate: &Certificate,
    ) -> anyhow::Result<Option<Vec<u8>>> {
        if certificate.archived.is_some() {
            return self.archived(certificate).await;
        }
        let folder = self.opened.home.work().join(certificate.id.to_string());
        match tokio::fs::read(folder.join(&certificate.drop_name)).await {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether there is something to look at.
    pub(crate) async fn has_page(&self, certificate: &Certificate) -> bool {
        let folder = self.opened.home.work().join(certificate.id.to_string());
        certificate.archived.is_some()
            || tokio::fs::try_exists(folder.join(&certificate.drop_name)).await.unwrap_or(false)
    }
}
