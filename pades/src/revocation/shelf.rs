//! What was fetched, kept for as long as it holds; whoever asks for what somebody else is
//! fetching waits for that.

use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{AnswerError, RevocationError};
use crate::timestamp::CLOCKS_APART;

/// How far the clocks of others may be from ours.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(5);

/// How long a failure is remembered, so that a server that is down is not asked by everybody.
const FAILURE: SignedDuration = SignedDuration::from_secs(30);

/// How long an answer is kept that has no end, and at least how long one is that ends soon.
const BRIEFLY: SignedDuration = SignedDuration::from_mins(5);

/// How long after its own time an answer without an end is believed, as whoever verifies does.
const ENDLESS: SignedDuration = SignedDuration::from_hours(1);

/// How long an answer is kept at most.
const LONGEST: SignedDuration = SignedDuration::from_hours(24);

/// How long before its end a new one is asked for, at most.
const MARGIN: SignedDuration = SignedDuration::from_hours(1);

/// Most things kept: the chains of a few keys are a few certificates.
const MOST: usize = 1024;

/// When an answer is to be replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lifetime {
    /// From when a new one is asked for.
    renew: Timestamp,
    /// Until when this one may go into a document, where there is no new one.
    end: Timestamp,
}

impl Lifetime {
    /// That of an answer from `this_update` to `next_update`, which must hold `now`, and at the
    /// time of a timestamp that is had now: whoever verifies gives nothing beyond the end.
    pub(super) fn judged(
        this_update: Timestamp,
        next_update: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Self, AnswerError> {
        begun(this_update, now)?;
        let next = next_update.unwrap_or_else(|| later(this_update, ENDLESS));
        let end = later(next, -CLOCKS_APART);
        if end < now {
            return Err(AnswerError::Ended);
        }
        // One that is about to end is not asked for again by each of the next thousand.
        let briefly = later(now, BRIEFLY).min(end);
        if next_update.is_none() {
            return Ok(Self { renew: briefly, end });
        }
        let margin = (next.duration_since(this_update) / 10).clamp(SignedDuration::ZERO, MARGIN);
        let renew = later(end, -margin).max(briefly);
        Ok(Self { renew: renew.min(later(now, LONGEST)), end })
    }

    /// That of two answers that are needed both.
    pub(super) fn and(self, other: Self) -> Self {
        Self { renew: self.renew.min(other.renew), end: self.end.min(other.end) }
    }
}

/// Whether what was made or begins at `at` is not of the future.
pub(super) fn begun(at: Timestamp, now: Timestamp) -> Result<(), AnswerError> {
    if at > later(now, CLOCK_SKEW) { Err(AnswerError::Future) } else { Ok(()) }
}

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    let bound = if by.is_negative() { Timestamp::MIN } else { Timestamp::MAX };
    at.checked_add(by).unwrap_or(bound)
}

type Slot<T> = Arc<Mutex<Option<Kept<T>>>>;

struct Kept<T> {
    outcome: Result<(Arc<T>, Lifetime), RevocationError>,
    /// When it was had.
    at: Timestamp,
    /// From when it is to be had anew.
    renew: Timestamp,
}

impl<T> Kept<T> {
    /// Whether it was had by `now`: what a clock that was ahead let pass, or held to be down for
    /// long, counts no more once that clock is put right. Who waited while another fetched may
    /// have looked at the clock a little before him.
    fn is_of_the_past(&self, now: Timestamp) -> bool {
        self.at <= later(now, FAILURE)
    }
}

/// Things by their key.
pub(super) struct Shelf<T> {
    slots: Mutex<HashMap<Vec<u8>, Slot<T>>>,
}

impl<T> Shelf<T> {
    pub(super) fn new() -> Self {
        Self { slots: Mutex::new(HashMap::new()) }
    }

    /// What is kept under `key`, or what `obtain` gives, which is called by one at a time.
    pub(super) fn get(
        &self,
        key: Vec<u8>,
        now: Timestamp,
        obtain: impl FnOnce() -> Result<(T, Lifetime), RevocationError>,
    ) -> Result<(Arc<T>, Lifetime), RevocationError> {
        let slot = self.slot(key);
        // Held while it is fetched: whoever else wants it waits here, and finds it then.
        let mut slot = locked(&slot);
        let old = slot.take().filter(|kept| kept.is_of_the_past(now));
        if let Some(kept) = old.as_ref().filter(|kept| now < kept.renew) {
            let outcome = kept.outcome.clone();
            *slot = old;
            return outcome;
        }
        let old = old.and_then(|kept| kept.outcome.ok());
        let (outcome, renew) = match (obtain(), old) {
            (Ok((value, lifetime)), _) => {
                let renew = lifetime.renew.max(later(now, FAILURE)).min(lifetime.end);
                (Ok((Arc::new(value), lifetime)), renew)
            }
            // What was had before does until it ends.
            (Err(error), Some((value, lifetime))) if error.may_pass() && now <= lifetime.end => {
                (Ok((value, lifetime)), later(now, FAILURE).min(lifetime.end))
            }
            (Err(error), _) => (Err(error), later(now, FAILURE)),
        };
        *slot = Some(Kept { outcome: outcome.clone(), at: now, renew });
        outcome
    }

