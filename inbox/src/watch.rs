//! The watcher: a scan on a timer is the truth, a notification of the kernel only wakes it sooner.

use notify::{RecursiveMode, Watcher as _};
use sealpress_config::{Home, Layout, Settings};
use sealpress_ledger::{CertificateId, Clock, Ledger};
use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{Mutex, mpsc, watch};
use tokio::time::sleep;
use uuid::Uuid;

use crate::claim::{claim, sidecars_of};
use crate::intake::{Doorbell, Intake, Outcome, system_randomness};
use crate::names::stem;
use crate::scan::{Found, scan};
use crate::settle::Settling;
use crate::{fields::Fields, regular};

/// After a notification, what else comes at once is waited for.
const TOGETHER: Duration = Duration::from_millis(50);
/// How much of a file's end is looked at for `%%EOF`, and of its beginning for `%PDF-`.
const ENDS: u64 = 2048;
/// Every so often all of `work/` is looked at, and not only what is new.
const WHOLE_LOOK: Duration = Duration::from_secs(60);

/// Watches an inbox.
#[derive(Clone)]
pub struct Watcher {
    intake: Intake,
    inbox: PathBuf,
    work: PathBuf,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    settling: Settling,
    /// Drops in `work/` that are certificates on their way: not ours any more.
    passed_on: BTreeSet<CertificateId>,
    /// When all of `work/` was looked at last.
    looked: Option<Instant>,
    /// Whether the last look failed, so that it is said once.
    failing: bool,
}

