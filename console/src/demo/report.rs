//! What came of the demo: everything accounted for, everything verified, and where it lies.

use sealpress_ledger::{CertificateFilter, Status};
use serde::Serialize;
use std::path::PathBuf;
use std::time::Duration;

use super::plan::Plan;
use crate::cli::{Args, audit, status};
use crate::exit::Exit;
use crate::opened::Opened;
use crate::output;
use crate::verdict::Judge;

/// The demo's result. The JSON is a contract: keys are added, never renamed.
#[derive(Debug, Serialize)]
struct Result {
    drops: u64,
    /// Certificates that were issued; reissues and renames have superseded some of them since.
    issued: u64,
    refused: u64,
    duplicates: u64,
    mailed: u64,
    /// Archived files whose signature, digest and standing in the ledger were checked and agree.
    verified: u64,
    findings: u64,
    seconds: f64,
    home: PathBuf,
}

pub(super) async fn run(
    args: &Args,
    opened: &Opened,
    plan: &Plan,
    took: Duration,
) -> anyhow::Result<Exit> {
    let status = status::look(opened, status::PATIENCE).await?;
    let certificates = opened.ledger.certificates(&CertificateFilter::default()).await?;
    let issued: Vec<_> = certificates.iter().filter(|one| one.archived.is_some()).collect();
    let preview = opened.preview();
    let judge = Judge::new(opened, preview).await?;
    let mut verified = 0;
    for one in &issued {
        let Some(file) = &one.archived else { continue };
        let bytes = tokio::fs::read(opened.home.resolve("archive").join(&file.path)).await?;
        let judged = judge.judge(bytes, (opened.clock)()).await?;
        let expected = if one.status == Status::Issued { "valid" } else { "not_latest" };
        verified += u64::from(judged.verdict == expected);
    }
    let (_, findings) = audit::look(opened).await?;
    let result = Result {
        drops: plan.drops() as u64,
        issued: issued.len() as u64,
        refused: status.refused,
        duplicates: status.duplicates,
        mailed: status.mailed,
        verified,
        findings: findings.len() as u64,
        seconds: took.as_secs_f64(),
        home: opened.home.root().to_owned(),
    };
    let latest = issued.iter().find_map(|one| one.archived.as_ref()).map(|file| file.path.clone());
    let picture = match latest {
        Some(path) => render(opened, &path).await,
        None => None,
    };
    if args.json {
        output::json(&result)?;
    } else {
        print(&result, opened, picture.as_ref());
    }
    Ok(if result.adds_up() { Exit::Done } else { Exit::Finding })
}

impl Result {
    /// Every drop has its end, everything issued is mailed and verified, and the audit is clean.
    const fn adds_up(&self) -> bool {
        self.issued + self.refused + self.duplicates == self.drops
            && self.mailed == self.issued
            && self.verified == self.issued
            && self.findings == 0
    }
}

/// One certificate as a picture.
async fn render(opened: &Opened, path: &str) -> Option<PathBuf> {
    let pdf = tokio::fs::read(opened.home.resolve("archive").join(path)).await.ok()?;
    let preview = opened.preview();
    let png = preview.picture(&pdf, 1170).await.ok()?;
    let file = opened.home.resolve("certificate.png");
    tokio::fs::write(&file, png).await.ok()?;
    Some(file)
}

fn print(result: &Result, opened: &Opened, picture: Option<&PathBuf>) {
    output::line(&format!(
        "{} drops in {:.1} s: {} issued, {} refused, {} duplicates; {} mailed, {} verified, {} findings",
        result.drops,
        result.seconds,
        result.issued,
        result.refused,
        result.duplicates,
        result.mailed,
        result.verified,
        result.findings
    ));
    output::line("");
    let home = opened.home.root().display();
    for (what, place) in [
        ("certificates 證書", "archive/"),
        ("mails 郵件", "outbox/"),
        ("refused 退件", "inbox/failed/"),
        ("duplicates 重複", "inbox/duplicate/"),
        ("done 完成", "inbox/done/"),
    ] {
        output::line(&format!("  {what:<16} {home}/{place}"));
    }
    if let Some(picture) = picture {
        output::line(&format!("  {:<16} {}", "picture 圖", picture.display()));
    }
    output::line("");
    output::line(&format!("Next: sealpress --home {home} cert list"));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result() -> Result {
        Result {
            drops: 12,
            issued: 9,
            refused: 2,
            duplicates: 1,
            mailed: 9,
            verified: 9,
            findings: 0,
            seconds: 1.0,
            home: PathBuf::new(),
        }
    }

    #[test]
    fn nothing_may_be_unaccounted_for() {
        assert!(result().adds_up());
        assert!(!Result { issued: 8, ..result() }.adds_up());
        assert!(!Result { mailed: 8, ..result() }.adds_up());
        assert!(!Result { verified: 8, ..result() }.adds_up());
        assert!(!Result { findings: 1, ..result() }.adds_up());
    }
}
