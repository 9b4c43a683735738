//! What opens, what locks, and what ends, with a clock and a randomness of the test's own.

use jiff::Timestamp;
use sealpress_config::{People, Role, Span};
use sealpress_ledger::{Ledger, NewUser, Right, Via};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU8, Ordering};

use super::{Origin, SignIn, SignInError, Step};
use crate::desk::guard;
use crate::desk::person::Person;

mod factor;
mod sessions;

const PASSWORD: &str = "Blue-Kettle-42";
const MINUTE: i64 = 60;

/// A ledger with people, and a clock that a test sets.
struct Bench {
    sign_in: SignIn,
    ledger: Ledger,
    seconds: Arc<AtomicI64>,
    dir: tempfile::TempDir,
}

impl Bench {
    /// A second factor is needed by supervisors.
    async fn open() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let ledger = Ledger::open(&dir.path().join("ledger.db")).await.unwrap();
        let seconds = Arc::new(AtomicI64::new(1_780_000_000));
        let (shown, drawn) = (Arc::clone(&seconds), AtomicU8::new(0));
        let people = People {
            second_factor: vec![Role::Supervisor],
            idle: Span::secs(30 * 60),
            session: Span::secs(12 * 3600),
            link: Span::secs(24 * 3600),
        };
        let sign_in = SignIn::new(
            ledger.clone(),
            Arc::new(move || Timestamp::from_second(shown.load(Ordering::SeqCst)).unwrap()),
            Arc::new(move || Ok([drawn.fetch_add(1, Ordering::SeqCst); 16])),
            people,
            "國立範例科技大學",
        );
        let bench = Self { sign_in, ledger, seconds, dir };
        bench.add("boss", &[Role::Admin]).await;
        bench
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_second(self.seconds.load(Ordering::SeqCst)).unwrap()
    }

    fn pass(&self, seconds: i64) {
        self.seconds.fetch_add(seconds, Ordering::SeqCst);
    }

    /// A person with a password.
    async fn add(&self, name: &str, roles: &[Role]) {
        let new = NewUser {
            name: name.into(),
            full_name: "王大明".into(),
            roles: roles.iter().copied().collect(),
        };
        self.ledger.add_user(&new, &desk().by("boss"), self.now()).await.unwrap();
        self.set_password(name, PASSWORD).await.unwrap();
    }

    async fn set_password(&self, name: &str, password: &str) -> Result<Person, SignInError> {
        let link = self.sign_in.make_link(name, &desk().by("boss")).await.unwrap();
        self.sign_in.use_link(&link, password, desk()).await
    }

    async fn set_roles(&self, name: &str, roles: &[Role]) {
        let before = self.ledger.user(name).await.unwrap().unwrap().roles;
        let after: BTreeSet<Role> = roles.iter().copied().collect();
        let by = desk().by("boss");
        self.ledger.set_roles(name, &before, &after, &by, self.now()).await.unwrap();
    }

    async fn begin(&self, name: &str, password: &str) -> Result<Step, SignInError> {
        self.sign_in.begin(name, password, desk()).await.map(|begun| begun.step)
    }

    async fn is_refused(&self, name: &str, password: &str) -> bool {
        matches!(self.begin(name, password).await, Err(SignInError::Refused))
    }

    async fn person(&self, name: &str) -> Person {
        self.ledger.user(name).await.unwrap().unwrap().into()
    }

    /// The token of a new session of a person who gave their password.
    async fn session(&self, name: &str) -> String {
        let begun = self.sign_in.begin(name, PASSWORD, desk()).await.unwrap();
        self.sign_in.open_session(&begun.person, false, desk()).await.unwrap()
    }

    /// What a session's person has yet to do; none when it is over.
    async fn step(&self, token: &str) -> Option<Step> {
        self.sign_in.session(token).await.unwrap().map(|session| session.step)
    }

    /// Whether the ledger's files hold the text anywhere.
    fn is_stored(&self, text: &str) -> bool {
        ["ledger.db", "ledger.db-wal"].iter().any(|file| {
            let bytes = std::fs::read(self.dir.path().join(file)).unwrap_or_default();
            bytes.windows(text.len()).any(|window| window == text.as_bytes())
        })
    }
}

