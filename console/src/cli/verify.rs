//! `verify`: whether files are genuine certificates in force, or, with `--trust`, what the
//! signatures of any PDF are worth.

mod by_roots;

use clap::Args as ClapArgs;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use std::path::PathBuf;

use crate::cli::{Args, shown};
use crate::exit::{Exit, WrongUse};
use crate::opened::Opened;
use crate::output;
use crate::tongue::Tongue;
use crate::verdict::bundle::{self, Outcome, Row, Upload};
use crate::verdict::{Judge, Judgement, Line};

#[derive(Debug, ClapArgs)]
pub(crate) struct Verify {
    /// The files; of a ZIP, every PDF in it.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// A table for a spreadsheet (CSV) on standard output.
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    /// Judge the signatures of any PDF by these roots (PEM) alone; no home is needed.
    #[arg(long, value_name = "PEM", conflicts_with = "csv")]
    pub(crate) trust: Vec<PathBuf>,
    /// With --trust: roots that timestamps may lead to besides.
    #[arg(long, value_name = "PEM", requires = "trust")]
    tsa_trust: Vec<PathBuf>,
}

/// A file and its verdict. The JSON is a contract: keys are added, never renamed.
#[derive(Serialize)]
struct OfFile<'a> {
    file: &'a str,
    #[serde(flatten)]
    judgement: Option<&'a Judgement>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_judged: Option<&'static str>,
}

impl<'a> From<&'a Row> for OfFile<'a> {
    fn from(row: &'a Row) -> Self {
        let (judgement, not_judged) = match &row.outcome {
            Outcome::Judged(judgement) => (Some(&**judgement), None),
            Outcome::NotJudged(why) => (None, Some(why.as_str())),
        };
        Self { file: &row.file, judgement, not_judged }
    }
}

/// Judges by given roots; needs no home.
pub(crate) async fn by_roots(args: &Args, verify: &Verify) -> anyhow::Result<Exit> {
    by_roots::run(args, verify).await
}

pub(crate) async fn run(args: &Args, opened: &Opened, verify: &Verify) -> anyhow::Result<Exit> {
    let judge = Judge::new(opened, opened.preview()).await?;
    let mut rows = Vec::new();
    for file in &verify.files {
        let bytes = tokio::fs::read(file)
            .await
            .map_err(|error| WrongUse(format!("{} can't be read: {error}", file.display())))?;
        let upload = Upload { name: file.display().to_string(), bytes };
        let (judged, now) = (|row| rows.push(row), (opened.clock)());
        bundle::judge_each(&judge, vec![upload], now, judged).await?;
    }
    let tongue = Tongue::of_terminal();
    if args.json {
        output::json(&rows.iter().map(OfFile::from).collect::<Vec<_>>())?;
    } else if verify.csv {
        output::line(bundle::csv(&rows, tongue)?.trim_end());
    } else {
        let zone = TimeZone::get(&opened.settings.school.timezone).unwrap_or(TimeZone::UTC);
        rows.iter().for_each(|row| print(row, tongue, &zone));
    }
    Ok(if all_valid(&rows) { Exit::Done } else { Exit::Finding })
}

/// Whether everything that is a PDF is valid, and something is.
fn all_valid(rows: &[Row]) -> bool {
    let mut judged = rows.iter().filter_map(|row| match &row.outcome {
        Outcome::Judged(judgement) => Some(judgement.verdict == "valid"),
        Outcome::NotJudged(why) => why.is_a_failure().then_some(false),
    });
    judged.next().is_some_and(|first| first && judged.all(|valid| valid))
}

fn print(row: &Row, tongue: Tongue, zone: &TimeZone) {
    match &row.outcome {
        Outcome::NotJudged(why) => output::line(&format!("-  {}: {}", row.file, why.says(tongue))),
        Outcome::Judged(judgement) => {
            let finding = judgement.finding;
            output::line(&format!("{} {}  {}", finding.mark(), finding.says(tongue), row.file));
            let times =
                [judgement.signed_at, judgement.timestamped_at, judgement.document_timestamp_at];
            print_facts(tongue, judgement.profile.as_deref(), judgement.signer.as_deref());
            print_times(tongue, zone, times);
            print_checks(&judgement.checks, tongue);
        }
    }
}

fn print_facts(tongue: Tongue, profile: Option<&str>, signer: Option<&str>) {
    let facts = [
        (tongue.pick("簽章者", "signed by"), signer),
        (tongue.pick("簽章等級", "profile"), profile),
    ];
    for (label, value) in facts {
        if let Some(value) = value {
            output::line(&format!("    {label}: {value}"));
        }
    }
}

/// When it was signed by the signer's clock, existed by its timestamp, and was closed in.
fn print_times(tongue: Tongue, zone: &TimeZone, times: [Option<Timestamp>; 3]) {
    let labels = [
        tongue.pick("簽章時間", "signed at"),
        tongue.pick("時戳時間", "timestamp"),
        tongue.pick("文件時戳時間", "document timestamp"),
    ];
    for (label, at) in labels.into_iter().zip(times) {
        if let Some(at) = at {
            output::line(&format!("    {label}: {}", shown::time(at, zone)));
        }
    }
}

fn print_checks(checks: &[Line], tongue: Tongue) {
    for check in checks {
        let mark = if check.passed { "✔" } else { "✘" };
        output::line(&format!("  {mark} {}", tongue.pick(&check.message_zh, &check.message_en)));
    }
}
