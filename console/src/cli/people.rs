//! Who does what is asked for on the command line.

use sealpress_ledger::{By, Via};

/// Who acts at this terminal.
pub(crate) fn by() -> By {
    By::new(&actor(), Via::Cli, "terminal")
}

/// The name under which the history keeps what a person did: who is logged in, by the system's
/// word and not by the environment's, and with `sudo` the person behind it.
fn actor() -> String {
    let uid = rustix::process::getuid().as_raw();
    let passwd = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let name = user_name(&passwd, uid).unwrap_or_else(|| format!("uid {uid}"));
    match std::env::var("SUDO_USER") {
        Ok(person) if uid == 0 && !person.is_empty() => format!("{person} (sudo)"),
        _ => name,
    }
}

fn user_name(passwd: &str, uid: u32) -> Option<String> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (name, id) = (fields.next()?, fields.nth(1)?);
        (id.parse() == Ok(uid)).then(|| name.to_owned())
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_name_is_the_systems() {
        let passwd = "root:x:0:0::/root:/bin/sh\nregistrar:x:1001:1001::/srv/registrar:/bin/sh\n";
        assert_eq!(super::user_name(passwd, 1001).as_deref(), Some("registrar"));
        assert_eq!(super::user_name(passwd, 5), None);
    }
}
