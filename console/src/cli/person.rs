//! Who does what is asked for on the command line.
//!
//! While a home has no people, whoever can write its ledger is trusted, and the history keeps the
//! account of the system. As soon as there are people, every act needs one of them, with password
//! and right.

#[cfg(test)]
mod tests;

use sealpress_config::Role;
use sealpress_ledger::{By, CertificateId, Right, Via};
use std::collections::BTreeSet;

use super::answers::Answers;
use crate::cli::Args;
use crate::desk::Person;
use crate::desk::guard;
use crate::desk::{Origin, Step};
use crate::exit::WrongUse;
use crate::opened::Opened;
use crate::tongue::Tongue;

/// The person who does what needs `right`. `what` is the command's word for it in the history.
///
/// # Errors
/// They are not let in, or have no right to it.
pub(crate) async fn acting(
    args: &Args,
    opened: &Opened,
    right: Right,
    what: &str,
    certificate: Option<CertificateId>,
) -> anyhow::Result<(Person, By)> {
    let (person, by) = if opened.ledger.has_users().await? {
        let signed_in = signed_in(args, opened, &mut Answers::of(args)?).await?;
        (signed_in.person, signed_in.by)
    } else {
        (trusted(), system_account())
    };
    let now = (opened.clock)();
    guard::allowed(&opened.ledger, &person, right, what, certificate, &by, now).await?;
    Ok((person, by))
}

/// A person who gave name, password and code at this terminal.
pub(crate) struct SignedIn {
    pub(crate) person: Person,
    pub(crate) by: By,
    /// What they gave, for who changes it.
    pub(crate) password: String,
}

/// Asks who is there.
///
/// # Errors
/// They are not let in, or there is nobody to ask.
pub(crate) async fn signed_in(
    args: &Args,
    opened: &Opened,
    answers: &mut Answers,
) -> anyhow::Result<SignedIn> {
    let tongue = Tongue::of_terminal();
    let name = match &args.acting_as {
        Some(name) => name.clone(),
        None => answers.text(tongue.pick("帳號：", "Name: ")).await?,
    };
    let prompt = match tongue {
        Tongue::Zh => format!("{name} 的密碼："),
        Tongue::En => format!("Password of {name}: "),
    };
    let password = answers.secret(&prompt).await?;
    let sign_in = opened.sign_in();
    let begun = sign_in.begin(&name, &password, Origin::terminal()).await?;
    match begun.step {
        Step::In => {}
        Step::Code => {
            let code = answers.secret(tongue.pick("驗證碼：", "Code: ")).await?;
            sign_in.prove_person(&begun.person, &code, Origin::terminal()).await?;
        }
        Step::Enrol => {
            return Err(WrongUse(
                tongue
                    .pick(
                        "您的角色必須使用第二因素（TOTP），請先登入網頁完成設定，再使用命令列。",
                        "your role needs a second factor (TOTP); log in to the staff pages once to \
                         enrol it, then use the command line",
                    )
                    .into(),
            )
            .into());
        }
    }
    let by = Origin::terminal().by(&begun.person.name);
    Ok(SignedIn { person: begun.person, by, password })
}

/// The account of the system, as the history keeps it where there are no people.
pub(crate) fn system_account() -> By {
    By::new(&account(), Via::Cli, "terminal")
}

/// What the account of the system may do where there are no people: what runs the issue. Recall
/// and revocation need a person.
fn trusted() -> Person {
    let roles = BTreeSet::from([Role::Operator, Role::Registrar]);
    Person { name: account(), full_name: String::new(), roles }
}

/// Who is logged in, by the system's word and not by the environment's, and with `sudo` the person
/// behind it.
fn account() -> String {
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
