//! Find: one box, a few filters, newest first; and the same as CSV.

use askama::Template;
use axum::body::Body;
use axum::extract::{Query, RawQuery, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use jiff::civil::Date;
use sealpress_config::{Kind, Language};
use sealpress_ledger::{Certificate, CertificateId, Find, Right, Status};
use serde::Deserialize;

use crate::desk::export;
use crate::web::Web;
use crate::web::failure::Failure;
use crate::web::page::{Page, Visitor, html};

/// Rows of a page.
const PAGE: u32 = 50;

/// What stands in the address. Everything is text, so that a slip is a page and not an error.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    q: String,
    status: String,
    kind: String,
    language: String,
    college: String,
    from: String,
    until: String,
    after: String,
}

/// A filter with its possible values.
pub(super) struct Choice {
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    pub(super) chosen: String,
    pub(super) options: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "certificates.html")]
struct FindPage<'a> {
    page: &'a Page,
    query: &'a Asked,
    choices: Vec<Choice>,
    rows: &'a [Certificate],
    /// The address of the next page, where there is one.
    next: Option<String>,
    /// What was asked, for the export.
    question: String,
    export: Right,
}

impl Asked {
    fn find(&self, page: &Page) -> Find {
        let day = |text: &str| text.parse::<Date>().ok();
        let start =
            |date: Date| Some(date.to_zoned_datetime(page.timezone.clone()).ok()?.timestamp());
        let until: Option<Timestamp> =
            day(&self.until).and_then(|date| date.tomorrow().ok()).and_then(start);
        Find {
            text: self.q.trim().to_owned(),
            status: Status::ALL.iter().copied().find(|status| status.as_str() == self.status),
            kind: self.kind.parse().ok(),
            language: self.language.parse().ok(),
            college: Some(self.college.clone()).filter(|college| !college.is_empty()),
            from: day(&self.from).and_then(start),
            until,
            waiting_for: None,
            after: self.after.parse().ok(),
            limit: PAGE,
        }
    }
}

/// Shows what fits.
pub(crate) async fn page(
    State(web): State<Web>,
    page: Page,
    RawQuery(raw): RawQuery,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    let ledger = &web.opened.ledger;
    let found = ledger.find(&asked.find(&page)).await?;
    let colleges = ledger.colleges().await?;
    let question = without_cursor(raw.as_deref().unwrap_or_default());
    let next =
        found.certificates.last().filter(|_| found.more).map(|last| next(&question, last.id));
    html(&FindPage {
        choices: choices(&page, &asked, colleges),
        page: &page,
        query: &asked,
        rows: &found.certificates,
        next,
        question: if question.is_empty() { question } else { format!("?{question}") },
        export: Right::Export,
    })
}

/// Everything that fits, as CSV. That it was taken out is an event.
pub(crate) async fn csv(
    State(web): State<Web>,
    page: Page,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    let find = asked.find(&page);
    let now = (web.opened.clock)();
    web.opened.ledger.exported(&find, &visitor.by, now).await?;
    let rows = export::csv(&web.opened.ledger, &find, page.timezone.clone());
    let name = "attachment; filename=\"certificates.csv\"";
    let headers =
        [(header::CONTENT_TYPE, "text/csv; charset=utf-8"), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, Body::from_stream(rows)).into_response())
}

fn choices(page: &Page, asked: &Asked, colleges: Vec<String>) -> Vec<Choice> {
    let words = |zh: &str, en: &str| page.t(zh, en).to_owned();
    let status = Status::ALL
        .iter()
        .map(|one| (one.as_str().to_owned(), words(one.zh(), one.as_str())))
        .collect();
    let kinds = Kind::ALL
        .iter()
        .map(|one| (one.as_str().to_owned(), words(one.zh(), one.as_str())))
        .collect();
    let languages = Language::ALL
        .iter()
        .map(|one| (one.as_str().to_owned(), words(one.zh(), one.as_str())))
        .collect();
    let colleges = colleges.into_iter().map(|college| (college.clone(), college)).collect();
    let choice = |name, label: [&'static str; 2], chosen: &str, options| Choice {
        name,
        label: page.tongue.pick(label[0], label[1]),
        chosen: chosen.to_owned(),
        options,
    };
    vec![
        choice("status", ["狀態", "Status"], &asked.status, status),
        choice("kind", ["種類", "Kind"], &asked.kind, kinds),
        choice("language", ["語言", "Language"], &asked.language, languages),
        choice("college", ["學院", "College"], &asked.college, colleges),
    ]
}

fn without_cursor(question: &str) -> String {
    question.split('&').filter(|pair| !pair.starts_with("after=")).collect::<Vec<_>>().join("&")
}

fn next(question: &str, last: CertificateId) -> String {
    match question {
        "" => format!("/certificates?after={last}"),
        question => format!("/certificates?{question}&after={last}"),
    }
}
