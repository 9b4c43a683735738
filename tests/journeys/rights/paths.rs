//! Pages and Web API.

use sealpress_tests::{Answer, Client, File, Home, PASSWORD, ROLES, Served, add_staff};
use std::collections::BTreeSet;

use super::Who::{Anyone, Everyone, Only};
use super::{UNKNOWN, Who, refusals};

/// What goes with a request: something well-formed that changes nothing.
#[derive(Debug, Clone, Copy)]
enum Sent {
    Nothing,
    /// The fields of a form.
    Form(&'static [(&'static str, &'static str)]),
    /// Fields with a file of this name.
    File(&'static str, &'static [(&'static str, &'static str)]),
    Json(&'static str),
    /// Nothing, and what comes back does not end.
    Stream,
}
use Sent::{File as WithFile, Form, Json, Nothing, Stream};

/// A ground, and the password where it is asked.
const GROUND: &[(&str, &str)] = &[("reason", "other"), ("why", "a test"), ("password", PASSWORD)];
const TWO_ENTRIES: &[(&str, &str)] = &[("old", "x"), ("password", "one"), ("again", "other")];
const WHY: &str = r#"{ "why": "a test" }"#;

/// Of no file that anyone uploaded.
const DIGEST: &str = "0000000000000000000000000000000000000000000000000000000000000000";

const SEE: Who = Only("viewer registrar supervisor ministry");
const EXPORT: Who = Only("registrar supervisor");
const SEE_JOBS: Who = Only("operator registrar supervisor admin");
const OPERATOR: Who = Only("operator");
const REGISTRAR: Who = Only("registrar");
const SUPERVISOR: Who = Only("supervisor");
const MINISTRY: Who = Only("ministry");
const ADMIN: Who = Only("admin");

/// Every path, who may come there, and what is sent.
const PATHS: &[(&str, Who, Sent)] = &[
    ("GET /assets/{version}/{name}", Anyone, Nothing),
    ("GET /health", Anyone, Nothing),
    ("GET /language/{tongue}", Anyone, Nothing),
    ("GET /metrics", Anyone, Nothing),
    ("GET /verify", Anyone, Nothing),
    ("POST /verify", Anyone, WithFile("file", &[])),
    ("GET /v/{token}", Anyone, Nothing),
    ("GET /login", Anyone, Nothing),
    ("POST /login", Anyone, Form(&[("name", "nobody"), ("password", "x")])),
    ("GET /password/{link}", Anyone, Nothing),
    ("POST /password/{link}", Anyone, Form(TWO_ENTRIES)),
    ("GET /login/code", Everyone, Nothing),
    ("POST /login/code", Everyone, Form(&[("code", "000000")])),
    ("GET /login/enrol", Everyone, Nothing),
    ("POST /login/enrol", Everyone, Form(&[("code", "000000")])),
    ("GET /account", Everyone, Nothing),
    ("POST /account/password", Everyone, Form(TWO_ENTRIES)),
    ("GET /", Everyone, Nothing),
    ("GET /certificates", SEE, Nothing),
    ("GET /certificates.csv", EXPORT, Nothing),
    ("GET /certificates/{id}", SEE, Nothing),
    ("GET /certificates/{id}/picture", SEE, Nothing),
    ("GET /certificates/{id}/pdf", EXPORT, Nothing),
    ("POST /certificates/{id}/approve", REGISTRAR, Form(&[])),
    ("POST /certificates/{id}/refuse", REGISTRAR, Form(GROUND)),
    ("POST /certificates/{id}/resend", REGISTRAR, Form(&[("route", "personal")])),
    ("POST /certificates/{id}/hand-over", REGISTRAR, Form(&[])),
    ("POST /certificates/{id}/reissue", REGISTRAR, WithFile("file", &[("kind", "reissue")])),
    ("POST /certificates/{id}/recall", SUPERVISOR, Form(GROUND)),
    ("POST /certificates/{id}/revoke", MINISTRY, Form(GROUND)),
    ("GET /drops/{name}", REGISTRAR, Nothing),
    ("GET /approvals", REGISTRAR, Nothing),
    ("POST /approvals", REGISTRAR, Form(&[("act", "approve")])),
    ("GET /jobs", SEE_JOBS, Nothing),
    ("POST /jobs", OPERATOR, Form(&[("act", "retry"), ("id", UNKNOWN)])),
    ("GET /jobs/{id}", SEE_JOBS, Nothing),
    ("POST /jobs/{id}/retry", OPERATOR, Form(&[])),
    ("POST /jobs/{id}/cancel", OPERATOR, Form(&[("why", "a test")])),
    ("POST /lanes/{lane}/pause", OPERATOR, Form(&[("why", "a test")])),
    ("POST /lanes/{lane}/resume", OPERATOR, Form(&[])),
    ("GET /jobs/live", SEE_JOBS, Stream),
    ("GET /deliveries", REGISTRAR, Nothing),
    ("POST /deliveries/{sending}/review", REGISTRAR, Form(&[("verdict", "keep")])),
    ("POST /deliveries/{sending}/release", REGISTRAR, Form(&[])),
    ("GET /roster", REGISTRAR, Nothing),
    ("POST /roster", REGISTRAR, WithFile("file", &[])),
    ("POST /roster/import", REGISTRAR, Form(&[("digest", DIGEST)])),
    ("GET /people", ADMIN, Nothing),
    ("POST /people", ADMIN, Form(&[("name", "?"), ("full_name", "")])),
    ("POST /people/{name}/roles", ADMIN, Form(&[("role", "viewer")])),
    ("POST /people/{name}/link", ADMIN, Form(&[])),
    ("POST /people/{name}/lock", ADMIN, Form(&[])),
    ("POST /people/{name}/unlock", ADMIN, Form(&[])),
    ("POST /people/{name}/clear-second-factor", ADMIN, Form(&[])),
    ("GET /api/v1/certificates", SEE, Nothing),
    ("GET /api/v1/certificates/{id}", SEE, Nothing),
    ("GET /api/v1/certificates/{id}/pdf", EXPORT, Nothing),
    ("POST /api/v1/certificates/{id}/approve", REGISTRAR, Nothing),
    ("POST /api/v1/certificates/{id}/refuse", REGISTRAR, Json(WHY)),
    ("POST /api/v1/certificates/{id}/resend", REGISTRAR, Json("{}")),
    ("POST /api/v1/certificates/{id}/hand-over", REGISTRAR, Nothing),
    ("POST /api/v1/certificates/{id}/recall", SUPERVISOR, Json(API_GROUND)),
    ("POST /api/v1/certificates/{id}/revoke", MINISTRY, Json(API_GROUND)),
    ("GET /api/v1/jobs", SEE_JOBS, Nothing),
    ("POST /api/v1/jobs/{id}/retry", OPERATOR, Nothing),
    ("POST /api/v1/jobs/{id}/cancel", OPERATOR, Json(WHY)),
    ("POST /api/v1/lanes/{lane}/pause", OPERATOR, Json(WHY)),
    ("POST /api/v1/lanes/{lane}/resume", OPERATOR, Nothing),
    // Last: it ends the session.
    ("POST /logout", Everyone, Form(&[])),
];

/// [`GROUND`] for programs.
const API_GROUND: &str =
    r#"{ "reason": "other", "why": "a test", "password": "Sealed-with-care-7391" }"#;

/// How a request ended for its caller.
#[derive(Debug, PartialEq, Eq)]
enum Ended {
    /// It was let through.
    Through,
    /// Refused, with a sentence that says which right is missing.
    NoRight,
    /// Sent to the login, or asked for a token.
    WhoAreYou,
    /// Anything else, which is wrong.
    Else(String),
}

fn ended(answer: &Answer) -> Ended {
    let text = answer.text();
    let login = answer.header("location").is_some_and(|to| to.starts_with("/login"));
    match answer.status {
        200 | 404 | 409 => Ended::Through,
        303 if !login => Ended::Through,
        303 | 401 => Ended::WhoAreYou,
        403 if text.contains("」的權限，這次沒有任何變更。") => Ended::NoRight,
        status => Ended::Else(format!("{status}: {text}")),
    }
}

/// Someone at the pages and the API.
struct Caller {
    client: Client,
    token: Option<String>,
}

impl Caller {
    fn nobody(served: &Served) -> Self {
        Self { client: served.client(), token: None }
    }

    fn logged_in(home: &Home, served: &Served, role: &str) -> Self {
        let token = home.run_as("admin", &["user", "token", role, "--label", "test", "--json"]);
        let token = token.json()["token"].as_str().expect("a token").to_owned();
        Self { client: Client::logged_in(served.url(), role, PASSWORD), token: Some(token) }
    }

    /// Calls a path. A form carries the token that a page gave for it.
    fn calls(&self, route: &str, sent: Sent) -> Ended {
        let (method, path) = route.split_once(' ').expect("a method and a path");
        let path = filled(path);
        let csrf = || {
            let door = path == "/login" || path.starts_with("/password/") || self.token.is_none();
            self.client.token(if door { "/login" } else { "/account" })
        };
        let answer = match sent {
            Nothing if path.starts_with("/api/") => self.asks(method, &path, &[], None),
            Nothing => self.client.get(&path),
            Stream => self.client.begun(&path),
            Json(body) => {
                let kind = ("content-type", "application/json");
                self.asks(method, &path, &[kind], Some(body.as_bytes()))
            }
            Form(fields) => {
                self.client.post(&path, &[&[("csrf", csrf().as_str())], fields].concat())
            }
            WithFile(field, fields) => {
                let file = File { field, name: "a.pdf", bytes: b"%PDF-1.7\n%%EOF\n" };
                let token = csrf();
                let fields = [&[("csrf", token.as_str())], fields].concat();
                self.client.upload(&path, &fields, &[file])
            }
        };
        ended(&answer)
    }

    fn asks(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&[u8]>,
    ) -> Answer {
        let bearer = self.token.as_ref().map(|token| format!("Bearer {token}"));
        let bearer = bearer.as_deref().map(|bearer| ("authorization", bearer));
        let headers: Vec<_> = headers.iter().copied().chain(bearer).collect();
        self.client.send(method, path, &headers, body).expect("an answer")
    }
}

/// A path with something in its holes that is nowhere.
fn filled(path: &str) -> String {
    let parts = path.split('/').map(|part| match part {
        "{id}" | "{sending}" => UNKNOWN,
        hole if hole.starts_with('{') => "nowhere",
        part => part,
    });
    parts.collect::<Vec<_>>().join("/")
}

fn is_api(route: &str) -> bool {
    route.contains(" /api/")
}

#[test]
fn every_path_stands_in_the_table() {
    let home = Home::new();
    let listed = home.ask(&["serve", "--routes"]);
    let listed: BTreeSet<String> = listed
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| {
            let word = |key: &str| one[key].as_str().expect("a word");
            format!("{} {}", word("method"), word("path"))
        })
        .collect();
    let table: BTreeSet<String> = PATHS.iter().map(|(route, _, _)| (*route).to_owned()).collect();
    assert_eq!(table.len(), PATHS.len(), "a path stands twice in the table");
    let [missing, gone] = [listed.difference(&table), table.difference(&listed)];
    let [missing, gone] = [missing, gone].map(|one| one.collect::<Vec<_>>());
    assert!(
        missing.is_empty() && gone.is_empty(),
        "not in the table: {missing:#?}; gone: {gone:#?}"
    );
}

#[test]
fn every_path_is_for_those_whom_the_table_says() {
    let home = Home::new();
    add_staff(&home);
    let served = Served::start(&home);
    let mut wrong = Vec::new();
    let mut refused = Vec::new();
    for role in ROLES {
        let caller = Caller::logged_in(&home, &served, role);
        for (route, who, sent) in PATHS {
            let expected = if who.has(role) { Ended::Through } else { Ended::NoRight };
            let ended = match *route {
                // It leads to the login, which is where it should lead.
                "POST /logout" if caller.calls(route, *sent) == Ended::WhoAreYou => Ended::Through,
                route => caller.calls(route, *sent),
            };
            if !who.has(role) {
                let via = if is_api(route) { "api" } else { "web" };
                refused.push([role.to_owned(), via.to_owned(), (*route).to_owned()]);
            }
            if ended != expected {
                wrong.push(format!("{role}: {route}: {ended:?}, and not {expected:?}"));
            }
        }
        assert_eq!(caller.client.get("/account").status, 303, "{role} has logged out");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    refused.sort();
    assert_eq!(refusals(&home), refused, "every refusal is in the history, once");
}

#[test]
fn who_has_not_logged_in_is_asked_to() {
    let home = Home::new();
    add_staff(&home);
    let served = Served::start(&home);
    let nobody = Caller::nobody(&served);
    // A session opens no API, and a token no page.
    let registrar = Caller::logged_in(&home, &served, "registrar");
    let (session, token) = (Caller { token: None, ..registrar }, registrar.token);
    let mut wrong = Vec::new();
    for (route, who, sent) in PATHS {
        let expected = match who {
            Anyone => Ended::Through,
            Everyone | Only(_) => Ended::WhoAreYou,
        };
        let ended = nobody.calls(route, *sent);
        if ended != expected {
            wrong.push(format!("nobody: {route}: {ended:?}"));
        }
        if is_api(route) && session.calls(route, *sent) != Ended::WhoAreYou {
            wrong.push(format!("a session: {route}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let bearer = Caller { client: served.client(), token };
    let answer = bearer.asks("GET", "/certificates", &[], None);
    assert_eq!(ended(&answer), Ended::WhoAreYou);
    assert_eq!(refusals(&home), Vec::<[String; 3]>::new());
}
