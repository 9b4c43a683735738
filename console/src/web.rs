//! # web: pages over HTTPS
//!
//! `sealpress serve`: staff pages, the public verification page, and what carries them. Read
//! [`routes`] first: every path with who may come there, in one table; [`gate`] holds each request
//! to it. `pages/` has a file a page, with its template of the same name in `templates/`. What
//! pages do to certificates is done by the desk (`crate::desk`), never here.
//!
//! Main types: [`Web`] (what every handler can reach), [`routes::Route`] and [`routes::Access`],
//! [`page::Page`] (language, person, navigation), [`failure::Failure`].

mod assets;
mod caller;
mod cookies;
mod csrf;
pub(crate) mod failure;
mod gate;
mod headers;
mod live;
mod pace;
pub(crate) mod page;
mod pages;
pub(crate) mod routes;
pub(crate) mod server;
mod size;
#[cfg(test)]
mod tests;
pub(crate) mod tls;
mod verifying;

use axum::http::{HeaderMap, Uri};
use jiff::tz::TimeZone;
use std::sync::Arc;
use std::time::Duration;

use crate::desk::Desk;
use crate::opened::Opened;
use crate::preview::Preview;
use crate::tongue::Tongue;
use caller::Callers;
use live::Live;
use pace::Pace;
use page::Page;
use verifying::Verifying;

/// How long a page waits for the queue; it is shown without it.
const QUEUE_PATIENCE: Duration = Duration::from_millis(700);

/// Logins that one address may try in a minute: enough for everyone behind the address of an
/// office. Each costs the hash of a password, and each that fails an event for ever.
const LOGINS_PER_MINUTE: u32 = 60;

/// What every handler can reach.
#[derive(Clone)]
pub(crate) struct Web {
    pub(crate) opened: Arc<Opened>,
    pub(crate) desk: Desk,
    pub(crate) preview: Preview,
    pub(crate) rosters: pages::roster::Waiting,
    pub(crate) verifying: Arc<Verifying>,
    live: Arc<Live>,
    callers: Arc<Callers>,
    pace: Arc<Pace>,
    logins: Arc<Pace>,
    trial_key: bool,
}

impl Web {
    /// Prepares what every request needs.
    pub(crate) async fn new(opened: Arc<Opened>) -> anyhow::Result<Self> {
        let serve = &opened.settings.serve;
        let callers = Arc::new(Callers::new(serve));
        let pace = Arc::new(Pace::new(serve.public_per_minute));
        let logins = Arc::new(Pace::new(LOGINS_PER_MINUTE));
        let trial_key = crate::cli::status::trial_key(&opened).await;
        let desk = Desk::new(&opened);
        let preview = opened.preview();
        let rosters = pages::roster::Waiting::default();
        let verifying = Arc::new(Verifying::new(&opened, preview.clone()).await?);
        let live = Arc::new(Live::new());
        Ok(Self {
            desk,
            preview,
            rosters,
            verifying,
            live,
            callers,
            pace,
            logins,
            trial_key,
            opened,
        })
    }

    /// What a page knows before anybody is known.
    fn page(&self, headers: &HeaderMap, uri: &Uri) -> Page {
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        self.page_in(cookies::language(headers), path)
    }

    /// The same for a part of a page that is for nobody in particular.
    fn page_in(&self, tongue: Tongue, path: &str) -> Page {
        let school = &self.opened.settings.school;
        Page {
            tongue,
            person: None,
            csrf: String::new(),
            path: path.to_owned(),
            school: [school.name_zh.clone(), school.name_en.clone()],
            timezone: TimeZone::get(&school.timezone).unwrap_or(TimeZone::UTC),
            trial_key: self.trial_key,
        }
    }
}
