//! A real browser: Chromium without a window, led by chromedriver.
//!
//! It speaks as a person does: a button by what stands on it, a field by its label. Whatever it
//! looks for, it waits for. Commands of WebDriver go by fantoccini; what only Chromium knows
//! (its console, the size of a phone) goes to chromedriver directly.

mod controls;
mod driver;
mod looks;
mod rules;

use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;
use tokio::runtime::{self, Runtime};

use crate::until;
use driver::Driver;
pub use looks::Window;

/// Longer than a page takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// A browser with a fresh profile. It ends with the test, also with one that fails.
#[derive(Debug)]
pub struct Browser {
    site: String,
    session: Option<Client>,
    runtime: Runtime,
    // Its processes end before their folder goes.
    driver: Driver,
    folder: tempfile::TempDir,
}

impl Browser {
    /// Opens a browser that looks at `site` (`https://127.0.0.1:8443`) in a window of a desk.
    ///
    /// # Panics
    /// When Chromium or chromedriver is missing, or does not start.
    #[must_use]
    pub fn open(site: &str) -> Self {
        Self::start(site, &json!({ "intl.accept_languages": "zh-TW,zh" }))
    }

    /// Opens one that runs no script of any page.
    ///
    /// # Panics
    /// As [`Self::open`].
    #[must_use]
    pub fn without_javascript(site: &str) -> Self {
        const BLOCK: u8 = 2;
        Self::start(
            site,
            &json!({
                "intl.accept_languages": "zh-TW,zh",
                "profile.managed_default_content_settings.javascript": BLOCK,
            }),
        )
    }

