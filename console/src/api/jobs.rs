//! Jobs: what is on its way, and what operators do with it.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use sealpress_ledger::{CertificateFilter, CertificateId};
use serde::Deserialize;
use serde_json::json;

use crate::desk::Act;
use crate::shown::Shown;
use crate::web::Web;
use crate::web::failure::Failure;
use crate::web::page::Visitor;

/// Most jobs of one answer.
const MOST: u32 = 200;

/// What is on its way, newest first.
pub(crate) async fn list(State(web): State<Web>) -> Result<Response, Failure> {
    let filter = CertificateFilter { open: true, limit: MOST, ..CertificateFilter::default() };
    let certificates = web.opened.ledger.certificates(&filter).await?;
    Ok(Json(certificates.iter().map(Shown::from).collect::<Vec<_>>()).into_response())
}

/// Tries one again now.
pub(crate) async fn retry(
    State(web): State<Web>,
    visitor: Visitor,
    Path(id): Path<CertificateId>,
) -> Result<Response, Failure> {
    let certificate = web.desk.act(&visitor.person, &visitor.by, id, Act::Retry).await?;
    Ok(Json(Shown::from(&certificate)).into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Why {
    why: String,
}

/// Gives one up that is not issued.
pub(crate) async fn cancel(
    State(web): State<Web>,
    visitor: Visitor,
    Path(id): Path<CertificateId>,
    Json(Why { why }): Json<Why>,
) -> Result<Response, Failure> {
    let certificate = web.desk.act(&visitor.person, &visitor.by, id, Act::Cancel { why }).await?;
    Ok(Json(Shown::from(&certificate)).into_response())
}

/// Pauses a lane.
pub(crate) async fn pause(
    State(web): State<Web>,
    visitor: Visitor,
    Path(lane): Path<String>,
    Json(Why { why }): Json<Why>,
) -> Result<Response, Failure> {
    web.desk.pause_lane(&visitor.person, &visitor.by, &lane, &why).await?;
    Ok(Json(json!({ "lane": lane, "paused": true })).into_response())
}

/// Lets a lane go on.
pub(crate) async fn resume(
    State(web): State<Web>,
    visitor: Visitor,
    Path(lane): Path<String>,
) -> Result<Response, Failure> {
    web.desk.resume_lane(&visitor.person, &visitor.by, &lane).await?;
    Ok(Json(json!({ "lane": lane, "paused": false })).into_response())
}
