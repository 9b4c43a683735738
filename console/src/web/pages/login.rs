//! The way in: name and password, the second factor, one-time links; and the way out.

use askama::Template;
use axum::extract::{Form, Path, Query, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};
use qrcode::QrCode;
use sealpress_ledger::Via;
use serde::Deserialize;

use crate::desk::{Origin, SignInError, Step};
use crate::web::failure::Failure;
use crate::web::gate::Caller;
use crate::web::page::{Page, Visitor, html};
use crate::web::{Web, cookies};

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage<'a> {
    page: &'a Page,
    back: &'a str,
    refusal: Option<String>,
}

#[derive(Template)]
#[template(path = "code.html")]
struct CodePage<'a> {
    page: &'a Page,
    refusal: Option<String>,
}

#[derive(Template)]
#[template(path = "enrol.html")]
struct EnrolPage<'a> {
    page: &'a Page,
    picture: String,
    secret: String,
    refusal: Option<String>,
}

#[derive(Template)]
#[template(path = "password.html")]
struct PasswordPage<'a> {
    page: &'a Page,
    refusal: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Back {
    #[serde(default)]
    back: String,
}

#[derive(Deserialize)]
pub(crate) struct Entry {
    name: String,
    password: String,
    #[serde(default)]
    back: String,
}

#[derive(Deserialize)]
pub(crate) struct Code {
    code: String,
}

#[derive(Deserialize)]
pub(crate) struct NewPassword {
    password: String,
    again: String,
}

/// The form for name and password.
pub(crate) async fn page(
    State(web): State<Web>,
    mut page: Page,
    Query(Back { back }): Query<Back>,
) -> Result<Response, Failure> {
    let cookie = form_token(&web, &mut page)?;
    with_cookie(html(&LoginPage { page: &page, back: &back, refusal: None })?, cookie)
}

/// Takes name and password.
pub(crate) async fn enter(
    State(web): State<Web>,
    page: Page,
    caller: Caller,
    Form(Entry { name, password, back }): Form<Entry>,
) -> Result<Response, Failure> {
    let origin = origin(&caller);
    let begun = match web.desk.sign_in.begin(&name, &password, origin.clone()).await {
        Ok(begun) => begun,
        Err(error) => {
            let refusal = Some(sentence(error, &page)?);
            return html(&LoginPage { page: &page, back: &back, refusal });
        }
    };
    let token = web.desk.sign_in.open_session(&begun.person, false, origin).await?;
    let to = match begun.step {
        Step::In => local(&back),
        Step::Code => "/login/code",
        Step::Enrol => "/login/enrol",
    };
    with_cookie(Redirect::to(to).into_response(), cookies::set(cookies::SESSION, &token))
}

/// The form for the second factor.
pub(crate) async fn code(page: Page) -> Result<Response, Failure> {
    html(&CodePage { page: &without_person(page), refusal: None })
}

/// Takes the second factor.
pub(crate) async fn prove(
    State(web): State<Web>,
    page: Page,
    visitor: Visitor,
    caller: Caller,
    Form(Code { code }): Form<Code>,
) -> Result<Response, Failure> {
    match web.desk.sign_in.prove(&visitor.session, &digits(&code), origin(&caller)).await {
        Ok(()) => Ok(Redirect::to("/").into_response()),
        Err(error) => {
            let page = without_person(page);
            let refusal = Some(sentence(error, &page)?);
            html(&CodePage { page: &page, refusal })
        }
    }
}

/// The new second factor, to be scanned.
pub(crate) async fn enrolment(
    State(web): State<Web>,
    page: Page,
    visitor: Visitor,
) -> Result<Response, Failure> {
    enrol_page(&web, &without_person(page), &visitor, None).await
}

/// Takes the proof that it was scanned.
pub(crate) async fn enrol(
    State(web): State<Web>,
    page: Page,
    visitor: Visitor,
    caller: Caller,
    Form(Code { code }): Form<Code>,
) -> Result<Response, Failure> {
    match web.desk.sign_in.enrol(&visitor.session, &digits(&code), origin(&caller)).await {
        Ok(()) => Ok(Redirect::to("/").into_response()),
        Err(error) => {
            let page = without_person(page);
            let refusal = Some(sentence(error, &page)?);
            enrol_page(&web, &page, &visitor, refusal).await
        }
    }
}

