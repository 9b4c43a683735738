//! The doorbell that the inbox rings.

use sealpress_config::Stage;
use sealpress_inbox::Doorbell;
use sealpress_ledger::CertificateId;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::lanes::Lanes;
use crate::queue::Queue;

/// Rings the lane of a stage.
pub struct Ringer {
    queue: Arc<dyn Queue>,
    lanes: Lanes,
}

impl Ringer {
    /// A ringer for these lanes.
    #[must_use]
    pub const fn new(queue: Arc<dyn Queue>, lanes: Lanes) -> Self {
        Self { queue, lanes }
    }
}

impl Doorbell for Ringer {
    /// A ring that fails is made up for by reconciliation.
    fn ring(
        &self,
        id: CertificateId,
        stage: Stage,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            let Some(lane) = self.lanes.of(stage) else { return };
            if let Err(error) = self.queue.ring(&lane.rules.name, &[id]).await {
                tracing::debug!(certificate = %id, lane = lane.rules.name, %error, "not rung");
            }
        })
    }
}
