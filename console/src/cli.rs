//! The commands, a file each.

pub(crate) mod audit;
mod bounces;
mod cert;
mod doctor;
pub(crate) mod init;
mod jobs;
mod people;
mod shown;
pub(crate) mod status;
mod students;
mod undelivered;
pub(crate) mod verify;
pub(crate) mod work;

use clap::{Parser, Subcommand};
use std::path::{Path, PathBuf};

use crate::demo;
use crate::exit::Exit;
use crate::opened::Opened;

/// Turns the PDFs of a print system into signed, archived, mailed degree certificates
/// (數位學位證書簽發系統).
#[derive(Debug, Parser)]
#[command(name = "sealpress", version, propagate_version = true)]
pub(crate) struct Args {
    /// The home: the folder that `sealpress init` made.
    #[arg(long, global = true, env = "SEALPRESS_HOME", value_name = "DIR")]
    pub(crate) home: Option<PathBuf>,
    /// One JSON value on standard output instead of a table.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a home that works at once, with a sample school and a trial key.
    Init(init::Init),
    /// Watch the inbox and run every lane, in one process.
    Run,
    /// Watch the inbox alone.
    Watch,
    /// Run lanes alone.
    Work(work::Work),
    /// Show the whole of it on sample drops in a new home.
    Demo(demo::Demo),
    /// How many certificates stand where, and whether the lanes run.
    Status(status::Status),
    /// What operators do with certificates on their way and with lanes.
    #[command(subcommand)]
    Jobs(jobs::Jobs),
    /// What registrars do with certificates.
    #[command(subcommand)]
    Cert(cert::Cert),
    /// The roster.
    #[command(subcommand)]
    Students(students::Students),
    /// Read messages that came back, and say which certificates did not arrive.
    Bounces(bounces::Bounces),
    /// Say whether files are genuine certificates in force.
    Verify(verify::Verify),
    /// Check every archived file, every signature, the history, and look for orphans.
    Audit,
    /// Check this installation, and explain its configuration.
    Doctor,
}

impl Command {
    /// Whether the command works on certificates, rather than answering a question.
    pub(crate) const fn works(&self) -> bool {
        matches!(self, Self::Run | Self::Watch | Self::Work(_))
    }
}

/// Runs a command.
pub(crate) async fn run(args: &Args) -> anyhow::Result<Exit> {
    match &args.command {
        Command::Init(init) => init::run(args, init).await,
        Command::Demo(demo) => demo::run(args, demo).await,
        Command::Doctor => doctor::run(args).await,
        command => {
            let opened = Opened::open(args.home.as_deref()).await?;
            let ended = Box::pin(with_home(args, command, &opened)).await;
            opened.ledger.close().await;
            ended
        }
    }
}

async fn with_home(args: &Args, command: &Command, opened: &Opened) -> anyhow::Result<Exit> {
    match command {
        Command::Run => work::run_all(opened).await,
        Command::Watch => work::watch(opened).await,
        Command::Work(work) => work::work(opened, work).await,
        Command::Status(status) => status::run(args, opened, status).await,
        Command::Jobs(jobs) => jobs::run(args, opened, jobs).await,
        Command::Cert(cert) => cert::run(args, opened, cert).await,
        Command::Students(students) => students::run(args, opened, students).await,
        Command::Bounces(bounces) => bounces::run(args, opened, bounces).await,
        Command::Verify(verify) => verify::run(args, opened, verify).await,
        Command::Audit => audit::run(args, opened).await,
        // Run before a home is opened: they make one, or say what is wrong with it.
        Command::Init(_) | Command::Demo(_) | Command::Doctor => Ok(Exit::Usage),
    }
}

/// The home that was named, for messages.
pub(crate) fn named(args: &Args) -> Option<&Path> {
    args.home.as_deref()
}
