//! Certificates: find, read, and the acts.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use sealpress_ledger::{CertificateId, Find, Grounds, LedgerError, Route};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::desk::{Act, Origin, Reentered};
use crate::shown::{Shown, ShownSending};
use crate::web::Web;
use crate::web::failure::Failure;
use crate::web::page::Visitor;

/// Most certificates of one answer.
const MOST: u32 = 200;

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Asked {
    q: String,
    status: Option<String>,
    after: Option<CertificateId>,
    limit: Option<u32>,
}

/// The certificates that fit, newest first; `after` is the last id of the answer before.
pub(crate) async fn find(
    State(web): State<Web>,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    let status = asked.status.as_deref().map(crate::shown::status).transpose();
    let status = status.map_err(|_| {
        Failure::bad_request(["status 不是任何一種狀態。", "status is none of the statuses."])
    })?;
    let limit = asked.limit.unwrap_or(MOST).clamp(1, MOST);
    let find = Find { text: asked.q, status, after: asked.after, limit, ..Find::default() };
    let found = web.opened.ledger.find(&find).await?;
    let list: Vec<Shown> = found.certificates.iter().map(Shown::from).collect();
    Ok(Json(json!({ "certificates": list, "more": found.more })).into_response())
}

/// One certificate with its history and sendings.
pub(crate) async fn one(
    State(web): State<Web>,
    Path(id): Path<CertificateId>,
) -> Result<Response, Failure> {
    let ledger = &web.opened.ledger;
    let certificate = ledger.certificate(id).await?.ok_or(LedgerError::NoCertificate(id))?;
    let mut value = json!(Shown::from(&certificate));
    value["events"] = json!(ledger.events_of(id).await?);
    let sendings = ledger.sendings_of(id).await?;
    value["sendings"] = json!(sendings.iter().map(ShownSending::from).collect::<Vec<_>>());
    Ok(Json(value).into_response())
}

/// The archived PDF.
pub(crate) async fn pdf(
    State(web): State<Web>,
    visitor: Visitor,
    Path(id): Path<CertificateId>,
) -> Result<Response, Failure> {
    let certificate =
        web.opened.ledger.certificate(id).await?.ok_or(LedgerError::NoCertificate(id))?;
    let bytes = web.desk.archived(&certificate).await?.ok_or_else(Failure::not_found)?;
    let now = (web.opened.clock)();
    web.opened.ledger.taken_out(id, &visitor.by, now).await?;
    Ok(([(header::CONTENT_TYPE, "application/pdf")], bytes).into_response())
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Why {
    why: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ground {
    reason: String,
    why: String,
    #[serde(default)]
    password: String,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct To {
    /// `personal`, `school`, or with `address`, `corrected`.
    route: Option<String>,
    address: Option<String>,
}

type Doing = (State<Web>, Visitor, Path<CertificateId>);

pub(crate) async fn approve(doing: Doing) -> Result<Response, Failure> {
    act(&doing, Act::Approve).await
}

pub(crate) async fn hand_over(doing: Doing) -> Result<Response, Failure> {
    act(&doing, Act::HandOver).await
}

pub(crate) async fn refuse(
    doing: Doing,
    Json(Why { why }): Json<Why>,
) -> Result<Response, Failure> {
    act(&doing, Act::RefusePage { why }).await
}

pub(crate) async fn resend(doing: Doing, Json(to): Json<To>) -> Result<Response, Failure> {
    let route = match (to.route.as_deref(), to.address) {
        (None, None) => Route::Roster,
        (Some("personal"), None) => Route::Personal,
        (Some("school"), None) => Route::School,
        (None | Some("corrected"), Some(address)) => Route::Corrected(address),
        (Some(_), _) => {
            return Err(Failure::bad_request([
                "route 只能是 personal、school，或 corrected 加上 address。",
                "route is personal, school, or corrected with an address.",
            ]));
        }
    };
    act(&doing, Act::Resend { route }).await
}

/// A recall asks for the person's password even here.
pub(crate) async fn recall(doing: Doing, Json(ground): Json<Ground>) -> Result<Response, Failure> {
    let reason = ground.reason.parse().map_err(|_| no_such_reason())?;
    let grounds = Grounds::new(reason, &ground.why)?;
    let proof = reentered(&doing, &ground.password).await?;
    act(&doing, Act::Recall { grounds, proof }).await
}

/// So does a revocation here: whoever manages people makes their tokens, and may not revoke in the
/// ministry's name.
pub(crate) async fn revoke(doing: Doing, Json(ground): Json<Ground>) -> Result<Response, Failure> {
    let reason = ground.reason.parse().map_err(|_| no_such_reason())?;
    let grounds = Grounds::new(reason, &ground.why)?;
    reentered(&doing, &ground.password).await?;
    act(&doing, Act::Revoke { grounds }).await
}

/// What is final needs more than a token.
async fn reentered(doing: &Doing, password: &str) -> Result<Reentered, Failure> {
    let (State(web), visitor, _) = doing;
    let origin = Origin { via: visitor.by.via, from: visitor.by.from.clone() };
    Ok(web.desk.reenter(&visitor.person, password, origin).await?)
}

async fn act(doing: &Doing, act: Act) -> Result<Response, Failure> {
    let (State(web), visitor, Path(id)) = doing;
    let certificate = web.desk.act(&visitor.person, &visitor.by, *id, act).await?;
    Ok(Json::<Value>(json!(Shown::from(&certificate))).into_response())
}

fn no_such_reason() -> Failure {
    Failure::bad_request(["reason 不是任何一種事由。", "reason is none of the grounds."])
}
