//! `fill-ledger LEDGER COUNT [SEED]`: years of certificates in a ledger that Sealpress has made, to
//! look at pages and figures as a large school sees them.

use sealpress_tests::filled::fill;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

#[tokio::main]
async fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().map(PathBuf::from);
    let count = arguments.next().and_then(|count| count.parse().ok());
    let seed = arguments.next().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let (Some(path), Some(count)) = (path, count) else {
        eprintln!("usage: fill-ledger LEDGER COUNT [SEED]");
        return ExitCode::from(2);
    };
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_millis();
    let started = Instant::now();
    let now = i64::try_from(now).expect("before the year 292,278,994");
    match fill(&path, count, seed, now).await {
        Ok(_) => {
            eprintln!("{count} certificates in {:.1} s", started.elapsed().as_secs_f32());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{}: {error}", path.display());
            ExitCode::FAILURE
        }
    }
}
