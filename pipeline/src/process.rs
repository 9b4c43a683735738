//! Everything that one process runs, from its start to its gentle end.

use sealpress_config::{Settings, Stage};
use sealpress_inbox::Watcher;
use sealpress_ledger::{KeyAlarm, LedgerError, key_alarms};
use sealpress_stages::sign::Sign;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

use crate::lanes::LaneSetup;
use crate::reconcile::earlier;
use crate::runner::Runner;

/// After a queue failed, it is listened to again so soon.
const AGAIN: Duration = Duration::from_secs(1);
/// How often what is over is cleared away: answered rings, unfinished archive files.
const SWEEP: Duration = Duration::from_secs(60);
/// An unfinished archive file of this age belongs to no living run.
const OLD: Duration = Duration::from_secs(3600);
/// How often the signing keys are looked at: their end is told in days.
const LOOK_AT_KEYS: Duration = Duration::from_secs(3600);
/// Workers that were silent for so long are forgotten.
const FORGET: Duration = Duration::from_secs(24 * 3600);

/// Tells a process to end.
pub type Stop = watch::Receiver<bool>;

/// The process can't run.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// The ledger does not answer at the start.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// What one process runs: a watcher, lanes, or both.
pub struct Process {
    runner: Arc<Runner>,
    lanes: Vec<LaneSetup>,
    watcher: Option<Watcher>,
    settings: Settings,
    host: String,
    pulse: Arc<dyn Fn() + Send + Sync>,
}

impl Process {
    /// A process that runs `lanes` of the runner and, where there is one, a watcher. `pulse` is
    /// called at every heartbeat that the ledger took: it is how a supervisor knows that the
    /// process is alive.
    #[must_use]
    pub fn new(
        runner: Arc<Runner>,
        lanes: Vec<LaneSetup>,
        watcher: Option<Watcher>,
        settings: Settings,
        host: String,
        pulse: Arc<dyn Fn() + Send + Sync>,
    ) -> Self {
        Self { runner, lanes, watcher, settings, host, pulse }
    }

    /// Runs until `stop` turns true; then takes nothing new, gives what is in flight
    /// `shutdown.grace`, and hands back the rest. A ledger that does not answer is waited for.
    ///
    /// # Errors
    /// [`ProcessError`] when the ledger refuses the process at the start.
    pub async fn run(self, mut stop: Stop) -> Result<(), ProcessError> {
        if !self.registered(&mut stop).await? {
            return Ok(());
        }
        let this = Arc::new(self);
        let mut listening = JoinSet::new();
        for lane in this.lanes.clone() {
            listening.spawn(Arc::clone(&this).listen(lane, stop.clone()));
        }
        let mut keeping = JoinSet::new();
        keeping.spawn(Arc::clone(&this).keep_alive());
        keeping.spawn(Arc::clone(&this).keep_ringing(stop.clone()));
        keeping.spawn(Arc::clone(&this).keep_clean());
        if let Some(sign) = this.runner.stations.sign.clone() {
            keeping.spawn(Arc::clone(&this).keep_keys_known(sign));
        }
        if let Some(watcher) = this.watcher.clone() {
            let stop = stop.clone();
            listening.spawn(async move { watcher.run(stop).await });
        }
        let mut stopped = stop;
        let _ = stopped.wait_for(|stop| *stop).await;
        tracing::info!("stopping: taking nothing new");
        let grace = this.settings.shutdown.grace.0;
        if timeout(grace, async { while listening.join_next().await.is_some() {} }).await.is_err() {
            tracing::warn!("not all was done within shutdown.grace; handing back the rest");
        }
        this.runner.hand_back_all().await;
        keeping.shutdown().await;
        let now = (this.runner.clock)();
        if let Err(error) =
            this.runner.ledger.farewell(this.runner.worker(), earlier(now, FORGET)).await
        {
            tracing::debug!(%error, "no farewell");
        }
        Ok(())
    }

    /// Says for the first time that this process lives, as soon as the ledger hears it; false when
    /// it is told to stop before.
    async fn registered(&self, stop: &mut Stop) -> Result<bool, LedgerError> {
        let mut failing = false;
        loop {
            match self.heartbeat().await {
                Ok(()) => return Ok(true),
                Err(error) if !error.is_unavailable() => return Err(error),
                Err(error) if !failing => {
                    failing = true;
                    tracing::warn!(%error, "nothing begins until the ledger answers");
                }
                Err(_) => {}
            }
            tokio::select! {
                () = sleep(AGAIN) => {}
                _ = stop.wait_for(|stop| *stop) => return Ok(false),
            }
        }
    }

