//! What every page knows: its language, who looks at it, and what they may do.

use askama::Template;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::{Html, IntoResponse, Response};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use sealpress_ledger::{By, Right};

use super::assets;
use super::failure::Failure;
use crate::desk::Person;
use crate::tongue::Tongue;

/// What every page knows. Made by [`super::gate`], once a request.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    pub(crate) tongue: Tongue,
    /// Who is logged in, where someone is and this page is for them.
    pub(crate) person: Option<Person>,
    /// What each form of the page carries.
    pub(crate) csrf: String,
    /// The page's path with its question, for the way back after a change of language.
    pub(crate) path: String,
    pub(crate) school: [String; 2],
    pub(crate) timezone: TimeZone,
    /// The school signs with the key that `init` made.
    pub(crate) trial_key: bool,
}

/// A link of the navigation.
pub(crate) struct Link {
    pub(crate) path: &'static str,
    pub(crate) text: &'static str,
    pub(crate) here: bool,
}

/// The pages that stand in the navigation, with the right that leads there.
const NAVIGATION: [(&str, [&str; 2], Option<Right>); 7] = [
    ("/", ["首頁", "Start"], None),
    ("/certificates", ["查詢證書", "Certificates"], Some(Right::See)),
    ("/approvals", ["待核可", "Approvals"], Some(Right::Approve)),
    ("/deliveries", ["未送達", "Undelivered"], Some(Right::Resend)),
    ("/jobs", ["作業狀態", "Jobs"], Some(Right::SeeJobs)),
    ("/roster", ["學生名冊", "Roster"], Some(Right::ImportRoster)),
    ("/people", ["人員權限", "People"], Some(Right::ManageUsers)),
];

impl Page {
    /// The address of a file of style or script.
    pub(crate) fn asset(&self, name: &str) -> String {
        assets::address(name)
    }

    /// The text in the page's language.
    pub(crate) fn t<'a>(&self, zh: &'a str, en: &'a str) -> &'a str {
        self.tongue.pick(zh, en)
    }

    /// One of `[zh-TW, English]`.
    pub(crate) const fn either<'a>(&self, [zh, en]: [&'a str; 2]) -> &'a str {
        self.tongue.pick(zh, en)
    }

    /// The language's code (BCP 47).
    pub(crate) fn lang(&self) -> &'static str {
        self.tongue.pick("zh-Hant-TW", "en")
    }

    pub(crate) fn school(&self) -> &str {
        let [zh, en] = &self.school;
        self.tongue.pick(zh, en)
    }

    pub(crate) fn may(&self, right: &Right) -> bool {
        self.person.as_ref().is_some_and(|person| person.may(*right))
    }

    pub(crate) fn navigation(&self) -> Vec<Link> {
        let path = self.path.split('?').next().unwrap_or_default();
        NAVIGATION
            .iter()
            .filter(|(_, _, right)| right.as_ref().is_none_or(|right| self.may(right)))
            .map(|(link, [zh, en], _)| Link {
                path: link,
                text: self.t(zh, en),
                here: path == *link || (*link != "/" && path.starts_with(&format!("{link}/"))),
            })
            .collect()
    }

    /// A moment: the ROC year first, where Chinese is read, with the Gregorian beside it.
    pub(crate) fn moment(&self, at: &Timestamp) -> String {
        let at = at.to_zoned_datetime(self.timezone.clone());
        format!("{} {}", self.date(&at.date()), at.strftime("%H:%M:%S"))
    }

    /// A date: `115-06-14 (2026-06-14)`; in English the other way round.
    pub(crate) fn date(&self, date: &Date) -> String {
        let roc = i32::from(date.year()) - 1911;
        let roc = format!("{roc}-{:02}-{:02}", date.month(), date.day());
        match self.tongue {
            Tongue::Zh => format!("民國 {roc}（{date}）"),
            Tongue::En => format!("{date} (ROC {roc})"),
        }
    }
}

/// A page in HTML.
pub(crate) fn html(template: &impl Template) -> Result<Response, Failure> {
    let text = template.render().map_err(|error| Failure::internal(&error))?;
    Ok(Html(text).into_response())
}

impl<S: Sync> FromRequestParts<S> for Page {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        parts.extensions.get().cloned().ok_or_else(|| Failure::internal(&"a page without a gate"))
    }
}

/// The person behind a request, on routes that need one.
#[derive(Debug, Clone)]
pub(crate) struct Visitor {
    pub(crate) person: Person,
    pub(crate) by: By,
    /// The session's token; empty at the Web API.
    pub(crate) session: String,
}

impl<S: Sync> FromRequestParts<S> for Visitor {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        parts.extensions.get().cloned().ok_or_else(|| Failure::internal(&"nobody behind a request"))
    }
}
