//! The commands, a file each.

mod answers;
pub(crate) mod audit;
mod bounces;
mod cert;
mod doctor;
pub(crate) mod init;
mod jobs;
mod keys;
mod matching;
pub(crate) mod person;
mod serve;
mod shown;
pub(crate) mod status;
mod students;
mod undelivered;
mod user;
mod verify;
pub(crate) mod work;

use clap::{Parser, Subcommand};
use sealpress_config::Role;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

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
    /// Who acts; asked for where it is missing. Only acts need a person, and only in a home that
    /// has people: until then, whoever can write the ledger's file is trusted.
    #[arg(long = "as", global = true, env = "SEALPRESS_AS", value_name = "NAME")]
    pub(crate) acting_as: Option<String>,
    /// Read the acting person's password from this file descriptor instead of the terminal: a
    /// line for the password, and one for the code where a second factor is asked.
    #[arg(long, global = true, value_name = "N")]
    pub(crate) password_fd: Option<u32>,
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
    /// Serve the pages and the Web API.
    Serve(serve::Serve),
    /// How many certificates stand where, and whether the lanes run.
    Status(status::Status),
    /// What operators do with certificates on their way and with lanes.
    ///
    /// In a home that has people, what changes something needs an operator (--as).
    #[command(subcommand)]
    Jobs(jobs::Jobs),
    /// What registrars do with certificates.
    ///
    /// In a home that has people, what changes something needs one of them with the right to it
    /// (--as).
    #[command(subcommand)]
    Cert(cert::Cert),
    /// People who may act, and their roles.
    ///
    /// Until an administrator has set a password, whoever can write the ledger's file may use these
    /// commands; from then on they need an administrator (--as). The first person must be one.
    #[command(subcommand)]
    User(user::People),
    /// The school's signing keys, in files, on cards and HSMs.
    #[command(subcommand)]
    Keys(keys::Keys),
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

impl Args {
    /// Reads a command line. `user role wang -viewer` takes a role away, in which the parser would
    /// see six short options: it is handed `~viewer`.
    pub(crate) fn read(line: impl Iterator<Item = OsString>) -> Result<Self, clap::Error> {
        let taken = |word: OsString| {
            let role = word.to_str().and_then(|word| word.strip_prefix('-'));
            match role.and_then(|role| role.parse::<Role>().ok()) {
                Some(role) => format!("~{role}").into(),
                None => word,
            }
        };
        Self::try_parse_from(line.map(taken))
    }
}

impl Command {
    /// Whether the command works on certificates, rather than answering a question.
    pub(crate) const fn works(&self) -> bool {
        matches!(self, Self::Run | Self::Watch | Self::Work(_) | Self::Serve(_))
    }
}

/// Runs a command.
pub(crate) async fn run(args: &Args) -> anyhow::Result<Exit> {
    match &args.command {
        Command::Init(init) => init::run(args, init).await,
        Command::Demo(demo) => demo::run(args, demo).await,
        Command::Doctor => doctor::run(args).await,
        Command::Keys(keys) => keys::run(args, keys).await,
        Command::Serve(serve) if serve.routes => serve::show_routes(args),
        Command::Verify(verify) if !verify.trust.is_empty() => verify::by_roots(args, verify).await,
        Command::Serve(_) => {
            let opened = Opened::open(args.home.as_deref()).await?;
            Box::pin(serve::run(opened)).await
        }
        command => {
            let opened = Arc::new(Opened::open(args.home.as_deref()).await?);
            let ended = Box::pin(with_home(args, command, &opened)).await;
            opened.ledger.close().await;
            ended
        }
    }
}

async fn with_home(args: &Args, command: &Command, opened: &Arc<Opened>) -> anyhow::Result<Exit> {
    match command {
        Command::Run => work::run_all(opened).await,
        Command::Watch => work::watch(opened).await,
        Command::Work(work) => work::work(opened, work).await,
        Command::Status(status) => status::run(args, opened, status).await,
        Command::Jobs(jobs) => jobs::run(args, opened, jobs).await,
        Command::Cert(cert) => cert::run(args, opened, cert).await,
        Command::User(people) => user::run(args, opened, people).await,
        Command::Students(students) => students::run(args, opened, students).await,
        Command::Bounces(bounces) => bounces::run(args, opened, bounces).await,
        Command::Verify(verify) => verify::run(args, opened, verify).await,
        Command::Audit => audit::run(args, opened).await,
        // Run before a home is opened.
        Command::Init(_)
        | Command::Demo(_)
        | Command::Doctor
        | Command::Keys(_)
        | Command::Serve(_) => Ok(Exit::Usage),
    }
}

/// The home that was named, for messages.
pub(crate) fn named(args: &Args) -> Option<&Path> {
    args.home.as_deref()
}
