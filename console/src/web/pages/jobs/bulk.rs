//! One act on many jobs, in one person's name.

use axum::extract::{Form, State};
use axum::response::Response;
use sealpress_ledger::{CertificateId, JobFilter, JobState, LedgerError};

use super::asked::Asked;
use super::{Told, refused, shown};
use crate::desk::{Act, Undone};
use crate::web::Web;
use crate::web::failure::Failure;
use crate::web::page::{Page, Visitor};

/// One request does so many at most, so that it has an answer while a person waits.
pub(super) const MOST: usize = 500;

/// What became of it.
#[derive(Default)]
pub(super) struct Outcome {
    pub(super) done: u64,
    /// Certificate numbers, with why they stay as they are.
    pub(super) refused: Vec<(String, String)>,
    /// How many are yet to be done.
    pub(super) left: u64,
}

/// What a form asks for.
enum Wanted {
    Retry(Vec<CertificateId>),
    Cancel(Vec<CertificateId>, String),
    RetryAll,
}

/// Does it to what was ticked, or to all that fit.
pub(crate) async fn run(
    State(web): State<Web>,
    page: Page,
    visitor: Visitor,
    Form(form): Form<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    let asked = Asked::of(&form);
    let Some(wanted) = wanted(&form) else {
        return Err(Failure::bad_request(["不認得的動作。", "There is no such act."]));
    };
    let told = match wanted {
        Wanted::Retry(ids) | Wanted::Cancel(ids, _) if ids.is_empty() => {
            let why = page.t("沒有勾選任何一件。", "Nothing was ticked.");
            return refused(&web, &page, &asked, why).await;
        }
        Wanted::Cancel(_, why) if why.is_empty() => {
            let why = page.t("取消必須填寫原因。", "To cancel, say why.");
            return refused(&web, &page, &asked, why).await;
        }
        Wanted::Retry(ids) => {
            let outcome = each(&web, &page, &visitor, ids, || Act::Retry).await?;
            told(&page, ["已重試件數：", "Tried again: "], outcome)
        }
        Wanted::Cancel(ids, why) => {
            let act = || Act::Cancel { why: why.clone() };
            let outcome = each(&web, &page, &visitor, ids, act).await?;
            told(&page, ["已取消件數：", "Cancelled: "], outcome)
        }
        Wanted::RetryAll => {
            let outcome = retry_all(&web, &page, &visitor, &asked).await?;
            told(&page, ["已重試件數：", "Tried again: "], outcome)
        }
    };
    shown(&web, &page, &asked, told).await
}

fn wanted(form: &[(String, String)]) -> Option<Wanted> {
    let value = |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, value)| value);
    let ids = form.iter().filter(|(key, _)| key == "id").filter_map(|(_, id)| id.parse().ok());
    match value("act")?.as_str() {
        "retry" => Some(Wanted::Retry(ids.collect())),
        "cancel" => {
            let why = value("why").map(|why| why.trim().to_owned()).unwrap_or_default();
            Some(Wanted::Cancel(ids.collect(), why))
        }
        "retry_all" => Some(Wanted::RetryAll),
        _ => None,
    }
}

/// Retries what is parked and fits.
async fn retry_all(
    web: &Web,
    page: &Page,
    visitor: &Visitor,
    asked: &Asked,
) -> Result<Outcome, Failure> {
    let Some(filter) = asked.filter(&web.opened.lanes()) else { return Ok(Outcome::default()) };
    let filter = JobFilter { state: Some(JobState::Parked), ..filter };
    let ledger = &web.opened.ledger;
    let now = (web.opened.clock)();
    let dead_before = web.opened.dead_before(now)?;
    let jobs = ledger.jobs(&filter, now, dead_before).await?.jobs;
    let ids = jobs.iter().map(|job| job.certificate.id).collect();
    let mut outcome = each(web, page, visitor, ids, || Act::Retry).await?;
    outcome.left = ledger.job_count(&filter, now, dead_before).await?;
    Ok(outcome)
}

/// Does an act to each of the first, and says what became of it. Where the ledger fails in the
/// middle, what was done stays done, and is told.
async fn each(
    web: &Web,
    page: &Page,
    visitor: &Visitor,
    ids: Vec<CertificateId>,
    act: impl Fn() -> Act,
) -> Result<Outcome, Failure> {
    let mut outcome = Outcome::default();
    let mut left = ids.len();
    for id in ids.into_iter().take(MOST) {
        match web.desk.act(&visitor.person, &visitor.by, id, act()).await {
            Ok(_) => outcome.done += 1,
            Err(Undone::NoRight(error)) => return Err(error.into()),
            Err(Undone::Ledger(error)) => {
                let goes_on =
                    matches!(error, LedgerError::NotPossible(_) | LedgerError::NoCertificate(_));
                let [zh, en] = Failure::from(error).message;
                outcome.refused.push((number(web, id).await, page.t(&zh, &en).to_owned()));
                if !goes_on {
                    break;
                }
            }
        }
        left -= 1;
    }
    outcome.left = left as u64;
    Ok(outcome)
}

/// What people know it by.
async fn number(web: &Web, id: CertificateId) -> String {
    let certificate = web.opened.ledger.certificate(id).await.ok().flatten();
    certificate.map_or_else(|| id.to_string(), |one| one.certified.certificate_no)
}

fn told(page: &Page, [zh, en]: [&str; 2], outcome: Outcome) -> Told {
    let done = Some(format!("{}{}", page.t(zh, en), outcome.done))
        .filter(|_| outcome.done > 0 || outcome.refused.is_empty());
    Told { done, refusal: None, outcome }
}
