//! A file a page.

pub(super) mod account;
pub(super) mod approvals;
pub(super) mod certificate;
pub(super) mod deliveries;
pub(super) mod drops;
pub(super) mod find;
mod history;
pub(super) mod jobs;
pub(super) mod login;
pub(super) mod metrics;
pub(super) mod people;
pub(super) mod roster;
pub(super) mod start;
pub(super) mod token;
pub(super) mod verify;
