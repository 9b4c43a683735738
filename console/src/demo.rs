//! `demo`: the whole of it on sample drops, in a new home, on the embedded defaults or on Redis.

mod names;
mod plan;
mod print_system;
mod report;

use anyhow::Context;
use clap::Args as ClapArgs;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use sealpress_config::{Home, QueueUrl};
use sealpress_ledger::{By, Degree, Student, StudentSource, Via};
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;

use crate::cli::{Args, init, status, work};
use crate::exit::{Exit, WrongUse};
use crate::opened::Opened;
use plan::{Drop, Plan, Pupil};
use print_system::{Page, PrintSystem};

/// The demo is given up when nothing has moved for so long.
const STANDSTILL: Duration = Duration::from_secs(120);

#[derive(Debug, ClapArgs)]
pub(crate) struct Demo {
    /// Files to drop, two broken ones and a duplicate among them.
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u32).range(plan::FEWEST as i64..))]
    count: u32,
    /// Where the home is made; a new folder under the current one by default.
    #[arg(long)]
    dir: Option<PathBuf>,
    /// The queue, `redis://HOST:PORT/DB`; the embedded one by default.
    #[arg(long)]
    queue: Option<QueueUrl>,
}

pub(crate) async fn run(args: &Args, demo: &Demo) -> anyhow::Result<Exit> {
    let home = Home::new(new_folder(demo.dir.as_ref())?);
    let (made, queue) = (home.clone(), demo.queue.clone());
    tokio::task::spawn_blocking(move || {
        init::make(&made, queue.as_ref(), jiff::Timestamp::now())?;
        quicken(&made)
    })
    .await??;
    let opened = Opened::open(Some(home.root())).await?;
    let ended = show(args, &opened, Plan::new(demo.count as usize)).await;
    opened.ledger.close().await;
    ended
}

async fn show(args: &Args, opened: &Opened, plan: Plan) -> anyhow::Result<Exit> {
    let started = Instant::now();
    roster(opened, &plan.pupils).await?;
    let lanes = opened.lanes().iter().cloned().collect();
    let process = work::process(opened, lanes, true, Arc::new(|| {})).await?;
    let (stop, stopping) = watch::channel(false);
    let running = tokio::spawn(process.run(stopping));
    let printer = Arc::new(printer()?);
    let bar = progress(plan.drops());

    let first = print(opened, &printer, plan.first.clone(), &bar, "printing").await?;
    broken_ones(opened, &printer, &plan).await?;
    let before = first + 2;
    settled(opened, before, &bar).await?;
    duplicate(opened).await?;
    settled(opened, before + 1, &bar).await?;
    roster(opened, &plan.renamed).await?;
    let later = print(opened, &printer, plan.later.clone(), &bar, "reissuing").await?;
    settled(opened, before + 1 + later, &bar).await?;
    bar.finish_and_clear();

    stop.send(true).context("the demo's workers ended early")?;
    running.await??;
    let took = started.elapsed();
    report::run(args, opened, &plan, took).await
}

/// The folder that was asked for, or a new one; never one that has a home already.
fn new_folder(asked: Option<&PathBuf>) -> anyhow::Result<PathBuf> {
    match asked {
        Some(dir) => Ok(dir.clone()),
        None => (1..1000)
            .map(|n| PathBuf::from(format!("sealpress-demo-{n}")))
            .find(|dir| !dir.exists())
            .ok_or_else(|| {
                WrongUse(
                    "there are too many sealpress-demo folders here; name one with --dir".into(),
                )
                .into()
            }),
    }
}

/// A print system on the same machine writes its files at once: the demo need not wait as long as
/// a network share would need.
fn quicken(home: &Home) -> anyhow::Result<()> {
    let path = home.settings_file();
    let text: Vec<String> = fs::read_to_string(&path)?
        .lines()
        .map(|line| match line.split_once("settle:") {
            Some((indent, _)) if indent.trim().is_empty() => format!("{indent}settle: 200ms"),
            _ => line.to_owned(),
        })
        .collect();
    Ok(fs::write(path, text.join("\n") + "\n")?)
}

fn printer() -> anyhow::Result<PrintSystem> {
    let font = sealpress_config::defaults::files()
        .iter()
        .find(|(path, _)| path.ends_with(".ttf"))
        .context("the sample school has no font")?;
    PrintSystem::new(font.1)
}

async fn roster(opened: &Opened, pupils: &[Pupil]) -> anyhow::Result<()> {
    let students: Vec<Student> = pupils.iter().map(student).collect();
    Ok(opened
        .ledger
        .import_students(&students, &By::new("demo", Via::Cli, "terminal"), (opened.clock)())
        .await?)
}

fn student(pupil: &Pupil) -> Student {
    Student {
        student_no: pupil.student_no.clone(),
        name_zh: Some(pupil.name_zh.clone()),
        name_en: Some(pupil.name_en.clone()),
        birthday: None,
        email: Some(format!("{}@student.example.edu.tw", pupil.student_no.to_lowercase())),
        school_email: None,
        source: StudentSource::Roster,
        degrees: vec![Degree {
            programme: pupil.programme.into(),
            degree: pupil.degree.into(),
            college: Some(pupil.college.into()),
            certificate_no: None,
        }],
    }
}

