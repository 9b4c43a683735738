//! What changes certificates: the acts of the desk, from the command line.

use anyhow::Context;
use clap::Subcommand;
use sealpress_config::Kind;
use sealpress_ledger::{CertificateId, Grounds, RecallReason, RevokeReason, Right, Route};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::only;
use crate::cli::Args;
use crate::cli::jobs::report;
use crate::cli::person::acting;
use crate::desk::{Act, Desk, Reentered};
use crate::exit::{Exit, WrongUse};
use crate::opened::Opened;
use crate::output;
use crate::tongue::Tongue;

#[derive(Debug, Subcommand)]
pub(crate) enum Acting {
    /// Let certificates go on that wait for a person's look at the page.
    Approve {
        /// Their ids.
        #[arg(required = true)]
        ids: Vec<CertificateId>,
    },
    /// Refuse certificates whose page is not good; their drops go to failed/.
    Refuse {
        /// Their ids.
        #[arg(required = true)]
        ids: Vec<CertificateId>,
        /// Why; it stands in the history. Name no person.
        #[arg(long)]
        why: String,
    },
    /// Mail certificates in force once more, with new Message-IDs.
    Resend {
        /// Their ids.
        #[arg(required = true)]
        ids: Vec<CertificateId>,
        /// To which of the roster's addresses: personal or school; else as the first time.
        #[arg(long, value_parser = ["personal", "school"], conflicts_with = "to_file")]
        to: Option<String>,
        /// To the address in this file, for this sending alone.
        #[arg(long, value_name = "FILE")]
        to_file: Option<PathBuf>,
    },
    /// Record that the file was handed over on campus.
    HandOver {
        /// Their ids.
        #[arg(required = true)]
        ids: Vec<CertificateId>,
    },
    /// Give the inbox a new page for a certificate in force (補證 or 更名), from the print system.
    Reissue {
        /// The certificate whose place the new one takes.
        id: CertificateId,
        /// The new PDF.
        file: PathBuf,
        /// reissue or rename.
        #[arg(long, default_value = "reissue")]
        kind: Kind,
    },
    /// Take back a certificate that was mis-issued (誤發收回), for good.
    Recall {
        /// Its id.
        id: CertificateId,
        /// The ground: wrong_person, wrong_content, wrong_degree, not_entitled, printing_error, other.
        #[arg(long)]
        reason: RecallReason,
        /// Why; it stands in the history. Name no person.
        #[arg(long)]
        why: String,
    },
    /// Revoke a certificate (撤銷), for good. The ministry alone may.
    Revoke {
        /// Its id.
        id: CertificateId,
        /// The ground: not_entitled, thesis_fraud, admission_fraud, court_decision, other.
        #[arg(long)]
        reason: RevokeReason,
        /// Why; it stands in the history. Name no person.
        #[arg(long)]
        why: String,
    },
}

pub(crate) async fn run(args: &Args, opened: &Arc<Opened>, act: &Acting) -> anyhow::Result<Exit> {
    match act {
        Acting::Approve { ids } => each(args, opened, ids, |_| Ok(Act::Approve)).await,
        Acting::Refuse { ids, why } => {
            each(args, opened, ids, |_| Ok(Act::RefusePage { why: why.clone() })).await
        }
        Acting::Resend { ids, to, to_file } => {
            let route = route(to.as_deref(), to_file.as_deref()).await?;
            each(args, opened, ids, |_| Ok(Act::Resend { route: route.clone() })).await
        }
        Acting::HandOver { ids } => each(args, opened, ids, |_| Ok(Act::HandOver)).await,
        Acting::Reissue { id, file, kind } => reissue(args, opened, *id, file, *kind).await,
        Acting::Recall { id, reason, why } => {
            each(args, opened, &[*id], |proof| {
                let grounds = Grounds::new(*reason, why)?;
                Ok(Act::Recall { grounds, proof })
            })
            .await
        }
        Acting::Revoke { id, reason, why } => {
            each(args, opened, &[*id], |_| Ok(Act::Revoke { grounds: Grounds::new(*reason, why)? }))
                .await
        }
    }
}

/// Does an act to each, in the name of one person who is asked for once.
async fn each(
    args: &Args,
    opened: &Arc<Opened>,
    ids: &[CertificateId],
    act: impl Fn(Reentered) -> anyhow::Result<Act>,
) -> anyhow::Result<Exit> {
    let first = act(Reentered::of_this_command())?;
    let what = format!("cert {}", first.as_str());
    let (person, by) = acting(args, opened, first.right(), &what, only(ids)).await?;
    let (desk, mut changed) = (Desk::new(opened), Vec::new());
    for id in ids {
        let act = act(Reentered::of_this_command())?;
        changed.push(desk.act(&person, &by, *id, act).await?);
    }
    report(args, &changed)
}

/// Where to. A corrected address is read from a file: it is no business of whoever lists the
/// processes of this host.
async fn route(to: Option<&str>, to_file: Option<&Path>) -> anyhow::Result<Route> {
    if let Some(file) = to_file {
        let address = tokio::fs::read_to_string(file)
            .await
            .map_err(|error| WrongUse(format!("{} can't be read: {error}", file.display())))?;
        return Ok(Route::Corrected(address.trim().to_owned()));
    }
    Ok(match to {
        Some("personal") => Route::Personal,
        Some("school") => Route::School,
        Some(_) | None => Route::Roster,
    })
}

async fn reissue(
    args: &Args,
    opened: &Arc<Opened>,
    id: CertificateId,
    file: &Path,
    kind: Kind,
) -> anyhow::Result<Exit> {
    let pdf =
        tokio::fs::read(file).await.with_context(|| format!("{} can't be read", file.display()))?;
    let (person, by) = acting(args, opened, Right::Reissue, "cert reissue", Some(id)).await?;
    let drop = Desk::new(opened).reissue(&person, &by, id, kind, &pdf).await?;
    if args.json {
        output::json(&json!({ "drop": drop, "certificate": id }))?;
    } else {
        output::line(&drop);
        output::say(Tongue::of_terminal().pick(
            "已放進投件資料夾；結果請看 sealpress cert list 或 inbox/failed。",
            "It lies in the inbox; see `sealpress cert list`, or inbox/failed.",
        ));
    }
    Ok(Exit::Done)
}
