//! Writing the message.

use lettre::address::Envelope;
use lettre::message::dkim::{
    DkimCanonicalization, DkimCanonicalizationType, DkimConfig, DkimSigningAlgorithm,
    DkimSigningKey,
};
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use lettre::{Address, Message};
use sealpress_config::{Home, Mail};
use sealpress_ledger::{Reason, Sending};
use std::time::{Duration, UNIX_EPOCH};

use super::EmailError;
use super::text::Text;
use crate::archive::Archived;

/// Writes messages in the school's name.
pub(super) struct Writer {
    from: Mailbox,
    reply_to: Option<Mailbox>,
    bounce: Option<String>,
    dkim: Option<DkimConfig>,
}

impl Writer {
    pub(super) fn new(home: &Home, mail: &Mail) -> Result<Self, EmailError> {
        let mailbox = |key, text: &str| text.parse().map_err(|_| EmailError::Address { key });
        let dkim = match &mail.dkim {
            None => None,
            Some(dkim) => {
                let key =
                    DkimSigningKey::new(&dkim.key.read_line(home)?, DkimSigningAlgorithm::Rsa)
                        .map_err(|_| EmailError::Dkim)?;
                Some(DkimConfig::new(
                    dkim.selector.clone(),
                    dkim.domain.clone(),
                    key,
                    signed_headers(),
                    DkimCanonicalization {
                        header: DkimCanonicalizationType::Relaxed,
                        body: DkimCanonicalizationType::Relaxed,
                    },
                ))
            }
        };
        Ok(Self {
            from: mailbox("from", &mail.from)?,
            reply_to: mail.reply_to.as_deref().map(|text| mailbox("reply_to", text)).transpose()?,
            bounce: mail.bounce.clone(),
            dkim,
        })
    }

    /// The message of a sending: the same bytes for every try, but for the time in a DKIM
    /// signature.
    pub(super) fn write(
        &self,
        text: &Text,
        certificate_no: &str,
        archived: &Archived,
        sending: &Sending,
    ) -> Result<Message, Reason> {
        let to: Address = sending.to.trim().parse().map_err(|_| bad_address())?;
        let envelope = Envelope::new(Some(self.sender(sending)?), vec![to.clone()])
            .map_err(|_| bad_address())?;
        let pdf = Attachment::new(file_name(certificate_no))
            .body(archived.bytes().to_vec(), pdf_type().ok_or_else(not_written)?);
        let parts = MultiPart::mixed()
            .boundary(format!("sealpress-{}", sending.id))
            .singlepart(SinglePart::plain(text.body.clone()))
            .singlepart(pdf);
        let mut builder = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .envelope(envelope)
            .message_id(Some(sending.message_id.clone()))
            .date(
                UNIX_EPOCH
                    + Duration::from_millis(
                        u64::try_from(sending.created_at.as_millisecond()).unwrap_or_default(),
                    ),
            )
            .subject(text.subject.clone())
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".into(),
            ));
        if let Some(reply_to) = &self.reply_to {
            builder = builder.reply_to(reply_to.clone());
        }
        let mut message = builder.multipart(parts).map_err(|_| not_written())?;
        if let Some(dkim) = &self.dkim {
            message.sign(dkim);
        }
        Ok(message)
    }

    /// The envelope's sender: with `mail.bounce`, one address a sending (VERP), so that a bounce
    /// names what bounced.
    fn sender(&self, sending: &Sending) -> Result<Address, Reason> {
        match &self.bounce {
            None => Ok(self.from.email.clone()),
            Some(bounce) => bounce
                .replace("{sending}", &sending.id.to_string())
                .parse()
                .map_err(|_| not_written()),
        }
    }
}

/// What DKIM signs: whatever a reader sees, and what tells one message from another.
fn signed_headers() -> Vec<HeaderName> {
    ["From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type"]
        .map(HeaderName::new_from_ascii_str)
        .to_vec()
}

fn pdf_type() -> Option<ContentType> {
    ContentType::parse("application/pdf").ok()
}

/// A file name that every mail program and file system takes.
fn file_name(certificate_no: &str) -> String {
    let plain: String = certificate_no
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '-' })
        .collect();
    format!("certificate-{}.pdf", plain.trim_matches('-'))
}

fn bad_address() -> Reason {
    Reason::new(
        "bad_address",
        ["名冊中的電子郵件地址格式不正確。", "The e-mail address in the roster is no address."],
        [
            "請更正名冊中的地址並重新匯入，再以 sealpress jobs retry 重試。",
            "Mend the address in the roster, import it, then run `sealpress jobs retry`.",
        ],
    )
}

fn not_written() -> Reason {
    Reason::new(
        "mail_not_written",
        ["郵件無法產生。", "The message could not be written."],
        [
            "請檢查設定檔的 mail 區段與郵件範本。",
            "Check the section mail of the configuration, and the mail texts.",
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_are_plain() {
        assert_eq!(file_name("114學字第000123號"), "certificate-114----000123.pdf");
        assert_eq!(file_name("../../x"), "certificate-x.pdf");
    }
}
