//! Sessions: how long they last, and what happens under them.

use sealpress_config::Role;
use sealpress_ledger::Right;

use super::{Bench, MINUTE, PASSWORD, desk};
use crate::desk::sign_in::Step;

#[tokio::test]
async fn a_session_ends_when_it_is_idle() {
    let bench = Bench::open().await;
    let token = bench.session("boss").await;
    assert!(!bench.is_stored(&token), "the ledger knows a session by its digest alone");
    bench.pass(30 * MINUTE - 1);
    assert_eq!(bench.step(&token).await, Some(Step::In), "used: the time begins anew");
    bench.pass(30 * MINUTE - 1);
    assert_eq!(bench.step(&token).await, Some(Step::In));
    bench.pass(30 * MINUTE);
    assert_eq!(bench.step(&token).await, None);
    assert_eq!(bench.step("made-up").await, None);
}

#[tokio::test]
async fn a_session_ends_at_its_age_however_busy() {
    let bench = Bench::open().await;
    let token = bench.session("boss").await;
    for _ in 0..12 * 3 - 1 {
        bench.pass(20 * MINUTE);
        assert_eq!(bench.step(&token).await, Some(Step::In));
    }
    bench.pass(20 * MINUTE);
    assert_eq!(bench.step(&token).await, None);
}

#[tokio::test]
async fn the_ledger_hears_of_use_at_most_once_a_minute() {
    let bench = Bench::open().await;
    let token = bench.session("boss").await;
    bench.pass(59);
    let _ = bench.step(&token).await;
    // Had it been told, the session would be good for another 59 seconds.
    bench.pass(30 * MINUTE - 59);
    assert_eq!(bench.step(&token).await, None);
}

#[tokio::test]
async fn a_page_that_keeps_itself_up_to_date_keeps_no_session_open() {
    let bench = Bench::open().await;
    let token = bench.session("boss").await;
    for _ in 0..29 {
        bench.pass(MINUTE);
        assert!(bench.sign_in.watched(&token).await.unwrap().is_some());
    }
    bench.pass(MINUTE);
    assert!(bench.sign_in.watched(&token).await.unwrap().is_none());
    assert_eq!(bench.step(&token).await, None);
}

#[tokio::test]
async fn a_change_of_roles_takes_effect_in_a_running_session() {
    let bench = Bench::open().await;
    bench.add("wang", &[Role::Registrar]).await;
    let token = bench.session("wang").await;
    let may = async |right| {
        bench.sign_in.session(&token).await.unwrap().is_some_and(|open| open.person.may(right))
    };
    assert!(may(Right::Approve).await && !may(Right::RunJobs).await);
    bench.set_roles("wang", &[Role::Operator]).await;
    assert!(!may(Right::Approve).await && may(Right::RunJobs).await);
    bench.set_roles("wang", &[Role::Supervisor]).await;
    assert_eq!(bench.step(&token).await, Some(Step::Enrol), "the new role needs a second factor");
}

#[tokio::test]
async fn who_is_locked_out_is_out_at_once() {
    let bench = Bench::open().await;
    bench.add("wang", &[Role::Registrar]).await;
    let token = bench.session("wang").await;
    let boss = desk().by("boss");
    bench.ledger.lock_user("wang", &boss, bench.now()).await.unwrap();
    assert_eq!(bench.step(&token).await, None);
    assert!(bench.is_refused("wang", PASSWORD).await);
    bench.ledger.unlock_user("wang", &boss, bench.now()).await.unwrap();
    assert_eq!(bench.step(&token).await, None, "the old session stays over");
    assert!(bench.begin("wang", PASSWORD).await.is_ok());
}

/// Else anyone could end a person's work by typing five wrong passwords under their name.
#[tokio::test]
async fn failures_of_a_stranger_end_no_session() {
    let bench = Bench::open().await;
    let token = bench.session("boss").await;
    for _ in 0..5 {
        assert!(bench.is_refused("boss", "wrong").await);
    }
    assert_eq!(bench.step(&token).await, Some(Step::In));
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions() {
    let bench = Bench::open().await;
    let (here, elsewhere) = (bench.session("boss").await, bench.session("boss").await);
    let boss = bench.person("boss").await;
    let changed =
        bench.sign_in.change_password(&boss, PASSWORD, "Red-Kettle-43", Some(&here), desk()).await;
    changed.unwrap();
    assert_eq!(bench.step(&here).await, Some(Step::In));
    assert_eq!(bench.step(&elsewhere).await, None);
}

#[tokio::test]
async fn who_logs_out_is_out() {
    let bench = Bench::open().await;
    let token = bench.session("boss").await;
    let before = bench.sign_in.session(&token).await.unwrap().unwrap();
    assert!(!before.csrf.is_empty() && before.csrf != token);
    bench.sign_in.end_session(&token, desk()).await.unwrap();
    assert_eq!(bench.step(&token).await, None);
    bench.sign_in.end_session(&token, desk()).await.unwrap();
}
