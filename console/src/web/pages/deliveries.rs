//! Undelivered: who has not got their certificate, and why; bounces that a person is to look at.

use askama::Template;
use axum::extract::{Form, Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use jiff::Timestamp;
use sealpress_ledger::{CertificateId, SendingId, Undelivered, UndeliveredFilter, Why};
use serde::Deserialize;

use crate::desk::AddressAct;
use crate::web::Web;
use crate::web::failure::Failure;
use crate::web::page::{Page, Visitor, html};

/// Rows of a page.
const PAGE: u32 = 50;

/// How many have not got theirs for one reason.
struct Count {
    why: Why,
    many: u64,
    here: bool,
}

/// A bounce to be looked at, with whose it is.
struct ToReview {
    sending: SendingId,
    certificate: CertificateId,
    certificate_no: String,
    status: String,
    at: Timestamp,
}

#[derive(Template)]
#[template(path = "deliveries.html")]
struct DeliveriesPage<'a> {
    page: &'a Page,
    counts: Vec<Count>,
    rows: Vec<Undelivered>,
    next: Option<String>,
    to_review: Vec<ToReview>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    why: String,
    before: String,
}

#[derive(Deserialize)]
pub(crate) struct Meaning {
    verdict: String,
}

/// Shows them.
pub(crate) async fn page(
    State(web): State<Web>,
    page: Page,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    let (ledger, now) = (&web.opened.ledger, (web.opened.clock)());
    let why = Why::ALL.iter().copied().find(|why| why.as_str() == asked.why);
    let filter = UndeliveredFilter { why, before: asked.before.parse().ok(), limit: PAGE + 1 };
    let mut rows = ledger.undelivered(&filter, now).await?;
    let more = rows.len() > PAGE as usize;
    rows.truncate(PAGE as usize);
    let next = rows.last().filter(|_| more).map(|last| {
        format!("/deliveries?why={}&before={}", why.map_or("", Why::as_str), last.certificate.id)
    });
    let counts = ledger.undelivered_counts(now).await?;
    let counts =
        counts.into_iter().map(|(one, many)| Count { why: one, many, here: why == Some(one) });
    let counts = counts.collect();
    let to_review = to_review(&web).await?;
    html(&DeliveriesPage { page: &page, counts, rows, next, to_review })
}

async fn to_review(web: &Web) -> Result<Vec<ToReview>, Failure> {
    let ledger = &web.opened.ledger;
    let mut found = Vec::new();
    for bounce in ledger.bounces_to_review(PAGE).await? {
        let certificate = ledger.certificate(bounce.certificate).await?;
        found.push(ToReview {
            sending: bounce.sending,
            certificate: bounce.certificate,
            certificate_no: certificate.map(|one| one.certified.certificate_no).unwrap_or_default(),
            status: bounce.status.unwrap_or_else(|| "—".to_owned()),
            at: bounce.at,
        });
    }
    Ok(found)
}

/// Takes what a person makes of a bounce.
pub(crate) async fn review(
    State(web): State<Web>,
    visitor: Visitor,
    Path(sending): Path<SendingId>,
    Form(Meaning { verdict }): Form<Meaning>,
) -> Result<Response, Failure> {
    let act = match verdict.as_str() {
        "keep" => AddressAct::Keep,
        "suppress" => AddressAct::Suppress,
        _ => {
            return Err(Failure::bad_request([
                "請選擇保留或停用這個地址。",
                "Choose whether to keep or suppress the address.",
            ]));
        }
    };
    let certificate = web.desk.decide_address(&visitor.person, &visitor.by, sending, act).await?;
    Ok(Redirect::to(&format!("/certificates/{certificate}?done=review")).into_response())
}

/// Lets mail go again to the address of a sending.
pub(crate) async fn release(
    State(web): State<Web>,
    visitor: Visitor,
    Path(sending): Path<SendingId>,
) -> Result<Response, Failure> {
    let act = AddressAct::Release;
    let certificate = web.desk.decide_address(&visitor.person, &visitor.by, sending, act).await?;
    Ok(Redirect::to(&format!("/certificates/{certificate}?done=release")).into_response())
}
