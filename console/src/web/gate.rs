//! The gate before each path: network, size, pace, session, right, form token, in this order; and the
//! page that is shown when something failed behind it.

use askama::Template;
use axum::extract::{ConnectInfo, FromRequestParts, MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Json, Redirect, Response};
use sealpress_ledger::{By, CertificateId, Right, Via};
use serde_json::json;
use std::net::{IpAddr, SocketAddr};

use super::caller::Part;
use super::failure::Failure;
use super::page::{Page, Visitor, html};
use super::routes::Access;
use super::{Web, cookies, csrf, size};
use crate::desk::{Person, Session, Step};

#[derive(Template)]
#[template(path = "failure.html")]
struct FailurePage<'a> {
    page: &'a Page,
    message: &'a str,
    hint: &'a str,
}

/// A request that does not come through.
enum Turned {
    /// It is refused.
    Away(Failure),
    /// There is something to do first, on this page.
    To(String),
}

impl<T: Into<Failure>> From<T> for Turned {
    fn from(failure: T) -> Self {
        Self::Away(failure.into())
    }
}

/// Lets a request through to its handler, or says why not.
pub(crate) async fn pass(
    State((web, access)): State<(Web, Access)>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Response {
    let caller = web.callers.address(peer.ip(), request.headers());
    let mut page = web.page(request.headers(), request.uri());
    let response = match admit(&web, access, caller, &mut page, request).await {
        Ok(request) => next.run(request).await,
        Err(Turned::Away(failure)) => failure.into_response(),
        Err(Turned::To(path)) => Redirect::to(&path).into_response(),
    };
    match response.extensions().get::<Failure>() {
        Some(failure) => shown(&page, access, failure),
        None if is_unsaid(&response) => shown(&page, access, &unread(&web, response.status())),
        None => response,
    }
}

/// Whether the framework refused a request that it could not read: its sentence is for
/// programmers, and repeats what was sent.
fn is_unsaid(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE);
    response.status().is_client_error()
        && kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/plain"))
}

/// The same for the caller.
fn unread(web: &Web, status: StatusCode) -> Failure {
    if status == StatusCode::PAYLOAD_TOO_LARGE {
        return size::too_large(web.opened.settings.serve.max_upload_bytes);
    }
    let message = [
        "網址或表單的內容不完整或不正確，沒有執行任何動作。",
        "The address or the form is incomplete or malformed; nothing was done.",
    ];
    Failure { status, ..Failure::bad_request(message) }
}

async fn admit(
    web: &Web,
    access: Access,
    caller: IpAddr,
    page: &mut Page,
    mut request: Request,
) -> Result<Request, Turned> {
    let part = match access {
        Access::Public | Access::Free => None,
        Access::Door | Access::Half | Access::Person | Access::May(_) | Access::Watch(_) => {
            Some(Part::Staff)
        }
        Access::Api(_) => Some(Part::Api),
        Access::Metrics => Some(Part::Metrics),
    };
    if part.is_some_and(|part| !web.callers.may_reach(part, caller)) {
        return Err(not_from_there().into());
    }
    size::check(request.headers(), web.opened.settings.serve.max_upload_bytes)?;
    match access {
        Access::Public if !web.pace.may(caller) => return Err(too_often().into()),
        Access::Door if *request.method() == Method::POST && !web.logins.may(caller) => {
            return Err(too_often().into());
        }
        Access::Public | Access::Free | Access::Metrics => {}
        Access::Door => {
            let token = cookies::read(request.headers(), cookies::FORM).unwrap_or_default();
            page.csrf = token.to_owned();
            let token = token.to_owned();
            request = csrf::check(request, &token).await?;
        }
        Access::Half | Access::Person | Access::May(_) | Access::Watch(_) => {
            let token = cookies::read(request.headers(), cookies::SESSION).unwrap_or_default();
            let token = token.to_owned();
            let back = back(access, &request);
            let session = session(web, &token, access, back).await?;
            page.csrf.clone_from(&session.csrf);
            page.person = Some(session.person.clone());
            let by = By::new(&session.person.name, Via::Web, &caller.to_string());
            if let Access::May(right) | Access::Watch(right) = access {
                let asked = Asked::of(&request);
                may(web, &session.person, right, asked, &by).await?;
            }
            request = csrf::check(request, &session.csrf).await?;
            let visitor = Visitor { person: session.person, by, session: token };
            request.extensions_mut().insert(visitor);
        }
        Access::Api(right) => {
            let (bearer, asked) = (bearer(request.headers()), Asked::of(&request));
            let person = program(web, bearer).await?;
            let by = By::new(&person.name, Via::Api, &caller.to_string());
            may(web, &person, right, asked, &by).await?;
            let visitor = Visitor { person, by, session: String::new() };
            request.extensions_mut().insert(visitor);
        }
    }
    request.extensions_mut().insert(Caller(caller));
    request.extensions_mut().insert(page.clone());
    Ok(request)
}

