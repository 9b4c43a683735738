//! The people of a home, and what they do on the command line.

use crate::{Home, Output};

/// Every role. The people of [`add_staff`] have one each, and are named for it.
pub const ROLES: [&str; 6] = ["admin", "viewer", "operator", "registrar", "supervisor", "ministry"];

/// The password of everyone here.
pub const PASSWORD: &str = "Sealed-with-care-7391";

/// Adds a person for each role: `registrar` is the registrar.
///
/// # Panics
/// When one of them is refused.
pub fn add_staff(home: &Home) {
    for role in ROLES {
        home.add_person(role, role);
    }
}

impl Home {
    /// Adds a person who has set a password. The first one must be `admin`, who adds the others.
    ///
    /// # Panics
    /// When they are refused.
    pub fn add_person(&self, name: &str, roles: &str) {
        let arguments = ["user", "add", name, "--full-name", "王小美", "--role", roles, "--ask"];
        let added = match name {
            "admin" => self.answer(&arguments, &[PASSWORD]),
            _ => self.answer(&[&arguments[..], &["--as", "admin"]].concat(), &[PASSWORD; 2]),
        };
        assert_eq!(added.code, 0, "{name}: {}\n{}", added.data, added.talk);
    }

    /// Runs a command as a person of [`Self::add_person`].
    #[must_use]
    pub fn run_as(&self, name: &str, arguments: &[&str]) -> Output {
        self.answer(&[arguments, &["--as", name]].concat(), &[PASSWORD])
    }

    /// Runs a command that is given what it asks for, a line each: a password, a code, a new
    /// password.
    #[must_use]
    pub fn answer(&self, arguments: &[&str], answers: &[&str]) -> Output {
        let command = self.command(&[arguments, &["--password-fd", "0"]].concat());
        Output::answered(command, answers)
    }
}
