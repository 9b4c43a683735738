//! A home for tests that start processes by the hundred.

use std::fs;

use crate::{Home, repository};

/// The least that is a layout.
const LAYOUT: &str = "\
for: { language: zh, kinds: [], colleges: [] }
page_mm: [297, 210]
background: assets/background-zh.jpg
seals:
  president: { image: assets/background-zh.jpg, x: 232, y: 19, width: 30, height: 30 }
  deans: []
serial: { text: \"證書字號：{certificate_no}\", x: 276, y: 187.5, size: 11, align: right }
qr: { x: 25, y: 24, size: 22 }
note: { text: {}, x: 22, y: 185.5, size: 18, align: left }
font: assets/sealpress-serif.ttf
raw: { fit: false }
";

impl Home {
    /// A home that issues first certificates in Chinese alone, on a background of a few bytes, and
    /// goes on quickly after a crash. A process of it starts in a tenth of the usual time.
    ///
    /// # Panics
    /// When it can't be made.
    #[must_use]
    pub fn plain() -> Self {
        let home = Self::new();
        for layout in home.files("layouts") {
            fs::remove_file(layout).expect("a layout");
        }
        fs::write(home.at("layouts/zh.yaml"), LAYOUT).expect("a written file");
        let picture = repository().join("tests/fixtures/artwork/grey.jpg");
        fs::copy(picture, home.at("assets/background-zh.jpg")).expect("a copy");
        for (key, value) in [
            ("flows", "[{ kind: first, language: zh }]"),
            ("inbox.settle", "100ms"),
            ("inbox.scan", "200ms"),
            ("inbox.sidecar_wait", "200ms"),
            ("retry.first", "100ms"),
            ("hold.probe", "200ms"),
            ("reconcile.every", "300ms"),
            ("worker.heartbeat", "200ms"),
            ("worker.dead_after", "2s"),
        ] {
            home.set(key, value);
        }
        home
    }
}
