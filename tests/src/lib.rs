//! # tests: what the journeys stand on
//!
//! Everything around the real `sealpress`: a home in a folder of its own, a Redis server, a mail
//! relay, a print system, a browser, and the judges who look at what came out. A test waits for what
//! it expects, never for a time.
//!
//! Main types: [`Home`], [`Running`] (a process that can be killed), [`Served`] (its pages),
//! [`Browser`], [`Client`], [`RedisServer`], [`MailRelay`], [`PrintSystem`], [`Picture`], and
//! [`filled`], a ledger with years of certificates; [`invariants`], what must be true of a home
//! whatever happened to it.
//!
//! May import: nothing of Sealpress; it sees what a school sees. (`faults` is named in `Cargo.toml`
//! alone, for its feature.)

mod binary;
mod browser;
mod crowd;
mod dice;
mod digest;
pub mod filled;
mod font;
mod home;
mod http;
pub mod invariants;
pub mod judges;
mod ledger;
mod mounted;
mod people;
mod picture;
mod plain;
mod print_system;
mod process;
mod proxy;
mod redis;
mod relay;
mod serve;
mod until;

pub use binary::{faketime, repository, sealpress};
pub use browser::{Browser, Window};
pub use dice::Dice;
pub use digest::sha256;
pub use home::{Home, Output};
pub use http::{Answer, Client, Events, File};
pub use ledger::Event;
pub use mounted::Mounted;
pub use people::{PASSWORD, ROLES, add_staff};
pub use picture::Picture;
pub use print_system::{PrintSystem, Student};
pub use process::Running;
pub use proxy::{Network, Proxy};
pub use redis::RedisServer;
pub use relay::{At, MailRelay, Received};
pub use serve::Served;
pub use until::until;
