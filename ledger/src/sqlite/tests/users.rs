//! People in the ledger: what is compared, and what the history keeps.

use sealpress_config::Role;
use sqlx::Row;
use std::collections::BTreeSet;

use super::desk::{Desk, at, someone};
use crate::{By, Entry, LedgerError, NewUser, Sha256Hash, User, Via};

fn roles(roles: &[Role]) -> BTreeSet<Role> {
    roles.iter().copied().collect()
}

fn new(name: &str, given: &[Role]) -> NewUser {
    NewUser { name: name.into(), full_name: "王大明".into(), roles: roles(given) }
}

/// A person at a staff page.
fn boss() -> By {
    By::new("boss", Via::Web, "192.0.2.7")
}

impl Desk {
    async fn user(&self, name: &str, given: &[Role]) -> User {
        self.ledger.add_user(&new(name, given), &someone(), self.now).await.unwrap()
    }

    /// Lets a person set a password, as a stand-in for its hash.
    async fn password(&self, name: &str, hash: &str) {
        let link = Sha256Hash::of(hash.as_bytes());
        self.ledger.make_link(name, link, at(60), &boss(), self.now).await.unwrap();
        let by = By::new(name, Via::Web, "192.0.2.7");
        assert!(self.ledger.use_link(link, hash, &by, self.now).await.unwrap());
    }

    /// Each event: kind, actor, detail.
    async fn trail(&self) -> Vec<[String; 3]> {
        let rows = sqlx::query("SELECT kind, actor, detail FROM events ORDER BY seq")
            .fetch_all(&self.ledger.read)
            .await
            .unwrap();
        rows.iter().map(|row| [row.get(0), row.get(1), row.get(2)]).collect()
    }
}

fn code<T: std::fmt::Debug>(result: Result<T, LedgerError>) -> String {
    match result {
        Err(LedgerError::NotPossible(reason)) => reason.code,
        other => format!("{other:?}"),
    }
}

#[tokio::test]
async fn the_first_person_is_an_administrator() {
    let desk = Desk::open().await;
    assert!(!desk.ledger.has_users().await.unwrap());
    let viewer = new("wang", &[Role::Viewer]);
    assert_eq!(code(desk.ledger.add_user(&viewer, &someone(), desk.now).await), "first_is_admin");
    desk.user("boss", &[Role::Admin]).await;
    assert!(desk.ledger.has_users().await.unwrap());
    assert!(!desk.ledger.has_manager().await.unwrap(), "nobody can log in yet");
    desk.password("boss", "hash").await;
    assert!(desk.ledger.has_manager().await.unwrap());
    desk.ledger.add_user(&viewer, &boss(), desk.now).await.unwrap();
    assert_eq!(code(desk.ledger.add_user(&viewer, &boss(), desk.now).await), "name_taken");
    for bad in ["w", "Wang", "wang@example.edu.tw", "-rf", "王大明", "system", "unknown", "a b"]
    {
        let new = new(bad, &[Role::Viewer]);
        assert_eq!(code(desk.ledger.add_user(&new, &boss(), desk.now).await), "bad_name", "{bad}");
    }
    let nothing = new("chen", &[]);
    assert_eq!(code(desk.ledger.add_user(&nothing, &boss(), desk.now).await), "no_role");
}

#[tokio::test]
async fn the_last_administrator_stays() {
    let desk = Desk::open().await;
    let admin = roles(&[Role::Admin]);
    desk.user("boss", &[Role::Admin]).await;
    desk.password("boss", "hash").await;
    // One who has not set a password yet could let nobody in.
    desk.user("next", &[Role::Admin]).await;
    let viewer = roles(&[Role::Viewer]);
    let remove =
        async || desk.ledger.set_roles("boss", &admin, &viewer, &someone(), desk.now).await;
    assert_eq!(code(remove().await), "last_admin");
    assert_eq!(code(desk.ledger.lock_user("boss", &boss(), desk.now).await), "last_admin");
    assert_eq!(desk.ledger.user("boss").await.unwrap().unwrap().roles, admin);
    desk.password("next", "other").await;
    desk.ledger.lock_user("next", &boss(), desk.now).await.unwrap();
    assert_eq!(code(remove().await), "last_admin", "one who is locked is none");
    desk.ledger.unlock_user("next", &boss(), desk.now).await.unwrap();
    assert_eq!(remove().await.unwrap().roles, viewer);
}