    async fn listen(self: Arc<Self>, lane: LaneSetup, stop: Stop) {
        let mut failing = false;
        while !*stop.borrow() {
            let (runner, answered) = (Arc::clone(&self.runner), lane.clone());
            let answer: crate::Answer =
                Arc::new(move |id| Box::pin(Arc::clone(&runner).answer(answered.clone(), id)));
            let name = &lane.rules.name;
            let heard = self.runner.queue.listen(name, lane.at_once, answer, stop.clone()).await;
            match heard {
                Ok(()) => failing = false,
                Err(error) if !failing => {
                    failing = true;
                    tracing::warn!(lane = name, %error, "listening again until it is back");
                }
                Err(_) => {}
            }
            if !*stop.borrow() {
                sleep(AGAIN).await;
            }
        }
    }

    async fn heartbeat(&self) -> Result<(), LedgerError> {
        let lanes: Vec<&str> = self.lanes.iter().map(|lane| lane.rules.name.as_str()).collect();
        let (worker, now) = (self.runner.worker(), (self.runner.clock)());
        self.runner
            .ledger
            .heartbeat(worker, &self.host, std::process::id(), &lanes.join(" "), now)
            .await
    }

    async fn keep_alive(self: Arc<Self>) {
        let mut beat = every(self.settings.worker.heartbeat.0);
        loop {
            beat.tick().await;
            match self.heartbeat().await {
                Ok(()) => (self.pulse)(),
                Err(error) => tracing::warn!(%error, "no heartbeat"),
            }
        }
    }

    async fn keep_ringing(self: Arc<Self>, stop: Stop) {
        let period = self.settings.reconcile.every.0;
        let mut look = every(period);
        let mut failing = false;
        loop {
            look.tick().await;
            if *stop.borrow() {
                return;
            }
            self.take_back_clock().await;
            if let Err(error) = self.runner.let_go().await {
                tracing::debug!(%error, "turns that nobody is at are looked for later");
            }
            for lane in self.runner.lanes.iter() {
                match self.runner.reconcile(lane, period).await {
                    Ok(0) => failing = false,
                    Ok(rung) => {
                        failing = false;
                        tracing::debug!(lane = lane.rules.name, rung, "rang for what is due");
                    }
                    Err(error) if !failing => {
                        failing = true;
                        tracing::warn!(lane = lane.rules.name, %error, "ledger and queue not compared");
                    }
                    Err(_) => {}
                }
            }
        }
    }

    /// A clock that was ahead put off until tomorrow what is due now.
    async fn take_back_clock(&self) {
        let (probe, now) = (self.settings.hold.probe.0, (self.runner.clock)());
        match self.runner.ledger.take_back_clock(probe, now).await {
            Ok(false) => {}
            Ok(true) => {
                tracing::warn!(
                    "the clock was ahead and was put back: what was to wait waits from now on; check the host's clock"
                );
            }
            Err(error) => tracing::debug!(%error, "the clock was not compared"),
        }
    }

    /// Says in the ledger, and at the start in the log, what is to be known of the signing keys: the
    /// pages warn of what ends, and never open one themselves.
    async fn keep_keys_known(self: Arc<Self>, sign: Sign) {
        let mut look = every(LOOK_AT_KEYS);
        let mut said = Vec::new();
        loop {
            look.tick().await;
            let looking = sign.clone();
            let Ok(notes) = tokio::task::spawn_blocking(move || looking.look()).await else {
                return;
            };
            let now = (self.runner.clock)();
            let alarms = key_alarms(&notes, now);
            if alarms != said {
                alarms.iter().for_each(log);
                said = alarms;
            }
            if let Err(error) = self.runner.ledger.note_keys(&notes, now).await {
                tracing::debug!(%error, "the keys' dates are noted later");
            }
        }
    }

    async fn keep_clean(self: Arc<Self>) {
        let mut sweep = every(SWEEP);
        loop {
            sweep.tick().await;
            for lane in &self.lanes {
                if let Err(error) = self.runner.queue.sweep(&lane.rules.name).await {
                    tracing::debug!(lane = lane.rules.name, %error, "answered rings not swept");
                }
            }
            if self.lanes.iter().any(|lane| lane.rules.stages.contains(&Stage::Archive)) {
                let folder = self.runner.stations.archive.folder().clone();
                let before = earlier((self.runner.clock)(), OLD);
                let swept = tokio::task::spawn_blocking(move || folder.sweep(before)).await;
                if let Ok(Err(error)) = swept {
                    tracing::debug!(%error, "unfinished archive files not swept");
                }
            }
        }
    }
}

fn log(alarm: &KeyAlarm) {
    let [_, says] = alarm.says();
    if alarm.stops() {
        tracing::error!(
            "the signing key can't be used, and nothing is signed until it can: {says}"
        );
    } else {
        tracing::warn!("the signing key: {says}");
    }
}

fn every(period: Duration) -> tokio::time::Interval {
    let mut every = interval(period.max(Duration::from_millis(50)));
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    every
}
