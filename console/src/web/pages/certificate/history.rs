//! The history and the sendings, in words.

use jiff::Timestamp;
use sealpress_ledger::{
    Event, EventKind, Purpose, RecallReason, RevokeReason, RouteTaken, Sending,
};

use crate::web::page::Page;

/// One line of the history.
pub(super) struct Step {
    pub(super) at: Timestamp,
    pub(super) what: String,
    pub(super) who: String,
    pub(super) more: String,
}

/// One line of the sendings.
pub(super) struct SendingRow {
    pub(super) at: Timestamp,
    pub(super) purpose: &'static str,
    pub(super) to: String,
    pub(super) state: &'static str,
    pub(super) state_word: &'static str,
    pub(super) answer: String,
}

/// The history in words, newest first.
pub(super) fn steps(page: &Page, events: &[Event]) -> Vec<Step> {
    events
        .iter()
        .rev()
        .map(|event| Step {
            at: event.at,
            what: what(page, &event.kind),
            who: match event.actor.as_str() {
                "system" => String::new(),
                person => person.to_owned(),
            },
            more: more(page, event),
        })
        .collect()
}

/// The sendings in words, newest first.
pub(super) fn sendings(page: &Page, sendings: &[Sending]) -> Vec<SendingRow> {
    sendings
        .iter()
        .rev()
        .map(|sending| SendingRow {
            at: sending.created_at,
            purpose: match sending.purpose {
                Purpose::Certificate => page.tongue.pick("證書", "certificate"),
                Purpose::Recall => page.tongue.pick("收回通知", "notice of recall"),
            },
            to: match sending.route {
                RouteTaken::Hand => page.t("現場交付", "handed over").to_owned(),
                RouteTaken::Personal | RouteTaken::School | RouteTaken::Corrected => {
                    sending.to.clone()
                }
            },
            state: sending.state.as_str(),
            state_word: page.either(sending.state.words()),
            answer: sending.state.answer().to_owned(),
        })
        .collect()
}

/// An event's kind in words. The history may hold kinds of another version: those stand as they are.
fn what(page: &Page, kind: &str) -> String {
    let words = match EventKind::ALL.iter().copied().find(|known| known.as_str() == kind) {
        Some(kind) => kind.words(),
        None => return kind.to_owned(),
    };
    page.tongue.pick(words[0], words[1]).to_owned()
}

/// What else an event says that a person wants to read.
fn more(page: &Page, event: &Event) -> String {
    let text = |key: &str| event.detail[key].as_str().unwrap_or_default();
    let reason = recall_words(text("reason")).or_else(|| revoke_words(text("reason")));
    let reason = reason.map(|[zh, en]| page.t(zh, en));
    let parts = [reason.unwrap_or_default(), text("why"), text("code"), text("what"), text("from")];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("・")
}

fn recall_words(reason: &str) -> Option<[&'static str; 2]> {
    reason.parse().ok().map(|reason: RecallReason| [reason.zh(), reason.en()])
}

fn revoke_words(reason: &str) -> Option<[&'static str; 2]> {
    reason.parse().ok().map(|reason: RevokeReason| [reason.zh(), reason.en()])
}
