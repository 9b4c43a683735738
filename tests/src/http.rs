//! A client of the pages and the Web API that sees each answer as it is: no redirect is followed,
//! no status is an error.

use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::sync::Arc;
use std::time::Duration;
use ureq::BodyReader;
use ureq::http::{HeaderMap, Request};
use ureq::tls::TlsConfig;

/// A client with its own cookies.
#[derive(Debug)]
pub struct Client {
    agent: ureq::Agent,
    site: String,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

/// Server-sent events, as they come.
pub struct Events(BufReader<BodyReader<'static>>);

/// A file of an upload.
#[derive(Debug, Clone, Copy)]
pub struct File<'a> {
    /// The field of the form.
    pub field: &'a str,
    /// The file's name.
    pub name: &'a str,
    /// What is in it.
    pub bytes: &'a [u8],
}

impl Client {
    /// A client of `site` (`https://127.0.0.1:8443`), whoever made its certificate.
    #[must_use]
    pub fn new(site: &str) -> Self {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = TlsConfig::builder()
            .unversioned_rustls_crypto_provider(provider)
            .disable_verification(true)
            .build();
        let agent = ureq::Agent::config_builder()
            .tls_config(tls)
            .proxy(None)
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(Duration::from_secs(60)))
            .build()
            .new_agent();
        Self { agent, site: site.to_owned() }
    }

    /// A client that has logged in.
    ///
    /// # Panics
    /// When it is not let in.
    #[must_use]
    pub fn logged_in(site: &str, name: &str, password: &str) -> Self {
        let client = Self::new(site);
        let answer = client.login(name, password);
        assert_eq!(answer.status, 303, "{name}: {}", answer.text());
        client
    }

    /// Sends a request with any method and headers; a body of `None` is none at all.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&[u8]>,
    ) -> Result<Answer, ureq::Error> {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.site));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = match body {
            Some(body) => self.agent.run(request.body(body)?),
            None => self.agent.run(request.body(())?),
        };
        let (parts, mut body) = answer?.into_parts();
        let body = body.with_config().limit(u64::MAX).read_to_vec()?;
        Ok(Answer { status: parts.status.as_u16(), headers: parts.headers, body })
    }

    fn must(&self, method: &str, path: &str, kind: &[(&str, &str)], body: Option<&[u8]>) -> Answer {
        let answer = self.send(method, path, kind, body);
        answer.unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    /// Gets a page.
    ///
    /// # Panics
    /// When there is no answer.
    #[must_use]
    pub fn get(&self, path: &str) -> Answer {
        self.must("GET", path, &[], None)
    }

    /// Gets a page by the fields of its form.
    ///
    /// # Panics
    /// When there is no answer.
    #[must_use]
    pub fn ask(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.get(&format!("{path}?{}", form(fields)))
    }

    /// Gets a page that may never end: what stands before its body alone, where it is a stream of
    /// events.
    ///
    /// # Panics
    /// When there is no answer.
    #[must_use]
    pub fn begun(&self, path: &str) -> Answer {
        let answer = self.agent.get(format!("{}{path}", self.site)).call().expect("an answer");
        let (parts, mut body) = answer.into_parts();
        let kind = parts.headers.get("content-type").and_then(|kind| kind.to_str().ok());
        let body = match kind {
            Some("text/event-stream") => Vec::new(),
            _ => body.read_to_vec().expect("a body"),
        };
        Answer { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    /// Listens to the events of a path.
    ///
    /// # Panics
    /// When there are none.
    #[must_use]
    pub fn events(&self, path: &str) -> Events {
        let answer = self.agent.get(format!("{}{path}", self.site)).call().expect("an answer");
        let kind = answer.headers().get("content-type").and_then(|kind| kind.to_str().ok());
        assert_eq!((answer.status().as_u16(), kind), (200, Some("text/event-stream")), "{path}");
        Events(BufReader::new(answer.into_body().into_reader()))
    }

    /// Posts a form as it is given.
    ///
    /// # Panics
    /// When there is no answer.
    pub fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let kind = ("content-type", "application/x-www-form-urlencoded");
        self.must("POST", path, &[kind], Some(form(fields).as_bytes()))
    }

    /// Posts a form with the hidden token that the forms of `page` carry.
    ///
    /// # Panics
    /// When there is no answer, or no form on that page.
    pub fn submit(&self, page: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = self.token(page);
        self.post(path, &[&[("csrf", token.as_str())], fields].concat())
    }

    /// Posts fields and files.
    ///
    /// # Panics
    /// When there is no answer.
    pub fn upload(&self, path: &str, fields: &[(&str, &str)], files: &[File<'_>]) -> Answer {
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        let body = multipart(fields, files);
        self.must("POST", path, &[("content-type", kind.as_str())], Some(&body))
    }

    /// Logs in by the form of `/login`.
    ///
    /// # Panics
    /// When there is no answer, or no such form.
    pub fn login(&self, name: &str, password: &str) -> Answer {
        self.submit("/login", "/login", &[("name", name), ("password", password)])
    }

    /// The hidden token that the forms of a page carry.
    ///
    /// # Panics
    /// When there is no form on that page.
    #[must_use]
    pub fn token(&self, page: &str) -> String {
        let answer = self.get(page);
        let html = answer.text();
        let token = hidden(&html, "csrf");
        token.unwrap_or_else(|| panic!("{page} ({}) has no csrf: {html}", answer.status)).to_owned()
    }
}

impl Answer {
    /// A header's value, the first where there are several.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// When it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("no JSON ({error}), {}: {}", self.status, self.text()))
    }
}

impl Iterator for Events {
    type Item = String;

    /// The data of the next event; `None` when there are no more.
    fn next(&mut self) -> Option<String> {
        let mut data = Vec::new();
        loop {
            let mut line = String::new();
            if self.0.read_line(&mut line).ok()? == 0 {
                return None;
            }
            match (line.trim_end_matches(['\r', '\n']), data.is_empty()) {
                ("", false) => return Some(data.join("\n")),
                (line, _) => data.extend(line.strip_prefix("data: ").map(str::to_owned)),
            }
        }
    }
}

/// Fields as `application/x-www-form-urlencoded`.
fn form(fields: &[(&str, &str)]) -> String {
    let pairs: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("{}={}", escaped(name), escaped(value)))
        .collect();
    pairs.join("&")
}

