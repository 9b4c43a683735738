//! Figures for monitoring, in the text format of Prometheus. No personal data, no certificate.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use std::fmt::Write;

use crate::cli::status;
use crate::web::failure::Failure;
use crate::web::{QUEUE_PATIENCE, Web};

/// Everything that `status` counts.
pub(crate) async fn page(State(web): State<Web>) -> Result<Response, Failure> {
    let shown = status::look(&web.opened, QUEUE_PATIENCE).await?;
    let mut text = String::new();
    family(&mut text, "sealpress_certificates", "Certificates by status.");
    for (status, count) in &shown.certificates {
        line(&mut text, &format!("sealpress_certificates{{status=\"{status}\"}}"), *count);
    }
    family(&mut text, "sealpress_lane_certificates", "Open certificates by lane and state.");
    for lane in &shown.lanes {
        for (state, count) in lane.counts() {
            let name = &lane.name;
            let name = format!("sealpress_lane_certificates{{lane=\"{name}\",state=\"{state}\"}}");
            line(&mut text, &name, count);
        }
    }
    family(
        &mut text,
        "sealpress_lane_stopped",
        "1 where a lane is paused by a person or held by a dependency.",
    );
    for lane in &shown.lanes {
        for (why, stopped) in [("paused", lane.paused.is_some()), ("held", lane.held.is_some())] {
            let name = format!("sealpress_lane_stopped{{lane=\"{}\",why=\"{why}\"}}", lane.name);
            line(&mut text, &name, u64::from(stopped));
        }
    }
    for (name, help, count) in [
        ("sealpress_drops_refused", "Drops refused.", shown.refused),
        ("sealpress_drops_duplicate", "Drops that were duplicates.", shown.duplicates),
        ("sealpress_mailed", "Messages that a relay took.", shown.mailed),
        (
            "sealpress_closed_last_minute",
            "Certificates closed in the last minute.",
            shown.per_minute,
        ),
        (
            "sealpress_queue_answers",
            "1 where the queue answers.",
            u64::from(shown.queue == "answers"),
        ),
        (
            "sealpress_trial_key",
            "1 where the school signs with a trial key.",
            u64::from(shown.trial_key),
        ),
        (
            "sealpress_key_alarms",
            "Alarms of the signing keys: ends soon, can't be used, a link missing.",
            u64::try_from(shown.key_alarms.len()).unwrap_or(u64::MAX),
        ),
    ] {
        family(&mut text, name, help);
        line(&mut text, name, count);
    }
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, kind)], text).into_response())
}

fn family(text: &mut String, name: &str, help: &str) {
    // Writing to a String can't fail.
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
}

fn line(text: &mut String, name: &str, count: u64) {
    let _ = writeln!(text, "{name} {count}");
}