fn desk() -> Origin {
    Origin { via: Via::Web, from: "192.0.2.7".into() }
}

#[tokio::test]
async fn whatever_is_wrong_reads_the_same_and_is_not_written_down() {
    let bench = Bench::open().await;
    bench.add("wang", &[Role::Viewer]).await;
    assert_eq!(bench.begin(" Wang ", PASSWORD).await.unwrap(), Step::In);
    let mut said = BTreeSet::new();
    for (name, password) in
        [("wang", "Wrong-Kettle-42"), ("my-own-password", PASSWORD), ("wang", "")]
    {
        let reason = bench.begin(name, password).await.unwrap_err().reason();
        said.insert((reason.code, reason.message_zh, reason.message_en));
    }
    for _ in 0..3 {
        assert!(bench.is_refused("wang", "Wrong-Kettle-42").await);
    }
    let reason = bench.begin("wang", PASSWORD).await.unwrap_err().reason();
    said.insert((reason.code, reason.message_zh, reason.message_en));
    assert_eq!(said.len(), 1, "{said:?}");
    for secret in ["my-own-password", "Wrong-Kettle-42", PASSWORD] {
        assert!(!bench.is_stored(secret), "{secret}");
    }
    assert!(bench.is_stored("login_refused"), "the ledger's files are read at all");
}

#[tokio::test]
async fn five_failures_in_a_row_lock_for_15_minutes() {
    let bench = Bench::open().await;
    bench.add("wang", &[Role::Viewer]).await;
    for _ in 0..4 {
        assert!(bench.is_refused("wang", "wrong").await);
    }
    // The right one in between begins the count anew.
    assert!(bench.begin("wang", PASSWORD).await.is_ok());
    for _ in 0..4 {
        assert!(bench.is_refused("wang", "wrong").await);
    }
    let wang = bench.person("wang").await;
    assert!(bench.sign_in.check_password(&wang, "wrong", desk()).await.is_err(), "the fifth");
    assert!(bench.is_refused("wang", PASSWORD).await);
    bench.pass(15 * MINUTE - 1);
    assert!(bench.is_refused("wang", "wrong").await, "and this does not prolong it");
    assert!(bench.is_refused("wang", PASSWORD).await);
    bench.pass(1);
    assert!(bench.begin("wang", PASSWORD).await.is_ok());
    assert!(bench.begin("boss", PASSWORD).await.is_ok(), "it locks nobody else");
}

/// Each of many guesses at once finds the account open; the ledger decides when it is compared.
#[tokio::test(flavor = "multi_thread")]
async fn many_guesses_at_once_gain_nothing() {
    let bench = Bench::open().await;
    bench.add("wang", &[Role::Viewer]).await;
    let mut guesses = tokio::task::JoinSet::new();
    for guess in 0..12 {
        let sign_in = bench.sign_in.clone();
        guesses
            .spawn(async move { sign_in.begin("wang", &format!("guess {guess}"), desk()).await });
    }
    assert!(guesses.join_all().await.iter().all(Result::is_err));
    assert!(bench.is_refused("wang", PASSWORD).await);
    let until = bench.ledger.user("wang").await.unwrap().unwrap().locked_until;
    assert_eq!(until.map(|until| until.duration_since(bench.now()).as_secs()), Some(15 * MINUTE));
}

#[tokio::test]
async fn the_last_three_passwords_are_barred() {
    let bench = Bench::open().await;
    bench.add("wang", &[Role::Viewer]).await;
    let wang = bench.person("wang").await;
    let change = async |old: &str, new: &str| {
        bench.sign_in.change_password(&wang, old, new, None, desk()).await
    };
    let code = |result: Result<(), SignInError>| match result {
        Err(SignInError::WeakPassword(reason)) => reason.code,
        other => format!("{other:?}"),
    };
    assert_eq!(code(change(PASSWORD, PASSWORD).await), "used_before");
    assert_eq!(code(change(PASSWORD, "short").await), "too_short");
    assert!(matches!(change("wrong", "Red-Kettle-43").await, Err(SignInError::Refused)));
    change(PASSWORD, "Red-Kettle-43").await.unwrap();
    change("Red-Kettle-43", "Green-Kettle-44").await.unwrap();
    assert_eq!(code(change("Green-Kettle-44", PASSWORD).await), "used_before");
    assert_eq!(code(change("Green-Kettle-44", "Red-Kettle-43").await), "used_before");
    change("Green-Kettle-44", "Brown-Kettle-45").await.unwrap();
    // Three others have come since.
    change("Brown-Kettle-45", PASSWORD).await.unwrap();
    assert!(bench.begin("wang", PASSWORD).await.is_ok());
    assert!(bench.is_refused("wang", "Brown-Kettle-45").await);
}