/// A text as it stands in a form or in the query of a URL.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                escaped.push(byte.into());
            }
            other => escaped.push_str(&format!("%{other:02X}")),
        }
    }
    escaped
}

/// A line that stands in no file of the tests.
const BOUNDARY: &str = "----a-boundary-between-the-parts-of-an-upload";

/// Fields and files as `multipart/form-data` (RFC 7578).
fn multipart(fields: &[(&str, &str)], files: &[File<'_>]) -> Vec<u8> {
    let mut body = Vec::new();
    let mut part = |head: String, bytes: &[u8]| {
        body.extend_from_slice(
            format!("--{BOUNDARY}\r\nContent-Disposition: form-data; {head}\r\n\r\n").as_bytes(),
        );
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    };
    for (name, value) in fields {
        part(format!("name=\"{name}\""), value.as_bytes());
    }
    for File { field, name, bytes } in files {
        let kind = "\r\nContent-Type: application/octet-stream";
        part(format!("name=\"{field}\"; filename=\"{name}\"{kind}"), bytes);
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    body
}

/// The value of the first `<input name="NAME" … value="…">`.
fn hidden<'a>(html: &'a str, name: &str) -> Option<&'a str> {
    let named = format!("name=\"{name}\"");
    let mut inputs = html.split("<input").skip(1).filter_map(|rest| rest.split('>').next());
    let input = inputs.find(|input| input.contains(&named))?;
    input.split_once("value=\"")?.1.split('"').next()
}

#[cfg(test)]
mod tests {
    use super::{File, form, hidden, multipart};

    #[test]
    fn a_form_keeps_chinese_and_signs() {
        assert_eq!(form(&[("why", "王 & a=b")]), "why=%E7%8E%8B%20%26%20a%3Db");
    }

    #[test]
    fn an_upload_is_as_rfc_7578_has_it() {
        let file = File { field: "files", name: "a.pdf", bytes: b"%PDF" };
        let body = String::from_utf8(multipart(&[("csrf", "t")], &[file])).expect("text");
        let parts: Vec<&str> = body.split(&format!("--{}", super::BOUNDARY)).collect();
        assert_eq!(
            parts,
            [
                "",
                "\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\nt\r\n",
                "\r\nContent-Disposition: form-data; name=\"files\"; filename=\"a.pdf\"\r\n\
                 Content-Type: application/octet-stream\r\n\r\n%PDF\r\n",
                "--\r\n"
            ]
        );
    }

    #[test]
    fn the_hidden_token_is_read_wherever_it_stands() {
        let page = r#"<input name="name"><input type="hidden" value="t0ken" name="csrf">"#;
        assert_eq!(hidden(page, "csrf"), Some("t0ken"));
        assert_eq!(hidden(page, "other"), None);
    }
}
