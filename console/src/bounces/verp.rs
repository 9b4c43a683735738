//! Which sending a message is about: by the address that it was sent back to, or by the
//! Message-ID of what came back.

use sealpress_ledger::SendingId;

use super::mime::Part;

/// Where the envelope's recipient stands, whichever program delivered the message.
const RECIPIENT: [&str; 5] =
    ["Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "To"];

/// How our envelope senders look: `mail.bounce` of the configuration, around a sending's id.
#[derive(Debug, Clone)]
pub(crate) struct Verp(Option<(String, String)>);

/// A message names two sendings.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Contradiction;

impl Verp {
    /// By `mail.bounce`, where it is set.
    pub(crate) fn new(bounce: Option<&str>) -> Self {
        let around = bounce.and_then(|bounce| bounce.split_once("{sending}"));
        Self(
            around.map(|(before, after)| (before.to_ascii_lowercase(), after.to_ascii_lowercase())),
        )
    }

    /// The sending whose address the message was sent back to.
    pub(super) fn sending(&self, message: &Part<'_>) -> Result<Option<SendingId>, Contradiction> {
        let Some((before, after)) = &self.0 else { return Ok(None) };
        let mut found = None;
        for field in RECIPIENT {
            for value in message.values(field) {
                for address in addresses(value) {
                    // Letters may have changed their case on the way; a domain's have none.
                    let address = address.to_ascii_lowercase();
                    let id = address.strip_prefix(before.as_str());
                    let id =
                        id.and_then(|rest| rest.strip_suffix(after.as_str())).and_then(sending);
                    match (found, id) {
                        (Some(one), Some(other)) if one != other => return Err(Contradiction),
                        (None, Some(_)) => found = id,
                        (Some(_), Some(_)) | (_, None) => {}
                    }
                }
            }
        }
        Ok(found)
    }
}

/// The addresses in a field, without brackets, names and comments.
pub(super) fn addresses(value: &str) -> impl Iterator<Item = &str> {
    value
        .split(|c: char| c.is_whitespace() || "<>()[],;:\"".contains(c))
        .filter(|word| word.contains('@'))
}

/// The sending that a Message-ID of ours names.
pub(super) fn of_message_id(value: &str) -> Option<SendingId> {
    let (id, _) = value.trim().strip_prefix('<')?.strip_suffix('>')?.split_once('@')?;
    sending(id)
}

/// Only as we write it: others make ids of the same bits.
fn sending(text: &str) -> Option<SendingId> {
    text.parse().ok().filter(|id: &SendingId| id.to_string() == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0197a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b";
    const OTHER: &str = "0197a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1c";

    fn of(header: &str) -> Result<Option<SendingId>, Contradiction> {
        let verp = Verp::new(Some("Bounce+{sending}@Example.edu.tw"));
        verp.sending(&Part::read(header.as_bytes()))
    }

    #[test]
    fn the_address_names_its_sending() {
        let sending = Ok(Some(ID.parse().unwrap()));
        for header in [
            format!("To: bounce+{ID}@example.edu.tw\n"),
            format!("Delivered-To: BOUNCE+{}@EXAMPLE.EDU.TW\n", ID.to_uppercase()),
            format!("Subject: x\nTo: \"Someone, else\" <a@b>,\n <bounce+{ID}@example.edu.tw>\n"),
            format!("X-Original-To: bounce+{ID}@example.edu.tw\nTo: bounce+{ID}@example.edu.tw\n"),
        ] {
            assert_eq!(of(&header), sending, "{header}");
        }
        for header in [
            String::new(),
            format!("Cc: bounce+{ID}@example.edu.tw\n"),
            format!("To: xbounce+{ID}@example.edu.tw\n"),
            format!("To: bounce+{ID}@example.edu.tw.evil.example\n"),
            format!("To: bounce+{}@example.edu.tw\n", ID.replace('-', "")),
            "To: bounce+{sending}@example.edu.tw\n".to_owned(),
        ] {
            assert_eq!(of(&header), Ok(None), "{header}");
        }
    }

    #[test]
    fn two_sendings_in_one_message_are_a_contradiction() {
        let both = format!(
            "Delivered-To: bounce+{ID}@example.edu.tw\nTo: bounce+{OTHER}@example.edu.tw\n"
        );
        assert_eq!(of(&both), Err(Contradiction));
    }

    #[test]
    fn without_the_setting_no_address_names_a_sending() {
        let message = format!("To: {ID}@example.edu.tw\n");
        let message = Part::read(message.as_bytes());
        assert_eq!(Verp::new(None).sending(&message), Ok(None));
        let bare = Verp::new(Some("{sending}@example.edu.tw"));
        assert_eq!(bare.sending(&message), Ok(Some(ID.parse().unwrap())));
    }

    #[test]
    fn a_message_id_of_ours_names_its_sending() {
        assert_eq!(of_message_id(&format!(" <{ID}@x>\r\n")), Some(ID.parse().unwrap()));
        for foreign in ["", "<>", "<a@b>", ID, &format!("<{}@x>", ID.to_uppercase())] {
            assert_eq!(of_message_id(foreign), None, "{foreign}");
        }
    }
}
