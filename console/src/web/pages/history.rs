//! The history in words.

use jiff::Timestamp;
use sealpress_ledger::{Event, EventKind, RecallReason, RevokeReason};

use crate::web::page::Page;

/// One line of the history.
pub(super) struct Step {
    pub(super) at: Timestamp,
    pub(super) what: String,
    pub(super) who: String,
    pub(super) more: String,
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
