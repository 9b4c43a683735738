//! Writing the message.

use jiff::Timestamp;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use lettre::{Address, Message};
use sealpress_config::{Home, Mail};
use sealpress_ledger::{Reason, Sending};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::dkim::Dkim;
use super::text::Text;
use super::{EmailError, Letter};

/// A finished message and its envelope.
pub(super) struct Written {
    /// Envelope sender.
    pub(super) from: Address,
    /// The one recipient.
    pub(super) to: Address,
    /// The message, ASCII, with CRLF.
    pub(super) bytes: Vec<u8>,
}

/// Writes messages in the school's name.
pub(super) struct Writer {
    from: Mailbox,
    reply_to: Option<Mailbox>,
    bounce: Option<String>,
    dkim: Option<Dkim>,
}

impl Writer {
    pub(super) fn new(home: &Home, mail: &Mail) -> Result<Self, EmailError> {
        let mailbox = |key, text: &str| text.parse().map_err(|_| EmailError::Address { key });
        Ok(Self {
            from: mailbox("from", &mail.from)?,
            reply_to: mail.reply_to.as_deref().map(|text| mailbox("reply_to", text)).transpose()?,
            bounce: mail.bounce.clone(),
            dkim: mail.dkim.as_ref().map(|dkim| Dkim::read(home, dkim)).transpose()?,
        })
    }

    /// The message of a sending: the same bytes for every try.
    pub(super) fn write(
        &self,
        text: &Text,
        certificate_no: &str,
        letter: &Letter,
        sending: &Sending,
    ) -> Result<Written, Reason> {
        let to = recipient(&sending.to)?;
        let message = self.message(text, certificate_no, letter, sending, to.clone())?;
        let mut bytes = message.formatted();
        if let Some(dkim) = &self.dkim {
            bytes = dkim.sign(&bytes, sending.created_at).ok_or_else(not_written)?;
        }
        Ok(Written { from: self.sender(sending)?, to, bytes })
    }

    fn message(
        &self,
        text: &Text,
        certificate_no: &str,
        letter: &Letter,
        sending: &Sending,
        to: Address,
    ) -> Result<Message, Reason> {
        // Drawn with the sending; a message without it could not be told from another.
        let message_id = sending.message_id.clone().ok_or_else(not_written)?;
        let mut builder = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .message_id(Some(message_id))
            .date(date(sending.created_at))
            .subject(text.subject.clone())
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".into(),
            ));
        if let Some(reply_to) = &self.reply_to {
            builder = builder.reply_to(reply_to.clone());
        }
        let words = SinglePart::plain(text.body.clone());
        let message = match letter {
            Letter::Recall => builder.singlepart(words),
            Letter::Certificate(archived) => {
                let pdf = Attachment::new(file_name(certificate_no))
                    .body(archived.bytes().to_vec(), pdf_type().ok_or_else(not_written)?);
                let parts = MultiPart::mixed().boundary(format!("sealpress-{}", sending.id));
                builder.multipart(parts.singlepart(words).singlepart(pdf))
            }
        };
        message.map_err(|_| not_written())
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

/// The address of the graduate. Only ASCII: a relay may refuse anything else, and a roster's
/// address that is not is a slip (a full-width letter, a comma).
fn recipient(to: &str) -> Result<Address, Reason> {
    let to = to.trim();
    to.parse().ok().filter(|_| to.is_ascii()).ok_or_else(bad_address)
}

fn date(at: Timestamp) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(u64::try_from(at.as_second()).unwrap_or_default())
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
        assert_eq!(file_name("114學字第000123號"), "certificate-114---000123.pdf");
        assert_eq!(file_name("../../x"), "certificate-x.pdf");
    }
}
