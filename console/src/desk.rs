//! # desk: what people may do
//!
//! The command line, the staff pages and the Web API are doors to this one desk: who signs in and
//! how ([`sign_in`]), what each may do ([`guard`]), and the acts themselves ([`acts`]), so that no
//! door can be wider than another. Everything that is done here, refused things too, stands in the
//! history with who, when, by which door, from where, and why.
//!
//! Main types: [`Desk`], [`Person`], [`Act`], [`SignIn`]. May import: every room, and nothing of
//! `web`, `api` or `cli`.

mod acts;
mod bounces;
pub(crate) mod export;
mod files;
pub(crate) mod guard;
mod lanes;
pub(crate) mod passwords;
mod person;
mod reissue;
mod second_factor;
mod sign_in;

use sealpress_config::ArchiveUrl;
use sealpress_inbox::{Randomness, system_randomness};
use sealpress_ledger::{By, CertificateId, Right};
use sealpress_stages::archive::Folder;
use std::io;
use std::sync::Arc;

use crate::opened::Opened;

pub(crate) use acts::{Act, Reentered, Undone};
pub(crate) use bounces::AddressAct;
pub(crate) use guard::NoRight;
pub(crate) use person::Person;
pub(crate) use sign_in::{Origin, Session, SignIn, SignInError, Step};

/// The desk of a home. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Desk {
    pub(crate) sign_in: SignIn,
    pub(super) opened: Arc<Opened>,
    archive: Folder,
    mail_domain: String,
    randomness: Randomness,
}

impl Desk {
    pub(crate) fn new(opened: &Arc<Opened>) -> Self {
        let ArchiveUrl::Folder(path) = &opened.settings.archive;
        let randomness = system_randomness();
        Self {
            sign_in: SignIn::new(
                opened.ledger.clone(),
                Arc::clone(&opened.clock),
                Arc::clone(&randomness),
                opened.settings.people.clone(),
                &opened.settings.school.name_zh,
            ),
            archive: Folder::new(opened.home.resolve(path)),
            mail_domain: opened.settings.mail.domain().to_owned(),
            randomness,
            opened: Arc::clone(opened),
        }
    }

    /// Lets an act through, or keeps in the history that it was asked for.
    ///
    /// # Errors
    /// [`NoRight`].
    pub(crate) async fn allowed(
        &self,
        person: &Person,
        right: Right,
        what: &str,
        id: Option<CertificateId>,
        by: &By,
    ) -> Result<(), NoRight> {
        let now = (self.opened.clock)();
        guard::allowed(&self.opened.ledger, person, right, what, id, by, now).await
    }

    /// 128 bits that nobody can guess, in hexadecimal.
    ///
    /// # Errors
    /// The kernel has none.
    pub(crate) fn unguessable(&self) -> io::Result<String> {
        Ok((self.randomness)()?.iter().map(|byte| format!("{byte:02x}")).collect())
    }
}
