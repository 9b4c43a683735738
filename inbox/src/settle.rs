//! Whether a file is whole: its size and time of change have stood still.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::scan::Found;

/// What was seen of each file, from look to look.
#[derive(Debug, Default)]
pub(crate) struct Settling(HashMap<PathBuf, Seen>);

#[derive(Debug)]
struct Seen {
    size: u64,
    changed: i128,
    since: Instant,
    looked: bool,
}

impl Settling {
    /// Notes what is there now, and forgets what is not.
    pub(crate) fn look(&mut self, found: &[Found], now: Instant) {
        for seen in self.0.values_mut() {
            seen.looked = false;
        }
        for file in found {
            let seen = self.0.entry(file.path.clone()).or_insert(Seen {
                size: file.size,
                changed: file.changed,
                since: now,
                looked: true,
            });
            seen.looked = true;
            if (seen.size, seen.changed) != (file.size, file.changed) {
                (seen.size, seen.changed, seen.since) = (file.size, file.changed, now);
            }
        }
        self.0.retain(|_, seen| seen.looked);
    }

    /// How long a file has stood still.
    pub(crate) fn still(&self, file: &Found, now: Instant) -> Duration {
        self.0.get(&file.path).map_or(Duration::ZERO, |seen| now.duration_since(seen.since))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(size: u64, changed: i128) -> Found {
        Found { path: "a.pdf".into(), name: Some("a.pdf".into()), sidecar: false, size, changed }
    }

    #[test]
    fn a_file_that_grows_or_changes_begins_anew() {
        let (mut settling, start) = (Settling::default(), Instant::now());
        let second = Duration::from_secs(1);
        settling.look(&[file(1, 1)], start);
        settling.look(&[file(1, 1)], start + second);
        assert_eq!(settling.still(&file(1, 1), start + second), second);
        settling.look(&[file(2, 1)], start + 2 * second);
        assert_eq!(settling.still(&file(2, 1), start + 2 * second), Duration::ZERO);
        settling.look(&[file(2, 2)], start + 3 * second);
        assert_eq!(settling.still(&file(2, 2), start + 4 * second), second);
        settling.look(&[], start + 5 * second);
        settling.look(&[file(2, 2)], start + 6 * second);
        assert_eq!(settling.still(&file(2, 2), start + 6 * second), Duration::ZERO);
    }
}
