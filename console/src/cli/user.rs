//! `user`: people, their roles, and how they get in.

use clap::Subcommand;
use sealpress_config::Role;
use sealpress_ledger::{By, NewUser, Right, User};
use serde_json::{Value, json};
use std::collections::BTreeSet;

use super::answers::Answers;
use super::person::{SignedIn, signed_in, system_account};
use crate::cli::Args;
use crate::desk::{Origin, SignInError};
use crate::desk::{guard, passwords};
use crate::exit::{Exit, WrongUse};
use crate::opened::Opened;
use crate::output;
use crate::tongue::Tongue;

#[derive(Debug, Subcommand)]
pub(crate) enum People {
    /// Add a person, and print the one-time link with which they set their password.
    Add {
        /// What they log in with: small letters, digits, dots, underscores, hyphens.
        name: String,
        /// What they are called.
        #[arg(long, value_name = "NAME")]
        full_name: String,
        /// Their roles: viewer, operator, registrar, supervisor, ministry, admin.
        #[arg(long, required = true, value_delimiter = ',', value_name = "ROLE,…")]
        role: Vec<Role>,
        /// Ask for their password here instead.
        #[arg(long)]
        ask: bool,
    },
    /// Everyone, with their roles.
    List,
    /// Lock a person out; their sessions end at once.
    Lock {
        /// Who.
        name: String,
    },
    /// Let a locked person in again.
    Unlock {
        /// Who.
        name: String,
    },
    /// Change your own password, or print a new one-time link for someone else.
    Passwd {
        /// Whose.
        name: String,
    },
    /// Change roles: `+registrar -viewer`, or the whole set as `registrar,supervisor`.
    Role {
        /// Whose.
        name: String,
        /// What changes.
        #[arg(required = true, value_name = "+ROLE|-ROLE|ROLE,…")]
        changes: Vec<String>,
    },
    /// Clear a person's second factor (a lost telephone); they enrol a new one.
    ClearSecondFactor {
        /// Whose.
        name: String,
    },
    /// Make a token of the Web API for a person; it is printed once.
    Token {
        /// Whose.
        name: String,
        /// What it is for.
        #[arg(long)]
        label: String,
    },
    /// End a token of the Web API.
    EndToken {
        /// Whose.
        name: String,
        /// Which.
        #[arg(long)]
        label: String,
    },
}

pub(crate) async fn run(args: &Args, opened: &Opened, people: &People) -> anyhow::Result<Exit> {
    let mut answers = Answers::of(args)?;
    let (ledger, now) = (&opened.ledger, || (opened.clock)());
    match people {
        People::Add { name, full_name, role, ask } => {
            let roles = role.iter().copied().collect();
            let new = NewUser { name: name.clone(), full_name: full_name.clone(), roles };
            add(args, opened, &mut answers, &new, *ask).await
        }
        People::List => list(args, opened).await,
        People::Lock { name } => {
            let by = manager(args, opened, &mut answers, "user lock").await?;
            show(args, &ledger.lock_user(name, &by, now()).await?)
        }
        People::Unlock { name } => {
            let by = manager(args, opened, &mut answers, "user unlock").await?;
            show(args, &ledger.unlock_user(name, &by, now()).await?)
        }
        People::Passwd { name } => passwd(args, opened, &mut answers, name).await,
        People::Role { name, changes } => {
            let by = manager(args, opened, &mut answers, "user role").await?;
            let before = ledger.user(name).await?.map(|user| user.roles).unwrap_or_default();
            let after = changed(&before, changes)?;
            show(args, &ledger.set_roles(name, &before, &after, &by, now()).await?)
        }
        People::ClearSecondFactor { name } => {
            let by = manager(args, opened, &mut answers, "user clear-second-factor").await?;
            show(args, &ledger.clear_second_factor(name, &by, now()).await?)
        }
        People::Token { name, label } => {
            let by = manager(args, opened, &mut answers, "user token").await?;
            let token = opened.sign_in().make_token(name, label, &by).await?;
            let says =
                ["這個權杖只顯示這一次，請立即存放妥當。", "It is shown this once; keep it safe."];
            once(args, &json!({ "user": name, "label": label, "token": token }), &token, says)
        }
        People::EndToken { name, label } => {
            let by = manager(args, opened, &mut answers, "user end-token").await?;
            show(args, &ledger.end_token(name, label, &by, now()).await?)
        }
    }
}

