//! What a clock that was ahead leaves behind.

use sealpress_config::{Kind, Stage};

use super::desk::{Desk, PROBE, at, drop_of, press, reason, worker};

const TOMORROW: i64 = 86_400;

#[tokio::test]
async fn a_clock_that_was_ahead_puts_nothing_off_until_then() {
    let mut desk = Desk::open().await;
    // Tomorrow, by a clock that is wrong: one is accepted, one is tried again in 20 s, a worker
    // dies over a third, and the lane is held.
    desk.now = at(TOMORROW);
    let waits = desk.accepted(drop_of("B1", Kind::First, None)).await;
    let failed = desk.accepted(drop_of("B2", Kind::First, None)).await;
    let orphan = desk.accepted(drop_of("B3", Kind::First, None)).await;
    let (one, dies) = (worker(), worker());
    for worker in [one, dies] {
        desk.alive(worker, desk.now).await;
    }
    let lease = desk.begin(failed.id, &press(), one).await.unwrap();
    let due = at(TOMORROW + 20);
    desk.ledger.retry_later(&lease, Stage::Sign, &reason(), due, desk.now).await.unwrap();
    desk.begin(orphan.id, &press(), dies).await.unwrap();
    desk.ledger.hold_lane(&press(), &reason(), desk.now).await.unwrap();

    desk.now = at(0);
    desk.alive(one, desk.now).await;
    assert!(desk.begin(waits.id, &press(), one).await.is_none(), "not before it is taken back");
    assert!(desk.ledger.take_back_clock(PROBE, desk.now).await.unwrap());
    assert!(!desk.ledger.take_back_clock(PROBE, desk.now).await.unwrap(), "once is enough");

    assert!(desk.begin(waits.id, &press(), one).await.is_some(), "the probe of the held lane");
    desk.ledger.release_lane("press", desk.now).await.unwrap();
    assert!(desk.begin(failed.id, &press(), one).await.is_none(), "20 s are 20 s");
    assert!(desk.begin(orphan.id, &press(), one).await.is_none(), "its worker may live");
    desk.now = at(21);
    desk.alive(one, desk.now).await;
    assert!(desk.begin(failed.id, &press(), one).await.is_some());
    assert!(desk.begin(orphan.id, &press(), one).await.is_some(), "its worker was not heard of");
}

#[tokio::test]
async fn a_clock_that_is_right_has_nothing_to_take_back() {
    let mut desk = Desk::open().await;
    let certificate = desk.accepted(drop_of("B1", Kind::First, None)).await;
    let worker = worker();
    desk.alive(worker, desk.now).await;
    let lease = desk.begin(certificate.id, &press(), worker).await.unwrap();
    let next_week = at(7 * TOMORROW);
    desk.ledger.retry_later(&lease, Stage::Sign, &reason(), next_week, desk.now).await.unwrap();
    desk.ledger.hold_lane(&press(), &reason(), desk.now).await.unwrap();
    desk.now = at(30);
    assert!(!desk.ledger.take_back_clock(PROBE, desk.now).await.unwrap());
    assert_eq!(desk.certificate(certificate.id).await.due_at, next_week);
}
