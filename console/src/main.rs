//! # console: what people and programs see of Sealpress
//!
//! The binary `sealpress`. `cli/` has a file a command; `cli.rs` is its table of contents. Standard
//! output is data, standard error is talk; exit codes stand in [`exit`] alone.
//!
//! Main types: [`cli::Command`], [`opened::Opened`] (a home with its ledger and queue),
//! [`exit::Exit`]. May import: every room.

mod api;
mod bounces;
mod cli;
mod demo;
mod desk;
mod exit;
mod logging;
mod opened;
mod output;
mod parsing;
mod preview;
mod roster;
mod secrecy;
mod shown;
mod tongue;
mod verdict;
mod web;

use sealpress_sandbox::Called;
use std::process::ExitCode;

fn main() -> ExitCode {
    // Before there is a second thread, and before anything else is read.
    if let Some(called) = Called::by(std::env::args_os()) {
        return called.run(parsing::answer);
    }
    let args = match cli::Args::read(std::env::args_os()) {
        Ok(args) => args,
        Err(error) => {
            // Help and version are answers; everything else is wrong use.
            let _ = error.print();
            return if error.use_stderr() {
                exit::Exit::Usage.into()
            } else {
                exit::Exit::Done.into()
            };
        }
    };
    if let Err(error) = secrecy::leave_no_image() {
        output::failure(&args, &error.into());
        return exit::Exit::Finding.into();
    }
    if let cli::Command::Page(task) = args.command {
        return preview::page::run(task);
    }
    sealpress_faults::arm();
    logging::start(&args);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let ended = match runtime {
        Ok(runtime) => {
            let ended = runtime.block_on(Box::pin(cli::run(&args)));
            // A stage that was handed back may still compute; nobody waits for it.
            runtime.shutdown_timeout(std::time::Duration::from_millis(200));
            ended
        }
        Err(error) => Err(error.into()),
    };
    match ended {
        Ok(exit) => exit.into(),
        Err(error) => {
            output::failure(&args, &error);
            exit::Exit::of(&error).into()
        }
    }
}
