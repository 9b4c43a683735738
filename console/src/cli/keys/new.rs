//! `keys new`: a key, and a request for a certificate or one that it signs itself.

use clap::Args as ClapArgs;
use jiff::{SignedDuration, ToSpan};
use pades::{
    Certificate, KeyKind, KeyPair, NewKey, NewTokenKey, Subject, Validity, self_signed,
    signing_request, write_certificates,
};
use sealpress_config::{KeyPlace, Secret, TokenUri};
use sealpress_ledger::system_clock;
use sealpress_stages::sign::token_place;
use serde::Serialize;
use std::path::{Path, PathBuf};
use uuid::Uuid;

use super::ring::{self, Ring};
use crate::cli::Args;
use crate::exit::{Exit, WrongUse};
use crate::output;
use crate::tongue::Tongue;

#[derive(Debug, ClapArgs)]
pub(crate) struct New {
    /// Where the key is to be: file:PATH, or pkcs11:token=LABEL;object=LABEL?module-path=….so.
    #[arg(long, value_name = "PLACE", value_parser = super::place)]
    key: KeyPlace,
    /// What opens it, the file's password or the token's PIN, by a reference: file:PATH or
    /// credential:NAME. A password's file that is not there is made, with a password drawn at
    /// random. Without it, asked for.
    #[arg(long, value_name = "REFERENCE", value_parser = super::reference)]
    pin: Option<Secret>,
    /// What kind: p-256, p-384, rsa-2048, rsa-3072, rsa-4096.
    #[arg(long, default_value_t)]
    kind: KeyKind,
    /// Whose key it is (CN=), such as 校長.
    #[arg(long, value_name = "NAME")]
    common_name: String,
    /// Its organisation (O=); without it, the school's Chinese name.
    #[arg(long, value_name = "NAME")]
    organization: Option<String>,
    /// Its country (C=), two capital letters.
    #[arg(long, value_name = "CODE")]
    country: Option<String>,
    /// Write a request (PKCS#10) for a certificate authority into this new file.
    #[arg(long, value_name = "FILE")]
    csr: Option<PathBuf>,
    /// How many days a certificate for trial is valid.
    #[arg(long, default_value_t = 730, conflicts_with = "csr")]
    days: u16,
}

/// What was made. The JSON is a contract: keys are added, never renamed.
#[derive(Serialize)]
struct Made {
    key: String,
    kind: &'static str,
    /// The request's file, where one was asked for.
    request: Option<PathBuf>,
    /// The trial certificate's file, of a key in a file.
    certificate: Option<PathBuf>,
}

pub(super) async fn run(args: &Args, ring: &mut Ring, new: &New) -> anyhow::Result<Exit> {
    if let Some(csr) = new.csr.as_deref().filter(|csr| csr.exists()) {
        return Err(ring::exists(csr).into());
    }
    let made = match &new.key {
        KeyPlace::File(Secret::File(path)) => in_file(ring, new, &ring.home.resolve(path)).await?,
        KeyPlace::File(Secret::Credential(_)) => {
            let says = "a credential can only be read; make the key as file:PATH".to_owned();
            return Err(WrongUse(says).into());
        }
        KeyPlace::Token(uri) => on_token(ring, new, uri).await?,
    };
    if args.json {
        output::json(&made)?;
    } else {
        says(&made, Tongue::of_terminal());
    }
    Ok(Exit::Done)
}

async fn in_file(ring: &mut Ring, new: &New, path: &Path) -> anyhow::Result<Made> {
    let pem = path.with_extension("pem");
    if let Some(there) = [path, &pem].into_iter().find(|file| file.exists()) {
        return Err(ring::exists(there).into());
    }
    let password = ring.new_password(new.pin.as_ref()).await?;
    let key = NewKey::draw(new.kind)?;
    let subject = subject(ring, new);
    let said = said(&key, &subject, new)?;
    // The key first: a crash behind it leaves a key without a request, which nobody uses, and no
    // request for a key that is lost.
    let mut certificate = None;
    match &said {
        Said::Request(text) => {
            ring::write_new(path, &key.to_pkcs12(&[], &password)?, 0o600)?;
            write_request(new, text)?;
        }
        Said::Certificate(own) => {
            let chain = std::slice::from_ref(own.as_ref());
            ring::write_new(path, &key.to_pkcs12(chain, &password)?, 0o600)?;
            ring::write_new(&pem, own.to_pem()?.as_bytes(), 0o644)?;
            certificate = Some(pem);
        }
    }
    Ok(made(new, new.key.to_string(), certificate))
}

