//! The sendings in words.

use jiff::Timestamp;
use sealpress_ledger::{Purpose, RouteTaken, Sending};

use crate::web::page::Page;

/// One line of the sendings.
pub(super) struct SendingRow {
    pub(super) at: Timestamp,
    pub(super) purpose: &'static str,
    pub(super) to: String,
    pub(super) state: &'static str,
    pub(super) state_word: &'static str,
    pub(super) answer: String,
}

/// The sendings in words, newest first.
pub(super) fn rows(page: &Page, sendings: &[Sending]) -> Vec<SendingRow> {
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