#[tokio::test]
async fn a_link_is_good_once_and_for_a_day() {
    let bench = Bench::open().await;
    bench.add("wang", &[Role::Viewer]).await;
    let boss = desk().by("boss");
    let link = bench.sign_in.make_link("wang", &boss).await.unwrap();
    let owner = bench.sign_in.link_person(&link).await.unwrap().map(|person| person.name);
    assert_eq!(owner.as_deref(), Some("wang"));
    let weak = bench.sign_in.use_link(&link, "short", desk()).await;
    assert!(matches!(weak, Err(SignInError::WeakPassword(_))), "{weak:?}");
    // What stood locked is open again to who holds the link.
    for _ in 0..5 {
        assert!(bench.is_refused("wang", "wrong").await);
    }
    bench.sign_in.use_link(&link, "Red-Kettle-43", desk()).await.unwrap();
    assert!(bench.begin("wang", "Red-Kettle-43").await.is_ok());
    let expired = |result| matches!(result, Err(SignInError::LinkExpired));
    assert!(expired(bench.sign_in.use_link(&link, "Green-Kettle-44", desk()).await));
    assert!(expired(bench.sign_in.use_link("made-up", "Green-Kettle-44", desk()).await));

    let older = bench.sign_in.make_link("wang", &boss).await.unwrap();
    let newer = bench.sign_in.make_link("wang", &boss).await.unwrap();
    assert!(expired(bench.sign_in.use_link(&older, "Green-Kettle-44", desk()).await));
    bench.pass(24 * 60 * MINUTE);
    assert!(expired(bench.sign_in.use_link(&newer, "Green-Kettle-44", desk()).await));
    assert!(!bench.is_stored(&newer), "the ledger knows a link by its digest alone");
}

#[tokio::test]
async fn who_lacks_the_right_is_refused_and_it_is_written_down() {
    let bench = Bench::open().await;
    bench.add("wang", &[Role::Registrar]).await;
    let (wang, by) = (bench.person("wang").await, desk().by("wang"));
    let asks = async |right, what| {
        guard::allowed(&bench.ledger, &wang, right, what, None, &by, bench.now()).await
    };
    assert_eq!(asks(Right::Approve, "cert approve").await, Ok(()));
    assert!(!bench.is_stored("cert approve"));
    let refused = asks(Right::Recall, "cert recall").await.unwrap_err();
    assert_eq!(refused.right, Right::Recall);
    assert!(bench.is_stored("cert recall") && bench.is_stored("act_refused"));
}

#[tokio::test]
async fn a_token_opens_the_api_until_it_is_ended_or_its_person_locked() {
    let bench = Bench::open().await;
    bench.add("batch", &[Role::Registrar]).await;
    let boss = desk().by("boss");
    let token = bench.sign_in.make_token("batch", "print system", &boss).await.unwrap();
    let other = bench.sign_in.make_token("batch", "spare", &boss).await.unwrap();
    assert!(bench.sign_in.make_token("batch", "spare", &boss).await.is_err(), "a label of its own");
    let owner =
        async |token: &str| bench.sign_in.token(token).await.unwrap().map(|person| person.name);
    assert_eq!(owner(&token).await.as_deref(), Some("batch"));
    assert_eq!(owner("made-up").await, None);
    assert!(!bench.is_stored(&token), "the ledger knows a token by its digest alone");
    bench.ledger.end_token("batch", "print system", &boss, bench.now()).await.unwrap();
    assert_eq!(owner(&token).await, None);
    assert_eq!(owner(&other).await.as_deref(), Some("batch"));
    bench.ledger.lock_user("batch", &boss, bench.now()).await.unwrap();
    assert_eq!(owner(&other).await, None);
}
