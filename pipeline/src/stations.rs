//! The stages that this process can run: those of its lanes and no others, so that a process
//! without the press lane never touches the signing key.

use jiff::tz::TimeZone;
use sealpress_config::{Home, Layout, Settings, Stage};
use sealpress_ledger::{Clock, Ledger};
use sealpress_stages::archive::Archive;
use sealpress_stages::compose::{Compose, ComposeError, Extractor};
use sealpress_stages::email::{Email, EmailError};
use sealpress_stages::log::Log;
use sealpress_stages::sign::Sign;
use std::sync::Arc;

use crate::issue_log::LedgerHistory;

/// The stages that this process can run.
pub struct Stations {
    pub(crate) compose: Option<Compose>,
    pub(crate) sign: Option<Sign>,
    pub(crate) archive: Archive,
    pub(crate) email: Option<Email>,
    pub(crate) log: Log,
}

/// A stage can't be made ready, so the process does not start.
#[derive(Debug, thiserror::Error)]
pub enum StationError {
    /// A layout can't be prepared.
    #[error(transparent)]
    Compose(#[from] ComposeError),
    /// The mail texts or the transport are not usable.
    #[error(transparent)]
    Email(#[from] EmailError),
    /// The time zone is unknown to this machine.
    #[error("the time zone {0} is unknown on this machine; install tzdata or mend school.timezone")]
    TimeZone(String),
}

impl Stations {
    /// Makes ready what `stages` need; `extractor` reads raw PDFs. Blocking: reads artwork and texts.
    ///
    /// # Errors
    /// [`StationError`] names the file or value that is at fault.
    pub fn prepare(
        home: &Home,
        settings: &Settings,
        layouts: &[Layout],
        stages: &[Stage],
        ledger: &Ledger,
        clock: &Clock,
        extractor: Extractor,
    ) -> Result<Self, StationError> {
        let timezone = TimeZone::get(&settings.school.timezone)
            .map_err(|_| StationError::TimeZone(settings.school.timezone.clone()))?;
        let needs = |stage| stages.contains(&stage);
        let compose = needs(Stage::Compose)
            .then(|| Compose::prepare(home, layouts, &settings.school, extractor))
            .transpose()?;
        let email = needs(Stage::Email).then(|| Email::prepare(home, settings)).transpose()?;
        let sign = needs(Stage::Sign)
            .then(|| Sign::new(home, &settings.sign, &timezone, Arc::clone(clock)));
        Ok(Self {
            compose,
            sign,
            archive: Archive::new(home, &settings.archive, timezone, Arc::clone(clock)),
            email,
            log: Log::new(Arc::new(LedgerHistory(ledger.clone()))),
        })
    }
}
