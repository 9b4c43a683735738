//! Filing: a drop's files leave `work/` for `done/`, `failed/` or `duplicate/`, once the ledger
//! says where. Running it again finishes what a crash left half done.

use rustix::fs::{CWD, RenameFlags, renameat_with};
use sealpress_config::{Home, Settings};
use sealpress_faults as faults;
use sealpress_ledger::{
    Certificate, CertificateId, EventKind, Ledger, LedgerError, Progress, Reason, Refusal,
    RefusalFolder, Status,
};
use serde_json::json;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::claim::Claimed;
use crate::names::stem;
use crate::regular::{self, sync_folder};

/// The folder of drops whose certificate is closed.
pub(crate) const DONE: &str = "done";
/// No reason file of ours is larger.
const LARGEST_REASON: u64 = 64 * 1024;

/// The files could not be moved. They are where they were; it is tried again.
#[derive(Debug, thiserror::Error)]
pub enum FilingError {
    /// The ledger does not answer.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A folder can't be written.
    #[error(
        "the files of a drop can't be moved out of work/ ({0}); check permissions and the disk, it is tried again"
    )]
    Folder(#[from] io::Error),
}

/// Files a drop where the ledger says its way ended. One that is still on its way stays.
///
/// # Errors
/// [`FilingError`]; what was not moved is moved by the next call.
pub async fn file_away(
    home: &Home,
    settings: &Settings,
    ledger: &Ledger,
    id: CertificateId,
) -> Result<(), FilingError> {
    let folder = home.work().join(id.to_string());
    let inbox = home.resolve(&settings.inbox.path);
    let refusal = match ledger.certificate(id).await? {
        Some(one) if one.progress != Progress::Closed => return Ok(()),
        Some(one) if one.status != Status::Rejected => None,
        Some(one) => Some(rejection(ledger, one).await?),
        None => match ledger.refusal(id).await? {
            None => return Ok(()),
            refusal => refusal,
        },
    };
    let moved = tokio::task::spawn_blocking(move || match refusal {
        Some(refusal) => refused(&folder, &inbox.join(refusal.folder.as_str()), &refusal),
        None => done(&folder, &inbox.join(DONE)),
    });
    Ok(moved.await.map_err(io::Error::other)??)
}

/// The refusal of a certificate that a stage or a person rejected after it was accepted.
async fn rejection(ledger: &Ledger, one: Certificate) -> Result<Refusal, LedgerError> {
    let events = ledger.events_of(one.id).await?;
    let refused = events.iter().rev().find(|event| event.kind == EventKind::Refused.as_str());
    let stage = refused.and_then(|event| event.detail["stage"].as_str()).unwrap_or("person");
    Ok(Refusal {
        id: one.id,
        drop_name: one.drop_name,
        drop_hash: Some(one.drop_hash),
        folder: RefusalFolder::Failed,
        stage: stage.to_owned(),
        reason: one.last_error.unwrap_or_else(unknown),
        at: refused.map_or(one.accepted_at, |event| event.at),
    })
}

/// A certificate that was rejected before reasons were kept.
fn unknown() -> Reason {
    Reason::new(
        "rejected",
        ["此件已退件。", "It was refused."],
        ["請重新投件。", "Drop the file again."],
    )
}

fn done(folder: &Path, target: &Path) -> io::Result<()> {
    let Some(claimed) = claimed(folder)? else { return Ok(()) };
    let Some(name) = claimed.name() else { return remove(folder) };
    let name = free_stem(target, stem(&name), |taken| target.join(format!("{taken}.pdf")).exists());
    faults::around("done", || move_all(&claimed, target, &name))?;
    remove(folder)
}

fn refused(folder: &Path, target: &Path, refusal: &Refusal) -> io::Result<()> {
    let Some(claimed) = claimed(folder)? else { return Ok(()) };
    let wanted = claimed
        .name()
        .or_else(|| claimed.sidecars.first()?.file_name()?.to_str().map(str::to_owned));
    let Some(wanted) = wanted else { return remove(folder) };
    let name = free_stem(target, stem(&wanted), |taken| {
        let reason = target.join(format!("{taken}.error.json"));
        let others = !is_ours(&reason, refusal.id);
        (reason.exists() || target.join(format!("{taken}.pdf")).exists()) && others
    });
    // First the reason, last the PDF: whoever sees the file sees why it is there.
    let json = reason_json(refusal).to_string() + "\n";
    faults::around("reason", || write(target, &format!("{name}.error.json"), &json))?;
    write(target, &format!("{name}.error.txt"), &reason_text(refusal))?;
    faults::around("refusal", || move_all(&claimed, target, &name))?;
    remove(folder)
}

