//! Listening: HTTPS, the HTTP that only redirects, and the end.

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum_server::Handle;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

use super::pages::jobs;
use super::{Web, routes, tls};
use crate::opened::Opened;

/// Time that a caller has to say what it wants, and that an ending server gives open requests.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often the watchdog hears of it.
const PULSE: Duration = Duration::from_secs(15);

/// Serves until `stop` is done.
///
/// # Errors
/// An address that can't be listened at, a certificate that can't be used.
pub(crate) async fn serve(
    opened: Arc<Opened>,
    stop: impl Future<Output = ()>,
) -> anyhow::Result<()> {
    let settings = opened.settings.serve.clone();
    let web = Web::new(Arc::clone(&opened)).await?;
    let app = routes::router(web.clone()).into_make_service_with_connect_info::<SocketAddr>();
    let (handle, mut tasks) = (Handle::new(), JoinSet::new());
    if let Some(tls) = &settings.tls {
        let files = tls::Files::of(&opened.home, tls)?;
        let config = files.read().await?;
        let mut server =
            axum_server::bind_rustls(settings.listen, config.clone()).handle(handle.clone());
        server.http_builder().http1().header_read_timeout(PATIENCE);
        tasks.spawn(files.keep_fresh(config));
        tasks.spawn(server.first_request_timeout(PATIENCE).serve(app));
    } else {
        let mut server = axum_server::bind(settings.listen).handle(handle.clone());
        server.http_builder().http1().header_read_timeout(PATIENCE);
        tasks.spawn(server.first_request_timeout(PATIENCE).serve(app));
    }
    if let Some(address) = settings.redirect {
        let port = settings.listen.port();
        let app = Router::new()
            .fallback(move |request: Request| async move { redirect(&request, port) })
            .into_make_service();
        let server = axum_server::bind(address).first_request_timeout(PATIENCE);
        tasks.spawn(server.serve(app));
    }
    tasks.spawn(keep_alive(Arc::clone(&opened)));
    if let Some(listening) = handle.listening().await {
        tracing::info!(%listening, https = settings.tls.is_some(), "serving");
        let _ = sd_notify::notify(&[sd_notify::NotifyState::Ready]);
    }
    tokio::select! {
        () = stop => {
            // Open pages would hold their connections until nobody has patience any more.
            web.live.end();
            handle.graceful_shutdown(Some(PATIENCE));
            while handle.connection_count() > 0 {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Ok(())
        }
        ended = tasks.join_next() => Err(why(ended, &settings.listen)),
        never = jobs::keep_live(&web) => match never {},
    }
}

/// Tells systemd's watchdog that the process lives, as long as its ledger answers.
async fn keep_alive(opened: Arc<Opened>) -> io::Result<()> {
    loop {
        match opened.ledger.has_users().await {
            Ok(_) => {
                let _ = sd_notify::notify(&[sd_notify::NotifyState::Watchdog]);
            }
            Err(error) => tracing::warn!(%error, "the ledger does not answer"),
        }
        tokio::time::sleep(PULSE).await;
    }
}

fn why(
    ended: Option<Result<io::Result<()>, tokio::task::JoinError>>,
    address: &SocketAddr,
) -> anyhow::Error {
    let cause = match ended {
        Some(Ok(Err(error))) => error.to_string(),
        Some(Err(error)) => error.to_string(),
        Some(Ok(Ok(()))) | None => "it ended by itself".to_owned(),
    };
    anyhow::anyhow!(
        "the pages can't be served at {address} ({cause}); check serve.listen and serve.redirect, \
         and whether another program listens there"
    )
}

/// To the same page over HTTPS.
fn redirect(request: &Request, port: u16) -> Response {
    match target(request.headers(), request.uri(), port) {
        Some(target) => Redirect::permanent(&target).into_response(),
        None => StatusCode::BAD_REQUEST.into_response(),
    }
}

fn target(headers: &HeaderMap, uri: &Uri, port: u16) -> Option<String> {
    let host = headers.get(header::HOST)?.to_str().ok()?;
    let name = host.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok());
    let name = name.map_or(host, |(name, _)| name);
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
    if name.is_empty() || !name.chars().all(plain) {
        return None;
    }
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    Some(match port {
        443 => format!("https://{name}{path}"),
        _ => format!("https://{name}:{port}{path}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to(host: &str, path: &'static str, port: u16) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        target(&headers, &Uri::from_static(path), port)
    }

    #[test]
    fn http_leads_to_the_same_page() {
        assert_eq!(to("a.edu.tw", "/v/1?x=2", 443).unwrap(), "https://a.edu.tw/v/1?x=2");
        assert_eq!(to("a.edu.tw:80", "/", 8443).unwrap(), "https://a.edu.tw:8443/");
        assert_eq!(to("[::1]:80", "/", 8443).unwrap(), "https://[::1]:8443/");
        assert_eq!(to("a.edu.tw/x", "/", 443), None);
    }
}
