//! What became of a page that was sent from the desk.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use sealpress_ledger::{DropFate, Reason};

use crate::web::Web;
use crate::web::failure::Failure;
use crate::web::page::{Page, html};

#[derive(Template)]
#[template(path = "drop.html")]
struct DropPage<'a> {
    page: &'a Page,
    drop: &'a str,
    refusal: Option<&'a Reason>,
}

/// Shows it, or the certificate that it became.
pub(crate) async fn page(
    State(web): State<Web>,
    page: Page,
    Path(drop): Path<String>,
) -> Result<Response, Failure> {
    match web.opened.ledger.fate_of_drop(&drop).await? {
        DropFate::Certificate(id) => {
            Ok(Redirect::to(&format!("/certificates/{id}")).into_response())
        }
        DropFate::Refused(reason) => {
            html(&DropPage { page: &page, drop: &drop, refusal: Some(&reason) })
        }
        DropFate::NotYet => html(&DropPage { page: &page, drop: &drop, refusal: None }),
    }
}
