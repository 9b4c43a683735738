//! The ledger, in the hands of another.

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, Executor, SqliteConnection};
use std::thread;
use std::time::Duration;

use crate::School;

/// As a backup program does that takes its time.
#[test]
fn another_process_locks_the_ledger_for_half_a_minute() {
    let mut school = School::of(6);
    let running = school.home.start("run", &["run"]);
    school.print(0..3);
    let ledger = SqliteConnectOptions::new().filename(school.home.at("ledger.db"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let mut other = SqliteConnection::connect_with(&ledger).await.expect("the ledger");
        other.execute("BEGIN EXCLUSIVE").await.expect("a lock");
        school.print(3..6);
        // It is the length of the outage, and no wait for anything.
        thread::sleep(Duration::from_secs(30));
        other.execute("ROLLBACK").await.expect("an end");
    });
    school.ends_well(vec![running]);
}
