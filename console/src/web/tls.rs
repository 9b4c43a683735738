//! The certificate of HTTPS: made for a trial, read, and read again when it changes.

use anyhow::Context;
use axum_server::tls_rustls::RustlsConfig;
use sealpress_config::{Home, Tls};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(5);

/// The files of a certificate.
#[derive(Debug, Clone)]
pub(crate) struct Files {
    certificate: PathBuf,
    key: PathBuf,
}

impl Files {
    pub(crate) fn of(home: &Home, tls: &Tls) -> anyhow::Result<Self> {
        Ok(Self { certificate: home.resolve(&tls.certificate), key: tls.key.path(home)? })
    }

    /// Reads the files.
    pub(crate) async fn read(&self) -> anyhow::Result<RustlsConfig> {
        RustlsConfig::from_pem_file(&self.certificate, &self.key).await.with_context(|| {
            format!(
                "HTTPS can't start: {} and its key can't be used; set serve.tls, or make a trial \
                 certificate with `sealpress init` in a new home",
                self.certificate.display()
            )
        })
    }

    /// Reads the files again whenever they change, for ever. A pair that can't be used leaves the
    /// one in use.
    pub(crate) async fn keep_fresh(self, config: RustlsConfig) -> io::Result<()> {
        let mut known = self.changed().await;
        loop {
            tokio::time::sleep(LOOK).await;
            let changed = self.changed().await;
            if changed == known {
                continue;
            }
            match config.reload_from_pem_file(&self.certificate, &self.key).await {
                Ok(()) => tracing::info!("the certificate of HTTPS was read again"),
                Err(error) => {
                    tracing::error!(%error, "the new certificate of HTTPS can't be used; the old one stays");
                }
            }
            known = changed;
        }
    }

    async fn changed(&self) -> [Option<SystemTime>; 2] {
        [modified(&self.certificate).await, modified(&self.key).await]
    }
}

async fn modified(path: &Path) -> Option<SystemTime> {
    tokio::fs::metadata(path).await.and_then(|file| file.modified()).ok()
}

/// A self-signed certificate and its key (PEM) for trying things out on this host.
pub(crate) fn trial() -> anyhow::Result<[String; 2]> {
    let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    let made = rcgen::generate_simple_self_signed(names)?;
    Ok([made.cert.pem(), made.signing_key.serialize_pem()])
}
