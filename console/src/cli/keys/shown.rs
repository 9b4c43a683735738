//! `keys show` and `keys check`.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use pades::{KeyError, Signer, chain_state, check_key};
use serde::Serialize;

use super::Which;
use super::ring::{Known, Ring};
use crate::cli::{Args, shown};
use crate::exit::Exit;
use crate::output;
use crate::tongue::Tongue;

/// A key, or why it can't be used. The JSON is a contract: keys are added, never renamed.
#[derive(Serialize)]
struct Row {
    key: String,
    #[serde(flatten)]
    about: Option<About>,
    /// Whether it signed for trial and what it signed verified, where that was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    signs: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_zh: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_en: Option<String>,
    #[serde(skip)]
    exit: Exit,
}

#[derive(Serialize)]
struct About {
    /// `p-256`, `rsa-3072` and so on.
    kind: Option<&'static str>,
    subject: String,
    issuer: String,
    serial: String,
    from: Timestamp,
    until: Timestamp,
    /// Whom the chain names, the key's own certificate first.
    chain: Vec<String>,
    /// Whether no link to a root is missing.
    complete: bool,
    /// When the first certificate of the chain ends.
    ends_first: Timestamp,
}

pub(super) async fn show(args: &Args, ring: &mut Ring, which: &Which) -> anyhow::Result<Exit> {
    let known = ring.keys(which).await?;
    let rows: Vec<Row> = known.iter().map(|known| row(ring, known, |_| Ok(None))).collect();
    print(args, ring, &rows)
}

pub(super) async fn check(args: &Args, ring: &mut Ring, which: &Which) -> anyhow::Result<Exit> {
    let known = ring.keys(which).await?;
    let signs = |signer: &dyn Signer| check_key(signer).map(|()| Some(true));
    let rows: Vec<Row> = known.iter().map(|known| row(ring, known, signs)).collect();
    print(args, ring, &rows)
}

/// The key that certificates were put beside; it signs for trial.
pub(super) fn imported(args: &Args, ring: &Ring, known: &Known) -> anyhow::Result<Exit> {
    let signs = |signer: &dyn Signer| check_key(signer).map(|()| Some(true));
    print(args, ring, &[row(ring, known, signs)])
}

fn row(
    ring: &Ring,
    known: &Known,
    work: impl Fn(&dyn Signer) -> Result<Option<bool>, KeyError>,
) -> Row {
    let key = known.place.to_string();
    let done = ring.signer(known).and_then(|signer| {
        let signs = work(&*signer)?;
        Ok((about(ring, &*signer)?, signs))
    });
    match done {
        Ok((about, signs)) => {
            Row { key, about: Some(about), signs, error_zh: None, error_en: None, exit: Exit::Done }
        }
        Err(error) => Row {
            key,
            about: None,
            signs: None,
            error_zh: Some(output::sentence(&error, Tongue::Zh)),
            error_en: Some(output::sentence(&error, Tongue::En)),
            exit: Exit::of(&error),
        },
    }
}

fn about(ring: &Ring, signer: &dyn Signer) -> anyhow::Result<About> {
    let chain = signer.chain();
    let own = chain.first().ok_or(KeyError::NoCertificate)?;
    let state = chain_state(chain, &ring.roots()?).ok_or(KeyError::NoCertificate)?;
    Ok(About {
        kind: own.key_kind().map(pades::KeyKind::as_str),
        subject: own.subject(),
        issuer: own.issuer(),
        serial: own.serial(),
        from: own.validity().from,
        until: own.validity().until,
        chain: chain.iter().map(pades::Certificate::subject).collect(),
        complete: state.complete,
        ends_first: state.ends_first,
    })
}

/// Prints the keys; the gravest exit code is the command's.
fn print(args: &Args, ring: &Ring, rows: &[Row]) -> anyhow::Result<Exit> {
    if args.json {
        output::json(&rows)?;
    } else {
        let tongue = Tongue::of_terminal();
        rows.iter().for_each(|row| print_row(row, tongue, &ring.timezone()));
    }
    Ok(rows.iter().map(|row| row.exit).find(|exit| *exit != Exit::Done).unwrap_or(Exit::Done))
}

fn print_row(row: &Row, tongue: Tongue, timezone: &TimeZone) {
    let says = match (&row.about, row.signs) {
        (Some(_), Some(true)) => tongue.pick("✔ 可簽章", "✔ signs"),
        (Some(_), _) => tongue.pick("✔ 可開啟", "✔ opens"),
        (None, _) => tongue.pick("✘ 無法使用", "✘ can't be used"),
    };
    output::line(&format!("{says}  {}", row.key));
    if let (Some(zh), Some(en)) = (&row.error_zh, &row.error_en) {
        output::line(&format!("    {}", tongue.pick(zh, en)));
    }
    let Some(about) = &row.about else { return };
    let missing = tongue.pick("缺少上層憑證", "a link is missing");
    let whole = tongue.pick("完整", "whole");
    let time = |at| shown::time(at, timezone);
    for (label, value) in [
        (tongue.pick("種類", "kind"), about.kind.unwrap_or("?").to_owned()),
        (tongue.pick("主體", "subject"), about.subject.clone()),
        (tongue.pick("簽發者", "issuer"), about.issuer.clone()),
        (tongue.pick("序號", "serial"), about.serial.clone()),
        (tongue.pick("有效自", "from"), time(about.from)),
        (tongue.pick("有效至", "until"), time(about.until)),
        (tongue.pick("憑證鏈", "chain"), if about.complete { whole } else { missing }.to_owned()),
        (tongue.pick("鏈中最早到期", "first to end"), time(about.ends_first)),
    ] {
        output::line(&format!("    {label}: {value}"));
    }
}