async fn add(
    args: &Args,
    opened: &Opened,
    answers: &mut Answers,
    new: &NewUser,
    ask: bool,
) -> anyhow::Result<Exit> {
    let by = manager(args, opened, answers, "user add").await?;
    if !ask {
        opened.ledger.add_user(new, &by, (opened.clock)()).await?;
        return link(args, opened, &new.name, &by).await;
    }
    // Before the person is there: a password that may not be taken leaves nothing half done.
    let password = answers.new_password(new_password_prompts()).await?;
    passwords::check(&new.name, &password).map_err(SignInError::WeakPassword)?;
    opened.ledger.add_user(new, &by, (opened.clock)()).await?;
    let sign_in = opened.sign_in();
    let link = sign_in.make_link(&new.name, &by).await?;
    sign_in.use_link(&link, &password, Origin::terminal()).await?;
    show_named(args, opened, &new.name).await
}

async fn passwd(
    args: &Args,
    opened: &Opened,
    answers: &mut Answers,
    name: &str,
) -> anyhow::Result<Exit> {
    if !opened.ledger.has_manager().await? {
        return link(args, opened, name, &system_account()).await;
    }
    let SignedIn { person, by, password } = signed_in(args, opened, answers).await?;
    if person.name != name {
        let now = (opened.clock)();
        let right = Right::ManageUsers;
        guard::allowed(&opened.ledger, &person, right, "user passwd", None, &by, now).await?;
        return link(args, opened, name, &by).await;
    }
    let new = answers.new_password(new_password_prompts()).await?;
    let origin = Origin::terminal();
    opened.sign_in().change_password(&person, &password, &new, None, origin).await?;
    show_named(args, opened, name).await
}

/// Who may manage people: an administrator, or while none can log in the account of the system.
async fn manager(
    args: &Args,
    opened: &Opened,
    answers: &mut Answers,
    what: &str,
) -> anyhow::Result<By> {
    if !opened.ledger.has_manager().await? {
        return Ok(system_account());
    }
    let SignedIn { person, by, password: _ } = signed_in(args, opened, answers).await?;
    let (right, now) = (Right::ManageUsers, (opened.clock)());
    guard::allowed(&opened.ledger, &person, right, what, None, &by, now).await?;
    Ok(by)
}

/// Roles after what was asked for: each `+role` and `~role` (as [`Args::read`] hands `-role` on), or
/// the whole set.
fn changed(before: &BTreeSet<Role>, changes: &[String]) -> anyhow::Result<BTreeSet<Role>> {
    let role = |word: &str| {
        word.parse::<Role>().map_err(|_| {
            let known: Vec<&str> = Role::ALL.iter().map(|role| role.as_str()).collect();
            WrongUse(format!("“{word}” is not a role; the roles are {}", known.join(", ")))
        })
    };
    let mut after = before.clone();
    for (at, change) in changes.iter().enumerate() {
        if let Some(word) = change.strip_prefix('+') {
            after.insert(role(word)?);
        } else if let Some(word) = change.strip_prefix('~') {
            after.remove(&role(word)?);
        } else if at == 0 && changes.len() == 1 {
            after = change.split(',').map(|word| role(word.trim())).collect::<Result<_, _>>()?;
        } else {
            let advice = "give either changes (+registrar -viewer) or one whole set \
                          (registrar,supervisor)";
            return Err(WrongUse(advice.into()).into());
        }
    }
    Ok(after)
}

/// Makes a one-time link and prints it.
async fn link(args: &Args, opened: &Opened, name: &str, by: &By) -> anyhow::Result<Exit> {
    let link = opened.sign_in().make_link(name, by).await?;
    let path = format!("/password/{link}");
    let says = [
        "請將這個路徑接在承辦網頁的網址之後（https://主機/password/…）交給本人，用一次即失效。",
        "Give this path, after the address of the staff pages (https://HOST/password/…), to the \
         person alone; it works once.",
    ];
    once(args, &json!({ "user": name, "link": path }), &path, says)
}

