//! `verify`: whether files are genuine certificates in force.

use anyhow::Context;
use clap::Args as ClapArgs;
use jiff::Timestamp;
use pades::{Trust, Verdict};
use sealpress_ledger::{Certificate, Ledger, LedgerError, Sha256Hash, Status};
use serde::Serialize;
use std::path::PathBuf;

use crate::cli::Args;
use crate::exit::{Exit, WrongUse};
use crate::opened::Opened;
use crate::output;
use crate::tongue::Tongue;

#[derive(Debug, ClapArgs)]
pub(crate) struct Verify {
    /// The files.
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

/// What a file is. The JSON is a contract: keys are added, never renamed.
#[derive(Debug, Serialize)]
pub(crate) struct Judgement {
    /// `valid`, `not_latest` or `not_valid`.
    pub(crate) verdict: &'static str,
    pub(crate) checks: Vec<Line>,
    pub(crate) certificate_no: Option<String>,
    pub(crate) status: Option<&'static str>,
    signer: Option<String>,
    signed_at: Option<Timestamp>,
    sha256: String,
}

/// One check.
#[derive(Debug, Serialize)]
pub(crate) struct Line {
    code: &'static str,
    pub(crate) passed: bool,
    message_zh: String,
    message_en: String,
}

#[derive(Serialize)]
struct OfFile {
    file: String,
    #[serde(flatten)]
    judgement: Judgement,
}

pub(crate) async fn run(args: &Args, opened: &Opened, verify: &Verify) -> anyhow::Result<Exit> {
    let trust = trust(opened).await?;
    let mut judged = Vec::new();
    for file in &verify.files {
        let bytes = tokio::fs::read(file)
            .await
            .map_err(|error| WrongUse(format!("{} can't be read: {error}", file.display())))?;
        let judgement = judge(&opened.ledger, &trust, bytes, (opened.clock)()).await?;
        judged.push(OfFile { file: file.display().to_string(), judgement });
    }
    let all_valid = judged.iter().all(|one| one.judgement.verdict == "valid");
    if args.json {
        output::json(&judged)?;
    } else {
        judged.iter().for_each(|one| print(one, Tongue::of_terminal()));
    }
    Ok(if all_valid { Exit::Done } else { Exit::Finding })
}

/// The certificates that the configuration trusts.
pub(crate) async fn trust(opened: &Opened) -> anyhow::Result<Trust> {
    let mut roots = Vec::new();
    for path in &opened.settings.sign.trust {
        let path = opened.home.resolve(path);
        let pem = tokio::fs::read_to_string(&path).await.map_err(|error| {
            WrongUse(format!("sign.trust: {} can't be read: {error}", path.display()))
        })?;
        roots.extend(
            pades::Certificate::from_pem(&pem)
                .with_context(|| format!("sign.trust: {} holds no certificate", path.display()))?,
        );
    }
    Ok(Trust::new(roots))
}

/// Judges a file by its signature and by the ledger.
pub(crate) async fn judge(
    ledger: &Ledger,
    trust: &Trust,
    bytes: Vec<u8>,
    now: Timestamp,
) -> anyhow::Result<Judgement> {
    let trust = trust.clone();
    let (hash, signature) = tokio::task::spawn_blocking(move || {
        (Sha256Hash::of(&bytes), pades::verify(&bytes, &trust, now))
    })
    .await?;
    let known = known(ledger, hash).await?;
    let mut checks: Vec<Line> = signature
        .checks
        .iter()
        .map(|check| Line {
            code: check.code.as_str(),
            passed: check.passed,
            message_zh: check.message_zh.into(),
            message_en: check.message_en.into(),
        })
        .collect();
    checks.push(in_ledger(known.as_ref()));
    let genuine = signature.verdict == Verdict::Valid && known.is_some();
    let mut verdict = if genuine { "valid" } else { "not_valid" };
    if let Some(certificate) = &known {
        let (line, standing) = in_force(certificate.status);
        checks.push(line);
        if genuine {
            verdict = standing;
        }
    }
    Ok(Judgement {
        verdict,
        checks,
        certificate_no: known.as_ref().map(|known| known.certified.certificate_no.clone()),
        status: known.as_ref().map(|known| known.status.as_str()),
        signer: signature.signer.as_ref().map(pades::Certificate::subject),
        signed_at: signature.signed_at,
        sha256: hash.to_string(),
    })
}

async fn known(ledger: &Ledger, hash: Sha256Hash) -> Result<Option<Certificate>, LedgerError> {
    ledger.by_archive_hash(hash).await
}

fn in_ledger(known: Option<&Certificate>) -> Line {
    let passed = known.is_some();
    let (zh, en) = if passed {
        (
            "此檔案與本校登錄簿所記載的證書檔案完全相同",
            "the file is, byte for byte, one that this school issued",
        )
    } else {
        ("本校登錄簿中沒有這個檔案", "the school's ledger does not know this file")
    };
    Line { code: "ledger", passed, message_zh: zh.into(), message_en: en.into() }
}

/// Whether it is in force, and what that makes of a genuine file.
fn in_force(status: Status) -> (Line, &'static str) {
    let (passed, zh, en, standing) = match status {
        Status::Issued => (true, "此證書目前有效", "the certificate is in force", "valid"),
        Status::Superseded => (
            false,
            "此證書已由較新的證書取代（補發或更名）",
            "a newer certificate (reissue or rename) took its place",
            "not_latest",
        ),
        Status::Recalled => (
            false,
            "此證書因誤發已由學校收回",
            "the school recalled the certificate as mis-issued",
            "not_valid",
        ),
        Status::Revoked => {
            (false, "此證書已由教育部撤銷", "the ministry revoked the certificate", "not_valid")
        }
        Status::Pending | Status::Rejected => {
            (false, "此證書未完成發證", "the certificate was not issued", "not_valid")
        }
    };
    (Line { code: "in_force", passed, message_zh: zh.into(), message_en: en.into() }, standing)
}

fn print(one: &OfFile, tongue: Tongue) {
    let judgement = &one.judgement;
    let verdict = match judgement.verdict {
        "valid" => tongue.pick("✔ 有效", "✔ valid"),
        "not_latest" => tongue.pick("! 真實但非最新版本", "! genuine, but not the latest version"),
        _ => tongue.pick("✘ 無效", "✘ not valid"),
    };
    output::line(&format!("{verdict}  {}", one.file));
    for check in &judgement.checks {
        let mark = if check.passed { "✔" } else { "✘" };
        output::line(&format!("  {mark} {}", tongue.pick(&check.message_zh, &check.message_en)));
    }
}
