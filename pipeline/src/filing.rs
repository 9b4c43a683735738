//! Filing a drop when its certificate is closed or rejected. What fails here is made up for by
//! the watcher, which looks at all of `work/` at its start and every so often.

use sealpress_config::{Home, Settings};
use sealpress_inbox::file_away;
use sealpress_ledger::{CertificateId, Ledger};

/// Where drops are filed.
pub(crate) struct Filing {
    home: Home,
    settings: Settings,
}

impl Filing {
    pub(crate) const fn new(home: Home, settings: Settings) -> Self {
        Self { home, settings }
    }

    /// Files a drop, if its way has ended.
    pub(crate) async fn file_away(&self, ledger: &Ledger, id: CertificateId) {
        if let Err(error) = file_away(&self.home, &self.settings, ledger, id).await {
            tracing::warn!(certificate = %id, %error, "the drop is filed later");
        }
    }
}
