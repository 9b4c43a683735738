//! What a person decides of bounces: whether an address may be written to again.

use clap::{Subcommand, ValueEnum};
use jiff::tz::TimeZone;
use sealpress_ledger::SendingId;
use serde_json::json;
use std::sync::Arc;

use crate::cli::Args;
use crate::cli::person::acting;
use crate::cli::shown;
use crate::desk::{AddressAct, Desk};
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

pub(super) async fn run(
    args: &Args,
    opened: &Arc<Opened>,
    decide: &Decide,
) -> anyhow::Result<Exit> {
    let (sending, act, what, outcome) = match decide {
        Decide::List => return list(args, opened).await,
        Decide::Review { sending, verdict: Meaning::Keep } => {
            (*sending, AddressAct::Keep, "bounces review", "kept")
        }
        Decide::Review { sending, verdict: Meaning::Suppress } => {
            (*sending, AddressAct::Suppress, "bounces review", "suppressed")
        }
        Decide::Release { sending } => {
            (*sending, AddressAct::Release, "bounces release", "released")
        }
    };
    let (person, by) = acting(args, opened, act.right(), what, None).await?;
    let certificate = Desk::new(opened).decide_address(&person, &by, sending, act).await?;
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
