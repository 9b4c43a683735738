//! The person who acts.

use sealpress_config::Role;
use sealpress_ledger::{Right, User};
use std::collections::BTreeSet;
use std::fmt;

/// A person who has proved to be who they say, with the roles that they have at this moment.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Person {
    /// What they log in with.
    pub(crate) name: String,
    /// What they are called; for screens alone.
    pub(crate) full_name: String,
    /// What they are to the desk.
    pub(crate) roles: BTreeSet<Role>,
}

impl Person {
    /// Whether one of their roles has the right.
    pub(crate) fn may(&self, right: Right) -> bool {
        self.roles.iter().any(|role| right.belongs_to(*role))
    }
}

impl From<User> for Person {
    fn from(user: User) -> Self {
        Self { name: user.name, full_name: user.full_name, roles: user.roles }
    }
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Person")
            .field("name", &self.name)
            .field("roles", &self.roles)
            .finish_non_exhaustive()
    }
}
