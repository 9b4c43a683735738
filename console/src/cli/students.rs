//! `students`: the roster.

use anyhow::Context;
use clap::Subcommand;
use sealpress_ledger::Right;
use serde_json::json;
use std::path::{Path, PathBuf};

use super::person::acting;
use crate::cli::Args;
use crate::exit::{Exit, WrongUse};
use crate::opened::Opened;
use crate::output;
use crate::roster::{self, BadRow, Changes, RosterFile};
use crate::tongue::Tongue;

#[derive(Debug, Subcommand)]
pub(crate) enum Students {
    /// Take students from a CSV (UTF-8 or Big5) or XLSX file: all of them, or none. In a home with
    /// people, a registrar does it (--as).
    Import {
        /// The file.
        file: PathBuf,
        /// Take the good rows even where others are bad.
        #[arg(long)]
        partial: bool,
        /// Say what it would change, and change nothing.
        #[arg(long, conflicts_with = "partial")]
        preview: bool,
    },
    /// One student as the roster has them.
    Show {
        /// The student number.
        student_no: String,
    },
}

pub(crate) async fn run(args: &Args, opened: &Opened, students: &Students) -> anyhow::Result<Exit> {
    match students {
        Students::Import { file, preview: true, .. } => preview(args, opened, file).await,
        Students::Import { file, partial, preview: false } => {
            import(args, opened, file, *partial).await
        }
        Students::Show { student_no } => show(args, opened, student_no).await,
    }
}

async fn import(args: &Args, opened: &Opened, file: &Path, partial: bool) -> anyhow::Result<Exit> {
    let read = read(opened, file).await?;
    let take = !read.students.is_empty() && (read.bad_rows.is_empty() || partial);
    if take {
        let right = Right::ImportRoster;
        let (_, by) = acting(args, opened, right, "students import", None).await?;
        opened.ledger.import_students(&read.students, &by, (opened.clock)()).await?;
    }
    let imported = if take { read.students.len() } else { 0 };
    if args.json {
        output::json(&json!({ "imported": imported, "bad_rows": read.bad_rows }))?;
    } else {
        let tongue = Tongue::of_terminal();
        bad_rows(&read.bad_rows, tongue);
        output::line(&match tongue {
            Tongue::Zh => format!("匯入 {imported} 名學生，{} 列有誤。", read.bad_rows.len()),
            Tongue::En => {
                format!("{imported} students imported, {} bad rows.", read.bad_rows.len())
            }
        });
        if !take && !read.bad_rows.is_empty() {
            output::say(tongue.pick(
                "有錯誤列，未匯入任何資料；請修正後重試，或加上 --partial 只匯入正確的列。",
                "Nothing was imported because of the bad rows; mend them, or take the good rows with --partial.",
            ));
        }
    }
    Ok(if read.bad_rows.is_empty() { Exit::Done } else { Exit::Finding })
}

async fn preview(args: &Args, opened: &Opened, file: &Path) -> anyhow::Result<Exit> {
    let changes = roster::preview(&opened.ledger, &read(opened, file).await?).await?;
    if args.json {
        output::json(&changes)?;
    } else {
        tell(&changes, Tongue::of_terminal());
    }
    Ok(if changes.bad_rows.is_empty() { Exit::Done } else { Exit::Finding })
}

fn tell(changes: &Changes, tongue: Tongue) {
    bad_rows(&changes.bad_rows, tongue);
    for student_no in &changes.new {
        output::line(&format!("+ {student_no}"));
    }
    for changed in &changes.changed {
        output::line(&format!("≠ {}  {}", changed.student_no, changed.fields.join(", ")));
    }
    let (new, changed, unchanged) = (changes.new.len(), changes.changed.len(), changes.unchanged);
    output::line(&match tongue {
        Tongue::Zh => {
            format!("新增 {new} 名、變更 {changed} 名、不變 {unchanged} 名學生；未匯入任何資料。")
        }
        Tongue::En => format!(
            "{new} new students, {changed} changed, {unchanged} as they are; nothing was imported."
        ),
    });
}

fn bad_rows(rows: &[BadRow], tongue: Tongue) {
    for row in rows {
        output::line(&format!(
            "{} {}: {}",
            tongue.pick("第", "line"),
            row.line,
            tongue.pick(&row.reason_zh, &row.reason_en)
        ));
    }
}

/// Reads a roster file by the configuration's header names.
pub(crate) async fn read(opened: &Opened, file: &Path) -> anyhow::Result<RosterFile> {
    let bytes = tokio::fs::read(file)
        .await
        .map_err(|error| WrongUse(format!("{} can't be read: {error}", file.display())))?;
    let (name, settings) = (file.to_string_lossy().into_owned(), opened.settings.roster.clone());
    tokio::task::spawn_blocking(move || roster::read(&bytes, &name, &settings))
        .await?
        .with_context(|| format!("{} is not a roster", file.display()))
}

async fn show(args: &Args, opened: &Opened, student_no: &str) -> anyhow::Result<Exit> {
    let Some(student) = opened.ledger.student(student_no).await? else {
        anyhow::bail!(
            "the roster has no student of this number; import one with `sealpress students import`"
        );
    };
    if args.json {
        output::json(&student)?;
        return Ok(Exit::Done);
    }
    let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "—".into());
    output::line(&format!(
        "{}  {}  {}",
        student.student_no,
        or_none(&student.name_zh),
        or_none(&student.name_en)
    ));
    output::line(&format!(
        "{}  {}  ({})",
        or_none(&student.birthday),
        or_none(&student.email),
        student.source.as_str()
    ));
    for degree in &student.degrees {
        output::line(&format!(
            "  {} / {} / {}  {}",
            or_none(&degree.college),
            degree.programme,
            degree.degree,
            or_none(&degree.certificate_no)
        ));
    }
    Ok(Exit::Done)
}
