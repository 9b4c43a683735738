//! A home, opened: its configuration, its ledger, and its queue where a command needs it.

use anyhow::Context;
use jiff::{SignedDuration, Timestamp};
use sealpress_config::{Home, Layout, LedgerUrl, Settings};
use sealpress_inbox::system_randomness;
use sealpress_ledger::{Clock, Ledger, system_clock};
use sealpress_pipeline::{Lanes, Queue, open_queue};
use sealpress_sandbox::Sandbox;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::OnceCell;

use crate::desk::SignIn;
use crate::exit::WrongUse;
use crate::parsing;
use crate::preview::Preview;

/// A home with its configuration and ledger.
pub(crate) struct Opened {
    pub(crate) home: Home,
    pub(crate) settings: Settings,
    pub(crate) layouts: Vec<Layout>,
    pub(crate) ledger: Ledger,
    pub(crate) clock: Clock,
    /// Where foreign files are parsed.
    pub(crate) sandbox: Sandbox,
    queue: OnceCell<Arc<dyn Queue>>,
}

/// The home that the arguments or the environment name, or the current folder if it is one.
pub(crate) fn home(named: Option<&Path>) -> anyhow::Result<Home> {
    let root = named.map_or_else(|| PathBuf::from("."), Path::to_owned);
    let home = Home::new(root);
    if home.settings_file().is_file() {
        return Ok(home);
    }
    Err(WrongUse(format!(
        "{} is not a Sealpress home (it has no sealpress.yaml); name one with --home DIR or \
         SEALPRESS_HOME, or make one with `sealpress init DIR`",
        home.root().display()
    ))
    .into())
}

impl Opened {
    /// Reads the configuration and opens the ledger.
    pub(crate) async fn open(named: Option<&Path>) -> anyhow::Result<Self> {
        let home = home(named)?;
        let (settings, layouts) = {
            let home = home.clone();
            tokio::task::spawn_blocking(move || sealpress_config::load(&home)).await??
        };
        let LedgerUrl::Sqlite(path) = &settings.ledger;
        let path = home.resolve(path);
        let ledger = Ledger::open(&path)
            .await
            .with_context(|| format!("the ledger {} can't be opened", path.display()))?;
        let (clock, sandbox) = (system_clock(), parsing::sandbox(&settings));
        Ok(Self { home, settings, layouts, ledger, clock, sandbox, queue: OnceCell::new() })
    }

    /// The queue that the configuration names; opened when it is first asked for, and kept.
    pub(crate) async fn queue(&self) -> anyhow::Result<Arc<dyn Queue>> {
        let dead_after = self.settings.worker.dead_after.0;
        let open = || open_queue(&self.home, &self.settings.queue, dead_after);
        Ok(Arc::clone(self.queue.get_or_try_init(open).await?))
    }

    /// What looks at pages.
    pub(crate) fn preview(&self) -> Preview {
        Preview::new(self.sandbox.clone(), self.settings.serve.max_upload_bytes)
    }

    /// How people prove who they are.
    pub(crate) fn sign_in(&self) -> SignIn {
        SignIn::new(
            self.ledger.clone(),
            Arc::clone(&self.clock),
            system_randomness(),
            self.settings.people.clone(),
            &self.settings.school.name_zh,
        )
    }

    /// A worker not heard of since this time counts as dead at `now`.
    pub(crate) fn dead_before(&self, now: Timestamp) -> Timestamp {
        let silence = SignedDuration::try_from(self.settings.worker.dead_after.0);
        let silence = silence.unwrap_or(SignedDuration::MAX);
        now.checked_sub(silence).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// The lanes of the configuration.
    pub(crate) fn lanes(&self) -> Lanes {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Lanes::new(&self.settings, cores)
    }
}
