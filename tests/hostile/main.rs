//! Hostile input: every file, name and field that somebody could put before the real `sealpress` to
//! hurt it, with the verdict that each must get. A row that fails is named, and the rows after it
//! are judged all the same. After each table a good drop must go through; no row may take more than
//! ten seconds, and the process never 200 MiB.

mod active;
mod bombs;
// The writer of broken PDFs stands with the tests of pre-flight, which need it more.
#[expect(dead_code, reason = "pre-flight's tests use more of it")]
#[expect(clippy::unwrap_used, reason = "it is a test's, of another package")]
#[path = "../../inbox/src/preflight/tests/builder.rs"]
mod builder;
mod damaged;
mod dots;
mod fields;
mod fixtures;
mod harmless;
mod hidden;
mod names;
mod packed;
mod pages;
mod places;
mod rosters;
mod sheet;
mod sidecars;
mod siege;

use sheet::Sheet;
use siege::{Must, Siege};

/// A row of a table: what it is, the file, and what must become of it.
type Case = (&'static str, fn(Sheet) -> Vec<u8>, Must);