async fn enrol_page(
    web: &Web,
    page: &Page,
    visitor: &Visitor,
    refusal: Option<String>,
) -> Result<Response, Failure> {
    let enrolment = match web.desk.sign_in.enrolment(&visitor.session).await {
        Ok(enrolment) => enrolment,
        // It has one already: there is nothing to enrol.
        Err(error) => {
            error.into_reason()?;
            return Ok(Redirect::to("/").into_response());
        }
    };
    let picture = picture(&enrolment.uri).map_err(|error| Failure::internal(&error))?;
    html(&EnrolPage { page, picture, secret: enrolment.secret, refusal })
}

/// The form that a one-time link opens.
pub(crate) async fn link(State(web): State<Web>, mut page: Page) -> Result<Response, Failure> {
    let cookie = form_token(&web, &mut page)?;
    with_cookie(html(&PasswordPage { page: &page, refusal: None })?, cookie)
}

/// Takes the new password. The link is used up.
pub(crate) async fn use_link(
    State(web): State<Web>,
    page: Page,
    caller: Caller,
    Path(link): Path<String>,
    Form(NewPassword { password, again }): Form<NewPassword>,
) -> Result<Response, Failure> {
    if password != again {
        let refusal = Some(differ(&page));
        return html(&PasswordPage { page: &page, refusal });
    }
    match web.desk.sign_in.use_link(&link, &password, origin(&caller)).await {
        Ok(_) => Ok(Redirect::to("/login").into_response()),
        Err(error) => {
            let refusal = Some(sentence(error, &page)?);
            html(&PasswordPage { page: &page, refusal })
        }
    }
}

/// Ends the session.
pub(crate) async fn leave(
    State(web): State<Web>,
    visitor: Visitor,
    caller: Caller,
) -> Result<Response, Failure> {
    web.desk.sign_in.end_session(&visitor.session, origin(&caller)).await?;
    with_cookie(Redirect::to("/login").into_response(), cookies::clear(cookies::SESSION))
}

/// From where a person signs in, for the history.
pub(crate) fn origin(caller: &Caller) -> Origin {
    Origin { via: Via::Web, from: caller.0.to_string() }
}

/// That two entries of a new password differ.
pub(crate) fn differ(page: &Page) -> String {
    page.t("兩次輸入的密碼不同。", "The two entries differ.").to_owned()
}

/// A refusal in the page's language; what is no refusal is a failure.
pub(crate) fn sentence(error: SignInError, page: &Page) -> Result<String, Failure> {
    let reason = error.into_reason()?;
    let message = page.t(&reason.message_zh, &reason.message_en);
    Ok(format!("{message} {}", page.t(&reason.hint_zh, &reason.hint_en)))
}

/// Who is half in has no menu yet.
fn without_person(page: Page) -> Page {
    Page { person: None, ..page }
}

/// The token of a form before the login, kept in a cookie of its own where there is none yet.
fn form_token(web: &Web, page: &mut Page) -> Result<Option<HeaderValue>, Failure> {
    if !page.csrf.is_empty() {
        return Ok(None);
    }
    page.csrf = web.desk.unguessable().map_err(|error| Failure::internal(&error))?;
    Ok(cookies::set(cookies::FORM, &page.csrf))
}

fn with_cookie(mut response: Response, cookie: Option<HeaderValue>) -> Result<Response, Failure> {
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// A path of our own, whatever stands in the form.
pub(crate) fn local(path: &str) -> &str {
    let ours = path.starts_with('/')
        && !path.starts_with("//")
        && path.chars().all(|c| c.is_ascii_graphic() && c != '\\');
    if ours { path } else { "/" }
}

/// People write the code as they see it, in two groups.
fn digits(code: &str) -> String {
    code.chars().filter(char::is_ascii_digit).collect()
}

/// A QR code as SVG that the page's policy lets through: no style, no script.
fn picture(text: &str) -> Result<String, qrcode::types::QrError> {
    let code = QrCode::new(text)?;
    let (width, quiet) = (code.width(), 4);
    let mut path = String::new();
    for (at, colour) in code.to_colors().into_iter().enumerate() {
        if colour == qrcode::Color::Dark {
            path.push_str(&format!("M{} {}h1v1h-1z", at % width + quiet, at / width + quiet));
        }
    }
    let side = width + 2 * quiet;
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" role=\"img\" \
         aria-label=\"QR code\"><path d=\"{path}\"/></svg>"
    ))
}

#[cfg(test)]
mod tests {
    use super::local;

    #[test]
    fn the_way_back_leads_nowhere_else() {
        assert_eq!(local("/certificates?q=%E7%8E%8B"), "/certificates?q=%E7%8E%8B");
        for path in ["", "//evil.example", "https://evil.example", "/\\evil.example", "/a\r\nb"] {
            assert_eq!(local(path), "/", "{path}");
        }
    }
}
