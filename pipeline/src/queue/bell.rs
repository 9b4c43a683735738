//! What both apalis backends share: a worker that hears ids and answers them.

use apalis::prelude::*;
use sealpress_ledger::CertificateId;
use std::time::Duration;
use tokio::sync::watch;
use uuid::Uuid;

use super::Answer;

/// How often an empty queue is looked at.
pub(super) const LOOK: Duration = Duration::from_millis(100);

/// A job's payload: the certificate's id and nothing else. Stored in the queue; a queue that is
/// emptied at an update loses nothing.
pub(super) type Ring = CertificateId;

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
