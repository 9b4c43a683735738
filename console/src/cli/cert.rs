//! `cert`: what registrars do with certificates.

mod acting;

use clap::Subcommand;
use jiff::tz::TimeZone;
use sealpress_ledger::{CertificateFilter, CertificateId, LedgerError, Status, WaitingFor};
use std::sync::Arc;

use super::jobs::report;
use super::shown::{self, Shown};
use super::undelivered;
use crate::cli::Args;
use crate::exit::Exit;
use crate::opened::Opened;
use crate::output;
use crate::shown::ShownSending;
use crate::tongue::Tongue;

#[derive(Debug, Subcommand)]
pub(crate) enum Cert {
    /// Certificates, newest first.
    List {
        /// Only of this status.
        #[arg(long, value_parser = crate::shown::status)]
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
    /// Certificates in force whose graduates have not got them, newest first, and why.
    Undelivered(undelivered::List),
    /// What changes certificates.
    #[command(flatten)]
    Acting(acting::Acting),
}

pub(crate) async fn run(args: &Args, opened: &Arc<Opened>, cert: &Cert) -> anyhow::Result<Exit> {
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
        Cert::Undelivered(list) => undelivered::run(args, opened, list).await,
        Cert::Acting(act) => acting::run(args, opened, act).await,
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
        let sendings: Vec<_> = sendings.iter().map(ShownSending::from).collect();
        value["sendings"] = serde_json::to_value(sendings)?;
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
