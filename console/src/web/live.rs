//! What open pages show of the lanes: one look a second for all of them, and none while nobody
//! watches.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, watch};

use crate::tongue::Tongue;

/// Pages that may watch at once. Each holds a connection.
const SEATS: usize = 32;

/// A look, in HTML, in both languages.
type Look = Arc<[String; 2]>;

/// What a page that watches is told.
#[derive(Clone)]
enum Told {
    /// Nobody has looked yet.
    Nothing,
    Look(Look),
    /// The server ends.
    End,
}

/// The looks, and who watches.
pub(crate) struct Live {
    told: watch::Sender<Told>,
    watched: Notify,
    seats: Arc<Semaphore>,
}

/// A page that watches. The looks end with the last of them.
pub(crate) struct Seat {
    told: watch::Receiver<Told>,
    shown: String,
    _permit: OwnedSemaphorePermit,
}

impl Live {
    pub(crate) fn new() -> Self {
        let (told, _) = watch::channel(Told::Nothing);
        Self { told, watched: Notify::new(), seats: Arc::new(Semaphore::new(SEATS)) }
    }

    /// A seat, while there is one.
    pub(crate) fn seat(&self) -> Option<Seat> {
        let permit = Arc::clone(&self.seats).try_acquire_owned().ok()?;
        let seat = Seat { told: self.told.subscribe(), shown: String::new(), _permit: permit };
        self.watched.notify_one();
        Some(seat)
    }

    /// Looks again and again, with so much time between, while anybody watches.
    pub(crate) async fn keep(
        &self,
        between: Duration,
        look: impl AsyncFn() -> [String; 2],
    ) -> Infallible {
        loop {
            if self.told.receiver_count() == 0 {
                self.watched.notified().await;
                continue;
            }
            self.told.send_replace(Told::Look(Arc::new(look().await)));
            tokio::time::sleep(between).await;
        }
    }

    /// Sends everyone away: the server ends.
    pub(crate) fn end(&self) {
        self.told.send_replace(Told::End);
    }
}

impl Seat {
    /// Waits for something to show that is not shown yet; `None` at the end. Nothing is lost where
    /// the wait is given up.
    pub(crate) async fn next(&mut self, tongue: Tongue) -> Option<String> {
        loop {
            self.told.changed().await.ok()?;
            let told = self.told.borrow_and_update().clone();
            match told {
                Told::Nothing => {}
                Told::Look(look) => {
                    let [zh, en] = &*look;
                    let look = tongue.pick(zh, en);
                    if look != self.shown {
                        look.clone_into(&mut self.shown);
                        return Some(look.to_owned());
                    }
                }
                Told::End => return None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    /// Runs `watch` beside the looks; the first look is 0, and every second look says the same.
    async fn beside<T>(live: &Live, looks: &AtomicU32, watch: impl Future<Output = T>) -> T {
        let look = async || {
            let at = looks.fetch_add(1, Ordering::Relaxed) / 2;
            [format!("第 {at} 次"), format!("look {at}")]
        };
        tokio::select! {
            never = live.keep(Duration::from_millis(1), look) => match never {},
            watched = watch => watched,
        }
    }

    #[tokio::test]
    async fn each_watcher_gets_what_changes_in_their_language_once() {
        let (live, looks) = (Live::new(), AtomicU32::new(0));
        let (mut zh, mut en) = (live.seat().unwrap(), live.seat().unwrap());
        beside(&live, &looks, async {
            for at in 0..3 {
                assert_eq!(zh.next(Tongue::Zh).await.unwrap(), format!("第 {at} 次"));
                assert_eq!(en.next(Tongue::En).await.unwrap(), format!("look {at}"));
            }
        })
        .await;
        assert_eq!(looks.load(Ordering::Relaxed), 5, "one look for all, and each is told once");
    }

    #[tokio::test]
    async fn nobody_looks_while_nobody_watches() {
        let (live, looks) = (Live::new(), AtomicU32::new(0));
        let a_while = || tokio::time::sleep(Duration::from_millis(50));
        beside(&live, &looks, a_while()).await;
        assert_eq!(looks.load(Ordering::Relaxed), 0);
        let mut seat = live.seat().unwrap();
        beside(&live, &looks, async { seat.next(Tongue::Zh).await.unwrap() }).await;
        drop(seat);
        let before = looks.load(Ordering::Relaxed);
        beside(&live, &looks, a_while()).await;
        assert_eq!(looks.load(Ordering::Relaxed), before);
        // Who comes later is shown how it is then, though it may be what others were shown last.
        let mut seat = live.seat().unwrap();
        let seen = beside(&live, &looks, async { seat.next(Tongue::En).await.unwrap() }).await;
        assert_eq!(seen, format!("look {}", before / 2));
    }

    #[tokio::test]
    async fn seats_are_bounded_and_empty_at_the_end() {
        let (live, looks) = (Live::new(), AtomicU32::new(0));
        let mut seats: Vec<Seat> = (0..SEATS).map(|_| live.seat().unwrap()).collect();
        assert!(live.seat().is_none());
        drop(seats.pop());
        let mut last = live.seat().unwrap();
        live.end();
        assert_eq!(last.next(Tongue::Zh).await, None);
        assert_eq!(looks.load(Ordering::Relaxed), 0);
    }
}
