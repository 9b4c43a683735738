//! When a failed stage runs again. The ledger keeps the count; nobody else retries.

use jiff::{SignedDuration, Timestamp};
use sealpress_config::{Retry, Span, Stage};
use sealpress_ledger::Certificate;

/// What follows a failure that may mend itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Again {
    /// At this time.
    At(Timestamp),
    /// Not by itself: a person must look.
    Never,
}

/// When a certificate whose `stage` failed now is tried again: after `first`, and twice as long
/// after each failure, up to `longest`. A stage before the archive is given up after
/// `retry.attempts`; a mail that a relay puts off is given up after `give_up`, because greylisting
/// and full mailboxes are measured in hours, not in tries (RFC 5321 section 4.5.4.1).
#[must_use]
pub(crate) fn again(
    retry: &Retry,
    give_up: Span,
    stage: Stage,
    certificate: &Certificate,
    now: Timestamp,
) -> Again {
    let doublings = certificate.attempts.saturating_sub(1).min(20);
    let wait = retry.first.0.saturating_mul(1 << doublings).min(retry.longest.0);
    let next = now
        .checked_add(SignedDuration::try_from(wait).unwrap_or(SignedDuration::MAX))
        .unwrap_or(Timestamp::MAX);
    let exhausted = match stage {
        Stage::Compose | Stage::Sign | Stage::Archive | Stage::Log => {
            certificate.attempts >= retry.attempts
        }
        Stage::Email => {
            let since = certificate.first_tried_at.unwrap_or(now);
            let waited = next.duration_since(since);
            waited > SignedDuration::try_from(give_up.0).unwrap_or(SignedDuration::MAX)
        }
    };
    if exhausted { Again::Never } else { Again::At(next) }
}