impl Watcher {
    /// A watcher of the home's inbox. `doorbell` is rung for each new certificate.
    #[must_use]
    pub fn new(
        home: Home,
        settings: Settings,
        layouts: Vec<Layout>,
        ledger: Ledger,
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
                clock,
                randomness: system_randomness(),
            },
            state: Arc::default(),
        }
    }

    /// Watches until `stop` turns true. Of several watchers of one home, one watches and the
    /// others stand by.
    pub async fn run(&self, mut stop: watch::Receiver<bool>) {
        let Some(_lock) = self.alone(&mut stop).await else { return };
        let (wake, mut woken) = mpsc::channel(1);
        let _notifying =
            self.intake.settings.inbox.notify.then(|| self.notifications(wake.clone()));
        while !*stop.borrow() {
            let wait = self.pass(Instant::now()).await;
            tokio::select! {
                () = stopped(&mut stop) => {}
                () = sleep(wait) => {}
                _ = woken.recv() => sleep(TOGETHER).await,
            }
        }
    }

    /// One look at inbox and `work/`. Returns how long until there is something to look at again.
    pub async fn pass(&self, now: Instant) -> Duration {
        let mut state = self.state.lock().await;
        match self.look(&mut state, now).await {
            Ok(wait) => {
                if state.failing {
                    tracing::info!("the inbox can be read again");
                }
                state.failing = false;
                wait
            }
            Err(error) => {
                if !state.failing {
                    tracing::error!(inbox = %self.inbox.display(), %error, "the inbox can't be worked on; it is tried again");
                }
                state.failing = true;
                self.intake.settings.inbox.scan.0
            }
        }
    }

    async fn look(&self, state: &mut State, now: Instant) -> io::Result<Duration> {
        let scan_every = self.intake.settings.inbox.scan.0;
        let whole = state.looked.is_none_or(|looked| now.duration_since(looked) >= WHOLE_LOOK);
        if whole {
            state.passed_on.clear();
            state.looked = Some(now);
        }
        let (work, inbox) = (self.work.clone(), self.inbox.clone());
        let (claimed, found) =
            tokio::task::spawn_blocking(move || io::Result::Ok((folders(&work)?, scan(&inbox)?)))
                .await
                .map_err(io::Error::other)??;
        state.passed_on.retain(|id| claimed.contains(id));
        for id in claimed.difference(&state.passed_on.clone()) {
            self.take(state, *id).await;
        }
        state.settling.look(&found, now);
        let mut wait = scan_every;
        for file in &found {
            match self.ready(&state.settling, file, &found, now) {
                Ready::Now(sidecars) => self.claim_and_take(state, file, sidecars).await?,
                Ready::In(left) => wait = wait.min(left.max(Duration::from_millis(10))),
            }
        }
        Ok(wait)
    }

    async fn take(&self, state: &mut State, id: CertificateId) {
        match self.intake.take(id).await {
            Ok(Outcome::Certificate) => {
                state.passed_on.insert(id);
            }
            Ok(Outcome::Filed | Outcome::Deferred) => {}
            Err(error) => tracing::warn!(drop = %id, %error, "looked at again later"),
        }
    }

    async fn claim_and_take(
        &self,
        state: &mut State,
        file: &Found,
        sidecars: Vec<PathBuf>,
    ) -> io::Result<()> {
        let id = CertificateId::new(Uuid::now_v7());
        let (work, file) = (self.work.clone(), file.clone());
        let claimed = tokio::task::spawn_blocking(move || claim(&work, id, &file, &sidecars))
            .await
            .map_err(io::Error::other)?;
        match claimed {
            Ok(_) => self.take(state, id).await,
            // Whoever dropped it took it back, or it went along with its PDF.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Whether a file may be claimed now, and with which sidecars.
    fn ready(&self, settling: &Settling, file: &Found, all: &[Found], now: Instant) -> Ready {
        let inbox = &self.intake.settings.inbox;
        let (settle, still) = (inbox.settle.0, settling.still(file, now));
        if still < settle {
            return Ready::In(settle - still);
        }
        let Some(name) = &file.name else { return Ready::Now(Vec::new()) };
        if file.sidecar {
            let has_pdf = all.iter().any(|other| {
                !other.sidecar
                    && other.name.as_deref().is_some_and(|other| stem(other) == stem(name))
            });
            // The sidecar itself is claimed and refused when no PDF comes.
            let patience = (inbox.sidecar_wait.0 * 10).max(Duration::from_secs(60));
            return match has_pdf {
                true => Ready::In(inbox.scan.0),
                false => Ready::after(patience, still),
            };
        }
        // A PDF that does not end as one may still be on its way, however still it stands.
        let patience = (settle * 15).max(Duration::from_secs(10));
        if still < patience && file.size <= inbox.max_bytes && is_unfinished(&file.path) {
            return Ready::In(patience - still);
        }
        let sidecars = sidecars_of(&self.inbox, name);
        let unsettled = all
            .iter()
            .filter(|other| sidecars.contains(&other.path))
            .filter_map(|other| settle.checked_sub(settling.still(other, now)))
            .filter(|left| !left.is_zero())
            .max();
        if let Some(left) = unsettled {
            return Ready::In(left);
        }
        // A name that says everything needs no sidecar; one that comes along was there by now.
        let says_all =
            Fields::of_name(name, &inbox.name_pattern).is_some() && !inbox.sidecar_required;
        if sidecars.is_empty() && !says_all && still < settle + inbox.sidecar_wait.0 {
            return Ready::In(settle + inbox.sidecar_wait.0 - still);
        }
        Ready::Now(sidecars)
    }

    /// The lock that one watcher of a home holds. Waits while another has it.
    async fn alone(&self, stop: &mut watch::Receiver<bool>) -> Option<File> {
        let path = self.work.join(".watch.lock");
        let mut told = false;
        while !*stop.borrow() {
            match File::create(&path).map(|file| (file.try_lock(), file)) {
                Ok((Ok(()), file)) => return Some(file),
                Ok((Err(TryLockError::WouldBlock), _)) if !told => {
                    told = true;
                    tracing::info!("another watcher has this inbox; standing by");
                }
                Ok((Err(TryLockError::WouldBlock), _)) => {}
                Ok((Err(TryLockError::Error(error)), _)) | Err(error) => {
                    tracing::warn!(%error, lock = %path.display(), "the watcher's lock can't be had; tried again");
                }
            }
            tokio::select! {
                () = stopped(stop) => {}
                () = sleep(Duration::from_secs(1)) => {}
            }
        }
        None
    }

    /// Asks the kernel for notifications; without them, the scan alone does.
    fn notifications(&self, wake: mpsc::Sender<()>) -> Option<notify::RecommendedWatcher> {
        let told = move |_| {
            // Full means that the watcher will wake anyway.
            let _ = wake.try_send(());
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

/// Ends when `stop` turns true, or nobody is left who could say so.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

enum Ready {
    Now(Vec<PathBuf>),
    In(Duration),
}

impl Ready {
    fn after(patience: Duration, still: Duration) -> Self {
        match patience.checked_sub(still).filter(|left| !left.is_zero()) {
            Some(left) => Self::In(left),
            None => Self::Now(Vec::new()),
        }
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

/// Whether a file begins as a PDF does and does not end as one. What does not begin as one will
/// never end as one, and need not be waited for.
fn is_unfinished(path: &Path) -> bool {
    let Ok((head, tail)) = regular::ends(path, ENDS) else { return false };
    let has = |bytes: &[u8], what: &[u8]| bytes.windows(what.len()).any(|window| window == what);
    head.is_empty() || (has(&head, b"%PDF-") && !has(&tail, b"%%EOF"))
}