/// The address that a request came from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Caller(pub(crate) IpAddr);

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        parts.extensions.get().copied().ok_or_else(|| Failure::internal(&"a request from nowhere"))
    }
}

/// The login with the way back. Only a page can be come back to: what a form wanted is not done by
/// itself later.
fn back(access: Access, request: &Request) -> String {
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    match path {
        path if request.method() == Method::GET && path != "/" && access != Access::Half => {
            format!("/login?back={}", encoded(path))
        }
        _ => "/login".to_owned(),
    }
}

/// The session behind a request, as far as this path needs it.
async fn session(web: &Web, token: &str, access: Access, back: String) -> Result<Session, Turned> {
    let session = match token {
        "" => None,
        token if matches!(access, Access::Watch(_)) => web.desk.sign_in.watched(token).await?,
        token => web.desk.sign_in.session(token).await?,
    };
    let session = session.ok_or(Turned::To(back))?;
    match (session.step, access) {
        (_, Access::Half) | (Step::In, _) => Ok(session),
        (Step::Code, _) => Err(Turned::To("/login/code".to_owned())),
        (Step::Enrol, _) => Err(Turned::To("/login/enrol".to_owned())),
    }
}

/// The token that a program carries (RFC 6750, section 2.1).
fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    value.strip_prefix("Bearer ").map(str::to_owned)
}

/// The person whose token it is.
async fn program(web: &Web, bearer: Option<String>) -> Result<Person, Turned> {
    let person = match bearer {
        Some(token) => web.desk.sign_in.token(&token).await?,
        None => None,
    };
    person.ok_or_else(|| Turned::Away(no_token()))
}

/// What a request asks for, as the history keeps it: never what was typed.
struct Asked {
    what: String,
    certificate: Option<CertificateId>,
}

impl Asked {
    fn of(request: &Request) -> Self {
        let path = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
        let certificate = request.uri().path().split('/').find_map(|part| part.parse().ok());
        Self { what: format!("{} {path}", request.method()), certificate }
    }
}

/// Holds a request to the right that its path asks for. A refusal is an event.
async fn may(
    web: &Web,
    person: &Person,
    right: Right,
    asked: Asked,
    by: &By,
) -> Result<(), Failure> {
    let Asked { what, certificate } = asked;
    Ok(web.desk.allowed(person, right, &what, certificate, by).await?)
}

/// Text as a value within a question (RFC 3986, section 2.3).
fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                char::from(byte).to_string()
            }
            byte => format!("%{byte:02X}"),
        })
        .collect()
}

fn shown(page: &Page, access: Access, failure: &Failure) -> Response {
    let ([zh, en], [hint_zh, hint_en]) = (&failure.message, &failure.hint);
    let body = match access {
        Access::Api(_) => Json(json!({ "message_zh": zh, "message_en": en, "hint_zh": hint_zh,
            "hint_en": hint_en }))
        .into_response(),
        Access::Public
        | Access::Free
        | Access::Door
        | Access::Half
        | Access::Person
        | Access::May(_)
        | Access::Watch(_)
        | Access::Metrics => {
            let (message, hint) = (page.tongue.pick(zh, en), page.tongue.pick(hint_zh, hint_en));
            html(&FailurePage { page, message, hint }).unwrap_or_else(IntoResponse::into_response)
        }
    };
    (failure.status, body).into_response()
}

fn not_from_there() -> Failure {
    Failure::new(
        StatusCode::FORBIDDEN,
        [
            "這個頁面不開放從您的網路位址使用。",
            "This page can't be used from your network address.",
        ],
        [
            "請在校內網路使用；需要開放其他網段時請洽系統管理人員。",
            "Use it on the school's network, or ask the administrator to allow yours.",
        ],
    )
}

fn too_often() -> Failure {
    Failure::new(
        StatusCode::TOO_MANY_REQUESTS,
        ["您的查詢次數太頻繁。", "You are asking too often."],
        ["請等一分鐘後再試。", "Wait a minute, then try again."],
    )
}

fn no_token() -> Failure {
    Failure::new(
        StatusCode::UNAUTHORIZED,
        ["缺少存取權杖，或權杖已失效。", "The access token is missing, or no longer good."],
        [
            "請以 sealpress user token 取得權杖，放在 Authorization: Bearer 標頭。",
            "Make one with `sealpress user token`, and send it in Authorization: Bearer.",
        ],
    )
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_way_back_is_one_value() {
        assert_eq!(
            super::encoded("/certificates?q=王&x=1"),
            "/certificates%3Fq%3D%E7%8E%8B%26x%3D1"
        );
    }
}