/// The content of `NAME.error.json`. A contract: keys are added, never renamed.
fn reason_json(refusal: &Refusal) -> serde_json::Value {
    let reason = &refusal.reason;
    json!({
        "code": reason.code,
        "stage": refusal.stage,
        "message_zh": reason.message_zh,
        "message_en": reason.message_en,
        "hint_zh": reason.hint_zh,
        "hint_en": reason.hint_en,
        "sha256": refusal.drop_hash,
        "at": refusal.at,
        "id": refusal.id,
    })
}

fn reason_text(refusal: &Refusal) -> String {
    let reason = &refusal.reason;
    format!(
        "{}\n\n{}\n{}\n\n{}\n{}\n\n{} / {} / {}\n",
        refusal.drop_name,
        reason.message_zh,
        reason.hint_zh,
        reason.message_en,
        reason.hint_en,
        reason.code,
        refusal.stage,
        refusal.at,
    )
}

fn is_ours(reason: &Path, id: CertificateId) -> bool {
    // Whoever drops can write here too: what lies here may be a link or a pipe.
    regular::read(reason, LARGEST_REASON)
        .ok()
        .flatten()
        .and_then(|bytes| serde_json::from_slice::<serde_json::Value>(&bytes).ok())
        .is_some_and(|json| json["id"] == id.to_string())
}

fn claimed(folder: &Path) -> io::Result<Option<Claimed>> {
    match Claimed::read(folder) {
        Ok(claimed) => Ok(Some(claimed)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The stem itself, or with `~2`, `~3` … where it is taken.
fn free_stem(target: &Path, stem: &str, taken: impl Fn(&str) -> bool) -> String {
    let _ = fs::create_dir_all(target);
    let names = std::iter::once(stem.to_owned()).chain((2..).map(|n| format!("{stem}~{n}")));
    names.into_iter().find(|name| !taken(name)).unwrap_or_else(|| stem.to_owned())
}

fn move_all(claimed: &Claimed, target: &Path, name: &str) -> io::Result<()> {
    for sidecar in &claimed.sidecars {
        let ending = sidecar.extension().and_then(|ending| ending.to_str()).unwrap_or("yaml");
        faults::around("move", || move_to(sidecar, target, name, ending))?;
    }
    if let Some(pdf) = &claimed.pdf {
        faults::around("move", || move_to(pdf, target, name, "pdf"))?;
    }
    sync_folder(target)
}

/// Moves a file, and never replaces one.
fn move_to(from: &Path, target: &Path, name: &str, ending: &str) -> io::Result<()> {
    let free = |path: &PathBuf| fs::symlink_metadata(path).is_err();
    let to = std::iter::once(target.join(format!("{name}.{ending}")))
        .chain((2..).map(|n| target.join(format!("{name}~{n}.{ending}"))))
        .find(free)
        .unwrap_or_else(|| target.join(format!("{name}.{ending}")));
    match renameat_with(CWD, from, CWD, &to, RenameFlags::NOREPLACE) {
        // Some file systems (NFS) can't promise it; the name was free a moment ago.
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => fs::rename(from, &to),
        other => other.map_err(io::Error::from),
    }
}

fn write(target: &Path, name: &str, text: &str) -> io::Result<()> {
    let unfinished = target.join(format!(".{name}.tmp"));
    // A crash may have left it, or somebody put a link there: a new file takes its place.
    fs::remove_file(&unfinished).ok();
    let mut file = File::create_new(&unfinished)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(unfinished, target.join(name))
}

/// Removes a drop's folder, with what lanes handed on to each other.
fn remove(folder: &Path) -> io::Result<()> {
    match faults::around("tidy", || fs::remove_dir_all(folder)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drop_is_done_under_its_name_or_the_next_free_one() {
        let home = tempfile::tempdir().unwrap();
        let (work, target) = (home.path().join("work"), home.path().join("done"));
        for (round, names) in [["a.yaml", "a.pdf"], ["a~2.yaml", "a~2.pdf"]].iter().enumerate() {
            // A crash may have been before, between and after the moves.
            for moved in 0..=names.len() {
                fs::remove_dir_all(&target).ok();
                fs::create_dir_all(&target).unwrap();
                fs::create_dir_all(&work).unwrap();
                if round == 1 {
                    fs::write(target.join("a.pdf"), "another").unwrap();
                }
                fs::write(work.join("handed-on.part"), "of a lane").unwrap();
                for (at, name) in names.iter().enumerate() {
                    let lies = if at < moved {
                        target.join(name)
                    } else {
                        work.join(["a.yaml", "a.pdf"][at])
                    };
                    fs::write(lies, name).unwrap();
                }
                done(&work, &target).unwrap();
                done(&work, &target).unwrap();
                for name in names {
                    assert_eq!(fs::read_to_string(target.join(name)).unwrap(), *name);
                }
                assert_eq!(fs::read_dir(&target).unwrap().count(), 2 + round);
                assert!(!work.exists());
            }
        }
    }
}
