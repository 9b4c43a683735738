//! `serve`: the pages and the Web API.

use clap::Args as ClapArgs;
use serde_json::json;
use std::sync::Arc;
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::Args;
use crate::exit::Exit;
use crate::opened::Opened;
use crate::output;
use crate::web::{routes, server};

#[derive(Debug, ClapArgs)]
pub(crate) struct Serve {
    /// Show every path with who may come there, and end.
    #[arg(long)]
    pub(crate) routes: bool,
}

/// Every path with who may come there.
pub(crate) fn show_routes(args: &Args) -> anyhow::Result<Exit> {
    let routes = routes::routes();
    if args.json {
        let list: Vec<_> = routes
            .iter()
            .map(|route| {
                json!({ "method": route.method.as_str(), "path": route.path,
                    "access": route.access.as_str() })
            })
            .collect();
        output::json(&list)?;
    } else {
        let rows: Vec<Vec<String>> = routes
            .iter()
            .map(|route| {
                vec![route.method.to_string(), route.path.to_owned(), route.access.as_str().into()]
            })
            .collect();
        output::table(&["method", "path", "access"], &rows);
    }
    Ok(Exit::Done)
}

/// Serves until a signal comes. It needs no signing key, and reads none.
pub(crate) async fn run(opened: Opened) -> anyhow::Result<Exit> {
    let (mut terminate, mut interrupt) =
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let opened = Arc::new(opened);
    let stop = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        let _ = sd_notify::notify(&[sd_notify::NotifyState::Stopping]);
    };
    server::serve(Arc::clone(&opened), stop).await?;
    opened.ledger.close().await;
    Ok(Exit::Done)
}
