//! One turn: a certificate goes through the stages of one lane, its bytes in memory from stage to
//! stage. Only the end of the lane, the archive, the mail and the log change the ledger; a crash
//! anywhere between begins the lane again.

use jiff::{SignedDuration, Timestamp};
use sealpress_config::Stage;
use sealpress_ledger::{
    After, Certificate, Issue, Lease, LedgerError, Mailed, NewSending, Progress, Reason, SendingId,
    ToSend,
};
use sealpress_stages::archive::Archived;
use sealpress_stages::compose::Composed;
use sealpress_stages::email::Letter;
use sealpress_stages::sign::Signed;
use sealpress_stages::{Stage as _, StageError};
use std::time::Instant;

use crate::Runner;
use crate::flow::{self, Next};
use crate::lanes::LaneSetup;
use crate::reasons;
use crate::work_folder::WorkFolder;

/// How a turn ended.
#[derive(Debug)]
pub(crate) enum End {
    /// The lane is through; another lane has it now, or it is closed.
    Through {
        /// The stage that is next, and whether it is due now.
        next: Option<Stage>,
    },
    /// A stage failed.
    Failed(Stage, StageError),
    /// It makes no sense to go on: a person must look.
    Park(Reason),
    /// Another worker took the certificate over at this stage; nothing was changed.
    Overtaken(Stage),
}

/// What the stage before made, where it is still in memory.
enum Hand {
    Empty,
    Composed(Composed),
    Signed(Signed),
    Archived(Archived),
}

/// What a stage led to.
enum Led {
    /// The next stage, with what it needs.
    On(Progress, Hand),
    /// The turn ends here.
    To(End),
}

pub(crate) struct Turn<'a> {
    pub(crate) runner: &'a Runner,
    pub(crate) lane: &'a LaneSetup,
    pub(crate) certificate: Certificate,
    pub(crate) lease: Lease,
    /// Where the turn began: the ledger says so until the archive, the mail or the log change it,
    /// and a crash begins here again.
    pub(crate) began: Progress,
}