    fn start(site: &str, preferences: &Value) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let driver = Driver::start(folder.path());
        let runtime =
            runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(capabilities(folder.path(), preferences));
        let session = runtime
            .block_on(builder.connect(driver.url()))
            .unwrap_or_else(|error| panic!("Chromium does not start: {error}; {}", driver.said()));
        let browser =
            Self { site: site.to_owned(), session: Some(session), runtime, driver, folder };
        browser.window(Window::Desk);
        browser
    }

    fn session(&self) -> &Client {
        self.session.as_ref().expect("a session lasts as long as its browser")
    }

    /// Has a command carried out.
    fn try_to<T>(&self, command: impl Future<Output = Result<T, CmdError>>) -> Result<T, CmdError> {
        self.runtime.block_on(command)
    }

    fn must<T>(&self, what: &str, command: impl Future<Output = Result<T, CmdError>>) -> T {
        self.try_to(command).unwrap_or_else(|error| panic!("{what}: {error}"))
    }

    /// A command that only Chromium's driver knows.
    fn extension(&self, path: &str, body: &Value) -> Value {
        let id = self.must("the session's id", self.session().session_id());
        self.driver.command(&id.expect("a session has an id"), path, body)
    }

    /// A command of Chromium's DevTools protocol.
    fn devtools(&self, command: &str, parameters: &Value) -> Value {
        self.extension("goog/cdp/execute", &json!({ "cmd": command, "params": parameters }))
    }

    /// Waits for `ask` to have an answer. A page that is just being replaced has none yet.
    fn wait<T>(&self, what: &str, mut ask: impl FnMut() -> Result<Option<T>, CmdError>) -> T {
        until(&format!("{what} on {}", self.path()), PATIENCE, || match ask() {
            Ok(answer) => answer,
            Err(error) if error.is_stale_element_reference() || error.is_no_such_element() => None,
            Err(error) => panic!("{what}: {error}"),
        })
    }

    /// Goes to a path of the site (`/certificates?q=王`).
    ///
    /// # Panics
    /// When nothing answers there. A page with an error status is a page.
    pub fn goto(&self, path: &str) {
        self.must(path, self.session().goto(&format!("{}{path}", self.site)));
    }

    /// Loads the page again.
    ///
    /// # Panics
    /// When nothing answers.
    pub fn reload(&self) {
        self.must("the same page again", self.session().refresh());
    }

    /// Where it is: path and query.
    ///
    /// # Panics
    /// When the browser has ended.
    #[must_use]
    pub fn path(&self) -> String {
        let url = self.must("the address", self.session().current_url());
        url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()))
    }

    /// Logs in by the form of `/login`, and waits for the page behind it.
    ///
    /// # Panics
    /// When it stays on that form.
    pub fn login(&self, name: &str, password: &str) {
        self.goto("/login");
        self.fill("name", name);
        self.fill("password", password);
        self.press_enter("password");
        self.wait_for_path("the page behind the login", |path| path != "/login");
    }

    /// Waits until the path (with its query) is as `wanted`.
    ///
    /// # Panics
    /// When it does not become so.
    pub fn wait_for_path(&self, what: &str, wanted: impl Fn(&str) -> bool) {
        self.wait(what, || Ok(wanted(&self.path()).then_some(())));
    }

    /// Waits until something that `css` selects is shown.
    ///
    /// # Panics
    /// When it does not appear.
    pub fn wait_for(&self, css: &str) {
        self.wait(css, || Ok((!self.shown(Locator::Css(css))?.is_empty()).then_some(())));
    }

    /// Waits until the page says `text`.
    ///
    /// # Panics
    /// When it does not.
    pub fn wait_for_text(&self, text: &str) {
        self.wait(text, || {
            let body = self.try_to(self.session().find(Locator::Css("body")))?;
            Ok(self.try_to(body.text())?.contains(text).then_some(()))
        });
    }

    /// What is shown of `locator` at this moment.
    fn shown(&self, locator: Locator<'_>) -> Result<Vec<Element>, CmdError> {
        let mut shown = Vec::new();
        for element in self.try_to(self.session().find_all(locator))? {
            if self.try_to(element.is_displayed())? {
                shown.push(element);
            }
        }
        Ok(shown)
    }

    /// The text that a person reads in the first element that `css` selects and that is shown.
    ///
    /// # Panics
    /// When none appears.
    #[must_use]
    pub fn text(&self, css: &str) -> String {
        self.wait(css, || match self.shown(Locator::Css(css))?.into_iter().next() {
            Some(element) => self.try_to(element.text()).map(Some),
            None => Ok(None),
        })
    }

    /// The texts of everything that `css` selects and that is shown at this moment.
    ///
    /// # Panics
    /// When the page never stands still.
    #[must_use]
    pub fn texts(&self, css: &str) -> Vec<String> {
        self.wait(css, || {
            let shown = self.shown(Locator::Css(css))?.into_iter();
            let texts: Result<Vec<_>, _> = shown.map(|e| self.try_to(e.text())).collect();
            texts.map(Some)
        })
    }

    /// Whether something that `css` selects is shown at this moment.
    ///
    /// # Panics
    /// When the page never stands still.
    #[must_use]
    pub fn shows(&self, css: &str) -> bool {
        !self.texts(css).is_empty()
    }

    /// An attribute of the first element that `css` selects, shown or not.
    ///
    /// # Panics
    /// When there is no such element.
    #[must_use]
    pub fn attribute(&self, css: &str, name: &str) -> Option<String> {
        self.wait(css, || {
            let element = self.try_to(self.session().find(Locator::Css(css)))?;
            self.try_to(element.attr(name)).map(Some)
        })
    }

    /// What a script returns that runs in the page; the page's own policy does not bind it.
    ///
    /// # Panics
    /// When it throws.
    #[must_use]
    pub fn script(&self, script: &str) -> Value {
        self.must("a script", self.session().execute(script, Vec::new()))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.leave_traces();
        }
        // The browser is asked to go, and writes to its folder no more; what does not go is killed
        // with its driver.
        if let Some(session) = self.session.take() {
            self.runtime.block_on(session.close()).ok();
        }
    }
}

/// What is asked of Chromium.
fn capabilities(folder: &Path, preferences: &Value) -> Capabilities {
    let mut arguments = vec![
        format!("--user-data-dir={}", folder.join("profile").display()),
        // Over a pipe, Chromium ends by itself when its driver is killed.
        "--remote-debugging-pipe".to_owned(),
        // Nothing but this host can be reached, whatever a page asks for.
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1".to_owned(),
    ];
    arguments.extend(
        [
            "--headless=new",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-first-run",
            "--hide-scrollbars",
            "--force-color-profile=srgb",
            "--lang=zh-TW",
        ]
        .map(str::to_owned),
    );
    // Chromium's sandbox refuses to be built by root.
    if fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0) {
        arguments.push("--no-sandbox".to_owned());
    }
    let wanted = json!({
        "acceptInsecureCerts": true,
        "timeouts": { "pageLoad": 60_000, "script": 60_000 },
        "goog:loggingPrefs": { "browser": "ALL" },
        "goog:chromeOptions": { "args": arguments, "prefs": preferences },
    });
    wanted.as_object().expect("an object").clone()
}
