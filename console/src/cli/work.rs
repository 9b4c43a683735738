//! `run`, `watch`, `work`: processes that stay.

use clap::Args as ClapArgs;
use sealpress_config::Stage;
use sealpress_inbox::Watcher;
use sealpress_inbox::preflight::{Confined, Limits};
use sealpress_pipeline::{LaneSetup, Lanes, Process, Ringer, Runner, Stations};
use std::sync::Arc;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::exit::{Exit, WrongUse};
use crate::opened::Opened;

/// Run lanes alone.
#[derive(Debug, ClapArgs)]
pub(crate) struct Work {
    /// The lane; without it, all lanes.
    #[arg(long, value_name = "LANE")]
    lane: Option<String>,
}

/// Watches and runs every lane.
pub(crate) async fn run_all(opened: &Opened) -> anyhow::Result<Exit> {
    let lanes: Vec<LaneSetup> = opened.lanes().iter().cloned().collect();
    until_signal(opened, lanes, true).await
}

/// Watches alone.
pub(crate) async fn watch(opened: &Opened) -> anyhow::Result<Exit> {
    until_signal(opened, Vec::new(), true).await
}

/// Runs one lane, or all.
pub(crate) async fn work(opened: &Opened, work: &Work) -> anyhow::Result<Exit> {
    let all = opened.lanes();
    let lanes = match &work.lane {
        None => all.iter().cloned().collect(),
        Some(name) => vec![all.named(name).cloned().ok_or_else(|| no_lane(name, &all))?],
    };
    until_signal(opened, lanes, false).await
}

/// That there is no lane of this name, and which there are.
pub(crate) fn no_lane(name: &str, lanes: &Lanes) -> WrongUse {
    let known: Vec<&str> = lanes.iter().map(|lane| lane.rules.name.as_str()).collect();
    WrongUse(format!("there is no lane “{name}”; the configuration has {}", known.join(", ")))
}

async fn until_signal(
    opened: &Opened,
    lanes: Vec<LaneSetup>,
    watches: bool,
) -> anyhow::Result<Exit> {
    // Before anything is begun: a signal that comes during the start must find a listener.
    let (mut terminate, mut interrupt) =
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let process = process(opened, lanes, watches, Arc::new(alive)).await?;
    let (stop, stopping) = watch::channel(false);
    let running = tokio::spawn(process.run(stopping));
    let _ = sd_notify::notify(&[sd_notify::NotifyState::Ready]);
    tracing::info!(home = %opened.home.root().display(), watches, "ready");
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    let _ = sd_notify::notify(&[sd_notify::NotifyState::Stopping]);
    let _ = stop.send(true);
    running.await??;
    tracing::info!("stopped");
    Ok(Exit::Done)
}

/// Tells systemd's watchdog that the process is alive.
fn alive() {
    let _ = sd_notify::notify(&[sd_notify::NotifyState::Watchdog]);
}

/// A process of these lanes, with or without a watcher.
pub(crate) async fn process(
    opened: &Opened,
    lanes: Vec<LaneSetup>,
    watches: bool,
    pulse: Arc<dyn Fn() + Send + Sync>,
) -> anyhow::Result<Process> {
    let stages: Vec<Stage> = lanes.iter().flat_map(|lane| lane.rules.stages.clone()).collect();
    let stations = {
        let (home, settings, layouts) =
            (opened.home.clone(), opened.settings.clone(), opened.layouts.clone());
        let (ledger, clock) = (opened.ledger.clone(), Arc::clone(&opened.clock));
        tokio::task::spawn_blocking(move || {
            Stations::prepare(&home, &settings, &layouts, &stages, &ledger, &clock)
        })
        .await??
    };
    let queue = opened.queue().await?;
    let all = opened.lanes();
    let watcher = watches.then(|| {
        Watcher::new(
            opened.home.clone(),
            opened.settings.clone(),
            opened.layouts.clone(),
            opened.ledger.clone(),
            Arc::new(Confined::new(opened.sandbox.clone(), Limits::from(&opened.settings.inbox))),
            Arc::new(Ringer::new(Arc::clone(&queue), all.clone())),
            Arc::clone(&opened.clock),
        )
    });
    let runner = Runner::new(
        &opened.home,
        &opened.settings,
        all,
        stations,
        (opened.ledger.clone(), queue),
        Arc::clone(&opened.clock),
    );
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    Ok(Process::new(Arc::new(runner), lanes, watcher, opened.settings.clone(), host, pulse))
}
