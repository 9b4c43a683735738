//! `jobs`: what operators do with certificates on their way and with lanes.

use clap::Subcommand;
use sealpress_ledger::{Certificate, CertificateFilter, CertificateId, Right, WaitingFor};
use serde_json::json;
use std::sync::Arc;

use super::matching::Match;
use super::person::acting;
use super::shown::{self, Shown};
use super::{cert, work};
use crate::cli::Args;
use crate::desk::{Act, Desk};
use crate::exit::{Exit, WrongUse};
use crate::opened::Opened;
use crate::output;

#[derive(Debug, Subcommand)]
pub(crate) enum Jobs {
    /// Certificates that are on their way.
    List {
        /// Only those that are parked for a person.
        #[arg(long)]
        parked: bool,
        /// At most so many, newest first.
        #[arg(long, default_value_t = 0, value_name = "N", hide_default_value = true)]
        limit: u32,
    },
    /// One certificate with its history.
    Show {
        /// Its id.
        id: CertificateId,
    },
    /// Try again now, attempts counted from nought.
    Retry {
        /// Their ids.
        #[arg(required_unless_present_any = ["parked", "filter"])]
        ids: Vec<CertificateId>,
        /// All that are parked.
        #[arg(long, conflicts_with = "ids")]
        parked: bool,
        /// All that are parked and match, as `stage=email,code=relay_refused` or `lane=post`.
        #[arg(long = "where", conflicts_with_all = ["ids", "parked"], value_name = "KEY=VALUE,…")]
        filter: Option<Match>,
    },
    /// Give up certificates that are not issued; their drops go to failed/.
    Cancel {
        /// Their ids.
        #[arg(required = true)]
        ids: Vec<CertificateId>,
        /// Why; it stands in the history.
        #[arg(long)]
        reason: String,
    },
    /// Pause a lane: nothing begins there.
    Pause {
        /// The lane.
        lane: String,
        /// Why; everybody sees it.
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Let a lane go on.
    Resume {
        /// The lane.
        lane: String,
    },
}

pub(crate) async fn run(args: &Args, opened: &Arc<Opened>, jobs: &Jobs) -> anyhow::Result<Exit> {
    match jobs {
        Jobs::List { parked, limit } => list(args, opened, *parked, *limit).await,
        Jobs::Show { id } => cert::show(args, opened, *id).await,
        Jobs::Retry { ids, parked, filter } => {
            retry(args, opened, ids, *parked, filter.as_ref()).await
        }
        Jobs::Cancel { ids, reason } => cancel(args, opened, ids, reason).await,
        Jobs::Pause { lane, reason } => {
            known(opened, lane)?;
            let (person, by) = acting(args, opened, Right::RunJobs, "jobs pause", None).await?;
            Desk::new(opened).pause_lane(&person, &by, lane, reason).await?;
            done(args, json!({ "lane": lane, "paused": true }), &format!("lane {lane} is paused"))
        }
        Jobs::Resume { lane } => {
            known(opened, lane)?;
            let (person, by) = acting(args, opened, Right::RunJobs, "jobs resume", None).await?;
            Desk::new(opened).resume_lane(&person, &by, lane).await?;
            done(args, json!({ "lane": lane, "paused": false }), &format!("lane {lane} goes on"))
        }
    }
}

async fn list(args: &Args, opened: &Opened, parked: bool, limit: u32) -> anyhow::Result<Exit> {
    let waiting_for = parked.then_some(WaitingFor::Person);
    let filter =
        CertificateFilter { open: true, waiting_for, limit, ..CertificateFilter::default() };
    let certificates = opened.ledger.certificates(&filter).await?;
    if args.json {
        output::json(&certificates.iter().map(Shown::from).collect::<Vec<_>>())?;
    } else {
        shown::table(&certificates);
    }
    Ok(Exit::Done)
}

async fn retry(
    args: &Args,
    opened: &Arc<Opened>,
    ids: &[CertificateId],
    parked: bool,
    wanted: Option<&Match>,
) -> anyhow::Result<Exit> {
    let what = "jobs retry";
    let (person, by) = acting(args, opened, Right::RunJobs, what, cert::only(ids)).await?;
    let ids = if parked || wanted.is_some() {
        parked_that_match(opened, wanted).await?
    } else {
        ids.to_vec()
    };
    let (desk, mut changed) = (Desk::new(opened), Vec::new());
    for id in ids {
        changed.push(desk.act(&person, &by, id, Act::Retry).await?);
    }
    report(args, &changed)
}

async fn parked_that_match(
    opened: &Opened,
    wanted: Option<&Match>,
) -> anyhow::Result<Vec<CertificateId>> {
    let waiting_for = Some(WaitingFor::Person);
    let filter = CertificateFilter { open: true, waiting_for, ..CertificateFilter::default() };
    let lanes = opened.lanes();
    if let Some(lane) = wanted.and_then(|wanted| wanted.lane.as_deref()) {
        known(opened, lane)?;
    }
    let parked = opened.ledger.certificates(&filter).await?;
    let matching = parked.iter().filter(|job| wanted.is_none_or(|it| it.fits(job, &lanes)));
    Ok(matching.map(|job| job.id).collect())
}

async fn cancel(
    args: &Args,
    opened: &Arc<Opened>,
    ids: &[CertificateId],
    reason: &str,
) -> anyhow::Result<Exit> {
    let what = "jobs cancel";
    let (person, by) = acting(args, opened, Right::RunJobs, what, cert::only(ids)).await?;
    let (desk, mut changed) = (Desk::new(opened), Vec::new());
    for id in ids {
        let act = Act::Cancel { why: reason.to_owned() };
        changed.push(desk.act(&person, &by, *id, act).await?);
    }
    report(args, &changed)
}

/// Shows certificates that a command changed.
pub(crate) fn report(args: &Args, changed: &[Certificate]) -> anyhow::Result<Exit> {
    if args.json {
        output::json(&changed.iter().map(Shown::from).collect::<Vec<_>>())?;
    } else {
        shown::table(changed);
    }
    Ok(Exit::Done)
}

fn known(opened: &Opened, lane: &str) -> Result<(), WrongUse> {
    let lanes = opened.lanes();
    lanes.named(lane).map(drop).ok_or_else(|| work::no_lane(lane, &lanes))
}

fn done(args: &Args, value: serde_json::Value, sentence: &str) -> anyhow::Result<Exit> {
    if args.json {
        output::json(&value)?;
    } else {
        output::line(sentence);
    }
    Ok(Exit::Done)
}
