//! Waiting for something to be true.

use std::thread;
use std::time::{Duration, Instant};

/// Asks again and again until `ask` has an answer, and returns it.
///
/// # Panics
/// When there is none within `limit`; the message names `what`.
pub fn until<T>(what: &str, limit: Duration, mut ask: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(started.elapsed() < limit, "waited {limit:?} in vain for: {what}");
        thread::sleep(Duration::from_millis(100));
    }
}