impl Turn<'_> {
    /// Goes through the lane's stages from where the certificate stands.
    pub(crate) async fn run(&mut self) -> Result<End, LedgerError> {
        let mut hand = Hand::Empty;
        loop {
            let progress = self.certificate.progress;
            let led = match flow::next(self.certificate.status, progress) {
                Next::Run(stage) if !self.here(stage) => self.hand_on(stage, hand).await?,
                Next::Run(stage) => self.stage(stage, hand).await?,
                Next::Notify => self.notify().await?,
                Next::SkipMail => self.mailed(&Mailed::NotInForce).await?,
                Next::FileAway => Led::To(End::Through { next: None }),
                Next::Park => Led::To(End::Park(reasons::no_way(
                    self.certificate.status.as_str(),
                    progress.as_str(),
                ))),
            };
            match led {
                Led::On(progress, next) => {
                    self.certificate.progress = progress;
                    hand = next;
                }
                Led::To(end) => return Ok(end),
            }
        }
    }

    fn here(&self, stage: Stage) -> bool {
        self.lane.rules.stages.contains(&stage)
    }

    fn now(&self) -> Timestamp {
        (self.runner.clock)()
    }

    async fn stage(&mut self, stage: Stage, hand: Hand) -> Result<Led, LedgerError> {
        let started = Instant::now();
        let led = match stage {
            Stage::Compose => self.compose().await,
            Stage::Sign => self.sign(hand).await,
            Stage::Archive => self.archive(hand).await,
            Stage::Email => self.email(hand).await,
            Stage::Log => self.log().await,
        };
        self.ran(stage, started, led)
    }

    /// The email stage with word of a recall: nothing is taken from the archive for it.
    async fn notify(&self) -> Result<Led, LedgerError> {
        let started = Instant::now();
        let led = self.mail(Letter::Recall).await;
        self.ran(Stage::Email, started, led)
    }

    fn ran(
        &self,
        stage: Stage,
        started: Instant,
        led: Result<Led, Broke>,
    ) -> Result<Led, LedgerError> {
        tracing::debug!(
            certificate = %self.certificate.id, %stage, lane = self.lane.rules.name,
            attempt = self.certificate.attempts, duration_ms = started.elapsed().as_millis() as u64,
            "a stage ran"
        );
        match led {
            Ok(led) => Ok(led),
            Err(Broke::Ledger(error)) => Err(error),
            Err(Broke::Stage(error)) => Ok(Led::To(End::Failed(stage, error))),
        }
    }

    async fn compose(&self) -> Result<Led, Broke> {
        let compose = self.runner.stations.compose.as_ref().ok_or_else(not_ready)?;
        let raw = self.folder().raw().await?;
        let composed = compose.run(&self.certificate, raw).await?;
        Ok(Led::On(flow::after(Stage::Compose), Hand::Composed(composed)))
    }

    async fn sign(&self, hand: Hand) -> Result<Led, Broke> {
        let sign = self.runner.stations.sign.as_ref().ok_or_else(not_ready)?;
        let composed = match hand {
            Hand::Composed(composed) => composed,
            Hand::Empty | Hand::Signed(_) | Hand::Archived(_) => {
                let bytes = self.folder().handed_on(self.certificate.handed_on).await?;
                Composed::reopen(bytes).map_err(StageError::Reject)?
            }
        };
        let signed = sign.run(&self.certificate, composed).await?;
        Ok(Led::On(flow::after(Stage::Sign), Hand::Signed(signed)))
    }

    async fn archive(&mut self, hand: Hand) -> Result<Led, Broke> {
        let signed = match hand {
            Hand::Signed(signed) => signed,
            Hand::Empty | Hand::Composed(_) | Hand::Archived(_) => {
                let bytes = self.folder().handed_on(self.certificate.handed_on).await?;
                Signed::reopen(bytes).map_err(StageError::Reject)?
            }
        };
        let archived = self.runner.stations.archive.run(&self.certificate, signed).await?;
        let now = self.now();
        let delay =
            SignedDuration::try_from(self.runner.mail_delay).unwrap_or(SignedDuration::ZERO);
        let due_at = now.checked_add(delay).unwrap_or(now);
        let after = After { same_lane: self.here(Stage::Email) && due_at <= now, due_at };
        match self.runner.ledger.issue(&self.lease, archived.file(), after, now).await? {
            Issue::Done => {}
            Issue::LeaseLost => return Ok(Led::To(End::Overtaken(Stage::Archive))),
            Issue::NothingToSupersede => {
                return Ok(Led::To(End::Park(reasons::nothing_to_supersede())));
            }
        }
        tracing::info!(certificate = %self.certificate.id, lane = self.lane.rules.name, "issued");
        self.certificate.status = sealpress_ledger::Status::Issued;
        self.certificate.archived = Some(archived.file().clone());
        if !after.same_lane {
            let next = (due_at <= now).then_some(Stage::Email);
            return Ok(Led::To(End::Through { next }));
        }
        Ok(Led::On(flow::after(Stage::Archive), Hand::Archived(archived)))
    }

    async fn email(&self, hand: Hand) -> Result<Led, Broke> {
        let archived = match hand {
            Hand::Archived(archived) => archived,
            Hand::Empty | Hand::Composed(_) | Hand::Signed(_) => {
                self.runner.stations.archive.take(&self.certificate).await?
            }
        };
        self.mail(Letter::Certificate(archived)).await
    }

    /// Sends a letter under the sending that the ledger has for it.
    async fn mail(&self, letter: Letter) -> Result<Led, Broke> {
        let email = self.runner.stations.email.as_ref().ok_or_else(not_ready)?;
        email.may_go().await;
        let new = NewSending::new(SendingId::new((self.runner.ids)()), &self.runner.mail_domain);
        let sending = match self.runner.ledger.sending(&self.lease, &new, self.now()).await? {
            ToSend::Send(sending) => sending,
            ToSend::NotInForce => return Ok(self.mailed(&Mailed::NotInForce).await?),
            ToSend::NoAddress => return Ok(Led::To(End::Park(reasons::no_address()))),
            ToSend::Suppressed => return Ok(Led::To(End::Park(reasons::suppressed()))),
            ToSend::LeaseLost => return Ok(Led::To(End::Overtaken(Stage::Email))),
        };
        let sending_id = sending.id;
        match email.run(&self.certificate, (letter, sending)).await {
            Ok(accepted) => Ok(self
                .mailed(&Mailed::Accepted { sending: sending_id, answer: accepted.answer })
                .await?),
            Err(StageError::Reject(reason)) => {
                let code = &reason.code;
                self.runner
                    .ledger
                    .sending_refused(&self.lease, sending_id, code, self.now())
                    .await?;
                Ok(Led::To(End::Park(reason)))
            }
            Err(other @ (StageError::Retry(_) | StageError::Hold(_))) => Err(other.into()),
        }
    }

    async fn mailed(&self, mailed: &Mailed) -> Result<Led, LedgerError> {
        let now = self.now();
        let after = After { same_lane: self.here(Stage::Log), due_at: now };
        if !self.runner.ledger.mailed(&self.lease, mailed, after, now).await? {
            return Ok(Led::To(End::Overtaken(Stage::Email)));
        }
        if after.same_lane {
            return Ok(Led::On(flow::after(Stage::Email), Hand::Empty));
        }
        Ok(Led::To(End::Through { next: Some(Stage::Log) }))
    }

    async fn log(&self) -> Result<Led, Broke> {
        let covered = self.runner.stations.log.run(&self.certificate, ()).await?;
        let now = self.now();
        if !self.runner.ledger.close_certificate(&self.lease, covered.position, now).await? {
            return Ok(Led::To(End::Overtaken(Stage::Log)));
        }
        Ok(Led::On(flow::after(Stage::Log), Hand::Empty))
    }

    /// The next stage before the archive is another lane's: the bytes go by way of `work/`.
    async fn hand_on(&self, to: Stage, hand: Hand) -> Result<Led, LedgerError> {
        let (from, bytes) = match hand {
            Hand::Composed(composed) => (Stage::Compose, composed.into_bytes()),
            Hand::Signed(signed) => (Stage::Sign, signed.into_bytes()),
            // The ledger gave this lane a certificate whose next stage is not the lane's.
            Hand::Empty | Hand::Archived(_) => return Ok(Led::To(End::Overtaken(to))),
        };
        let hash = match self.folder().hand_on(bytes).await {
            Ok(hash) => hash,
            Err(error) => return Ok(Led::To(End::Failed(from, error))),
        };
        let handed = self
            .runner
            .ledger
            .hand_on(&self.lease, [self.began, Progress::At(to)], hash, self.now())
            .await?;
        Ok(Led::To(if handed { End::Through { next: Some(to) } } else { End::Overtaken(to) }))
    }

    fn folder(&self) -> WorkFolder {
        WorkFolder::of(&self.runner.work, &self.certificate, self.runner.largest_drop)
    }
}

/// Why a stage did not lead on.
enum Broke {
    Stage(StageError),
    Ledger(LedgerError),
}

impl From<StageError> for Broke {
    fn from(error: StageError) -> Self {
        Self::Stage(error)
    }
}

impl From<LedgerError> for Broke {
    fn from(error: LedgerError) -> Self {
        Self::Ledger(error)
    }
}

/// Each process makes ready what its lanes need; this one was not told of this stage.
fn not_ready() -> Broke {
    Broke::Stage(StageError::Hold(reasons::not_ready()))
}

#[cfg(test)]
mod tests;
