//! What reading a foreign file may take.

use serde::{Deserialize, Serialize};

use crate::Span;

/// Foreign files are read in processes of their own: what one may take, and how many there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sandbox {
    /// Address space of one, in bytes.
    pub max_memory_bytes: u64,
    /// Processor time of one, in whole seconds.
    pub cpu: Span,
    /// How long one may take by the clock.
    pub longest: Span,
    /// How many run at the same time for one process of ours.
    pub at_once: usize,
}

impl Default for Sandbox {
    fn default() -> Self {
        Self {
            max_memory_bytes: 768 * 1024 * 1024,
            cpu: Span::secs(10),
            longest: Span::secs(30),
            at_once: 2,
        }
    }
}
