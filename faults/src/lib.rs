//! # faults: where a test may break Sealpress
//!
//! Every effect on a certificate's way (a rename, a commit, a message) stands between two points
//! of its name. At each a test can have it reported as failed, or the process killed: *before* it
//! happened, and *after* it happened. [`around`] is for an effect that is one call; [`before`] and
//! [`after`] are for what has an await or an error of its own between them.
//!
//! Without the feature `failpoints` all of them do nothing and cost nothing. The package `tests`
//! alone turns it on, so it is on in a build of the workspace and off in a build of the console;
//! `tests/house` holds that.
//!
//! May import: nothing of Sealpress.

#[cfg(feature = "failpoints")]
mod armed;

#[cfg(feature = "failpoints")]
use armed::hit;
use std::io;

#[cfg(not(feature = "failpoints"))]
const fn hit(_: &str, _: &str) -> io::Result<()> {
    Ok(())
}

/// The point in front of an effect.
///
/// # Errors
/// As if the effect had failed, and nothing had happened.
pub fn before(effect: &str) -> io::Result<()> {
    hit(effect, "before")
}

/// The point behind an effect.
///
/// # Errors
/// As if the effect had failed, although it happened.
pub fn after(effect: &str) -> io::Result<()> {
    hit(effect, "after")
}

/// An effect that is one call, between its points.
///
/// # Errors
/// The effect's own, or what a test wants it to be.
pub fn around<T>(effect: &str, run: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    before(effect)?;
    let done = run()?;
    after(effect)?;
    Ok(done)
}

/// Reads from the environment which points are armed, where this build has any.
pub fn arm() {
    #[cfg(feature = "failpoints")]
    armed::arm();
}
