//! `verify --trust`: the signatures of any PDF, judged by given roots alone. It needs no home, so
//! that whoever receives a certificate can do it, and decades later.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use sealpress_ledger::system_clock;
use serde::Serialize;
use std::path::Path;

use super::Verify;
use crate::cli::Args;
use crate::exit::{Exit, WrongUse};
use crate::output;
use crate::parsing;
use crate::preview::Preview;
use crate::tongue::Tongue;
use crate::verdict::signature::{Signature, Trusted};
use crate::verdict::{Line, certificates};

/// The largest file that is looked at, in bytes.
const MOST_BYTES: u64 = 256 << 20;

/// A file and what its signatures are worth. The JSON is a contract: keys are added, never renamed.
#[derive(Serialize)]
struct OfFile<'a> {
    file: String,
    /// `valid` or `not_valid`.
    verdict: &'static str,
    /// Whether it is a certification of the kind that Sealpress makes.
    certification: bool,
    profile: Option<&'a str>,
    signer: Option<&'a str>,
    signed_at: Option<Timestamp>,
    timestamped_at: Option<Timestamp>,
    document_timestamp_at: Option<Timestamp>,
    checks: &'a [Line],
}

/// Judges the files by the roots that were named.
pub(super) async fn run(args: &Args, verify: &Verify) -> anyhow::Result<Exit> {
    let trusted = Trusted {
        roots: certificates("--trust", verify.trust.clone()).await?,
        timestamp_roots: certificates("--tsa-trust", verify.tsa_trust.clone()).await?,
    };
    let sandbox = parsing::confined(sealpress_config::Sandbox::default());
    let (children, now) = (Preview::new(sandbox, MOST_BYTES), (system_clock())());
    let mut judged = Vec::new();
    for file in &verify.files {
        let bytes = tokio::fs::read(file)
            .await
            .map_err(|error| WrongUse(format!("{} can't be read: {error}", file.display())))?;
        let signature = Signature::of_foreign(&bytes, &trusted, now, &children).await?;
        judged.push((file, signature.into_trusted()));
    }
    if args.json {
        let all: Vec<_> = judged.iter().map(|(file, signature)| of_file(file, signature)).collect();
        output::json(&all)?;
    } else {
        let tongue = Tongue::of_terminal();
        judged.iter().for_each(|(file, signature)| print(&of_file(file, signature), tongue));
    }
    let valid = judged.iter().all(|(_, signature)| signature.valid);
    Ok(if valid { Exit::Done } else { Exit::Finding })
}

fn of_file<'a>(file: &Path, signature: &'a Signature) -> OfFile<'a> {
    OfFile {
        file: file.display().to_string(),
        verdict: if signature.valid { "valid" } else { "not_valid" },
        certification: signature.holds,
        profile: signature.profile.as_deref(),
        signer: signature.signer.as_deref(),
        signed_at: signature.signed_at,
        timestamped_at: signature.timestamped_at,
        document_timestamp_at: signature.document_timestamp_at,
        checks: &signature.checks,
    }
}

fn print(of: &OfFile<'_>, tongue: Tongue) {
    let said = match of.verdict {
        "valid" => tongue.pick("✔ 簽章有效", "✔ the signature is valid"),
        _ => tongue.pick("✘ 簽章無效", "✘ the signature is not valid"),
    };
    output::line(&format!("{said}  {}", of.file));
    super::print_facts(tongue, of.profile, of.signer);
    let times = [of.signed_at, of.timestamped_at, of.document_timestamp_at];
    super::print_times(tongue, &TimeZone::system(), times);
    super::print_checks(of.checks, tongue);
}
