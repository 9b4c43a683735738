//! What a person does to one job, or to a lane, from its form to the desk and back to the page.

use axum::extract::{Form, Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use sealpress_ledger::{CertificateId, LedgerError};
use serde::Deserialize;

use super::asked::Asked;
use super::{one, refused};
use crate::desk::{Act, Undone};
use crate::web::Web;
use crate::web::failure::Failure;
use crate::web::page::{Page, Visitor};

#[derive(Deserialize)]
pub(crate) struct Why {
    why: String,
}

/// Tries one again now.
pub(crate) async fn retry(
    State(web): State<Web>,
    page: Page,
    visitor: Visitor,
    Path(id): Path<CertificateId>,
) -> Result<Response, Failure> {
    act(&web, &page, &visitor, id, Act::Retry).await
}

/// Gives one up that is not issued.
pub(crate) async fn cancel(
    State(web): State<Web>,
    page: Page,
    visitor: Visitor,
    Path(id): Path<CertificateId>,
    Form(Why { why }): Form<Why>,
) -> Result<Response, Failure> {
    let why = why.trim().to_owned();
    if why.is_empty() {
        let sentence = page.t("取消必須填寫原因。", "To cancel, say why.").to_owned();
        return one::refused(&web, &page, id, sentence).await;
    }
    act(&web, &page, &visitor, id, Act::Cancel { why }).await
}

async fn act(
    web: &Web,
    page: &Page,
    visitor: &Visitor,
    id: CertificateId,
    act: Act,
) -> Result<Response, Failure> {
    let what = act.as_str();
    match web.desk.act(&visitor.person, &visitor.by, id, act).await {
        Ok(_) => Ok(Redirect::to(&format!("/jobs/{id}?done={what}")).into_response()),
        Err(Undone::Ledger(LedgerError::NotPossible(reason))) => {
            let why = page.t(&reason.message_zh, &reason.message_en).to_owned();
            one::refused(web, page, id, why).await
        }
        Err(error) => Err(error.into()),
    }
}

/// Pauses a lane.
pub(crate) async fn pause(
    State(web): State<Web>,
    page: Page,
    visitor: Visitor,
    Path(lane): Path<String>,
    Form(Why { why }): Form<Why>,
) -> Result<Response, Failure> {
    if why.trim().is_empty() {
        let sentence = page.t(
            "暫停佇列必須填寫原因，所有人都看得到。",
            "To pause a lane, say why; everybody sees it.",
        );
        return refused(&web, &page, &Asked::default(), sentence).await;
    }
    web.desk.pause_lane(&visitor.person, &visitor.by, &lane, &why).await?;
    Ok(Redirect::to("/jobs?done=pause").into_response())
}

/// Lets a lane go on.
pub(crate) async fn resume(
    State(web): State<Web>,
    visitor: Visitor,
    Path(lane): Path<String>,
) -> Result<Response, Failure> {
    web.desk.resume_lane(&visitor.person, &visitor.by, &lane).await?;
    Ok(Redirect::to("/jobs?done=resume").into_response())
}