/// Prints what is shown once.
fn once(args: &Args, value: &Value, secret: &str, says: [&str; 2]) -> anyhow::Result<Exit> {
    if args.json {
        output::json(value)?;
    } else {
        output::line(secret);
        output::say(Tongue::of_terminal().pick(says[0], says[1]));
    }
    Ok(Exit::Done)
}

async fn list(args: &Args, opened: &Opened) -> anyhow::Result<Exit> {
    let users = opened.ledger.users().await?;
    if !args.json {
        table(&users);
        return Ok(Exit::Done);
    }
    let mut shown = Vec::new();
    for user in users {
        let mut value = serde_json::to_value(&user)?;
        value["tokens"] = serde_json::to_value(opened.ledger.tokens(&user.name).await?)?;
        shown.push(value);
    }
    output::json(&shown)?;
    Ok(Exit::Done)
}

async fn show_named(args: &Args, opened: &Opened, name: &str) -> anyhow::Result<Exit> {
    opened.ledger.user(name).await?.map_or(Ok(Exit::Done), |user| show(args, &user))
}

fn show(args: &Args, user: &User) -> anyhow::Result<Exit> {
    if args.json {
        output::json(user)?;
    } else {
        table(std::slice::from_ref(user));
    }
    Ok(Exit::Done)
}

fn table(users: &[User]) {
    let tongue = Tongue::of_terminal();
    let heads = match tongue {
        Tongue::Zh => ["帳號", "姓名", "角色", "狀態", "第二因素"],
        Tongue::En => ["name", "full name", "roles", "state", "second factor"],
    };
    let rows: Vec<Vec<String>> = users.iter().map(|user| row(user, tongue)).collect();
    output::table(&heads, &rows);
}

fn row(user: &User, tongue: Tongue) -> Vec<String> {
    let roles: Vec<&str> =
        user.roles.iter().map(|role| tongue.pick(role.zh(), role.as_str())).collect();
    let state = if user.locked {
        tongue.pick("已鎖定", "locked")
    } else if user.has_password {
        tongue.pick("可登入", "can log in")
    } else {
        tongue.pick("尚未設定密碼", "no password yet")
    };
    let second_factor = match user.has_second_factor {
        true => tongue.pick("有", "yes"),
        false => tongue.pick("無", "no"),
    };
    [&user.name, &user.full_name, &roles.join(","), state, second_factor]
        .map(ToString::to_string)
        .into()
}

fn new_password_prompts() -> [&'static str; 2] {
    match Tongue::of_terminal() {
        Tongue::Zh => ["新密碼：", "再輸入一次："],
        Tongue::En => ["New password: ", "Once more: "],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Command;

    fn after(before: &[Role], changes: &[&str]) -> anyhow::Result<Vec<Role>> {
        let before = before.iter().copied().collect();
        let changes: Vec<String> = changes.iter().map(ToString::to_string).collect();
        Ok(changed(&before, &changes)?.into_iter().collect())
    }

    #[test]
    fn roles_are_added_taken_or_set_whole() {
        let before = [Role::Viewer, Role::Operator];
        let changed = after(&before, &["+registrar", "~viewer"]).unwrap();
        assert_eq!(changed, [Role::Operator, Role::Registrar]);
        assert_eq!(after(&before, &["ministry, admin"]).unwrap(), [Role::Ministry, Role::Admin]);
        for wrong in [&["+boss"][..], &["viewer", "operator"], &["viewer,boss"]] {
            assert!(after(&before, wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_role_to_take_away_is_no_option() {
        let line = ["sealpress", "user", "role", "wang", "+registrar", "-viewer", "--json"];
        let args = Args::read(line.into_iter().map(Into::into)).unwrap();
        assert!(args.json);
        let Command::User(People::Role { name, changes }) = args.command else {
            panic!("{:?}", args.command)
        };
        assert_eq!((name.as_str(), changes), ("wang", vec!["+registrar".into(), "~viewer".into()]));
    }
}
