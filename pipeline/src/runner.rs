//! The runner: answers a ring with a turn, and tells the ledger how the turn ended.

use sealpress_config::{Home, Retry, Settings, Span, Stage};
use sealpress_inbox::Doorbell;
use sealpress_ledger::{
    Begin, Certificate, CertificateId, Clock, Lease, Ledger, LedgerError, Reason, WorkerId,
};
use sealpress_stages::StageError;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use uuid::Uuid;

use crate::answering::Answering;
use crate::filing::Filing;
use crate::lanes::{LaneSetup, Lanes};
use crate::queue::Queue;
use crate::reasons;
use crate::retry::{Again, again};
use crate::ringer::Ringer;
use crate::stations::Stations;
use crate::turn::{End, Turn};

/// Where new ids come from; a test can set it.
pub(crate) type Ids = Arc<dyn Fn() -> Uuid + Send + Sync>;

/// Takes turns at certificates for one worker process.
pub struct Runner {
    pub(crate) ledger: Ledger,
    pub(crate) queue: Arc<dyn Queue>,
    pub(crate) clock: Clock,
    pub(crate) ids: Ids,
    pub(crate) worker: WorkerId,
    pub(crate) lanes: Lanes,
    pub(crate) stations: Stations,
    pub(crate) work: PathBuf,
    pub(crate) largest_drop: u64,
    pub(crate) mail_delay: Duration,
    pub(crate) mail_domain: String,
    filing: Filing,
    ringer: Ringer,
    retry: Retry,
    give_up: Span,
    in_hand: Mutex<BTreeMap<CertificateId, Lease>>,
    answering: Answering,
}

impl Runner {
    /// A runner for this process.
    #[must_use]
    pub fn new(
        home: &Home,
        settings: &Settings,
        lanes: Lanes,
        stations: Stations,
        (ledger, queue): (Ledger, Arc<dyn Queue>),
        clock: Clock,
    ) -> Self {
        Self {
            filing: Filing::new(home.clone(), settings.clone()),
            ringer: Ringer::new(Arc::clone(&queue), lanes.clone()),
            ledger,
            queue,
            clock,
            ids: Arc::new(Uuid::now_v7),
            worker: WorkerId::new(Uuid::now_v7()),
            lanes,
            stations,
            work: home.work(),
            largest_drop: settings.inbox.max_bytes,
            mail_delay: settings.mail.delay.0,
            mail_domain: settings.mail.domain().to_owned(),
            retry: settings.retry,
            give_up: settings.mail.give_up,
            in_hand: Mutex::default(),
            answering: Answering::default(),
        }
    }

    /// This process, in the ledger.
    #[must_use]
    pub const fn worker(&self) -> WorkerId {
        self.worker
    }

    /// Answers a ring: takes a turn where the ledger grants one. Whatever happens is in the ledger
    /// when this returns, or the ledger did not answer; then `let_go` makes up for it, and
    /// the ring comes again.
    pub async fn answer(self: Arc<Self>, lane: LaneSetup, id: CertificateId) {
        let _answering = self.answering.begin(id);
        let begin = self.ledger.begin(id, &lane.rules, self.worker, (self.clock)()).await;
        let (certificate, lease, probe) = match begin {
            Ok(Begin::Go { certificate, lease, probe }) => (certificate, lease, probe),
            Ok(Begin::NotNow) => return,
            Ok(Begin::Parked) => {
                tracing::error!(certificate = %id, lane = lane.rules.name, "parked: its workers died over it");
                return;
            }
            Err(error) => {
                tracing::warn!(certificate = %id, lane = lane.rules.name, %error, "no turn");
                return;
            }
        };
        self.in_hand.lock().unwrap_or_else(PoisonError::into_inner).insert(id, lease);
        let ended = Arc::clone(&self).turn(lane.clone(), *certificate, lease).await;
        if let Err(error) = self.settle(&lane, &lease, probe, ended).await {
            tracing::warn!(certificate = %id, lane = lane.rules.name, %error, "the end of a turn was not recorded");
        }
        let mut in_hand = self.in_hand.lock().unwrap_or_else(PoisonError::into_inner);
        // Whoever was fenced off by a recall leaves the turn alone that took its place.
        if in_hand.get(&id) == Some(&lease) {
            in_hand.remove(&id);
        }
    }

    /// Hands back what the ledger has in this process's hands and nobody here is at: it was said
    /// that a turn could not begin, or could not be ended, and the ledger has it all the same. As
    /// long as this process lives, no other would take such a certificate over.
    ///
    /// The ledger is asked first and this process second: a turn that begins or ends in between is
    /// another's number or nobody's, and is not touched.
    pub(crate) async fn let_go(&self) -> Result<(), LedgerError> {
        for lease in self.ledger.turns_of(self.worker).await? {
            if !self.answering.has(lease.certificate) {
                self.ledger.hand_back(&lease, None, (self.clock)()).await?;
                tracing::warn!(certificate = %lease.certificate, "a turn that nobody was at was handed back");
            }
        }
        Ok(())
    }

