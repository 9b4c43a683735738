//! Compose: the raw page over the background, with seals, serial, QR code and note, as one page.
//!
//! What all certificates of a layout share is prepared once (`prepared`) and written first, so
//! that every certificate of a layout begins with the same bytes. Per drop, the raw page's content
//! and resources are taken out of the file in another process (`extractor`), checked (`checked`), and
//! taken over (`raw_page`), and `printpdf` draws the overlay (`overlay`). No image is decoded or
//! compressed per drop.

mod checked;
mod extractor;
#[cfg(fuzzing)]
pub mod fuzzed;
mod image;
mod objects;
mod overlay;
mod page;
mod prepared;
mod raw_page;
mod take;
mod taken;
#[cfg(test)]
mod tests;
mod transplant;

use lopdf::Document;
use sealpress_config::{self as config, Home, Layout, School};
use sealpress_faults as faults;
use sealpress_ledger::{Certificate, Reason};
use std::path::PathBuf;
use std::sync::Arc;

use crate::{Raw, Stage, StageError};
pub use checked::Bounds;
pub use extractor::{Extractor, TAKE_PAGE, answer};
use page::compose_page;
use prepared::Prepared;
use taken::Taken;

/// Name under which the page's resources list the president's seal.
const SEAL: &str = "PresidentSeal";
/// Key of the page under which the place of the president's seal stands, for a sign stage that
/// runs in another lane. The prefix keeps it apart from keys of the standard (ISO 32000-2 annex E).
const SEAL_RECT: &[u8] = b"SLPRSealRect";

/// A layout can't be prepared.
#[derive(Debug, thiserror::Error)]
pub enum ComposeError {
    /// A file can't be read.
    #[error("{file} can't be read: {source}; check that it is in the home and readable")]
    Unreadable {
        /// Which file.
        file: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file is not what it must be.
    #[error("{file} can't be used: {why}")]
    Unusable {
        /// Which file.
        file: PathBuf,
        /// What is wrong with it, and what is right.
        why: String,
    },
}

/// A composed page, not yet signed.
pub struct Composed {
    bytes: Vec<u8>,
    seal: SealPlace,
}

/// Where the president's seal, and with it the signature, stands on the page.
#[derive(Debug, Clone, PartialEq)]
pub struct SealPlace {
    /// The Form XObject's name in the page's resources.
    pub resource: String,
    /// Left, lower, right and upper edge in points.
    pub rect: [f64; 4],
}

impl Composed {
    /// The PDF.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The PDF, for handing on.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Where the president's seal stands.
    #[must_use]
    pub const fn seal(&self) -> &SealPlace {
        &self.seal
    }

    /// A page that the compose stage made in another lane.
    ///
    /// # Errors
    /// A reason when these bytes are no such page.
    pub fn reopen(bytes: Vec<u8>) -> Result<Self, Reason> {
        let rect = Document::load_mem(&bytes).ok().and_then(|document| seal_rect(&document));
        let rect = rect.ok_or_else(not_composed)?;
        Ok(Self { bytes, seal: SealPlace { resource: SEAL.into(), rect } })
    }
}

fn seal_rect(document: &Document) -> Option<[f64; 4]> {
    let page = document.get_dictionary(document.page_iter().next()?).ok()?;
    let rect = page.get(SEAL_RECT).and_then(lopdf::Object::as_array).ok()?;
    let edges: Vec<f64> =
        rect.iter().filter_map(|edge| edge.as_float().ok().map(f64::from)).collect();
    edges.try_into().ok()
}

/// The compose stage: all layouts, prepared.
#[derive(Clone)]
pub struct Compose {
    layouts: Arc<Vec<Layout>>,
    prepared: Arc<Vec<Prepared>>,
    verify_url: Arc<str>,
    extractor: Extractor,
}

impl Compose {
    /// Prepares every layout; `extractor` reads raw PDFs. Blocking: reads and compresses artwork.
    ///
    /// # Errors
    /// [`ComposeError`] names the file and what is wrong with it.
    pub fn prepare(
        home: &Home,
        layouts: &[Layout],
        school: &School,
        extractor: Extractor,
    ) -> Result<Self, ComposeError> {
        let prepared =
            layouts.iter().map(|layout| Prepared::new(home, layout)).collect::<Result<_, _>>()?;
        Ok(Self {
            layouts: Arc::new(layouts.to_vec()),
            prepared: Arc::new(prepared),
            verify_url: school.verify_url.as_str().into(),
            extractor,
        })
    }

    /// The composed page of a raw one. The same input gives the same bytes.
    fn compose(&self, certificate: &Certificate, raw: Taken) -> Result<Composed, Reason> {
        let about = &certificate.certified;
        let layout =
            Layout::choose(&self.layouts, about.language, about.kind, about.college.as_deref())
                .ok_or_else(no_layout)?;
        let prepared = self
            .prepared
            .iter()
            .find(|prepared| prepared.layout.name == layout.name)
            .ok_or_else(no_layout)?;
        let link = format!("{}{}", self.verify_url, certificate.token);
        let bytes = compose_page(prepared, certificate, raw, &link)?;
        Ok(Composed { bytes, seal: SealPlace { resource: SEAL.into(), rect: prepared.seal_rect } })
    }
}

impl Stage for Compose {
    type Input = Raw;
    type Output = Composed;
    const NAME: config::Stage = config::Stage::Compose;

    async fn run(&self, certificate: &Certificate, raw: Raw) -> Result<Composed, StageError> {
        let raw = self.extractor.page(&raw.0).await?;
        let (this, certificate) = (self.clone(), certificate.clone());
        let broken = |_| StageError::Retry(interrupted());
        faults::before("compose").map_err(broken)?;
        match tokio::task::spawn_blocking(move || this.compose(&certificate, raw)).await {
            Ok(Ok(composed)) => faults::after("compose").map(|()| composed).map_err(broken),
            Ok(Err(reason)) => Err(StageError::Reject(reason)),
            // A panic in the work is passed on, so that the runner sees a panic.
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Err(_) => Err(StageError::Retry(interrupted())),
        }
    }
}

fn no_layout() -> Reason {
    Reason::new(
        "no_layout",
        ["沒有適用的版面。", "No layout fits this certificate."],
        ["請系統維護人員在 layouts 增加版面。", "An operator adds one to layouts/."],
    )
}

fn not_composed() -> Reason {
    Reason::new(
        "not_composed",
        ["中間檔案不是合成階段的產物。", "The file handed on was not made by the compose stage."],
        ["請重新投件。", "Drop the file again."],
    )
}

fn interrupted() -> Reason {
    Reason::new(
        "interrupted",
        ["合成作業被中斷。", "Composing was interrupted."],
        ["系統會自動再試。", "It is tried again by itself."],
    )
}
