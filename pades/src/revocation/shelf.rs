//! What was fetched, kept for as long as it holds; whoever asks for what somebody else is
//! fetching waits for that.

use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{AnswerError, RevocationError};

/// How far the clocks of others may be from ours.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(5);

/// How long a failure is remembered, so that a server that is down is not asked by everybody.
const FAILURE: SignedDuration = SignedDuration::from_secs(30);

/// How long an answer is kept that has no end, and at least how long one is that ends soon.
const BRIEFLY: SignedDuration = SignedDuration::from_mins(5);

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
    /// Until when this one does, where there is no new one.
    end: Timestamp,
}

impl Lifetime {
    /// That of an answer from `this_update` to `next_update`, which must hold `now`.
    pub(super) fn judged(
        this_update: Timestamp,
        next_update: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Self, AnswerError> {
        if this_update > later(now, CLOCK_SKEW) {
            return Err(AnswerError::Future);
        }
        let Some(next) = next_update else {
            let end = later(now, BRIEFLY);
            return Ok(Self { renew: end, end });
        };
        if later(next, CLOCK_SKEW) < now {
            return Err(AnswerError::Ended);
        }
        let margin = (next.duration_since(this_update) / 10).clamp(SignedDuration::ZERO, MARGIN);
        // One that is about to end is not asked for again by each of the next thousand.
        let renew = later(next, -margin).max(later(now, BRIEFLY).min(next));
        let end = later(next, CLOCK_SKEW);
        Ok(Self { renew: renew.min(later(now, LONGEST)), end })
    }

    /// That of two answers that are needed both.
    pub(super) fn and(self, other: Self) -> Self {
        Self { renew: self.renew.min(other.renew), end: self.end.min(other.end) }
    }
}

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    let bound = if by.is_negative() { Timestamp::MIN } else { Timestamp::MAX };
    at.checked_add(by).unwrap_or(bound)
}

type Slot<T> = Arc<Mutex<Option<Kept<T>>>>;

struct Kept<T> {
    outcome: Result<(Arc<T>, Lifetime), RevocationError>,
    /// From when it is to be had anew.
    renew: Timestamp,
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
        if let Some(kept) = slot.as_ref().filter(|kept| now < kept.renew) {
            return kept.outcome.clone();
        }
        let old = slot.take().and_then(|kept| kept.outcome.ok());
        let (outcome, renew) = match (obtain(), old) {
            (Ok((value, lifetime)), _) => {
                (Ok((Arc::new(value), lifetime)), lifetime.renew.max(later(now, FAILURE)))
            }
            // What was had before does until it ends.
            (Err(error), Some((value, lifetime))) if error.may_pass() && now <= lifetime.end => {
                (Ok((value, lifetime)), later(now, FAILURE))
            }
            (Err(error), _) => (Err(error), later(now, FAILURE)),
        };
        *slot = Some(Kept { outcome: outcome.clone(), renew });
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

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + minutes * 60).unwrap()
    }

    const DAY: i64 = 24 * 60;

    #[test]
    fn an_answer_is_renewed_before_it_ends() {
        // From, to, and when it is renewed, in minutes from now.
        for (from, to, renewed) in [
            (0, Some(10), 9),
            (-1, Some(9), 8),
            (-60, Some(7 * DAY), DAY),
            (0, Some(DAY), DAY - 60),
            (-DAY, Some(100), 40),
            // About to end: not by each who asks.
            (-DAY, Some(30), 5),
            (-DAY, Some(3), 3),
            (0, None, 5),
            (-30 * DAY, None, 5),
        ] {
            let lifetime = Lifetime::judged(at(from), to.map(at), at(0)).unwrap();
            assert_eq!(lifetime.renew, at(renewed), "{from} {to:?}");
        }
    }

    #[test]
    fn clocks_may_differ_by_five_minutes() {
        for (from, to, outcome) in [
            (5, Some(10), Ok(())),
            (6, Some(10), Err(AnswerError::Future)),
            (6, None, Err(AnswerError::Future)),
            (-10, Some(-5), Ok(())),
            (-10, Some(-6), Err(AnswerError::Ended)),
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
