//! Which rings this process is answering.

use sealpress_ledger::CertificateId;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// The certificates whose rings are being answered now, each as often as it is.
#[derive(Debug, Default)]
pub(crate) struct Answering(Mutex<BTreeMap<CertificateId, usize>>);

/// One answer. It is over when this is dropped, however it ended.
pub(crate) struct Answer<'a> {
    of: &'a Answering,
    id: CertificateId,
}

impl Answering {
    /// An answer begins.
    pub(crate) fn begin(&self, id: CertificateId) -> Answer<'_> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(id).or_default() += 1;
        Answer { of: self, id }
    }

    /// Whether a ring for the certificate is being answered.
    pub(crate) fn has(&self, id: CertificateId) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&id)
    }
}

impl Drop for Answer<'_> {
    fn drop(&mut self) {
        let mut answers = self.of.0.lock().unwrap_or_else(PoisonError::into_inner);
        match answers.get_mut(&self.id) {
            Some(others) if *others > 1 => *others -= 1,
            _ => {
                answers.remove(&self.id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_that_is_answered_twice_is_answered_until_both_are_over() {
        let (answering, id) = (Answering::default(), CertificateId::new(uuid::Uuid::now_v7()));
        let (first, second) = (answering.begin(id), answering.begin(id));
        drop(first);
        assert!(answering.has(id));
        drop(second);
        assert!(!answering.has(id));
    }
}
