//! `keys`: the school's signing keys, in files and on tokens (cards and HSMs).

mod import;
mod new;
mod ring;
mod shown;

use clap::{Args as ClapArgs, Subcommand};
use sealpress_config::{KeyPlace, Secret};

use crate::cli::Args;
use crate::exit::Exit;
use ring::Ring;

#[derive(Debug, Subcommand)]
pub(crate) enum Keys {
    /// Make a key: with --csr one that asks a certificate authority, else one for trial, which
    /// vouches for itself. No key that is there is ever overwritten.
    New(new::New),
    /// Put the certificates that came from the certificate authority beside their key.
    Import(import::Import),
    /// Show the keys that the configuration names, or another.
    Show(Which),
    /// Have each key sign for trial, and verify what it signed.
    Check(Which),
}

/// Which key, where it is not the configuration's.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct Which {
    /// Where the key is: file:PATH, credential:NAME, or
    /// pkcs11:token=LABEL;object=LABEL?module-path=….so. Without it, the configuration's.
    #[arg(long, value_name = "PLACE", value_parser = place)]
    key: Option<KeyPlace>,
    /// What opens it, the file's password or the token's PIN, by a reference: file:PATH or
    /// credential:NAME. Without it, the configuration's where it is its key, or asked for.
    #[arg(long, value_name = "REFERENCE", value_parser = reference, requires = "key")]
    pin: Option<Secret>,
}

fn place(text: &str) -> Result<KeyPlace, String> {
    KeyPlace::try_from(text.to_owned())
}

fn reference(text: &str) -> Result<Secret, String> {
    Secret::try_from(text.to_owned())
}

pub(crate) async fn run(args: &Args, keys: &Keys) -> anyhow::Result<Exit> {
    let mut ring = Ring::open(args)?;
    match keys {
        Keys::New(new) => new::run(args, &mut ring, new).await,
        Keys::Import(import) => import::run(args, &mut ring, import).await,
        Keys::Show(which) => shown::show(args, &mut ring, which).await,
        Keys::Check(which) => shown::check(args, &mut ring, which).await,
    }
}
