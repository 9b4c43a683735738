//! What a watcher remembers from look to look. It may be lost at any moment: inbox, `work/` and
//! the ledger say everything again.

use jiff::Timestamp;
use sealpress_ledger::CertificateId;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Instant;
use uuid::Builder;

use crate::scan::Scanned;
use crate::settle::Settling;

/// What was seen, and what was said of it already.
#[derive(Default)]
pub(crate) struct Looks {
    pub(crate) settling: Settling,
    /// The drops in `work/`.
    pub(crate) drops: BTreeMap<CertificateId, Known>,
    /// When all of `work/` was looked at last.
    pub(crate) whole: Option<Instant>,
    /// Whether the last look failed, so that it is said once.
    pub(crate) failing: bool,
    /// Files that could not be claimed.
    pub(crate) immovable: BTreeSet<PathBuf>,
    /// What is no regular file.
    left_alone: BTreeSet<PathBuf>,
    /// Milliseconds of the last id.
    last_id: u64,
}

/// What is known of a drop in `work/`.
#[derive(Default)]
pub(crate) struct Known {
    /// When it is looked at again; a certificate on its way is not ours any more.
    pub(crate) again: Option<Instant>,
    /// Whether its sidecar came along, if it has one. A sidecar of its name that comes later is
    /// another drop's.
    pub(crate) brought: bool,
    /// Why it waits, as it was said.
    said: Option<String>,
}

impl Known {
    /// A drop with all that belongs to it.
    pub(crate) fn whole() -> Self {
        Self { brought: true, ..Self::default() }
    }

    /// It waits until `again`. True when that is news.
    pub(crate) fn waits(&mut self, why: &str, again: Instant) -> bool {
        self.again = Some(again);
        let news = self.said.as_deref() != Some(why);
        self.said = Some(why.to_owned());
        news
    }
}

impl Looks {
    /// Whether a drop is new, or to be looked at again.
    pub(crate) fn is_due(&self, id: CertificateId, now: Instant) -> bool {
        self.drops.get(&id).is_none_or(|known| known.again.is_some_and(|again| now >= again))
    }

    /// Forgets what is not there any more.
    pub(crate) fn forget_all_but(&mut self, claimed: &BTreeSet<CertificateId>, scanned: &Scanned) {
        self.drops.retain(|id, _| claimed.contains(id));
        self.left_alone.retain(|path| scanned.others.contains_key(path));
        if !self.immovable.is_empty() {
            let there: BTreeSet<_> = scanned.files.iter().map(|file| &file.path).collect();
            self.immovable.retain(|path| there.contains(path));
        }
    }

    /// Says once of each thing that it is left alone. Its name may name a person, so it is not
    /// said.
    pub(crate) fn tell_of(&mut self, others: &BTreeMap<PathBuf, &'static str>) {
        for (path, kind) in others {
            if self.left_alone.insert(path.clone()) {
                tracing::warn!(
                    kind,
                    left_alone = others.len(),
                    "something in the inbox is no regular file and is left alone"
                );
            }
        }
    }

    /// An id for the next drop (UUIDv7, RFC 9562, 5.7), later than all before.
    pub(crate) fn next_id(&mut self, now: Timestamp, random: [u8; 16]) -> CertificateId {
        let millis = u64::try_from(now.as_millisecond()).unwrap_or_default();
        self.last_id = millis.max(self.last_id + 1);
        let [bits @ .., _, _, _, _, _, _] = random;
        CertificateId::new(Builder::from_unix_timestamp_millis(self.last_id, &bits).into_uuid())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_rise_even_within_a_millisecond_or_when_the_clock_goes_back() {
        let (mut looks, now) = (Looks::default(), Timestamp::from_second(1_780_000_000).unwrap());
        let ids = [
            looks.next_id(now, [255; 16]),
            looks.next_id(now, [0; 16]),
            looks.next_id(now - jiff::SignedDuration::from_secs(9), [7; 16]),
        ];
        assert!(ids.is_sorted(), "{ids:?}");
        assert_eq!(ids[0].uuid().get_version_num(), 7);
        let again = Looks::default().next_id(now, [255; 16]);
        assert_eq!(ids[0], again, "the same clock and bits give the same id");
    }

    #[test]
    fn why_a_drop_waits_is_news_once() {
        let (mut known, now) = (Known::default(), Instant::now());
        assert!(known.waits("disk", now));
        assert!(!known.waits("disk", now));
        assert!(known.waits("other", now));
    }
}