/// Prints on all cores and drops as a print system does: under a temporary name, then renamed.
/// Returns how many were dropped.
async fn print(
    opened: &Opened,
    printer: &Arc<PrintSystem>,
    drops: Vec<Drop>,
    bar: &ProgressBar,
    what: &'static str,
) -> anyhow::Result<usize> {
    bar.set_message(what);
    let count = drops.len();
    let inbox = opened.home.resolve(&opened.settings.inbox.path);
    let mut printing = tokio::task::JoinSet::new();
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    for part in drops.chunks(count.div_ceil(cores).max(1)) {
        let (printer, inbox, part) = (Arc::clone(printer), inbox.clone(), part.to_vec());
        printing.spawn_blocking(move || {
            part.iter().try_for_each(|one| drop_one(&printer, &inbox, one))
        });
    }
    while let Some(printed) = printing.join_next().await {
        printed??;
    }
    Ok(count)
}

fn drop_one(printer: &PrintSystem, inbox: &std::path::Path, one: &Drop) -> anyhow::Result<()> {
    let pdf = printer.print(&page(one, 1))?;
    let by_name = format!("{}_{}_{}", one.pupil.student_no, one.language, one.kind);
    let name = if one.sidecar { format!("paper-{by_name}") } else { by_name };
    if one.sidecar {
        let sidecar = format!(
            "student_no: {}\nkind: {}\nlanguage: {}\n",
            one.pupil.student_no, one.kind, one.language
        );
        put(inbox, &format!("{name}.yaml"), sidecar.as_bytes())?;
    }
    put(inbox, &format!("{name}.pdf"), &pdf)
}

fn put(inbox: &std::path::Path, name: &str, bytes: &[u8]) -> anyhow::Result<()> {
    let writing = inbox.join(format!(".{name}.tmp"));
    fs::write(&writing, bytes)?;
    Ok(fs::rename(writing, inbox.join(name))?)
}

const fn page(one: &Drop, print: u32) -> Page<'_> {
    Page {
        name_zh: one.pupil.name_zh.as_str(),
        name_en: one.pupil.name_en.as_str(),
        student_no: one.pupil.student_no.as_str(),
        programme: one.pupil.programme,
        degree: one.pupil.degree,
        english: matches!(one.language, sealpress_config::Language::En),
        print,
    }
}

/// Two that must be refused: a file that is no PDF, and a page that bears another student's name.
async fn broken_ones(
    opened: &Opened,
    printer: &Arc<PrintSystem>,
    plan: &Plan,
) -> anyhow::Result<()> {
    let inbox = opened.home.resolve(&opened.settings.inbox.path);
    let (one, other) = (plan.first[0].clone(), plan.pupils[plan.pupils.len() - 1].clone());
    let printer = Arc::clone(printer);
    tokio::task::spawn_blocking(move || {
        put(&inbox, "not-a-pdf_zh_first.pdf", b"this is no PDF\n%%EOF\n")?;
        let wrong =
            Drop { pupil: Pupil { student_no: one.pupil.student_no.clone(), ..other }, ..one };
        let pdf = printer.print(&page(&wrong, 2))?;
        let sidecar =
            format!("student_no: {}\nkind: reissue\nlanguage: zh\n", wrong.pupil.student_no);
        put(&inbox, "wrong-name.yaml", sidecar.as_bytes())?;
        put(&inbox, "wrong-name.pdf", &pdf)
    })
    .await?
}

/// A file that became a certificate is dropped once more under another name.
async fn duplicate(opened: &Opened) -> anyhow::Result<()> {
    let inbox = opened.home.resolve(&opened.settings.inbox.path);
    tokio::task::spawn_blocking(move || {
        let done = fs::read_dir(inbox.join("done"))?
            .flatten()
            .map(|entry| entry.path())
            .find(|path| path.extension().is_some_and(|ending| ending == "pdf"))
            .context("nothing is in done/ yet")?;
        put(&inbox, "dropped-again_zh_first.pdf", &fs::read(done)?)
    })
    .await?
}

/// Waits until so many drops are accounted for: closed, refused, duplicate, or waiting for a
/// person.
async fn settled(opened: &Opened, drops: usize, bar: &ProgressBar) -> anyhow::Result<()> {
    let (mut last, mut moved) = (0, Instant::now());
    loop {
        let now = status::look(opened, status::PATIENCE).await?;
        let accounted = now.accounted_for();
        if accounted != last {
            (last, moved) = (accounted, Instant::now());
            bar.set_position(accounted);
        }
        if accounted >= drops as u64 {
            return Ok(());
        }
        anyhow::ensure!(
            moved.elapsed() < STANDSTILL,
            "nothing has moved for {} s with {accounted} of {drops} drops accounted for; see `sealpress --home {} status`",
            STANDSTILL.as_secs(),
            opened.home.root().display()
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn progress(drops: usize) -> ProgressBar {
    // indicatif draws on a terminal alone.
    let bar = ProgressBar::with_draw_target(Some(drops as u64), ProgressDrawTarget::stderr());
    if let Ok(style) =
        ProgressStyle::with_template("{msg:>10} [{bar:40}] {pos}/{len}  {elapsed_precise}")
    {
        bar.set_style(style.progress_chars("━╸ "));
    }
    bar
}
