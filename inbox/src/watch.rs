//! The watcher: a scan on a timer is the truth, a notification of the kernel only wakes it sooner.

use notify::event::{AccessKind, AccessMode};
use notify::{Event, EventKind, RecursiveMode, Watcher as _};
use sealpress_config::{Home, Layout, Settings};
use sealpress_ledger::{CertificateId, Clock, Ledger};
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{Mutex, mpsc, watch};
use tokio::time::sleep;

use crate::claim::{ClaimError, claim};
use crate::intake::{Doorbell, Intake, Later, Outcome, system_randomness};
use crate::looks::{Known, Looks};
use crate::preflight::Examine;
use crate::ready::{Claimable, Plan, plan};
use crate::scan::{Scanned, scan};
use crate::standby::{alone, stopped};

/// After a notification, what else comes at once is waited for.
const TOGETHER: Duration = Duration::from_millis(50);
/// All of `work/` is looked at, and not only what is new, once in so many times that ledger and
/// queue are compared: a drop that could not be filed when its certificate was closed is filed then.
const WHOLE_LOOK: u32 = 12;

/// Watches an inbox.
#[derive(Clone)]
pub struct Watcher {
    pub(crate) intake: Intake,
    inbox: PathBuf,
    work: PathBuf,
    looks: Arc<Mutex<Looks>>,
}

/// Why nothing can be done for any drop now.
#[derive(Debug, thiserror::Error)]
enum Halt {
    #[error(
        "inbox or work/ can't be read ({0}); check that the folders are there, and their permissions"
    )]
    Folders(#[from] io::Error),
    #[error(transparent)]
    Claim(ClaimError),
    #[error(transparent)]
    Drop(Later),
}

/// What one look at the folders saw.
struct Seen {
    claimed: BTreeSet<CertificateId>,
    scanned: Scanned,
    plan: Plan,
}

/// What came of one look.
struct Looked {
    /// How long until there is something to look at again.
    wait: Duration,
    /// Whether an outage ended.
    recovered: bool,
}

impl Watcher {
    /// A watcher of the home's inbox. `examiner` looks at pages; `doorbell` is rung for each new
    /// certificate.
    #[must_use]
    pub fn new(
        home: Home,
        settings: Settings,
        layouts: Vec<Layout>,
        ledger: Ledger,
        examiner: Arc<dyn Examine>,
        doorbell: Arc<dyn Doorbell>,
        clock: Clock,
    ) -> Self {
        Self {
            inbox: home.resolve(&settings.inbox.path),
            work: home.work(),
            intake: Intake {
                home,
                settings: Arc::new(settings),
                layouts: layouts.into(),
                ledger,
                doorbell,
                examiner,
                clock,
                randomness: system_randomness(),
            },
            looks: Arc::default(),
        }
    }

    /// Watches until `stop` turns true; a drop that it has in hand then is finished. Of several
    /// watchers of one home, one watches and the others stand by.
    pub async fn run(&self, mut stop: watch::Receiver<bool>) {
        let Some(_lock) = alone(&self.work.join(".watch.lock"), &mut stop).await else { return };
        let (wake, mut woken) = mpsc::channel(1);
        let mut _notifying = self.notifications(&wake);
        while !*stop.borrow() {
            let looked = self.look_unless(Instant::now(), &|| *stop.borrow()).await;
            if looked.recovered {
                // The folder may be another one than before.
                _notifying = self.notifications(&wake);
            }
            tokio::select! {
                () = stopped(&mut stop) => {}
                () = sleep(looked.wait) => {}
                _ = woken.recv() => sleep(TOGETHER).await,
            }
        }
    }

    /// One look at inbox and `work/`. Returns how long until there is something to look at again.
    pub async fn pass(&self, now: Instant) -> Duration {
        self.look_unless(now, &|| false).await.wait
    }

    async fn look_unless(&self, now: Instant, stopping: &(dyn Fn() -> bool + Sync)) -> Looked {
        let mut looks = self.looks.lock().await;
        match self.look(&mut looks, now, stopping).await {
            Ok(wait) => {
                let recovered = std::mem::take(&mut looks.failing);
                if recovered {
                    tracing::info!("drops are taken again");
                }
                Looked { wait, recovered }
            }
            Err(error) => {
                if !looks.failing {
                    tracing::error!(inbox = %self.inbox.display(), %error, "no drop can be taken now; it is tried again");
                }
                looks.failing = true;
                Looked { wait: self.scan_every(), recovered: false }
            }
        }
    }

    async fn look(
        &self,
        looks: &mut Looks,
        now: Instant,
        stopping: &(dyn Fn() -> bool + Sync),
    ) -> Result<Duration, Halt> {
        let whole_every = self.intake.settings.reconcile.every.0.saturating_mul(WHOLE_LOOK);
        let whole = looks.whole.is_none_or(|last| now.duration_since(last) >= whole_every);
        let seen = self.see(looks, now).await?;
        looks.forget_all_but(&seen.claimed, &seen.scanned);
        looks.tell_of(&seen.scanned.others);
        for id in &seen.claimed {
            if stopping() {
                return Ok(Duration::ZERO);
            }
            if whole || looks.is_due(*id, now) {
                self.take(looks, *id, now).await?;
            }
        }
        if whole {
            looks.whole = Some(now);
        }
        for drop in seen.plan.claims {
            if stopping() {
                return Ok(Duration::ZERO);
            }
            self.claim_and_take(looks, drop, now).await?;
        }
        Ok(seen.plan.wait)
    }

