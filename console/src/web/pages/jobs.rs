//! Jobs: the lanes, and what is on its way, for operators. Numbers, and no names.

mod acting;
mod asked;
mod bulk;
mod lanes;
mod live;
mod one;
mod row;

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use sealpress_ledger::{
    Certificate, CertificateId, Find, JobFilter, JobPage, JobState, Progress, Right,
};
use serde::Deserialize;

use super::find::Choice;
use crate::web::Web;
use crate::web::failure::Failure;
use crate::web::page::{Page, html};
use asked::Asked;
use bulk::Outcome;
use lanes::Lanes;
use row::Row;

pub(crate) use acting::{cancel, pause, resume, retry};
pub(crate) use bulk::run;
pub(crate) use live::{keep as keep_live, live};
pub(crate) use one::one;

/// Rows of a page.
const PAGE: u32 = 50;

/// Of those that have come to their end, so many are shown.
const ENDED: u32 = 20;

#[derive(Template)]
#[template(path = "jobs.html")]
struct JobsPage<'a> {
    page: &'a Page,
    lanes: Option<&'a Lanes>,
    asked: &'a Asked,
    choices: Vec<Choice>,
    rows: Vec<Row>,
    /// What has come to its end and bears the number that was looked for.
    ended: Vec<Certificate>,
    /// Where the next page goes on.
    next: Option<CertificateId>,
    /// How many that are parked fit what was asked.
    parked: u64,
    /// How many one request does at most.
    most: usize,
    told: Told,
    run: Right,
}

/// What just happened.
#[derive(Default)]
struct Told {
    done: Option<String>,
    refusal: Option<String>,
    outcome: Outcome,
}

#[derive(Default, Deserialize)]
pub(crate) struct After {
    #[serde(default)]
    done: String,
}

/// Shows the lanes and what fits.
pub(crate) async fn page(
    State(web): State<Web>,
    page: Page,
    Query(asked): Query<Asked>,
    Query(After { done }): Query<After>,
) -> Result<Response, Failure> {
    let done = match done.as_str() {
        "pause" => Some(page.t("佇列已暫停。", "The lane is paused.").to_owned()),
        "resume" => Some(page.t("佇列已恢復。", "The lane goes on.").to_owned()),
        _ => None,
    };
    shown(&web, &page, &asked, Told { done, ..Told::default() }).await
}

/// The page with a refusal on it.
async fn refused(web: &Web, page: &Page, asked: &Asked, why: &str) -> Result<Response, Failure> {
    let told = Told { refusal: Some(why.to_owned()), ..Told::default() };
    let page = shown(web, page, asked, told).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn shown(web: &Web, page: &Page, asked: &Asked, told: Told) -> Result<Response, Failure> {
    let setup = web.opened.lanes();
    let mut found = JobPage { jobs: Vec::new(), more: false };
    let mut parked = 0;
    if let Some(filter) = asked.filter(&setup) {
        let ledger = &web.opened.ledger;
        let now = (web.opened.clock)();
        let dead_before = web.opened.dead_before(now)?;
        found = ledger.jobs(&JobFilter { limit: PAGE, ..filter.clone() }, now, dead_before).await?;
        let state = Some(JobState::Parked);
        parked = match filter.state {
            None | Some(JobState::Parked) => {
                ledger.job_count(&JobFilter { state, ..filter }, now, dead_before).await?
            }
            Some(JobState::Due | JobState::InFlight | JobState::Later | JobState::Approval) => 0,
        };
    }
    html(&JobsPage {
        lanes: Some(&Lanes::look(web).await?),
        choices: asked.choices(page, &setup),
        next: found.jobs.last().filter(|_| found.more).map(|job| job.certificate.id),
        ended: ended(web, asked.q.trim()).await?,
        rows: found.jobs.iter().map(|job| Row::of(page, job)).collect(),
        parked,
        most: bulk::MOST,
        told,
        run: Right::RunJobs,
        page,
        asked,
    })
}

/// What has come to its end, by its numbers alone: whoever sees no names must not find by them.
async fn ended(web: &Web, number: &str) -> Result<Vec<Certificate>, Failure> {
    if number.is_empty() {
        return Ok(Vec::new());
    }
    let find = Find { text: number.to_owned(), limit: ENDED, ..Find::default() };
    let mut found = web.opened.ledger.find(&find).await?.certificates;
    let number = number.to_lowercase();
    found.retain(|one| {
        let certified = &one.certified;
        one.progress == Progress::Closed
            && (one.id.to_string() == number
                || certified.certificate_no.to_lowercase().starts_with(&number)
                || certified.student_no.to_lowercase().starts_with(&number))
    });
    Ok(found)
}
