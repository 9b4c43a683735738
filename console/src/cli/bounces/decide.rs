//! What a person decides of bounces: whether an address may be written to again.

use clap::{Subcommand, ValueEnum};
use jiff::tz::TimeZone;
use sealpress_ledger::{BounceVerdict, SendingId};
use serde_json::json;

use crate::cli::Args;
use crate::cli::person::system_account as by;
use crate::cli::shown;
use crate::exit::Exit;
use crate::opened::Opened;
use crate::output;
use crate::tongue::Tongue;

#[derive(Debug, Subcommand)]
pub(crate) enum Decide {
    /// Bounces that a person is to look at, oldest first.
    List,
    /// Say what a bounce means for its address.
    Review {
        /// The sending that came back.
        sending: SendingId,
        /// Whether the address may be written to again.
        verdict: Meaning,
    },
    /// Let mail go again to the address that a sending came back from.
    Release {
        /// The sending.
        sending: SendingId,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Meaning {
    /// The address may be written to again.
    Keep,
    /// Nothing is sent there any more.
    Suppress,
}

pub(super) async fn run(args: &Args, opened: &Opened, decide: &Decide) -> anyhow::Result<Exit> {
    let now = (opened.clock)();
    let (sending, certificate, outcome) = match decide {
        Decide::List => return list(args, opened).await,
        Decide::Review { sending, verdict } => {
            let (verdict, outcome) = match verdict {
                Meaning::Keep => (BounceVerdict::Keep, "kept"),
                Meaning::Suppress => (BounceVerdict::Suppress, "suppressed"),
            };
            (*sending, opened.ledger.review_bounce(*sending, &by(), verdict, now).await?, outcome)
        }
        Decide::Release { sending } => {
            (*sending, opened.ledger.release_address(*sending, &by(), now).await?, "released")
        }
    };
    if args.json {
        let value = json!({ "sending": sending, "certificate": certificate, "outcome": outcome });
        output::json(&value)?;
    } else {
        output::line(&format!("{certificate}  {sending}  {outcome}"));
    }
    Ok(Exit::Done)
}

async fn list(args: &Args, opened: &Opened) -> anyhow::Result<Exit> {
    let found = opened.ledger.bounces_to_review(0).await?;
    if args.json {
        output::json(&found)?;
        return Ok(Exit::Done);
    }
    let heads = match Tongue::of_terminal() {
        Tongue::Zh => ["寄送編號", "證書編號(id)", "代碼", "時間"],
        Tongue::En => ["sending", "certificate", "status", "at"],
    };
    let timezone = TimeZone::get(&opened.settings.school.timezone).unwrap_or(TimeZone::UTC);
    let rows: Vec<Vec<String>> = found
        .iter()
        .map(|one| {
            vec![
                one.sending.to_string(),
                one.certificate.to_string(),
                one.status.clone().unwrap_or_default(),
                shown::time(one.at, &timezone),
            ]
        })
        .collect();
    output::table(&heads, &rows);
    Ok(Exit::Done)
}
