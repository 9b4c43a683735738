//! A form must carry its session's token, so that no other site can send it in a person's name.
//! The token is read here from whatever body a form sends; a handler can't forget it.

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{Method, StatusCode, header};
use futures::{StreamExt, stream};

use super::failure::Failure;

/// The hidden field that carries the token, first in every form.
const FIELD: &str = "csrf";
/// Longest form without files.
const LONGEST_FORM: usize = 256 * 1024;
/// In a form with files the token stands within so much, or nowhere.
const LONGEST_PREFIX: usize = 1024;

/// Lets a request pass that only asks, or that carries the token.
///
/// # Errors
/// [`Failure`] where the token is missing or another's.
pub(crate) async fn check(request: Request, expected: &str) -> Result<Request, Failure> {
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return Ok(request);
    }
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let with_files = kind.is_some_and(|kind| kind.starts_with("multipart/form-data"));
    let (parts, body) = request.into_parts();
    let (token, body) = if with_files {
        let (prefix, rest) = begin(body).await?;
        let token = in_multipart(&prefix);
        (token, Body::from_stream(stream::iter([Ok(prefix)]).chain(rest.into_data_stream())))
    } else {
        let form = axum::body::to_bytes(body, LONGEST_FORM).await.map_err(|_| refused())?;
        (in_form(&form), Body::from(form))
    };
    if !same(&token.unwrap_or_default(), expected) {
        return Err(refused());
    }
    Ok(Request::from_parts(parts, body))
}

/// The beginning of a body, and the rest of it.
async fn begin(body: Body) -> Result<(Bytes, Body), Failure> {
    let (mut stream, mut prefix) = (body.into_data_stream(), Vec::new());
    while prefix.len() < LONGEST_PREFIX {
        let Some(chunk) = stream.next().await else { break };
        prefix.extend_from_slice(&chunk.map_err(|_| refused())?);
    }
    Ok((prefix.into(), Body::from_stream(stream)))
}

/// The token of `a=b&csrf=token`. It has no character that a form would write otherwise.
fn in_form(form: &[u8]) -> Option<String> {
    let form = std::str::from_utf8(form).ok()?;
    form.split('&')
        .filter_map(|pair| pair.split_once('='))
        .find_map(|(name, value)| (name == FIELD).then(|| value.to_owned()))
}

/// The token of a form with files, whose first part it is (RFC 7578).
fn in_multipart(prefix: &[u8]) -> Option<String> {
    let prefix = prefix.get(..LONGEST_PREFIX.min(prefix.len()))?;
    let text = String::from_utf8_lossy(prefix);
    let (head, rest) = text.split_once("\r\n\r\n")?;
    let first = head.split("\r\n").count() == 2 && head.contains(&format!("name=\"{FIELD}\""));
    let (value, _) = rest.split_once("\r\n")?;
    first.then(|| value.to_owned())
}

/// Compares without telling by its time how much was right.
fn same(token: &str, expected: &str) -> bool {
    !expected.is_empty()
        && aws_lc_rs::constant_time::verify_slices_are_equal(token.as_bytes(), expected.as_bytes())
            .is_ok()
}

fn refused() -> Failure {
    Failure::new(
        StatusCode::FORBIDDEN,
        ["這個表單已經過期，沒有執行任何動作。", "The form is out of date; nothing was done."],
        ["請重新整理頁面後再送出一次。", "Load the page again, then send it once more."],
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request as Plain;

    async fn passes(kind: &str, body: &'static str, expected: &str) -> Option<String> {
        let request =
            Plain::post("/x").header("content-type", kind).body(Body::from(body)).unwrap();
        let request = check(request, expected).await.ok()?;
        let body = axum::body::to_bytes(request.into_body(), 1 << 20).await.unwrap();
        Some(String::from_utf8(body.to_vec()).unwrap())
    }

    const FORM: &str = "application/x-www-form-urlencoded";
    const FILES: &str = "multipart/form-data; boundary=x";
    const PARTS: &str = "--x\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\nt0ken\r\n--x\r\n\
        Content-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\n\r\n%PDF\r\n--x--\r\n";

    #[tokio::test]
    async fn the_token_opens_and_the_body_stays_whole() {
        let form = "csrf=t0ken&reason=x";
        assert_eq!(passes(FORM, form, "t0ken").await.as_deref(), Some(form));
        assert_eq!(passes(FILES, PARTS, "t0ken").await.as_deref(), Some(PARTS));
    }

    #[tokio::test]
    async fn anything_else_does_not() {
        for (kind, body) in [
            (FORM, "reason=x"),
            (FORM, "csrf=&reason=x"),
            (FORM, "csrf=other"),
            (FILES, "--x\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\ncsrf\r\n"),
            (FILES, "csrf=t0ken"),
            ("text/plain", ""),
        ] {
            assert_eq!(passes(kind, body, "t0ken").await, None, "{body}");
        }
        assert_eq!(passes(FORM, "csrf=", "").await, None, "no session, no form");
    }
}
