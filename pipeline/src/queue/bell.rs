//! What both apalis backends share: a worker that hears ids and answers them.

use apalis::prelude::*;
use apalis_core::backend::ext::poll_strategy::{PollSnapshot, PollStrategy};
use sealpress_ledger::CertificateId;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Interval, MissedTickBehavior, interval};
use uuid::Uuid;

use super::Answer;

/// How often an empty queue is looked at.
pub(super) const LOOK: Duration = Duration::from_millis(100);

/// A job's payload: the certificate's id and nothing else. Stored in the queue; a queue that is
/// emptied at an update loses nothing.
pub(super) type Ring = CertificateId;

/// Wakes a listener again and again, whatever it was at when it was time.
///
/// apalis has one of its own, which forgets to arrange the next time where the time came while it
/// fetched. Where its heartbeat came in the same fetch, nothing was left that woke the listener:
/// the lane stood still until the process ended, while the ledger saw the process alive.
#[derive(Debug)]
pub(super) struct Look(Interval);

impl Look {
    /// A look so often.
    pub(super) fn every(period: Duration) -> Self {
        let mut every = interval(period);
        every.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self(every)
    }
}

impl PollStrategy for Look {
    fn poll_drive(&mut self, cx: &mut Context<'_>, _: &PollSnapshot) -> Poll<Option<()>> {
        let mut due = Poll::Pending;
        // Until it is not due: only then has it arranged to wake.
        while self.0.poll_tick(cx).is_ready() {
            due = Poll::Ready(Some(()));
        }
        due
    }
}

/// Heartbeat and missed heartbeats after which apalis gives a dead worker's rings to others.
pub(super) fn heartbeat(dead_after: Duration) -> (Duration, usize) {
    // apalis counts in whole seconds.
    ((dead_after / 3).max(Duration::from_secs(1)), 3)
}

/// A name of its own for every start: under a reused name, apalis keeps a dead worker's rings.
pub(super) fn worker_name(lane: &str) -> String {
    format!("{lane}-{}", Uuid::now_v7())
}

/// To apalis every ring is answered well: whether a certificate is tried again is the ledger's
/// business. The answer runs as a task of its own, because apalis drops what it has in flight
/// when the queue fails, and a half-done stage must not be dropped with it.
pub(super) async fn hear(ring: Ring, answer: Data<Answer>) {
    let answered = tokio::spawn((**answer)(ring)).await;
    if let Err(error) = answered {
        tracing::error!(certificate = %ring, %error, "a ring was not answered; the ledger will ring again");
    }
}

/// Ends when `stop` turns true, or nobody is left who could say so.
pub(super) async fn stopped(mut stop: watch::Receiver<bool>) -> Result<(), std::io::Error> {
    let _ = stop.wait_for(|stop| *stop).await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::{Wake, Waker};

    /// Counts how often it was woken.
    #[derive(Default)]
    struct Woken(AtomicUsize);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    #[tokio::test]
    async fn a_look_that_is_due_arranges_the_next() {
        let woken = Arc::new(Woken::default());
        let waker = Waker::from(Arc::clone(&woken));
        let mut cx = Context::from_waker(&waker);
        let mut look = Look::every(Duration::from_millis(10));
        for _ in 0..3 {
            let before = woken.0.load(Ordering::SeqCst);
            let _ = look.poll_drive(&mut cx, &PollSnapshot::new());
            // As in a fetch that takes longer than the time between two looks.
            tokio::time::sleep(Duration::from_millis(100)).await;
            assert!(woken.0.load(Ordering::SeqCst) > before, "it wakes after every drive");
        }
    }
}
