//! The second factor at the door.

use sealpress_config::Role;
use totp_rs::{Builder, Secret};

use super::{Bench, MINUTE, PASSWORD, desk};
use crate::desk::sign_in::{SignInError, Step};

/// What the person's telephone shows at this moment.
fn code(bench: &Bench, secret: &str) -> String {
    let secret = Secret::try_from_base32(secret).unwrap();
    let totp = Builder::new().with_secret(secret).build().unwrap();
    totp.generate(u64::try_from(bench.now().as_second()).unwrap()).to_string()
}

/// A supervisor who has enrolled, with the secret; the step of the code is used.
async fn enrolled(bench: &Bench, name: &str) -> (String, String) {
    bench.add(name, &[Role::Supervisor]).await;
    let token = bench.session(name).await;
    let secret = bench.sign_in.enrolment(&token).await.unwrap().secret;
    bench.sign_in.enrol(&token, &code(bench, &secret), desk()).await.unwrap();
    (token, secret)
}

#[tokio::test]
async fn a_role_that_needs_one_enrols_it_and_is_in() {
    let bench = Bench::open().await;
    bench.add("chief", &[Role::Supervisor]).await;
    assert_eq!(bench.begin("chief", PASSWORD).await.unwrap(), Step::Enrol);
    let token = bench.session("chief").await;
    assert_eq!(bench.step(&token).await, Some(Step::Enrol));
    let first = bench.sign_in.enrolment(&token).await.unwrap();
    let again = bench.sign_in.enrolment(&token).await.unwrap();
    assert_eq!(first.secret, again.secret, "a page that is loaded twice shows the same");
    assert!(first.uri.contains(&first.secret) && first.uri.contains("chief"), "{}", first.uri);
    let other = bench.session("chief").await;
    assert_ne!(bench.sign_in.enrolment(&other).await.unwrap().secret, first.secret);

    let right = code(&bench, &first.secret);
    let wrong = if right == "000000" { "000001" } else { "000000" };
    assert!(matches!(bench.sign_in.enrol(&token, wrong, desk()).await, Err(SignInError::Refused)));
    bench.sign_in.enrol(&token, &right, desk()).await.unwrap();
    assert_eq!(bench.step(&token).await, Some(Step::In));
    // One who knows the password alone can't put a second factor of their own in its place.
    assert_eq!(bench.step(&other).await, Some(Step::Code));
    let own = bench.sign_in.enrolment(&other).await.unwrap().secret;
    assert!(bench.sign_in.enrol(&other, &code(&bench, &own), desk()).await.is_err());
    assert_eq!(bench.step(&other).await, Some(Step::Code));
}

#[tokio::test]
async fn a_code_can_be_used_once() {
    let bench = Bench::open().await;
    let (_, secret) = enrolled(&bench, "chief").await;
    assert_eq!(bench.begin("chief", PASSWORD).await.unwrap(), Step::Code);
    let (here, thief) = (bench.session("chief").await, bench.session("chief").await);
    let seen = code(&bench, &secret);
    assert!(bench.sign_in.prove(&here, &seen, desk()).await.is_err(), "used by the enrolment");
    bench.pass(MINUTE);
    let seen = code(&bench, &secret);
    bench.sign_in.prove(&here, &seen, desk()).await.unwrap();
    assert_eq!(bench.step(&here).await, Some(Step::In));
    assert!(matches!(bench.sign_in.prove(&thief, &seen, desk()).await, Err(SignInError::Refused)));
    assert_eq!(bench.step(&thief).await, Some(Step::Code));
    let chief = bench.person("chief").await;
    assert!(bench.sign_in.prove_person(&chief, &seen, desk()).await.is_err());
    bench.pass(MINUTE);
    bench.sign_in.prove_person(&chief, &code(&bench, &secret), desk()).await.unwrap();
}

/// Who knows the password could else give it again after each four codes.
#[tokio::test]
async fn wrong_codes_count_and_the_right_password_does_not_clear_them() {
    let bench = Bench::open().await;
    let (_, secret) = enrolled(&bench, "chief").await;
    bench.pass(MINUTE);
    let token = bench.session("chief").await;
    let right = code(&bench, &secret);
    let wrong = if right == "000000" { "000001" } else { "000000" };
    for _ in 0..4 {
        assert!(bench.sign_in.prove(&token, wrong, desk()).await.is_err());
    }
    assert_eq!(bench.begin("chief", PASSWORD).await.unwrap(), Step::Code);
    assert!(bench.sign_in.prove(&token, wrong, desk()).await.is_err());
    assert!(bench.sign_in.prove(&token, &right, desk()).await.is_err(), "locked by the fifth");
    assert!(bench.is_refused("chief", PASSWORD).await);
    bench.pass(15 * MINUTE);
    assert_eq!(bench.begin("chief", PASSWORD).await.unwrap(), Step::Code);
    bench.sign_in.prove(&token, &code(&bench, &secret), desk()).await.unwrap();
}

#[tokio::test]
async fn a_lost_telephone_is_cleared_and_another_enrolled() {
    let bench = Bench::open().await;
    let (token, _) = enrolled(&bench, "chief").await;
    let boss = desk().by("boss");
    bench.ledger.clear_second_factor("chief", &boss, bench.now()).await.unwrap();
    assert_eq!(bench.step(&token).await, None, "who has the telephone may have the session");
    assert_eq!(bench.begin("chief", PASSWORD).await.unwrap(), Step::Enrol);
    assert!(bench.ledger.clear_second_factor("chief", &boss, bench.now()).await.is_err());
}

#[tokio::test]
async fn who_has_a_second_factor_is_asked_for_it_without_the_role() {
    let bench = Bench::open().await;
    let (_, _) = enrolled(&bench, "chief").await;
    bench.set_roles("chief", &[Role::Viewer]).await;
    assert_eq!(bench.begin("chief", PASSWORD).await.unwrap(), Step::Code);
}
