//! What a PDF's first page looks like, and what can be read off it.
//!
//! The bytes are anybody's, and a renderer is a large program: so it runs in a child of the
//! [`Sandbox`], whose side is [`page`]. Its death is an error of this room and nothing worse.

mod grey;
mod laid;
mod likeness;
pub(crate) mod page;
mod paint;
mod qr;

use sealpress_sandbox::{Sandbox, SandboxError};
use serde::{Deserialize, Serialize};

pub(crate) use likeness::Likeness;

/// The most that a child may answer, in bytes: a picture of the largest size.
const MOST_ANSWERED: u64 = 32 << 20;

/// Widths of a picture, in pixels.
const WIDTHS: std::ops::RangeInclusive<u32> = 16..=4000;

/// Looks at pages.
#[derive(Debug, Clone)]
pub(crate) struct Preview {
    sandbox: Sandbox,
    most_bytes: u64,
}

/// Why there is nothing to see.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PreviewError {
    /// Larger than is looked at.
    #[error("the file is larger than {0} bytes and is not rendered")]
    TooLarge(u64),
    /// The child did not answer.
    #[error("the page can't be shown: {0}")]
    NotSeen(#[from] SandboxError),
    /// The answer is none.
    #[error("the page renderer gave no proper answer")]
    Garbled,
}

impl PreviewError {
    /// Whether the file is to blame; else it may be looked at again later.
    pub(crate) const fn is_of_the_file(&self) -> bool {
        match self {
            Self::TooLarge(_) | Self::Garbled => true,
            Self::NotSeen(error) => error.is_of_the_file(),
        }
    }
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
    pub(crate) const fn new(sandbox: Sandbox, most_bytes: u64) -> Self {
        Self { sandbox, most_bytes }
    }

    /// Has a child do a task on files, none of which is larger than is looked at.
    pub(crate) async fn ask(&self, task: &str, pdfs: &[&[u8]]) -> Result<Vec<u8>, PreviewError> {
        if pdfs.iter().any(|pdf| pdf.len() as u64 > self.most_bytes) {
            return Err(PreviewError::TooLarge(self.most_bytes));
        }
        Ok(self.sandbox.ask(task, pdfs, MOST_ANSWERED).await?)
    }

    /// A picture (PNG) of the first page, `width_px` wide; narrower where the page is so long that
    /// the picture would be too large.
    pub(crate) async fn picture(&self, pdf: &[u8], width_px: u32) -> Result<Vec<u8>, PreviewError> {
        let width_px = width_px.clamp(*WIDTHS.start(), *WIDTHS.end());
        let png = self.ask(page::PICTURE, &[&width_px.to_le_bytes(), pdf]).await?;
        if is_picture(&png, width_px) { Ok(png) } else { Err(PreviewError::Garbled) }
    }

    /// What can be read off the first page.
    pub(crate) async fn marks(&self, pdf: &[u8]) -> Result<Marks, PreviewError> {
        let answer = self.ask(page::MARKS, &[pdf]).await?;
        serde_json::from_slice(&answer).map_err(|_| PreviewError::Garbled)
    }

    /// Whether the first page of `copy` looks like that of `original`.
    pub(crate) async fn likeness(
        &self,
        original: &[u8],
        copy: &[u8],
    ) -> Result<Likeness, PreviewError> {
        let answer = self.ask(page::LIKENESS, &[original, copy]).await?;
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
    use sealpress_sandbox::Limits;

    #[tokio::test]
    async fn what_is_too_large_is_not_looked_at() {
        let longest = std::time::Duration::from_secs(1);
        let limits = Limits { memory_bytes: 1 << 30, cpu_seconds: 1, longest, at_once: 1 };
        let preview = Preview::new(Sandbox::new(limits), 1000);
        let asked = preview.marks(&[0; 1001]).await;
        assert!(matches!(asked, Err(PreviewError::TooLarge(1000))));
    }

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
