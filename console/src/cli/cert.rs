//! `cert`: what registrars do with certificates.

use clap::Subcommand;
use jiff::tz::TimeZone;
use sealpress_ledger::{
    CertificateFilter, CertificateId, LedgerError, NewSending, Route, SendingId, Status, WaitingFor,
};
use serde_json::json;
use uuid::Uuid;

use super::jobs::report;
use super::person::acting;
use super::shown::{self, Shown};
use crate::cli::Args;
use crate::exit::Exit;
use crate::opened::Opened;
use crate::output;
use crate::tongue::Tongue;

#[derive(Debug, Subcommand)]
pub(crate) enum Cert {
    /// Certificates, newest first.
    List {
        /// Only of this status.
        #[arg(long, value_parser = status)]
        status: Option<Status>,
        /// Only of this student number.
        #[arg(long, value_name = "NO")]
        student: Option<String>,
        /// Only of this certificate number.
        #[arg(long, value_name = "NO")]
        number: Option<String>,
        /// Only those that wait for approval.
        #[arg(long)]
        waiting: bool,
        /// At most so many.
        #[arg(long, default_value_t = 0, value_name = "N", hide_default_value = true)]
        limit: u32,
    },
    /// One certificate with its history and sendings.
    Show {
        /// Its id.
        id: CertificateId,
    },
    /// Mail certificates in force once more, with new Message-IDs.
    Resend {
        /// Their ids.
        #[arg(required = true)]
        ids: Vec<CertificateId>,
    },
    /// Let certificates go on that wait for a person's look at the page.
    Approve {
        /// Their ids.
        #[arg(required = true)]
        ids: Vec<CertificateId>,
    },
}

fn status(text: &str) -> Result<Status, String> {
    Status::ALL.iter().copied().find(|status| status.as_str() == text).ok_or_else(|| {
        let known: Vec<&str> = Status::ALL.iter().map(|status| status.as_str()).collect();
        format!("known are {}", known.join(", "))
    })
}

pub(crate) async fn run(args: &Args, opened: &Opened, cert: &Cert) -> anyhow::Result<Exit> {
    match cert {
        Cert::List { status, student, number, waiting, limit } => {
            let filter = CertificateFilter {
                status: *status,
                student_no: student.clone(),
                certificate_no: number.clone(),
                waiting_for: waiting.then_some(WaitingFor::Approval),
                open: false,
                limit: *limit,
            };
            report(args, &opened.ledger.certificates(&filter).await?)
        }
        Cert::Show { id } => show(args, opened, *id).await,
        Cert::Resend { ids } => {
            let one = only(ids);
            let (_, by) = acting(args, opened, Right::Resend, "cert resend", one).await?;
            let mut changed = Vec::new();
            for id in ids {
                let new =
                    NewSending::new(SendingId::new(Uuid::now_v7()), opened.settings.mail.domain());
                let now = (opened.clock)();
                changed.push(opened.ledger.resend(*id, &who, &Route::Roster, &new, now).await?);
            }
            report(args, &changed)
        }
        Cert::Approve { ids } => {
            let one = only(ids);
            let (_, by) = acting(args, opened, Right::Approve, "cert approve", one).await?;
            let mut changed = Vec::new();
            for id in ids {
                let approved = opened.ledger.approve(*id, &who, (opened.clock)()).await?;
                changed.push(approved.certificate);
            }
            report(args, &changed)
        }
    }
}

/// The certificate that an act is about, for its history; an act on many stands in none.
pub(crate) fn only(ids: &[CertificateId]) -> Option<CertificateId> {
    match ids {
        [id] => Some(*id),
        _ => None,
    }
}

/// One certificate, its history and its sendings. The history names no person but staff; the
/// address of a sending is shown to who may use this command on this host.
pub(crate) async fn show(args: &Args, opened: &Opened, id: CertificateId) -> anyhow::Result<Exit> {
    let certificate = opened.ledger.certificate(id).await?.ok_or(LedgerError::NoCertificate(id))?;
    let (events, sendings) =
        (opened.ledger.events_of(id).await?, opened.ledger.sendings_of(id).await?);
    if args.json {
        let mut value = serde_json::to_value(Shown::from(&certificate))?;
        value["events"] = serde_json::to_value(&events)?;
        value["sendings"] = sendings
            .iter()
            .map(|sending| {
                json!({ "id": sending.id, "to": sending.to, "message_id": sending.message_id,
                    "purpose": sending.purpose.as_str(), "route": sending.route.as_str(),
                    "state": sending.state.as_str(), "created_at": sending.created_at })
            })
            .collect();
        output::json(&value)?;
        return Ok(Exit::Done);
    }
    let timezone = TimeZone::get(&opened.settings.school.timezone).unwrap_or(TimeZone::UTC);
    shown::table(std::slice::from_ref(&certificate));
    output::line("");
    for event in events {
        let at = shown::time(event.at, &timezone);
        output::line(&format!("{at}  {:<18} {}  {}", event.kind, event.actor, event.detail));
    }
    for sending in sendings {
        let at = shown::time(sending.created_at, &timezone);
        output::line(&format!(
            "{at}  {:<18} {}  {}",
            sending.state.as_str(),
            sending.to,
            sending.message_id.unwrap_or_default()
        ));
    }
    if let Some(reason) = &certificate.last_error {
        output::line("");
        let tongue = Tongue::of_terminal();
        output::line(tongue.pick(&reason.message_zh, &reason.message_en));
        output::line(tongue.pick(&reason.hint_zh, &reason.hint_en));
    }
    Ok(Exit::Done)
}