    async fn see(&self, looks: &mut Looks, now: Instant) -> io::Result<Seen> {
        let (work, inbox) = (self.work.clone(), self.inbox.clone());
        let settings = Arc::clone(&self.intake.settings);
        let mut settling = std::mem::take(&mut looks.settling);
        let seeing = tokio::task::spawn_blocking(move || {
            let seen = scan(&inbox).and_then(|scanned| {
                settling.look(&scanned.files, now);
                let plan = plan(&scanned.files, &settling, &settings.inbox, now);
                Ok(Seen { claimed: folders(&work)?, scanned, plan })
            });
            (settling, seen)
        });
        let (settling, seen) = seeing.await.map_err(io::Error::other)?;
        looks.settling = settling;
        seen
    }

    /// Takes one drop. What is wrong with it alone does not stop the others.
    async fn take(&self, looks: &mut Looks, id: CertificateId, now: Instant) -> Result<(), Halt> {
        let mut known = looks.drops.remove(&id).unwrap_or_default();
        let again = now + self.scan_every();
        match self.intake.take(id, !known.brought).await {
            Ok(Outcome::Filed) => return Ok(()),
            Ok(Outcome::Certificate) => known = Known::whole(),
            Ok(Outcome::Deferred) => {
                known.brought = true;
                if known.waits("earlier_pending", again) {
                    tracing::info!(drop = %id, code = "earlier_pending", "waits until an earlier certificate of the degree is through");
                }
            }
            Err(error) if error.is_outage() => {
                known.again = Some(now);
                looks.drops.insert(id, known);
                return Err(Halt::Drop(error));
            }
            Err(error) => {
                if known.waits(&error.to_string(), again) {
                    tracing::warn!(drop = %id, %error, "can't be taken now; it is tried again");
                }
            }
        }
        looks.drops.insert(id, known);
        Ok(())
    }

    async fn claim_and_take(
        &self,
        looks: &mut Looks,
        drop: Claimable,
        now: Instant,
    ) -> Result<(), Halt> {
        let id = looks.next_id((self.intake.clock)(), (self.intake.randomness)()?);
        let (work, path) = (self.work.clone(), drop.file.path.clone());
        let claiming = tokio::task::spawn_blocking(move || claim(&work, id, &drop));
        match claiming.await.map_err(io::Error::other)? {
            Ok(()) => {
                looks.drops.insert(id, Known::whole());
                self.take(looks, id, now).await
            }
            Err(ClaimError::Gone) => Ok(()),
            Err(error @ ClaimError::File(_)) => {
                if looks.immovable.insert(path) {
                    tracing::warn!(%error, "a file stays in the inbox; it is tried again");
                }
                Ok(())
            }
            Err(error @ (ClaimError::Folder(_) | ClaimError::TwoFileSystems)) => {
                Err(Halt::Claim(error))
            }
        }
    }

    fn scan_every(&self) -> Duration {
        self.intake.settings.inbox.scan.0
    }

    /// Asks the kernel for notifications; without them, the scan alone does.
    fn notifications(&self, wake: &mpsc::Sender<()>) -> Option<notify::RecommendedWatcher> {
        if !self.intake.settings.inbox.notify {
            return None;
        }
        let wake = wake.clone();
        let told = move |event: notify::Result<Event>| {
            if event.map_or(true, |event| is_change(event.kind)) {
                // Full means that the watcher will wake anyway.
                let _ = wake.try_send(());
            }
        };
        let watching = notify::recommended_watcher(told).and_then(|mut watcher| {
            watcher.watch(&self.inbox, RecursiveMode::NonRecursive)?;
            Ok(watcher)
        });
        watching
            .inspect_err(|error| tracing::warn!(%error, "no notifications of the inbox; it is scanned on a timer alone"))
            .ok()
    }
}

/// Whether an event says that something changed. Looking is an event too: a watcher that woke at
/// its own looks would never sleep.
const fn is_change(event: EventKind) -> bool {
    match event {
        EventKind::Access(kind) => matches!(kind, AccessKind::Close(AccessMode::Write)),
        EventKind::Any
        | EventKind::Create(_)
        | EventKind::Modify(_)
        | EventKind::Remove(_)
        | EventKind::Other => true,
    }
}

/// The drops in `work/`, oldest first.
fn folders(work: &Path) -> io::Result<BTreeSet<CertificateId>> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(work)? {
        let entry = entry?;
        if entry.file_type()?.is_dir()
            && let Some(id) = entry.file_name().to_str().and_then(|name| name.parse().ok())
        {
            found.insert(id);
        }
    }
    Ok(found)
}