#[tokio::test]
async fn of_two_changes_of_roles_at_once_the_second_changes_nothing() {
    let desk = Desk::open().await;
    desk.user("boss", &[Role::Admin]).await;
    desk.user("wang", &[Role::Viewer]).await;
    let (before, now) = (roles(&[Role::Viewer]), desk.now);
    let set = async |after: &[Role]| {
        desk.ledger.set_roles("wang", &before, &roles(after), &boss(), now).await
    };
    set(&[Role::Registrar]).await.unwrap();
    assert_eq!(code(set(&[Role::Ministry]).await), "changed_meanwhile");
    let wang = desk.ledger.user("wang").await.unwrap().unwrap();
    assert_eq!(wang.roles, roles(&[Role::Registrar]));
    let nobody = desk.ledger.set_roles("nobody", &before, &before, &boss(), now).await;
    assert_eq!(code(nobody), "no_such_user");
}

#[tokio::test]
async fn a_password_that_was_changed_meanwhile_opens_nothing() {
    let desk = Desk::open().await;
    desk.user("boss", &[Role::Admin]).await;
    desk.password("boss", "first").await;
    let right = async |hash: &str| {
        desk.ledger.password_right("boss", hash, Entry::Whole, &boss(), desk.now).await.unwrap()
    };
    assert!(right("first").await);
    let change = async |before: &str, after: &str| {
        let by = boss();
        let changed = desk.ledger.change_password("boss", before, after, None, &by, desk.now);
        changed.await.unwrap()
    };
    assert!(change("first", "second").await);
    assert!(!right("first").await && right("second").await);
    assert!(!change("first", "third").await);
    for hash in ["third", "fourth"] {
        desk.password("boss", hash).await;
    }
    let barred = desk.ledger.barred_passwords("boss").await.unwrap();
    assert_eq!(barred, ["fourth", "third", "second"]);
}

#[tokio::test]
async fn the_history_keeps_who_when_and_from_where_and_no_full_name() {
    let desk = Desk::open().await;
    desk.user("boss", &[Role::Admin]).await;
    desk.password("boss", "hash").await;
    for _ in 0..5 {
        desk.ledger.login_refused(Some("boss"), "password", &boss(), desk.now).await.unwrap();
    }
    desk.ledger.unlock_user("boss", &boss(), desk.now).await.unwrap();
    let digest = Sha256Hash::of(b"token");
    desk.ledger.make_token("boss", "batch", digest, &boss(), desk.now).await.unwrap();
    let history = desk.trail().await;
    let kinds: Vec<&str> = history.iter().map(|[kind, _, _]| kind.as_str()).collect();
    let refused = ["login_refused"; 5];
    let expected = [
        &["user_added", "link_made", "password_set"][..],
        &refused,
        &["user_unlocked", "token_made"],
    ];
    assert_eq!(kinds, expected.concat());
    assert_eq!(history[0][1], "someone");
    assert!(history[1..].iter().all(|[_, actor, _]| actor == "boss"));
    for [kind, _, detail] in &history {
        assert!(detail.contains("\"via\":") && detail.contains("\"from\":"), "{kind}: {detail}");
        assert!(!detail.contains("王大明") && !detail.contains("hash"), "{kind}: {detail}");
    }
    let locked: Vec<bool> =
        history[3..8].iter().map(|[_, _, detail]| detail.contains("2026-")).collect();
    assert_eq!(locked, [false, false, false, false, true], "the fifth says until when");
}
