//! # api: the Web API
//!
//! JSON over HTTPS for the school's programs, with the token of a person (`sealpress user token`)
//! and that person's rights. It does what the desk does, and answers as the command line does with
//! `--json`. The paths stand in `web/routes.rs` with all others.
//!
//! May import: `desk`, `web` (its gate and failures).

pub(crate) mod certificates;
pub(crate) mod jobs;
