//! A person's own account.

use askama::Template;
use axum::extract::{Form, State};
use axum::response::Response;
use serde::Deserialize;

use super::login::{differ, origin, sentence};
use crate::desk::Person;
use crate::web::Web;
use crate::web::failure::Failure;
use crate::web::gate::Caller;
use crate::web::page::{Page, Visitor, html};

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage<'a> {
    page: &'a Page,
    person: &'a Person,
    refusal: Option<String>,
    done: bool,
}

#[derive(Deserialize)]
pub(crate) struct Change {
    old: String,
    password: String,
    again: String,
}

/// Shows it.
pub(crate) async fn page(page: Page, visitor: Visitor) -> Result<Response, Failure> {
    html(&AccountPage { page: &page, person: &visitor.person, refusal: None, done: false })
}

/// Takes a new password.
pub(crate) async fn change_password(
    State(web): State<Web>,
    page: Page,
    visitor: Visitor,
    caller: Caller,
    Form(Change { old, password, again }): Form<Change>,
) -> Result<Response, Failure> {
    let refusal = if password == again {
        let origin = origin(&caller);
        let sign_in = &web.desk.sign_in;
        let keep = Some(visitor.session.as_str());
        let changed = sign_in.change_password(&visitor.person, &old, &password, keep, origin).await;
        changed.err().map(|error| sentence(error, &page)).transpose()?
    } else {
        Some(differ(&page))
    };
    let done = refusal.is_none();
    html(&AccountPage { page: &page, person: &visitor.person, refusal, done })
}
