//! The lanes, kept up to date by server-sent events.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::stream;
use sealpress_ledger::Right;
use std::convert::Infallible;
use std::time::Duration;
use tokio::time::{Instant, Interval, interval_at};

use super::lanes::{Lanes, LanesPart};
use crate::desk::Step;
use crate::tongue::Tongue;
use crate::web::Web;
use crate::web::failure::Failure;
use crate::web::live::Seat;
use crate::web::page::{Page, Visitor};

/// Time between two looks at the lanes.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// A person whose session ended, or who was locked, sees no more after so long.
const CHECK_EVERY: Duration = Duration::from_secs(30);

/// A line without meaning, so that neither end nor a proxy between them takes silence for the end.
const KEEP_ALIVE: Duration = Duration::from_secs(10);

/// A page that watches.
struct Watcher {
    seat: Seat,
    tongue: Tongue,
    web: Web,
    session: String,
    check: Interval,
}

/// Looks at the lanes for every page that watches.
pub(crate) async fn keep(web: &Web) -> Infallible {
    web.live.keep(LOOK_EVERY, async || rendered(web).await).await
}

/// The lanes in both languages.
async fn rendered(web: &Web) -> [String; 2] {
    let lanes = Lanes::look(web).await.ok();
    [Tongue::Zh, Tongue::En].map(|tongue| {
        let page = web.page_in(tongue, "/jobs");
        LanesPart { page: &page, lanes: lanes.as_ref() }.render().unwrap_or_default()
    })
}

/// Sends the lanes whenever they change.
pub(crate) async fn live(
    State(web): State<Web>,
    page: Page,
    visitor: Visitor,
) -> Result<Response, Failure> {
    let seat = web.live.seat().ok_or_else(taken)?;
    let check = interval_at(Instant::now() + CHECK_EVERY, CHECK_EVERY);
    let watcher = Watcher { seat, tongue: page.tongue, web, session: visitor.session, check };
    let events = stream::unfold(watcher, |mut watcher| async {
        let look = watcher.next().await?;
        Some((Ok::<_, Infallible>(Event::default().data(look)), watcher))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response())
}

impl Watcher {
    async fn next(&mut self) -> Option<String> {
        loop {
            tokio::select! {
                look = self.seat.next(self.tongue) => return look,
                _ = self.check.tick() => {}
            }
            if !self.may_stay().await {
                return None;
            }
        }
    }

    /// Whether the session is still open and has the right. A ledger that does not answer opens
    /// nothing.
    async fn may_stay(&self) -> bool {
        let session = self.web.desk.sign_in.watched(&self.session).await.ok().flatten();
        session.is_some_and(|it| it.step == Step::In && it.person.may(Right::SeeJobs))
    }
}

fn taken() -> Failure {
    Failure::new(
        StatusCode::SERVICE_UNAVAILABLE,
        ["太多人同時觀看即時畫面。", "Too many pages watch at once."],
        ["頁面仍可使用，請自行重新整理。", "The page works without; reload it yourself."],
    )
}
