//! `audit`: every archived file's hash and signature, the history's chain, and orphans.

use jiff::SignedDuration;
use pades::Trust;
use sealpress_config::ArchiveUrl;
use sealpress_ledger::{Certificate, CertificateId, Finding, LedgerError, Sha256Hash, Status};
use sealpress_stages::archive::Folder;
use serde_json::json;
use std::collections::BTreeSet;

use crate::cli::Args;
use crate::exit::Exit;
use crate::opened::Opened;
use crate::output;
use crate::tongue::Tongue;
use crate::verdict;

/// Certificates read from the ledger in one go.
const PAGE: u32 = 500;

pub(crate) async fn run(args: &Args, opened: &Opened) -> anyhow::Result<Exit> {
    let (checked, findings) = look(opened).await?;
    if args.json {
        output::json(&json!({ "checked": checked, "findings": findings }))?;
    } else {
        let tongue = Tongue::of_terminal();
        for finding in &findings {
            let whose = finding.certificate.map(|id| format!("{id}: ")).unwrap_or_default();
            output::line(&format!(
                "✘ {whose}{}",
                tongue.pick(&finding.message_zh, &finding.message_en)
            ));
        }
        output::line(&match tongue {
            Tongue::Zh => format!("已檢查 {checked} 份歸檔證書，{} 項異常。", findings.len()),
            Tongue::En => {
                format!("{checked} archived certificates checked, {} findings.", findings.len())
            }
        });
    }
    Ok(if findings.is_empty() { Exit::Done } else { Exit::Finding })
}

/// Looks at everything. Returns how many archived files there were, and what is not as it must be.
pub(crate) async fn look(opened: &Opened) -> anyhow::Result<(usize, Vec<Finding>)> {
    let ArchiveUrl::Folder(path) = &opened.settings.archive;
    let folder = Folder::new(opened.home.resolve(path));
    let trust = verdict::trusted(opened).await?.trust();
    let mut findings = opened.ledger.check_events().await?;
    let mut paths = BTreeSet::new();
    let mut after = None;
    loop {
        let page = opened.ledger.archived_after(after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        paths.extend(
            page.iter().filter_map(|one| one.archived.as_ref().map(|file| file.path.clone())),
        );
        findings.extend(check_files(&folder, &trust, page, (opened.clock)()).await?);
    }
    findings.extend(issued_without_event(opened).await?);
    findings.extend(orphans(opened, folder, &paths).await?);
    Ok((paths.len(), findings))
}

/// Hash and signature of each file, on all cores.
async fn check_files(
    folder: &Folder,
    trust: &Trust,
    page: Vec<Certificate>,
    now: jiff::Timestamp,
) -> anyhow::Result<Vec<Finding>> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let share = page.len().div_ceil(cores).max(1);
    let mut checking = tokio::task::JoinSet::new();
    for part in page.chunks(share) {
        let (folder, trust, part) = (folder.clone(), trust.clone(), part.to_vec());
        checking.spawn_blocking(move || {
            part.iter().filter_map(|one| check_file(&folder, &trust, one, now)).collect::<Vec<_>>()
        });
    }
    let mut findings = Vec::new();
    while let Some(found) = checking.join_next().await {
        findings.extend(found?);
    }
    Ok(findings)
}

