//! The test PKI's timestamp authorities, asked as a host asks them.

use jiff::Timestamp;
use pades::{Certificate, TimestampError, TimestampRequest, TimestampSource, Token, Trust};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::pki::{Pki, ask};

/// Trust in the root of the test PKI, or in another label of it.
pub(crate) fn trust(label: &str) -> Trust {
    Trust::new(vec![Certificate::from_der(&Pki::shared().certificate(label)).unwrap()])
}

/// A nonce that no other request of this process has.
pub(crate) fn nonce() -> [u8; 16] {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let mut nonce = [0x55; 16];
    nonce[8..].copy_from_slice(&NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    nonce
}

/// What an authority of the test PKI answers.
pub(crate) fn answer(label: &str, request: &TimestampRequest) -> Vec<u8> {
    let query = request.to_der().unwrap();
    let body = Some(("application/timestamp-query", query.as_slice()));
    ask(&Pki::shared().tsa(label), body, None).unwrap()
}

/// One of the test PKI's authorities.
pub(crate) struct Authority(pub(crate) &'static str);

impl TimestampSource for Authority {
    fn timestamp(&self, imprint: &[u8]) -> Result<Token, TimestampError> {
        let request = TimestampRequest::new(imprint, nonce());
        request.accept(&answer(self.0, &request), &trust("root"), Timestamp::now())
    }
}
