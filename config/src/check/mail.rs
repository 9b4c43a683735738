//! What the section `mail` must say.

use super::{Wrong, wrong};
use crate::Mail;

pub(super) fn check(mail: &Mail) -> Result<(), Wrong> {
    for (key, text) in [("mail.from", Some(&mail.from)), ("mail.reply_to", mail.reply_to.as_ref())]
    {
        if text.is_some_and(|text| !is_mailbox(text)) {
            return Err(wrong(key, "must be an address, or a name with an address in < >"));
        }
    }
    if let Some(bounce) = &mail.bounce {
        let filled = bounce.replacen("{sending}", "0", 1);
        if !bounce.contains("{sending}") || !is_address(&filled) {
            let message =
                "must be an address with {sending} in it, bounce+{sending}@example.edu.tw";
            return Err(wrong("mail.bounce", message));
        }
    }
    match (&mail.user, &mail.password) {
        (Some(_), None) => {
            return Err(wrong(
                "mail.user",
                "needs mail.password, a file: or credential: reference",
            ));
        }
        (None, Some(_)) => return Err(wrong("mail.password", "needs mail.user")),
        (Some(_), Some(_)) | (None, None) => {}
    }
    let Some(dkim) = &mail.dkim else { return Ok(()) };
    for (key, name) in [("mail.dkim.selector", &dkim.selector), ("mail.dkim.domain", &dkim.domain)]
    {
        if !is_domain(name) {
            return Err(wrong(key, "must be a name of the DNS, as s1 or example.edu.tw"));
        }
    }
    Ok(())
}

/// `user@domain`, or `Name <user@domain>`, in one line.
fn is_mailbox(text: &str) -> bool {
    let address = match text.split_once('<') {
        None => text,
        Some((_, address)) => match address.strip_suffix('>') {
            Some(address) => address,
            None => return false,
        },
    };
    is_address(address) && !text.chars().any(char::is_control)
}

fn is_address(text: &str) -> bool {
    text.split_once('@').is_some_and(|(user, domain)| {
        let plain = |c: char| c.is_ascii_graphic() && !"()<>[]:;@\\,\"".contains(c);
        !user.is_empty() && user.chars().all(plain) && domain.contains('.') && is_domain(domain)
    })
}

fn is_domain(name: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
    };
    name.len() <= 253 && name.split('.').all(label)
}
