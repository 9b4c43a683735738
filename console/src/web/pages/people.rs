//! People: who there is, what each may do, and the one-time links with which they set a password.

use askama::Template;
use axum::extract::{Form, Path, State};
use axum::response::Response;
use jiff::Timestamp;
use sealpress_config::Role;
use sealpress_ledger::{LedgerError, NewUser, User};
use std::collections::BTreeSet;

use super::login::sentence;
use crate::desk::SignInError;
use crate::web::Web;
use crate::web::failure::Failure;
use crate::web::page::{Page, Visitor, html};

/// What an administrator does to a person with one click.
#[derive(Clone, Copy)]
enum Act {
    Link,
    Lock,
    Unlock,
    ClearSecondFactor,
}

/// An act as a button.
struct Button {
    act: Act,
    path: &'static str,
    words: [&'static str; 2],
}

const BUTTONS: [Button; 4] = [
    Button { act: Act::Link, path: "link", words: ["產生一次性連結", "One-time link"] },
    Button { act: Act::Lock, path: "lock", words: ["停用", "Lock"] },
    Button { act: Act::Unlock, path: "unlock", words: ["恢復", "Unlock"] },
    Button {
        act: Act::ClearSecondFactor,
        path: "clear-second-factor",
        words: ["清除第二因素", "Clear second factor"],
    },
];

impl Button {
    /// Whether it fits how the person stands now.
    fn fits(&self, user: &User, now: &Timestamp) -> bool {
        match self.act {
            Act::Link => !user.locked,
            Act::Lock => !user.locked,
            Act::Unlock => user.locked || user.is_locked_now(now),
            Act::ClearSecondFactor => user.has_second_factor,
        }
    }
}

#[derive(Template)]
#[template(path = "people.html")]
struct PeoplePage<'a> {
    page: &'a Page,
    users: Vec<User>,
    roles: &'static [Role],
    acts: &'static [Button],
    now: &'a Timestamp,
    done: Option<String>,
    refusal: Option<String>,
    link: Option<String>,
}

/// What just happened.
#[derive(Default)]
struct Happened {
    done: Option<String>,
    refusal: Option<String>,
    link: Option<String>,
}

type Fields = Vec<(String, String)>;

/// Shows everyone.
pub(crate) async fn page(State(web): State<Web>, page: Page) -> Result<Response, Failure> {
    shown(&web, &page, Happened::default()).await
}

/// Adds a person, and makes the link with which they set their password.
pub(crate) async fn add(
    State(web): State<Web>,
    page: Page,
    visitor: Visitor,
    Form(form): Form<Fields>,
) -> Result<Response, Failure> {
    let field = |name: &str| {
        let found = form.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
    };
    let new = NewUser {
        name: field("name").to_lowercase(),
        full_name: field("full_name"),
        roles: roles(&form, "role"),
    };
    let now = (web.opened.clock)();
    let added = web.opened.ledger.add_user(&new, &visitor.by, now).await.map(drop);
    if let Err(error) = added {
        return told(&web, &page, Err(error.into()), None).await;
    }
    link_of(&web, &page, &visitor, &new.name).await
}

/// Changes a person's roles, where they are still what the form showed.
pub(crate) async fn set_roles(
    State(web): State<Web>,
    page: Page,
    visitor: Visitor,
    Path(name): Path<String>,
    Form(form): Form<Fields>,
) -> Result<Response, Failure> {
    let (before, after) = (roles(&form, "before"), roles(&form, "role"));
    let now = (web.opened.clock)();
    let changed = web.opened.ledger.set_roles(&name, &before, &after, &visitor.by, now).await;
    told(
        &web,
        &page,
        changed.map(drop).map_err(Into::into),
        Some(["角色已變更。", "The roles are changed."]),
    )
    .await
}

pub(crate) async fn link(
    State(web): State<Web>,
    page: Page,
    visitor: Visitor,
    Path(name): Path<String>,
) -> Result<Response, Failure> {
    link_of(&web, &page, &visitor, &name).await
}

pub(crate) async fn lock(
    State(web): State<Web>,
    page: Page,
    visitor: Visitor,
    Path(name): Path<String>,
) -> Result<Response, Failure> {
    let now = (web.opened.clock)();
    let locked = web.opened.ledger.lock_user(&name, &visitor.by, now).await;
    let words = ["已停用；此人的登入立即結束。", "Locked; their sessions have ended."];
    told(&web, &page, locked.map(drop).map_err(Into::into), Some(words)).await
}

pub(crate) async fn unlock(
    State(web): State<Web>,
    page: Page,
    visitor: Visitor,
    Path(name): Path<String>,
) -> Result<Response, Failure> {
    let now = (web.opened.clock)();
    let unlocked = web.opened.ledger.unlock_user(&name, &visitor.by, now).await;
    told(&web, &page, unlocked.map(drop).map_err(Into::into), Some(["已恢復。", "Unlocked."])).await
}

pub(crate) async fn clear_second_factor(
    State(web): State<Web>,
    page: Page,
    visitor: Visitor,
    Path(name): Path<String>,
) -> Result<Response, Failure> {
    let now = (web.opened.clock)();
    let cleared = web.opened.ledger.clear_second_factor(&name, &visitor.by, now).await;
    let words = ["已清除；下次登入時重新設定。", "Cleared; it is set up again at the next login."];
    told(&web, &page, cleared.map(drop).map_err(Into::into), Some(words)).await
}

async fn link_of(
    web: &Web,
    page: &Page,
    visitor: &Visitor,
    name: &str,
) -> Result<Response, Failure> {
    match web.desk.sign_in.make_link(name, &visitor.by).await {
        Ok(link) => {
            let link = Some(format!("/password/{link}"));
            shown(web, page, Happened { link, ..Happened::default() }).await
        }
        Err(error) => told(web, page, Err(error), None).await,
    }
}

async fn told(
    web: &Web,
    page: &Page,
    ended: Result<(), SignInError>,
    words: Option<[&str; 2]>,
) -> Result<Response, Failure> {
    let happened = match ended {
        Ok(()) => {
            let done = words.map(|[zh, en]| page.t(zh, en).to_owned());
            Happened { done, ..Happened::default() }
        }
        Err(error) => Happened { refusal: Some(sentence(error, page)?), ..Happened::default() },
    };
    shown(web, page, happened).await
}

async fn shown(web: &Web, page: &Page, happened: Happened) -> Result<Response, Failure> {
    let users: Result<Vec<User>, LedgerError> = web.opened.ledger.users().await;
    let Happened { done, refusal, link } = happened;
    let now = (web.opened.clock)();
    html(&PeoplePage {
        page,
        users: users?,
        roles: Role::ALL,
        acts: &BUTTONS,
        now: &now,
        done,
        refusal,
        link,
    })
}

fn roles(form: &Fields, field: &str) -> BTreeSet<Role> {
    form.iter().filter(|(key, _)| key == field).filter_map(|(_, role)| role.parse().ok()).collect()
}
