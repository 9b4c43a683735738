//! `keys import`: what came from the certificate authority, beside its key.

use clap::Args as ClapArgs;
use pades::{Certificate, join, write_certificates};
use sealpress_config::{KeyPlace, Secret};
use sealpress_stages::sign::token_place;
use std::path::{Path, PathBuf};

use super::Which;
use super::ring::{self, Known, Ring};
use super::shown;
use crate::cli::Args;
use crate::exit::{Exit, WrongUse};

#[derive(Debug, ClapArgs)]
pub(crate) struct Import {
    #[command(flatten)]
    which: Which,
    /// The key's certificate and those of its issuers (PEM or DER), in any order.
    #[arg(required_unless_present = "from", value_name = "FILE")]
    certificates: Vec<PathBuf>,
    /// A PKCS#12 file whose key is taken, into the new file that --key names.
    #[arg(long, value_name = "FILE", requires = "key")]
    from: Option<PathBuf>,
    /// What opens that file, by a reference: file:PATH or credential:NAME. Without it, asked for.
    #[arg(long, value_name = "REFERENCE", value_parser = super::reference, requires = "from")]
    from_pin: Option<Secret>,
}

pub(super) async fn run(args: &Args, ring: &mut Ring, import: &Import) -> anyhow::Result<Exit> {
    let came = ring::certificates(import.certificates.iter().cloned())?;
    let place = import.which.key.clone().unwrap_or_else(|| ring.configured());
    let known = match (&place, &import.from) {
        (KeyPlace::File(Secret::File(path)), None) => {
            let path = ring.home.resolve(path);
            let known = ring.key(&place, import.which.pin.as_ref()).await?;
            let file = ring::read(&path)?;
            let joined = join(&file, &known.password, &came, &known.password)?;
            ring::replace(&path, &joined, 0o600)?;
            write_pem(ring, &path, &known)?;
            known
        }
        (KeyPlace::File(Secret::File(path)), Some(from)) => {
            let path = ring.home.resolve(path);
            taken_over(ring, import, &place, &path, from, &came).await?
        }
        (KeyPlace::File(Secret::Credential(_)), _) => {
            let says = "a credential can only be read; import into file:PATH".to_owned();
            return Err(WrongUse(says).into());
        }
        (KeyPlace::Token(uri), None) => {
            let known = ring.key(&place, import.which.pin.as_ref()).await?;
            write_certificates(&token_place(uri), &known.pin(), came)?;
            known
        }
        (KeyPlace::Token(_), Some(_)) => {
            let says = "a key that was outside of a token is not put into one: make it there with \
                        `sealpress keys new --key pkcs11:… --csr FILE`"
                .to_owned();
            return Err(WrongUse(says).into());
        }
    };
    shown::imported(args, ring, &known)
}

/// A key that was made elsewhere, in a file of our own.
async fn taken_over(
    ring: &mut Ring,
    import: &Import,
    place: &KeyPlace,
    path: &Path,
    from: &Path,
    came: &[Certificate],
) -> anyhow::Result<Known> {
    if path.exists() {
        return Err(ring::exists(path).into());
    }
    let source = KeyPlace::File(Secret::File(from.to_owned()));
    let source = ring.key(&source, import.from_pin.as_ref()).await?;
    let file = ring::read(from)?;
    // Before a password is made for it: is there a key in the file, and its certificate?
    join(&file, &source.password, came, &source.password)?;
    let password = ring.new_password(import.which.pin.as_ref()).await?;
    let joined = join(&file, &source.password, came, &password)?;
    ring::write_new(path, &joined, 0o600)?;
    let known = Known::new(place.clone(), password);
    write_pem(ring, path, &known)?;
    Ok(known)
}

/// The key's certificate and its issuers' beside it, in the place of those before.
fn write_pem(ring: &Ring, path: &Path, known: &Known) -> anyhow::Result<()> {
    let signer = ring.signer(known)?;
    let chain = signer.chain().iter().map(Certificate::to_pem).collect::<Result<Vec<_>, _>>()?;
    ring::replace(&path.with_extension("pem"), chain.concat().as_bytes(), 0o644)
}
