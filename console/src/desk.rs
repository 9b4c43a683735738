//! What people may do, and how they prove who they are. Command line, staff pages and Web API all
//! come through here.

pub(crate) mod guard;
pub(crate) mod passwords;
pub(crate) mod person;
pub(crate) mod second_factor;
pub(crate) mod sign_in;
