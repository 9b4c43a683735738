//! What a PDF's first page looks like, and what can be read off it.
//!
//! The bytes are anybody's, and a renderer is a large program: so it runs in a process of its own
//! ([`process`]), the binary itself under a hidden command ([`page`]), which can open no file, gets
//! the PDF on its standard input, and is killed when it takes too long or too much. Its death is an
//! error of this room and nothing worse.

mod grey;
mod laid;
mod likeness;
pub(crate) mod page;
mod paint;
mod process;
mod qr;

use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

pub(crate) use likeness::Likeness;
pub(crate) use process::PreviewError;

use page::Task;

/// Pages that are rendered at the same time; each may take a core and a gibibyte.
const AT_ONCE: usize = 2;

/// How long a page may take. The process limits its own processor time to less.
const LONGEST: Duration = Duration::from_secs(60);

/// Widths of a picture, in pixels.
const WIDTHS: std::ops::RangeInclusive<u32> = 16..=4000;

/// Looks at pages. All clones share the places at the renderer.
#[derive(Debug, Clone)]
pub(crate) struct Preview {
    program: PathBuf,
    places: Arc<Semaphore>,
    most_bytes: u64,
    longest: Duration,
}

/// What a program can read off a page.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Marks {
    /// What its QR codes say.
    pub(crate) qr: Vec<String>,
    /// The text that it shows, a line a line; empty where it has none or it can't be read.
    pub(crate) text: String,
}

impl Preview {
    /// Looks at PDFs of at most so many bytes.
    pub(crate) fn new(most_bytes: u64) -> Self {
        // Not the program's path: that names another program after an upgrade.
        let program = "/proc/self/exe".into();
        let places = Arc::new(Semaphore::new(AT_ONCE));
        Self { program, places, most_bytes, longest: LONGEST }
    }

    /// A picture (PNG) of the first page, `width_px` wide; narrower where the page is so long that
    /// the picture would be too large.
    pub(crate) async fn picture(&self, pdf: &[u8], width_px: u32) -> Result<Vec<u8>, PreviewError> {
        let width_px = width_px.clamp(*WIDTHS.start(), *WIDTHS.end());
        let png = self.ask(Task::Picture { width_px }, &[pdf]).await?;
        if is_picture(&png, width_px) { Ok(png) } else { Err(PreviewError::Garbled) }
    }

    /// What can be read off the first page.
    pub(crate) async fn marks(&self, pdf: &[u8]) -> Result<Marks, PreviewError> {
        let answer = self.ask(Task::Marks, &[pdf]).await?;
        serde_json::from_slice(&answer).map_err(|_| PreviewError::Garbled)
    }

    /// Whether the first page of `copy` looks like that of `original`.
    pub(crate) async fn likeness(
        &self,
        original: &[u8],
        copy: &[u8],
    ) -> Result<Likeness, PreviewError> {
        let answer = self.ask(Task::Likeness, &[original, copy]).await?;
        serde_json::from_slice(&answer).map_err(|_| PreviewError::Garbled)
    }
}

/// Whether these bytes are a PNG of a sane size: its signature, its header first, its end last
/// (ISO/IEC 15948, section 5).
fn is_picture(png: &[u8], width_px: u32) -> bool {
    const HEAD: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
    const END: &[u8] = b"\0\0\0\0IEND\xAE\x42\x60\x82";
    let side = |from: usize| {
        let bytes = png.get(from..from + 4)?.try_into().ok()?;
        Some(u32::from_be_bytes(bytes))
    };
    png.starts_with(HEAD)
        && png.ends_with(END)
        && side(16).is_some_and(|width| (1..=width_px).contains(&width))
        && side(20).is_some_and(|height| (1..=paint::LONGEST_SIDE).contains(&height))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_a_png_of_a_sane_size() {
        let pixels = vec![200; 30 * 20 * 3];
        let png = paint::Picture::new(30, 20, pixels).and_then(|picture| picture.png()).unwrap();
        assert!(is_picture(&png, 30));
        assert!(is_picture(&png, 40), "a long page's picture is narrower");
        assert!(!is_picture(&png, 29));
        assert!(!is_picture(&png[..png.len() - 1], 30), "cut off");
        assert!(!is_picture(&[png.as_slice(), b"<script>"].concat(), 30));
        let mut tall = png.clone();
        tall[20] = 1;
        assert!(!is_picture(&tall, 30));
        assert!(!is_picture(b"<svg onload=alert(1)>", 30));
        assert!(!is_picture(b"", 30));
    }
}
