//! Numbers that look random and can be had again.

use std::time::SystemTime;

/// A row of numbers; the same seed gives the same row.
#[derive(Debug)]
pub struct Dice(u64);

impl Dice {
    /// The row of this seed, or of the time of day where none is wanted. Says which on standard
    /// error, so that the row can be had again.
    #[must_use]
    pub fn new(seed: Option<u64>) -> Self {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let seed = seed.unwrap_or_else(|| now.map_or(1, |since| since.as_secs()));
        eprintln!("seed {seed}");
        // The row of zero is zeros; small neighbours are set far apart.
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// The next one, below `limit`.
    pub fn below(&mut self, limit: u64) -> u64 {
        // xorshift64 (Marsaglia, 2003)
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}