async fn on_token(ring: &mut Ring, new: &New, uri: &TokenUri) -> anyhow::Result<Made> {
    let label = uri.object.clone().ok_or_else(|| {
        WrongUse("a new key on a token needs a label: object=LABEL in its address".to_owned())
    })?;
    let id = uri.id.clone().unwrap_or_else(|| Uuid::new_v4().into_bytes().to_vec());
    let uri = TokenUri { id: Some(id.clone()), ..uri.clone() };
    let known = ring.key(&new.key, new.pin.as_ref()).await?;
    let (place, pin) = (token_place(&uri), known.pin());
    let named = (label.as_str(), id.as_slice());
    let key = NewTokenKey::make(&place.module, &place.token, &pin, named, new.kind)?;
    match said(&key, &subject(ring, new), new)? {
        Said::Request(text) => write_request(new, &text)?,
        Said::Certificate(own) => {
            write_certificates(&place, &pin, vec![*own])?;
        }
    }
    Ok(made(new, uri.to_string(), None))
}

/// What the key says of itself.
enum Said {
    Request(String),
    Certificate(Box<Certificate>),
}

fn said(key: &dyn KeyPair, subject: &Subject, new: &New) -> anyhow::Result<Said> {
    if new.csr.is_some() {
        return Ok(Said::Request(signing_request(key, subject)?));
    }
    let now = (system_clock())();
    // A reader's clock may be behind ours.
    let from = now.checked_sub(1.hour())?;
    let until = now.checked_add(SignedDuration::from_hours(24 * i64::from(new.days)))?;
    let serial = Uuid::new_v4().into_bytes();
    let own = self_signed(key, subject, Validity { from, until }, serial)?;
    Ok(Said::Certificate(Box::new(own)))
}

fn subject(ring: &Ring, new: &New) -> Subject {
    let school = &ring.settings.school.name_zh;
    Subject {
        country: new.country.clone(),
        organization: new.organization.as_ref().unwrap_or(school).clone(),
        common_name: new.common_name.clone(),
    }
}

fn write_request(new: &New, text: &str) -> anyhow::Result<()> {
    match &new.csr {
        Some(file) => ring::write_new(file, text.as_bytes(), 0o644),
        None => Ok(()),
    }
}

fn made(new: &New, key: String, certificate: Option<PathBuf>) -> Made {
    Made { key, kind: new.kind.as_str(), request: new.csr.clone(), certificate }
}

fn says(made: &Made, tongue: Tongue) {
    let Made { key, kind, request, certificate } = made;
    output::line(&format!("{} {kind}  {key}", tongue.pick("✔ 已產生金鑰", "✔ made a key")));
    if let Some(file) = certificate {
        let label = tongue.pick("憑證", "certificate");
        output::line(&format!("    {label}: {}", file.display()));
    }
    match request {
        Some(file) => {
            let label = tongue.pick("憑證申請檔", "request");
            output::line(&format!("    {label}: {}", file.display()));
            output::say(tongue.pick(
                "請將申請檔送交憑證機構，收到憑證後執行 sealpress keys import。",
                "Send the request to the certificate authority, and run sealpress keys import with what comes back.",
            ));
        }
        None => output::say(tongue.pick(
            "憑證由金鑰自行簽署，僅供試用：除了指名信任它的人以外，沒有人會採信。",
            "The key vouches for itself, for trial: nobody believes it who was not told to trust it.",
        )),
    }
}
