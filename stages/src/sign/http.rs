//! How TSAs, OCSP responders and lists of revoked certificates are reached: over HTTP, with an end
//! to every wait and a limit to every answer.

use pades::{Fetch, FetchError};
use std::sync::Arc;
use std::time::Duration;
use ureq::tls::TlsConfig;

/// A list of a CA that never cleans up has some megabytes.
const LONGEST: u64 = 16 << 20;

/// Asks over HTTP. The answers prove themselves by their signatures, so plain HTTP will do, and
/// is what CAs offer.
#[derive(Clone)]
pub(super) struct Http {
    agent: ureq::Agent,
}

impl Http {
    /// Waits for one answer at most `patience`, from the look at the name to the last byte.
    pub(super) fn new(patience: Duration) -> Self {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = TlsConfig::builder().unversioned_rustls_crypto_provider(provider).build();
        let agent = ureq::Agent::config_builder()
            .tls_config(tls)
            .timeout_global(Some(patience))
            .max_redirects(3)
            .user_agent("sealpress")
            .build()
            .new_agent();
        Self { agent }
    }
}

impl Fetch for Http {
    fn get(&self, url: &str) -> Result<Vec<u8>, FetchError> {
        read(self.agent.get(url).call())
    }

    fn post(&self, url: &str, content_type: &str, body: &[u8]) -> Result<Vec<u8>, FetchError> {
        read(self.agent.post(url).header("Content-Type", content_type).send(body))
    }
}

fn read(
    answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
) -> Result<Vec<u8>, FetchError> {
    let mut answer = answer.map_err(|error| named(&error))?;
    let body = answer.body_mut().with_config().limit(LONGEST);
    body.read_to_vec().map_err(|error| named(&error))
}

/// What the library knows more closely stands in its own words in the log of who debugs.
fn named(error: &ureq::Error) -> FetchError {
    tracing::debug!(%error, "no answer");
    match error {
        ureq::Error::StatusCode(status) => FetchError::Status(*status),
        ureq::Error::Timeout(_) => FetchError::TimedOut,
        ureq::Error::BodyExceedsLimit(_) => FetchError::TooLarge,
        _ => FetchError::Unreachable,
    }
}
