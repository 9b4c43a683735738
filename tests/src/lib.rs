//! # tests: what the journeys stand on
//!
//! Everything around the real `sealpress`: a home in a folder of its own, a Redis server, a mail
//! relay, a print system, and the judges who look at what came out. A test waits for what it
//! expects, never for a time.
//!
//! Main types: [`Home`], [`Running`] (a process that can be killed), [`RedisServer`],
//! [`MailRelay`], [`PrintSystem`], [`Picture`].
//!
//! May import: nothing of Sealpress; it sees what a school sees.

mod binary;
mod font;
mod home;
pub mod judges;
mod picture;
mod print_system;
mod process;
mod redis;
mod relay;
mod until;

pub use binary::{repository, sealpress};
pub use home::{Home, Output};
pub use picture::Picture;
pub use print_system::{PrintSystem, Student};
pub use process::Running;
pub use redis::RedisServer;
pub use relay::{MailRelay, Received};
pub use until::until;