    /// Gives back what is still in hand, for a process that ends before its turns do.
    pub async fn hand_back_all(&self) {
        let leases: Vec<Lease> =
            self.in_hand.lock().unwrap_or_else(PoisonError::into_inner).values().copied().collect();
        for lease in leases {
            let back = self.ledger.hand_back(&lease, None, (self.clock)()).await;
            match back {
                Ok(()) => tracing::info!(certificate = %lease.certificate, "handed back"),
                Err(error) => {
                    tracing::warn!(certificate = %lease.certificate, %error, "not handed back; its lease runs out")
                }
            }
        }
    }

    /// The turn runs as a task of its own, so that a panic ends the turn and not the worker.
    async fn turn(
        self: Arc<Self>,
        lane: LaneSetup,
        certificate: Certificate,
        lease: Lease,
    ) -> Result<(Certificate, End), LedgerError> {
        let before = certificate.clone();
        let turn = tokio::spawn(async move {
            let began = certificate.progress;
            let mut turn = Turn { runner: &self, lane: &lane, certificate, lease, began };
            let end = turn.run().await?;
            Ok((turn.certificate, end))
        });
        turn.await.unwrap_or_else(|error| {
            tracing::error!(certificate = %lease.certificate, %error, "a stage panicked");
            Ok((before, End::Park(reasons::panicked())))
        })
    }

    async fn settle(
        &self,
        lane: &LaneSetup,
        lease: &Lease,
        probe: bool,
        ended: Result<(Certificate, End), LedgerError>,
    ) -> Result<(), LedgerError> {
        let now = (self.clock)();
        let name = &lane.rules.name;
        let (certificate, end) = match ended {
            Ok(ended) => ended,
            Err(error) => {
                tracing::warn!(certificate = %lease.certificate, lane = name, %error, "the ledger did not answer in a turn");
                return self.ledger.hand_back(lease, None, now).await;
            }
        };
        // Whatever came of it, the dependency answered, unless it is what the lane waits for.
        if probe && !matches!(end, End::Failed(_, StageError::Hold(_)) | End::Overtaken(_)) {
            self.ledger.release_lane(name, now).await?;
            tracing::info!(lane = name, "the dependency is back; the lane runs again");
        }
        match end {
            End::Through { next: Some(stage) } => self.ringer.ring(lease.certificate, stage).await,
            End::Through { next: None } => {
                self.filing.file_away(&self.ledger, lease.certificate).await;
            }
            End::Failed(stage, StageError::Retry(reason)) => {
                self.again_or_park(lease, stage, &reason, &certificate).await?;
            }
            // Where the lease is lost, this changes nothing either. Where it is not, the ledger
            // and this worker see the certificate differently, and that must not go on for ever.
            End::Overtaken(stage) => {
                self.again_or_park(lease, stage, &reasons::overtaken(), &certificate).await?;
            }
            End::Failed(stage, StageError::Hold(reason)) => {
                self.ledger.hand_back(lease, Some(&reason), now).await?;
                if self.ledger.hold_lane(&lane.rules, &reason, now).await? {
                    tracing::error!(lane = name, %stage, error = %reason, "the lane is held");
                }
            }
            End::Failed(stage, StageError::Reject(reason)) => {
                if self.ledger.reject(lease, stage, &reason, now).await? {
                    tracing::warn!(certificate = %lease.certificate, %stage, lane = name, error = %reason, "refused");
                    self.filing.file_away(&self.ledger, lease.certificate).await;
                } else {
                    self.park(lease, &reason).await?;
                }
            }
            End::Park(reason) => self.park(lease, &reason).await?,
        }
        Ok(())
    }

    /// Tries a certificate again later, or parks it when that was tried often enough.
    async fn again_or_park(
        &self,
        lease: &Lease,
        stage: Stage,
        reason: &Reason,
        certificate: &Certificate,
    ) -> Result<(), LedgerError> {
        let now = (self.clock)();
        match again(&self.retry, self.give_up, stage, certificate, now) {
            Again::At(due_at) => {
                tracing::warn!(certificate = %lease.certificate, %stage, attempt = certificate.attempts, error = %reason, "tried again later");
                self.ledger.retry_later(lease, stage, reason, due_at, now).await
            }
            Again::Never => self.park(lease, reason).await,
        }
    }

    async fn park(&self, lease: &Lease, reason: &Reason) -> Result<(), LedgerError> {
        tracing::error!(certificate = %lease.certificate, error = %reason, "parked for a person");
        self.ledger.park(lease, reason, (self.clock)()).await
    }
}
