//! Email: one message to a graduate, with the archived certificate, or with word of its recall.

mod dkim;
mod folder;
mod message;
mod pace;
mod smtp;
mod text;

use jiff::tz::TimeZone;
use sealpress_config::{self as config, Home, MailTransport, SecretError, Settings};
use sealpress_ledger::{Certificate, Reason, Sending};
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

use crate::archive::Archived;
use crate::{Stage, StageError};
use folder::FolderMailer;
use message::{Writer, Written};
use pace::Pace;
use smtp::SmtpMailer;
use text::Texts;

/// What the relay, or the folder, said when it took a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The relay's answer, or the file's name.
    pub answer: String,
}

/// What a message is about.
pub enum Letter {
    /// It brings the certificate.
    Certificate(Archived),
    /// It says that the certificate was recalled, and brings nothing.
    Recall,
}

/// A way out of the house for a finished message.
trait Mailer: Send + Sync {
    /// Hands over one message. Handing it over again does little harm: it has the same bytes.
    fn send<'a>(
        &'a self,
        sending: &'a Sending,
        message: Written,
    ) -> Pin<Box<dyn Future<Output = Result<Accepted, StageError>> + Send + 'a>>;
}

/// The email stage can't be made ready.
#[derive(Debug, thiserror::Error)]
pub enum EmailError {
    /// A text can't be read.
    #[error("{file} can't be read: {source}; the home's folder mail/ holds the texts of the mails")]
    Text {
        /// Which file.
        file: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A text names a placeholder that does not exist.
    #[error("{file}: there is no placeholder {{{name}}}; known are {known}")]
    Placeholder {
        /// Which file.
        file: PathBuf,
        /// The unknown name.
        name: String,
        /// Those that exist.
        known: String,
    },
    /// A text has no subject line.
    #[error("{file}: the first line must be “Subject: …”, the second empty")]
    NoSubject {
        /// Which file.
        file: PathBuf,
    },
    /// An address of the configuration is none.
    #[error("mail.{key} is no address; write it as Name <user@example.edu.tw>")]
    Address {
        /// Which key.
        key: &'static str,
    },
    /// The transport makes no sense.
    #[error("mail.transport: {0}")]
    Transport(String),
    /// A secret can't be read.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The DKIM key is no RSA key in PEM that may still be used.
    #[error("mail.dkim.key is no RSA private key in PEM, of 2048 bits or more")]
    Dkim,
}

/// The email stage.
#[derive(Clone)]
pub struct Email {
    texts: Arc<Texts>,
    writer: Arc<Writer>,
    mailer: Arc<dyn Mailer>,
    pace: Arc<Pace>,
}

impl Email {
    /// Reads the texts and makes the transport ready. Blocking.
    ///
    /// # Errors
    /// [`EmailError`] names the file or key that is at fault.
    pub fn prepare(home: &Home, settings: &Settings) -> Result<Self, EmailError> {
        let timezone = TimeZone::get(&settings.school.timezone).unwrap_or(TimeZone::UTC);
        let mailer: Arc<dyn Mailer> = match &settings.mail.transport {
            MailTransport::Folder(path) => Arc::new(FolderMailer::new(home.resolve(path))),
            MailTransport::Smtp(url) => Arc::new(SmtpMailer::new(home, url, &settings.mail)?),
        };
        Ok(Self {
            texts: Arc::new(Texts::read(home, &settings.school, timezone)?),
            writer: Arc::new(Writer::new(home, &settings.mail)?),
            mailer,
            pace: Arc::new(Pace::new(settings.mail.per_minute)),
        })
    }

    /// Waits until the pace that the relay wants lets one more message go. Who sends one waits
    /// here before the ledger is asked for it: what is recalled in the meantime is not mailed.
    pub async fn may_go(&self) {
        self.pace.wait().await;
    }
}

impl Stage for Email {
    type Input = (Letter, Sending);
    type Output = Accepted;
    const NAME: config::Stage = config::Stage::Email;

    async fn run(
        &self,
        certificate: &Certificate,
        (letter, sending): (Letter, Sending),
    ) -> Result<Accepted, StageError> {
        let text = self.texts.of(&letter, certificate);
        let (writer, of) = (Arc::clone(&self.writer), sending.clone());
        let number = certificate.certified.certificate_no.clone();
        let message =
            tokio::task::spawn_blocking(move || writer.write(&text, &number, &letter, &of))
                .await
                .map_err(|_| StageError::Retry(not_written()))?
                .map_err(StageError::Reject)?;
        self.mailer.send(&sending, message).await
    }
}

fn not_written() -> Reason {
    Reason::new(
        "mail_not_written",
        ["郵件無法產生。", "The message could not be written."],
        [
            "系統會自動再試；若持續發生請查看系統日誌。",
            "It is tried again; if it goes on, look at the system log.",
        ],
    )
}

#[cfg(test)]
mod tests;
