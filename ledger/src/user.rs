//! People (使用者) as the ledger knows them. It never sees a password, a link or a token: only
//! Argon2 hashes and SHA-256 digests.

use jiff::Timestamp;
use sealpress_config::Role;
use serde::Serialize;
use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use crate::Sha256Hash;

/// Failures in a row that lock a person's logins.
pub const FAILURES: i64 = 5;
/// For how long.
pub const LOCKED_FOR: Duration = Duration::from_secs(15 * 60);
/// The latest passwords of a person, the present one among them; none of them may be taken again.
pub const BARRED_PASSWORDS: i64 = 3;

/// A person. The full name is for screens alone: no event, log or error carries it.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct User {
    /// What they log in with.
    pub name: String,
    /// What they are called.
    pub full_name: String,
    /// What they are to the desk.
    pub roles: BTreeSet<Role>,
    /// Locked by an administrator, until one unlocks.
    pub locked: bool,
    /// After failures in a row: logins are refused until then.
    pub locked_until: Option<Timestamp>,
    /// They have set a password.
    pub has_password: bool,
    /// They have enrolled a second factor.
    pub has_second_factor: bool,
    /// When they were added.
    pub created_at: Timestamp,
}

impl User {
    /// Whether failures in a row lock the person at this moment.
    #[must_use]
    pub fn is_locked_now(&self, now: &Timestamp) -> bool {
        self.locked_until.is_some_and(|until| until > *now)
    }
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User")
            .field("name", &self.name)
            .field("roles", &self.roles)
            .field("locked", &self.locked)
            .finish_non_exhaustive()
    }
}

/// A person who is about to be added.
#[derive(Clone, PartialEq, Eq)]
pub struct NewUser {
    /// What they log in with: 2 to 32 of `a-z`, `0-9`, `.`, `_` and `-`, a letter first.
    pub name: String,
    /// What they are called.
    pub full_name: String,
    /// What they are to the desk; at least one.
    pub roles: BTreeSet<Role>,
}

/// What a login is compared with. It has no `Debug`: it holds secrets.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// Whose.
    pub user: User,
    /// The hash of the password, where one is set.
    pub password: Option<String>,
    /// The secret of the second factor (base32), where one is enrolled.
    pub second_factor: Option<String>,
}

/// What a right password opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// The person is in: the count of failures is cleared, and the history says so.
    Whole,
    /// A code has yet to follow. Nothing changes: were the count cleared here, who knows the
    /// password could guess codes without end.
    BeforeCode,
    /// A person who is in gave it once more.
    Again,
}

/// A right code of the second factor.
#[derive(Clone, PartialEq, Eq)]
pub struct Code {
    /// The secret that it was reckoned from (base32).
    pub secret: String,
    /// Its time step; a step can be used once (RFC 6238, section 5.2).
    pub step: i64,
}

/// A session that is about to be opened.
#[derive(Clone, PartialEq, Eq)]
pub struct NewSession {
    /// Digest of its token.
    pub hash: Sha256Hash,
    /// Whose.
    pub user: String,
    /// What its forms carry.
    pub csrf: String,
    /// The second factor was given.
    pub proved: bool,
    /// From where.
    pub from: String,
}

/// A session that is open.
#[derive(Clone, PartialEq, Eq)]
pub struct OpenSession {
    /// Whose, with the roles of this moment.
    pub user: User,
    /// What its forms carry.
    pub csrf: String,
    /// The second factor was given.
    pub proved: bool,
    /// The last time that it was used, as far as the ledger was told.
    pub seen_at: Timestamp,
}

/// When a session ends by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionLimits {
    /// After so long without use.
    pub idle: Duration,
    /// At this age.
    pub age: Duration,
}

/// A token of the Web API, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ApiToken {
    /// What it is for; one of a kind among the tokens of its person.
    pub label: String,
    /// When it was made.
    pub created_at: Timestamp,
}
