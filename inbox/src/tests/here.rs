//! An examination without a child, and one that can be told not to work.

use sealpress_sandbox::SandboxError;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::preflight::{Examination, Examine, ExpectedPage, Limits, NotExamined, examine};

/// Examines in this process.
pub(super) struct Here {
    pub(super) limits: Limits,
    /// No page can be examined.
    pub(super) broken: Arc<AtomicBool>,
}

impl Examine for Here {
    fn examine(&self, pdf: Arc<[u8]>, expected: ExpectedPage) -> Examination<'_> {
        Box::pin(async move {
            if self.broken.load(Ordering::Relaxed) {
                return Err(NotExamined(SandboxError::NotRun(
                    std::io::ErrorKind::OutOfMemory.into(),
                )));
            }
            Ok(examine(&pdf, &self.limits, expected))
        })
    }
}
