//! The gate before every path, over a connection.

use jiff::Timestamp;
use sealpress_config::{Home, Role};
use sealpress_ledger::{NewUser, Via};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::{LOGINS_PER_MINUTE, Web, routes};
use crate::cli::init;
use crate::desk::Origin;
use crate::opened::Opened;

/// Pages of a home of the test's own.
struct Pages {
    address: SocketAddr,
    web: Web,
    _home: tempfile::TempDir,
}

impl Pages {
    async fn open() -> Self {
        let home = tempfile::tempdir().unwrap();
        init::make(&Home::new(home.path()), None, Timestamp::now()).unwrap();
        let opened = Arc::new(Opened::open(Some(home.path())).await.unwrap());
        let web = Web::new(opened).await.unwrap();
        let app = routes::router(web.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let app = app.into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { address, web, _home: home }
    }

    /// The token of a new person of this role.
    async fn token(&self, name: &str, role: Role) -> String {
        let (ledger, sign_in) = (&self.web.opened.ledger, &self.web.desk.sign_in);
        let here = Origin { via: Via::Web, from: "192.0.2.7".into() };
        let new = NewUser {
            name: name.into(),
            full_name: "王大明".into(),
            roles: BTreeSet::from([role]),
        };
        let boss = here.by("boss");
        ledger.add_user(&new, &boss, Timestamp::now()).await.unwrap();
        let link = sign_in.make_link(name, &boss).await.unwrap();
        sign_in.use_link(&link, PASSWORD, here).await.unwrap();
        sign_in.make_token(name, "test", &boss).await.unwrap()
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

const PASSWORD: &str = "Blue-Kettle-42";

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

#[tokio::test]
async fn a_token_alone_ends_no_certificate() {
    let pages = Pages::open().await;
    pages.token("boss", Role::Admin).await;
    for (name, role, act, reason) in [
        ("minister", Role::Ministry, "revoke", "other"),
        ("super", Role::Supervisor, "recall", "other"),
    ] {
        let token = pages.token(name, role).await;
        let headers =
            format!("Authorization: Bearer {token}\r\nContent-Type: application/json\r\n");
        let line = format!("POST /api/v1/certificates/{}/{act}", uuid::Uuid::now_v7());
        for (password, status) in [("", "403"), ("Red-Kettle-43", "403"), (PASSWORD, "404")] {
            let body = format!(r#"{{"reason":"{reason}","why":"test","password":"{password}"}}"#);
            let answer = pages.ask(&line, &headers, &body).await;
            assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{act}: {answer}");
        }
    }
}
