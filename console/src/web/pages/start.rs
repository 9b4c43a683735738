//! The start page: today, what needs a person, whether everything is well. And the small paths that
//! belong to no page.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use jiff::Timestamp;
use sealpress_ledger::{Right, Today};
use serde::Deserialize;
use std::collections::BTreeSet;

use super::login::local;
use crate::cli::status;
use crate::tongue::Tongue;
use crate::web::failure::Failure;
use crate::web::page::{Page, html};
use crate::web::{QUEUE_PATIENCE, Web, cookies};

/// A count that leads somewhere.
struct Tile {
    count: u64,
    words: &'static str,
    /// Where it leads, for those who may go there.
    path: Option<&'static str>,
    /// How much it asks for attention: nothing, `warn` or `bad`.
    tone: &'static str,
}

/// Something that is as it should be, or not.
struct Health {
    good: bool,
    words: String,
}

#[derive(Template)]
#[template(path = "start.html")]
struct StartPage<'a> {
    page: &'a Page,
    date: String,
    today: Vec<Tile>,
    person: Vec<Tile>,
    health: Vec<Health>,
    see: Right,
}

/// Shows it.
pub(crate) async fn page(State(web): State<Web>, page: Page) -> Result<Response, Failure> {
    let now = (web.opened.clock)();
    let date = now.to_zoned_datetime(page.timezone.clone()).date();
    let midnight = date.to_zoned_datetime(page.timezone.clone());
    let midnight = midnight.map_or(Timestamp::UNIX_EPOCH, |midnight| midnight.timestamp());
    let today = web.opened.ledger.today(midnight).await?;
    let shown = status::look(&web.opened, QUEUE_PATIENCE).await?;
    let working = web.opened.ledger.lanes_with_workers(web.opened.dead_before(now)).await?;
    html(&StartPage {
        date: page.date(&date),
        today: today_tiles(&page, &today),
        person: person_tiles(&page, &today),
        health: health(&page, &shown, &working),
        page: &page,
        see: Right::See,
    })
}

fn today_tiles(page: &Page, today: &Today) -> Vec<Tile> {
    let tile =
        |count, zh, en| Tile { count, words: page.tongue.pick(zh, en), path: None, tone: "" };
    vec![
        tile(today.accepted, "今日收件", "accepted today"),
        tile(today.issued, "今日發證", "issued today"),
        tile(today.mailed, "今日寄出", "mailed today"),
        tile(today.refused, "今日退件", "refused today"),
        tile(today.duplicates, "今日重複投件", "duplicates today"),
    ]
}

fn person_tiles(page: &Page, today: &Today) -> Vec<Tile> {
    let tile = |count, zh, en, path, right, tone| Tile {
        count,
        words: page.tongue.pick(zh, en),
        path: Some(path).filter(|_| page.may(&right)),
        tone: if count > 0 { tone } else { "" },
    };
    vec![
        tile(
            today.waiting_for_approval,
            "待核可",
            "wait for approval",
            "/approvals",
            Right::Approve,
            "warn",
        ),
        tile(today.parked, "停住待處理", "parked", "/jobs?state=parked", Right::SeeJobs, "bad"),
        tile(today.undelivered, "未送達", "undelivered", "/deliveries", Right::Resend, "warn"),
        tile(
            today.to_review,
            "退信待判讀",
            "bounces to review",
            "/deliveries",
            Right::Resend,
            "warn",
        ),
    ]
}

fn health(page: &Page, shown: &status::Shown, working: &BTreeSet<String>) -> Vec<Health> {
    let mut health = vec![Health {
        good: shown.queue == "answers",
        words: match shown.queue {
            "answers" => page.t("佇列正常", "the queue answers"),
            _ => page.t(
                "佇列沒有回應；件數仍在登錄簿，恢復後自動繼續",
                "the queue does not answer, or is full; certificates wait in the ledger",
            ),
        }
        .to_owned(),
    }];
    for lane in &shown.lanes {
        let name = &lane.name;
        let why = match (&lane.paused, &lane.held) {
            (Some(paused), _) => Some(format!(
                "{}{}：{}",
                page.t("人工暫停，", "paused by "),
                paused.by,
                paused.reason
            )),
            (None, Some(held)) => {
                Some(page.t(&held.reason.message_zh, &held.reason.message_en).to_owned())
            }
            (None, None) if !working.contains(name) => {
                Some(page.t("沒有工作程序在執行", "no worker runs it").to_owned())
            }
            (None, None) => None,
        };
        let runs = page.t("運作中", "runs").to_owned();
        let word = page.t("佇列", "lane");
        health.push(Health {
            good: why.is_none(),
            words: format!("{word} {name}：{}", why.unwrap_or(runs)),
        });
    }
    for alarm in &shown.key_alarms {
        let words = page.t(&alarm.message_zh, &alarm.message_en).to_owned();
        health.push(Health { good: false, words });
    }
    if shown.trial_key {
        let words = page.t("目前使用試用金鑰", "signing with a trial key").to_owned();
        health.push(Health { good: false, words });
    }
    health
}

/// That the process lives and the ledger answers.
pub(crate) async fn health_check(State(web): State<Web>) -> Result<Response, Failure> {
    web.opened.ledger.has_users().await?;
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], "ok").into_response())
}

#[derive(Deserialize)]
pub(crate) struct Back {
    #[serde(default)]
    back: String,
}

/// Remembers the language, and goes back.
pub(crate) async fn language(
    Path(tongue): Path<String>,
    Query(Back { back }): Query<Back>,
) -> Response {
    let tongue = if tongue == "en" { Tongue::En } else { Tongue::Zh };
    let cookie = [(header::SET_COOKIE, cookies::set_language(tongue))];
    (cookie, Redirect::to(local(&back))).into_response()
}

/// Where no path leads.
pub(crate) async fn nowhere() -> Failure {
    Failure::not_found()
}
