//! Logs go to standard error, one line an event; under systemd the journal takes them from there.

use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;

use crate::cli::Args;

/// Starts logging. `SEALPRESS_LOG` sets what is shown (`debug`, `sealpress_pipeline=trace`, …);
/// commands that only answer a question show warnings, those that work show what they do.
pub(crate) fn start(args: &Args) {
    // What apalis says of a failing queue is said once, in our words, by the lane that listens.
    let usual = match args.command.works() {
        true => "info,apalis_core=off,apalis_redis=off,apalis_sqlite=off,sqlx=warn",
        false => "warn,apalis_core=off,apalis_redis=off,apalis_sqlite=off,sqlx=error,lopdf=error",
    };
    let filter = EnvFilter::try_from_env("SEALPRESS_LOG").unwrap_or_else(|_| EnvFilter::new(usual));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(false);
    if std::env::var_os("JOURNAL_STREAM").is_some() {
        // The journal has its own time and shows no colours.
        builder.without_time().with_ansi(false).init();
    } else {
        builder.with_ansi(std::io::stderr().is_terminal()).init();
    }
}
