//! `init`: a home that works at once.

use anyhow::Context;
use clap::Args as ClapArgs;
use jiff::{Timestamp, ToSpan};
use pades::KeyKind;
use pades::Validity;
use pades::trial::TrialRequest;
use sealpress_config::{Home, QueueUrl};
use serde_json::json;
use std::fs::{DirBuilder, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use uuid::Uuid;

use crate::cli::Args;
use crate::exit::{Exit, WrongUse};
use crate::output;
use crate::web;

/// Lies beside a key that was made for trying things out.
pub(crate) const TRIAL_MARKER: &str = "school.trial";

const SCHOOL: [&str; 2] = ["國立範例科技大學", "國立範例科技大學 試用金鑰（不具效力）"];

const TRIAL_TEXT: &str = "\
school.p12 是安裝時自動產生的試用金鑰，簽出的證書不具任何效力。換上學校的金鑰後，請刪除本檔案。
school.p12 is a trial key made at the set-up; what it signs is worth nothing. Delete this file when
the school's own key is in its place.
";

#[derive(Debug, ClapArgs)]
pub(crate) struct Init {
    /// The folder; made where it is missing.
    dir: PathBuf,
}

pub(crate) async fn run(args: &Args, init: &Init) -> anyhow::Result<Exit> {
    let home = Home::new(&init.dir);
    let made = home.clone();
    tokio::task::spawn_blocking(move || make(&made, None, Timestamp::now())).await??;
    if args.json {
        output::json(&json!({ "home": home.root() }))?;
    } else {
        output::line(&home.root().display().to_string());
        output::say(
            "A home with a sample school and a trial key. Next: sealpress --home DIR doctor",
        );
    }
    Ok(Exit::Done)
}

/// Makes a home: folders, the sample school, and a trial key drawn now. Blocking.
pub(crate) fn make(home: &Home, queue: Option<&QueueUrl>, now: Timestamp) -> anyhow::Result<()> {
    if home.settings_file().exists() {
        let there = home.root().display();
        return Err(
            WrongUse(format!("{there} is a Sealpress home already; nothing was changed")).into()
        );
    }
    for (folder, mode) in [
        ("", 0o750),
        ("layouts", 0o750),
        ("assets", 0o750),
        ("mail", 0o750),
        ("keys", 0o700),
        ("inbox", 0o770),
        ("inbox/done", 0o750),
        ("inbox/failed", 0o750),
        ("inbox/duplicate", 0o750),
        ("work", 0o750),
        ("archive", 0o750),
        ("outbox", 0o750),
    ] {
        let path = home.root().join(folder);
        DirBuilder::new()
            .recursive(true)
            .mode(mode)
            .create(&path)
            .with_context(|| format!("{} can't be made", path.display()))?;
    }
    trial_key(home, now)?;
    // The configuration comes last: a home that was begun and not finished can be begun again.
    let (settings, others): (Vec<_>, Vec<_>) =
        sealpress_config::defaults::files().iter().partition(|(path, _)| *path == "sealpress.yaml");
    for (path, bytes) in others {
        write(&home.root().join(path), bytes, 0o640)?;
    }
    for (path, bytes) in settings {
        write(&home.root().join(path), &with_queue(bytes, queue)?, 0o640)?;
    }
    Ok(())
}

/// The configuration, with another queue where one was asked for.
fn with_queue(bytes: &[u8], queue: Option<&QueueUrl>) -> anyhow::Result<Vec<u8>> {
    let Some(queue) = queue else { return Ok(bytes.to_vec()) };
    let text: Vec<String> =
        std::str::from_utf8(bytes)?
            .lines()
            .map(|line| {
                if line.starts_with("queue:") { format!("queue: {queue}") } else { line.to_owned() }
            })
            .collect();
    Ok((text.join("\n") + "\n").into_bytes())
}

fn trial_key(home: &Home, now: Timestamp) -> anyhow::Result<()> {
    let [organization, common_name] = SCHOOL.map(str::to_owned);
    let until = now.checked_add((24 * 365 * 2).hours())?;
    let request = TrialRequest {
        organization,
        common_name,
        validity: Validity { from: now.checked_sub(1.hour())?, until },
        serial: Uuid::new_v4().into_bytes(),
        key: KeyKind::P256,
    };
    let password = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
    let key = pades::trial::make(&request, &password)?;
    let keys = home.keys();
    write(&keys.join("school.p12"), &key.pkcs12, 0o600)?;
    write(&keys.join("school.password"), password.as_bytes(), 0o600)?;
    write(&keys.join("school.pem"), key.certificate.to_pem()?.as_bytes(), 0o644)?;
    let [https, https_key] = web::tls::trial()?;
    write(&keys.join("https.key"), https_key.as_bytes(), 0o600)?;
    write(&keys.join("https.crt"), https.as_bytes(), 0o644)?;
    write(&keys.join(TRIAL_MARKER), TRIAL_TEXT.as_bytes(), 0o644)
}

fn write(path: &Path, bytes: &[u8], mode: u32) -> anyhow::Result<()> {
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(mode)
        .open(path)
        .and_then(|mut file| file.write_all(bytes))
        .with_context(|| format!("{} can't be written", path.display()))
}
