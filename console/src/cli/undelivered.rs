//! `cert undelivered`: who has not got their certificate, and why.

use clap::Args as ClapArgs;
use jiff::tz::TimeZone;
use sealpress_ledger::{CertificateId, Undelivered, UndeliveredFilter, Why};
use serde_json::json;

use super::shown::{self, Shown};
use crate::cli::Args;
use crate::exit::Exit;
use crate::opened::Opened;
use crate::output;
use crate::tongue::Tongue;

#[derive(Debug, ClapArgs)]
pub(crate) struct List {
    /// Only for this reason: no_address, refused, bounced, suppressed, parked or under_way.
    #[arg(long, value_parser = why)]
    why: Option<Why>,
    /// Only those accepted before this one: where the last list ended.
    #[arg(long, value_name = "ID")]
    before: Option<CertificateId>,
    /// At most so many.
    #[arg(long, default_value_t = 0, value_name = "N", hide_default_value = true)]
    limit: u32,
}

fn why(text: &str) -> Result<Why, String> {
    Why::ALL.iter().copied().find(|why| why.as_str() == text).ok_or_else(|| {
        let known: Vec<&str> = Why::ALL.iter().map(|why| why.as_str()).collect();
        format!("known are {}", known.join(", "))
    })
}

pub(crate) async fn run(args: &Args, opened: &Opened, list: &List) -> anyhow::Result<Exit> {
    let filter = UndeliveredFilter { why: list.why, before: list.before, limit: list.limit };
    let found = opened.ledger.undelivered(&filter, (opened.clock)()).await?;
    if args.json {
        output::json(&found.iter().map(value).collect::<Result<Vec<_>, _>>()?)?;
    } else {
        table(opened, &found);
    }
    Ok(Exit::Done)
}

/// The certificate as every list has it, and why it is in this one. Keys are added, never renamed.
fn value(undelivered: &Undelivered) -> serde_json::Result<serde_json::Value> {
    let mut value = serde_json::to_value(Shown::from(&undelivered.certificate))?;
    value["why"] = json!(undelivered.why);
    value["code"] = json!(undelivered.code);
    value["review"] = json!(undelivered.review);
    value["since"] = json!(undelivered.since);
    value["sending"] = json!(undelivered.sending);
    Ok(value)
}

fn table(opened: &Opened, found: &[Undelivered]) {
    let tongue = Tongue::of_terminal();
    let timezone = TimeZone::get(&opened.settings.school.timezone).unwrap_or(TimeZone::UTC);
    let heads = match tongue {
        Tongue::Zh => ["證書編號(id)", "證書字號", "學號", "原因", "代碼", "自", "寄送編號"],
        Tongue::En => ["id", "number", "student", "why", "code", "since", "sending"],
    };
    let row = |one: &Undelivered| {
        let certified = &one.certificate.certified;
        let why = tongue.pick(one.why.zh(), one.why.as_str());
        let review = if one.review { tongue.pick("（待確認）", " (to review)") } else { "" };
        vec![
            one.certificate.id.to_string(),
            certified.certificate_no.clone(),
            certified.student_no.clone(),
            format!("{why}{review}"),
            one.code.clone().unwrap_or_default(),
            shown::time(one.since, &timezone),
            one.sending.map(|sending| sending.to_string()).unwrap_or_default(),
        ]
    };
    output::table(&heads, &found.iter().map(row).collect::<Vec<_>>());
}
