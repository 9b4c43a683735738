//! `verify`: whether files are genuine certificates in force.

use clap::Args as ClapArgs;
use serde::Serialize;
use std::path::PathBuf;

use crate::cli::Args;
use crate::exit::{Exit, WrongUse};
use crate::opened::Opened;
use crate::output;
use crate::tongue::Tongue;
use crate::verdict::bundle::{self, Outcome, Row, Upload};
use crate::verdict::{Judge, Judgement};

#[derive(Debug, ClapArgs)]
pub(crate) struct Verify {
    /// The files; of a ZIP, every PDF in it.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// A table for a spreadsheet (CSV) on standard output.
    #[arg(long, conflicts_with = "json")]
    csv: bool,
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
        rows.iter().for_each(|row| print(row, tongue));
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

fn print(row: &Row, tongue: Tongue) {
    match &row.outcome {
        Outcome::NotJudged(why) => output::line(&format!("-  {}: {}", row.file, why.says(tongue))),
        Outcome::Judged(judgement) => {
            let finding = judgement.finding;
            output::line(&format!("{} {}  {}", finding.mark(), finding.says(tongue), row.file));
            for check in &judgement.checks {
                let mark = if check.passed { "✔" } else { "✘" };
                let said = tongue.pick(&check.message_zh, &check.message_en);
                output::line(&format!("  {mark} {said}"));
            }
        }
    }
}
