//! The gate before every path, over a connection.

use jiff::Timestamp;
use sealpress_config::Home;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::{LOGINS_PER_MINUTE, Web, routes};
use crate::cli::init;
use crate::opened::Opened;

/// Pages of a home of the test's own.
struct Pages {
    address: SocketAddr,
    _home: tempfile::TempDir,
}

impl Pages {
    async fn open() -> Self {
        let home = tempfile::tempdir().unwrap();
        init::make(&Home::new(home.path()), None, Timestamp::now()).unwrap();
        let opened = Arc::new(Opened::open(Some(home.path())).await.unwrap());
        let app = routes::router(Web::new(opened).await.unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let app = app.into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { address, _home: home }
    }

    /// The whole answer to a request: its first line, further headers, and a body.
    async fn ask(&self, line: &str, headers: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let length = body.len();
        let request = format!(
            "{line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\
             Content-Length: {length}\r\n\r\n{body}"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }
}

const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n\
    Cookie: __Host-sealpress-form=t0ken\r\n";

#[tokio::test]
async fn what_can_not_be_read_is_said_in_words_for_people() {
    let pages = Pages::open().await;
    // A form without its fields, and a file where none is expected.
    for (line, headers, body) in
        [("POST /login", FORM, "csrf=t0ken&nmae=SECRET"), ("GET /login?back=1&back=2", "", "")]
    {
        let answer = pages.ask(line, headers, body).await;
        assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
        assert!(answer.contains("網址或表單的內容不完整或不正確"), "{answer}");
        assert!(!answer.contains("eserialize") && !answer.contains("SECRET"), "{answer}");
    }
    let page = pages.ask("GET /login", "", "").await;
    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
}

#[tokio::test]
async fn logins_are_tried_at_a_measured_pace() {
    let pages = Pages::open().await;
    // Without the form's token nothing is hashed, so this is quick; it is counted all the same.
    for _ in 0..LOGINS_PER_MINUTE {
        let answer = pages.ask("POST /login", FORM, "csrf=no").await;
        assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
    }
    for path in ["POST /login", "POST /password/x"] {
        let answer = pages.ask(path, FORM, "csrf=t0ken&name=x&password=y").await;
        assert!(answer.starts_with("HTTP/1.1 429"), "{answer}");
    }
    let page = pages.ask("GET /login", "", "").await;
    assert!(page.starts_with("HTTP/1.1 200"), "the page itself is there: {page}");
}
