//! # config: what a school may set, and nothing else
//!
//! One YAML file, `sealpress.yaml`, in the home, and one file a layout in `layouts/`. This room
//! turns them into typed values, refuses what it does not know with file, line and the nearest
//! known key, and carries the defaults that `sealpress init` writes.
//!
//! Main types: [`Home`] (the folder and its well-known places), [`Settings`], [`Layout`],
//! [`Secret`] (a reference to a secret, never the secret), and the words of the domain that are
//! configuration and record alike: [`Kind`], [`Language`], [`Stage`], [`Role`].
//!
//! May import: nothing of Sealpress.

mod check;
pub mod defaults;
mod desk;
mod error;
mod explain;
mod home;
mod key_place;
mod layout;
mod load;
mod place;
mod sandbox;
mod secret;
mod settings;
mod sign;
mod values;
mod words;

pub use desk::{Approval, Networks, People, Serve, Tls};
pub use error::ConfigError;
pub use explain::{Explained, Origin, explain};
pub use home::Home;
pub use key_place::{KeyPlace, TokenUri};
pub use layout::{
    Align, DeanSeal, Layout, LayoutMatch, NoteText, PlacedImage, PlacedText, QrPlace, RawPlace,
    Seals,
};
pub use load::load;
pub use sandbox::Sandbox;
pub use secret::{Secret, SecretError};
pub use settings::{
    Dkim, Flow, Hold, Inbox, Lane, Mail, Numbering, Reconcile, Retry, Roster, School, Settings,
    Shutdown, WorkerLease,
};
pub use sign::{Limit, NextKey, Padding, Profile, Sign, Tsa};
pub use values::{ArchiveUrl, LedgerUrl, MailTransport, QueueUrl, Span};
pub use words::{Kind, Language, Role, Stage};
