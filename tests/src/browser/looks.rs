//! How a page looks: the window's size, pictures, prints.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use fantoccini::wd::{PrintConfiguration, PrintMargins, PrintOrientation, PrintSize};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Browser;
use crate::repository;

/// The window that a person looks through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// 1280 × 900, on a desk.
    Desk,
    /// 390 × 844, in a hand.
    Phone,
}

impl Browser {
    /// Changes the window.
    ///
    /// # Panics
    /// When the browser has ended.
    pub fn window(&self, window: Window) {
        let (width, height, sharpness, mobile) = match window {
            Window::Desk => (1280, 900, 1, false),
            Window::Phone => (390, 844, 2, true),
        };
        let metrics = json!({
            "width": width, "height": height, "deviceScaleFactor": sharpness, "mobile": mobile,
        });
        self.devtools("Emulation.setDeviceMetricsOverride", &metrics);
    }

    /// Keeps a picture of the whole page as `target/pictures/NAME.png`.
    ///
    /// # Panics
    /// When it can't be written.
    pub fn screenshot(&self, name: &str) -> PathBuf {
        let size = &self.devtools("Page.getLayoutMetrics", &json!({}))["cssContentSize"];
        let picture = self.devtools(
            "Page.captureScreenshot",
            &json!({
                "format": "png",
                "captureBeyondViewport": true,
                "clip": { "x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1 },
            }),
        );
        let png = picture["data"].as_str().map(|data| BASE64_STANDARD.decode(data));
        let png = png.expect("a picture").expect("Base64");
        let file = pictures().join(format!("{name}.png"));
        fs::create_dir_all(file.parent().expect("a folder")).expect("a folder for pictures");
        fs::write(&file, png).expect("a written picture");
        file
    }

    /// The page as a PDF, A4 without a margin.
    ///
    /// # Panics
    /// When it can't be printed.
    #[must_use]
    pub fn print(&self) -> Vec<u8> {
        self.print_on(PrintOrientation::Portrait)
    }

    fn print_on(&self, orientation: PrintOrientation) -> Vec<u8> {
        let none = PrintMargins { top: 0.0, bottom: 0.0, left: 0.0, right: 0.0 };
        let paper = PrintConfiguration::builder()
            .size(PrintSize::A4)
            .orientation(orientation)
            .margins(none)
            .background(true)
            .build()
            .expect("A4 is a paper");
        self.must("a print", self.session().print(paper))
    }

    /// The first page of a PDF, printed to a new PDF: the same picture, and no byte of the
    /// original. (Chromium prints no PDF when it has no window, so the page is made a picture first.)
    ///
    /// # Panics
    /// When it can't be printed.
    #[must_use]
    pub fn reprint(&self, pdf: &Path) -> Vec<u8> {
        let picture = self.folder.path().join("page");
        let made = Command::new("pdftoppm")
            .args(["-png", "-r", "200", "-f", "1", "-singlefile"])
            .args([pdf, &picture])
            .status();
        assert!(made.is_ok_and(|made| made.success()), "pdftoppm; run tests/setup.sh");
        let page = self.folder.path().join("page.html");
        let html = "<!doctype html><style>@page{margin:0}body{margin:0}\
                    img{display:block;width:100%;max-height:100vh;object-fit:contain}</style>\
                    <img src=page.png alt=''>";
        fs::write(&page, html).expect("a written page");
        self.must("the picture", self.session().goto(&format!("file://{}", page.display())));
        let wide = self.script("const [page] = document.images; return page.width > page.height");
        self.print_on(match wide.as_bool() {
            Some(true) => PrintOrientation::Landscape,
            Some(false) | None => PrintOrientation::Portrait,
        })
    }

    /// What a failed test shows: where the browser was, what stood there, and a picture.
    pub(super) fn leave_traces(&self) {
        let Ok(url) = self.try_to(self.session().current_url()) else { return };
        let text = self.try_to(
            self.session().execute("return document.body.innerText.slice(0, 3000)", Vec::new()),
        );
        let text = text.ok().and_then(|text| text.as_str().map(str::to_owned));
        eprintln!("--- the browser at {url}\n{}", text.unwrap_or_default());
        if let Ok(png) = self.try_to(self.session().screenshot()) {
            let test = std::thread::current().name().unwrap_or("main").replace("::", "-");
            let file = pictures().join(format!("failed-{test}.png"));
            if fs::create_dir_all(pictures()).and_then(|()| fs::write(&file, png)).is_ok() {
                eprintln!("--- its picture: {}", file.display());
            }
        }
        for heard in self.console() {
            eprintln!("--- its console: {heard}");
        }
    }

    /// How many CSS pixels of the page lie beyond the window's right edge.
    pub(super) fn sideways(&self) -> i64 {
        let script = "return document.documentElement.scrollWidth - window.innerWidth";
        let beyond: Value = self.script(script);
        beyond.as_i64().unwrap_or(i64::MAX)
    }
}

/// Where pictures are kept: output of the tests, for people and for the documentation.
fn pictures() -> PathBuf {
    repository().join("target/pictures")
}