    fn slot(&self, key: Vec<u8>) -> Slot<T> {
        let mut slots = locked(&self.slots);
        if slots.len() >= MOST && !slots.contains_key(&key) {
            slots.clear();
        }
        Arc::clone(slots.entry(key).or_default())
    }
}

/// Whoever panicked while he held it left it empty or whole.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FetchError;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + minutes * 60).unwrap()
    }

    const DAY: i64 = 24 * 60;

    #[test]
    fn an_answer_is_renewed_before_it_ends() {
        // From, to, and when it is renewed, in minutes from now.
        for (from, to, renewed) in [
            (0, Some(10), 7),
            (0, Some(20), 16),
            (-60, Some(20), 10),
            (-60, Some(7 * DAY), DAY),
            (0, Some(DAY), DAY - 62),
            (-DAY, Some(100), 38),
            // About to end: not by each who asks.
            (-DAY, Some(30), 5),
            (-DAY, Some(5), 3),
            (0, None, 5),
            // Until an hour after its own time, less what clocks may differ.
            (-55, None, 3),
        ] {
            let lifetime = Lifetime::judged(at(from), to.map(at), at(0)).unwrap();
            assert_eq!(lifetime.renew, at(renewed), "{from} {to:?}");
        }
    }

    #[test]
    fn what_goes_into_a_document_holds_when_it_is_stamped() {
        for (from, to, outcome) in [
            (5, Some(10), Ok(())),
            (6, Some(10), Err(AnswerError::Future)),
            (6, None, Err(AnswerError::Future)),
            // A timestamp of now may state two minutes more.
            (-10, Some(2), Ok(())),
            (-10, Some(1), Err(AnswerError::Ended)),
            (-10, Some(-1), Err(AnswerError::Ended)),
            // Without an end, an hour.
            (-58, None, Ok(())),
            (-59, None, Err(AnswerError::Ended)),
            (-30 * DAY, None, Err(AnswerError::Ended)),
            // An end before its beginning.
            (0, Some(-DAY), Err(AnswerError::Ended)),
        ] {
            let judged = Lifetime::judged(at(from), to.map(at), at(0));
            assert_eq!(judged.map(|_| ()), outcome, "{from} {to:?}");
        }
        let ages = (Timestamp::MIN, Some(Timestamp::MAX));
        assert!(Lifetime::judged(ages.0, ages.1, at(0)).is_ok());
    }

    #[test]
    fn nothing_is_kept_beyond_its_end() {
        let shelf = Shelf::new();
        let get = |now: Timestamp, end: Option<i64>| {
            let outcome = shelf.get(Vec::new(), now, || {
                let lifetime = |end| Lifetime { renew: at(end), end: at(end) };
                let down = RevocationError::Fetch {
                    subject: String::new(),
                    because: FetchError::Unreachable,
                };
                end.map(|end| (end, lifetime(end))).ok_or(down)
            });
            outcome.ok().map(|(value, _)| *value)
        };
        let seconds = |seconds| at(0).checked_add(SignedDuration::from_secs(seconds)).unwrap();
        // It ends in less time than a failure is remembered.
        assert_eq!(get(seconds(50), Some(1)), Some(1));
        assert_eq!(get(seconds(59), Some(9)), Some(1));
        assert_eq!(get(seconds(61), Some(2)), Some(2), "the one before has ended");
        // Nor where no other is had.
        assert_eq!(get(seconds(120), None), Some(2));
        assert_eq!(get(seconds(121), None), None);
    }

    #[test]
    fn what_was_had_by_a_clock_that_was_ahead_counts_no_more() {
        let lifetime = |minutes| Lifetime { renew: at(minutes), end: at(minutes) };
        let ahead = 365 * DAY;
        let down =
            || RevocationError::Fetch { subject: String::new(), because: FetchError::Unreachable };
        // A failure, and an answer.
        for had in [None, Some(1)] {
            let shelf = Shelf::new();
            let first = shelf.get(Vec::new(), at(ahead), || {
                had.map(|had| (had, lifetime(2 * ahead))).ok_or_else(down)
            });
            assert_eq!(first.is_ok(), had.is_some());
            // Not even while the server is down.
            assert!(shelf.get(Vec::new(), at(0), || Err(down())).is_err());
            let anew = shelf.get(Vec::new(), at(1), || Ok((2, lifetime(DAY)))).unwrap();
            assert_eq!(*anew.0, 2);
            // Who looked at the clock a moment before him does not ask again.
            let before = at(1).checked_sub(SignedDuration::from_secs(1)).unwrap();
            let same = shelf.get(Vec::new(), before, || panic!("it is kept")).unwrap();
            assert_eq!(*same.0, 2);
        }
    }

    #[test]
    fn what_is_kept_has_a_limit() {
        let shelf = Shelf::new();
        let lifetime = Lifetime { renew: at(DAY), end: at(DAY) };
        for number in 0..3 * MOST {
            let key = number.to_be_bytes().to_vec();
            shelf.get(key, at(0), || Ok((number, lifetime))).unwrap();
        }
        assert!(locked(&shelf.slots).len() <= MOST);
        let key = (3 * MOST - 1).to_be_bytes().to_vec();
        let kept = shelf.get(key, at(1), || panic!("it is kept"));
        assert_eq!(*kept.unwrap().0, 3 * MOST - 1);
    }
}