fn check_file(
    folder: &Folder,
    trust: &Trust,
    certificate: &Certificate,
    now: jiff::Timestamp,
) -> Option<Finding> {
    let file = certificate.archived.as_ref()?;
    let (id, path) = (Some(certificate.id), &file.path);
    let bytes = match folder.read(path) {
        Ok(bytes) => bytes,
        Err(error) => {
            return Some(finding(
                "file_missing",
                id,
                format!("檔案庫中的 {path} 無法讀取（{error}）；請從備份還原。"),
                format!("{path} in the archive can't be read ({error}); restore it from a backup."),
            ));
        }
    };
    if Sha256Hash::of(&bytes) != file.hash {
        return Some(finding(
            "hash_differs",
            id,
            format!("檔案庫中的 {path} 與登錄簿的雜湊值不符；請從備份還原。"),
            format!(
                "{path} in the archive is not the file that the ledger recorded; restore it from a backup."
            ),
        ));
    }
    let verification = pades::verify(&bytes, trust, verdict::proven_at(certificate, now));
    if verification.certifies(pades::Profile::BB) {
        return None;
    }
    let [zh, en] = verification
        .first_failure()
        .map_or(["簽章無效", "the signature is not valid"], |check| {
            [check.message_zh, check.message_en]
        });
    Some(finding(
        "signature_not_valid",
        id,
        format!("{path} 的簽章未通過驗證：{zh}。"),
        format!("The signature of {path} does not verify: {en}."),
    ))
}

/// Whatever is in force must be in the history as issued; whatever is in force must be archived.
async fn issued_without_event(opened: &Opened) -> Result<Vec<Finding>, LedgerError> {
    let orphaned = opened.ledger.issued_without_trace().await?;
    Ok(orphaned
        .into_iter()
        .map(|id| {
            finding(
                "issued_without_trace",
                Some(id),
                "登錄簿記載為有效，但沒有歸檔檔案或發證事件。".into(),
                "The ledger has it in force, but without an archived file or without the event of its issue.".into(),
            )
        })
        .collect())
}

/// Files in the archive that the ledger does not know, and folders in `work/` that nobody needs.
async fn orphans(
    opened: &Opened,
    folder: Folder,
    known: &BTreeSet<String>,
) -> anyhow::Result<Vec<Finding>> {
    let listed = tokio::task::spawn_blocking(move || folder.list()).await?;
    let mut findings = Vec::new();
    for path in listed? {
        if known.contains(&path) || is_under_way(opened, &path).await? {
            continue;
        }
        findings.push(finding(
            "archive_orphan",
            None,
            format!("檔案庫中的 {path} 不在登錄簿中。"),
            format!("{path} lies in the archive, but the ledger does not know it."),
        ));
    }
    let work = opened.home.work();
    let left = tokio::task::spawn_blocking(move || folders(&work)).await?;
    for id in left {
        let closed = opened.ledger.certificate(id).await?;
        let closed = closed.filter(|one| one.progress == sealpress_ledger::Progress::Closed);
        let settled = closed.map(|one| one.archived.map_or(one.accepted_at, |file| file.at));
        // A folder that was just closed may be on its way out.
        let long_ago = settled
            .is_some_and(|at| (opened.clock)().duration_since(at) > SignedDuration::from_mins(10));
        if long_ago {
            findings.push(finding(
                "work_orphan",
                Some(id),
                "此件已結案，但投件檔案仍留在 work 資料夾；監看程式會在下次啟動時歸檔。".into(),
                "It is closed, but its drop still lies in work; the watcher files it at its next start.".into(),
            ));
        }
    }
    Ok(findings)
}

/// Whether a file belongs to a certificate whose archive commit is under way: linked into place,
/// and not yet in the ledger. The next run finds it there.
async fn is_under_way(opened: &Opened, path: &str) -> Result<bool, LedgerError> {
    let stem = path.rsplit('/').next().and_then(|name| name.strip_suffix(".pdf"));
    let Some(id) = stem.and_then(|stem| stem.parse::<CertificateId>().ok()) else {
        return Ok(path.ends_with(".unfinished"));
    };
    Ok(opened.ledger.certificate(id).await?.is_some_and(|one| one.status == Status::Pending))
}

fn folders(work: &std::path::Path) -> Vec<CertificateId> {
    std::fs::read_dir(work)
        .map(|entries| {
            entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
        })
        .unwrap_or_default()
}

fn finding(code: &str, certificate: Option<CertificateId>, zh: String, en: String) -> Finding {
    Finding { code: code.into(), certificate, message_zh: zh, message_en: en }
}
