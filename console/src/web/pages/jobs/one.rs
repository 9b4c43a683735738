//! One job, for operators: numbers, where it stands, and its history. No names, and also when it is
//! done: the ledger keeps what the queue has long forgotten.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use sealpress_ledger::{
    Certificate, CertificateId, JobFilter, JobState, LedgerError, Right, Status,
};

use super::After;
use super::row::{Row, Trouble, stage};
use crate::web::Web;
use crate::web::failure::Failure;
use crate::web::page::{Page, html};
use crate::web::pages::history::{self, Step};

#[derive(Template)]
#[template(path = "job.html")]
struct OnePage<'a> {
    page: &'a Page,
    certificate: &'a Certificate,
    stage: &'static str,
    /// Where it stands, while it is on its way.
    job: Option<Row>,
    trouble: Option<Trouble>,
    retry: bool,
    cancel: bool,
    history: Vec<Step>,
    done: Option<String>,
    refusal: Option<String>,
    run: Right,
    see: Right,
}

/// Shows it.
pub(crate) async fn one(
    State(web): State<Web>,
    page: Page,
    Path(id): Path<CertificateId>,
    Query(After { done }): Query<After>,
) -> Result<Response, Failure> {
    let done = match done.as_str() {
        "retry" => Some(page.t("已要求立即重試。", "It is tried again now.").to_owned()),
        "cancel" => Some(page.t("已取消。", "It is cancelled.").to_owned()),
        _ => None,
    };
    shown(&web, &page, id, done, None).await
}

/// The page, after an act was refused.
pub(super) async fn refused(
    web: &Web,
    page: &Page,
    id: CertificateId,
    why: String,
) -> Result<Response, Failure> {
    let page = shown(web, page, id, None, Some(why)).await?;
    Ok((StatusCode::CONFLICT, page).into_response())
}

async fn shown(
    web: &Web,
    page: &Page,
    id: CertificateId,
    done: Option<String>,
    refusal: Option<String>,
) -> Result<Response, Failure> {
    let ledger = &web.opened.ledger;
    let certificate = ledger.certificate(id).await?.ok_or(LedgerError::NoCertificate(id))?;
    let now = (web.opened.clock)();
    let filter = JobFilter { text: Some(id.to_string()), limit: 1, ..JobFilter::default() };
    let found = ledger.jobs(&filter, now, web.opened.dead_before(now)?).await?;
    let state = found.jobs.first().map(|job| job.state);
    html(&OnePage {
        stage: stage(page, certificate.progress),
        trouble: certificate.last_error.as_ref().map(|reason| Trouble::of(page, reason)),
        retry: matches!(state, Some(JobState::Due | JobState::Later | JobState::Parked)),
        cancel: certificate.status == Status::Pending
            && state.is_some_and(|state| state != JobState::InFlight),
        job: found.jobs.first().map(|job| Row::of(page, job)),
        history: history::steps(page, &ledger.events_of(id).await?),
        certificate: &certificate,
        done,
        refusal,
        run: Right::RunJobs,
        see: Right::See,
        page,
    })
}
