//! The stage whole: from a certificate to a file, or to a relay that answers by script.

mod encrypted;
mod messages;
mod recalls;
mod relay;
mod relayed;

use jiff::Timestamp;
use sealpress_config::{ArchiveUrl, Kind, Language, defaults};
use sealpress_ledger::{
    ArchivedFile, Certified, Progress, Purpose, RouteTaken, SendingId, SendingState, Sha256Hash,
    Status,
};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;
use tempfile::TempDir;

use super::*;
use crate::archive::Archive;

/// Bytes of every value, so that an encoding which loses one is found out.
fn pdf() -> Vec<u8> {
    let bytes: Vec<u8> = (0..=255).cycle().take(5000).collect();
    [b"%PDF-1.7\n".as_slice(), &bytes].concat()
}

/// A home with the sample school whose section `mail` is changed.
struct School {
    folder: TempDir,
}

impl School {
    fn new(changes: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (path, bytes) in defaults::files() {
            let at = folder.path().join(path);
            fs::create_dir_all(at.parent().unwrap()).unwrap();
            fs::write(at, bytes).unwrap();
        }
        let file = folder.path().join("sealpress.yaml");
        let mut text = fs::read_to_string(&file).unwrap();
        for (from, to) in changes {
            assert!(text.contains(from), "{from}");
            text = text.replacen(from, to, 1);
        }
        fs::write(file, text).unwrap();
        fs::create_dir(folder.path().join("archive")).unwrap();
        Self { folder }
    }

    /// A file that its owner alone may read.
    fn put_secret(&self, path: &str, text: &str) {
        fs::create_dir_all(self.at(path).parent().unwrap()).unwrap();
        fs::write(self.at(path), text).unwrap();
        fs::set_permissions(self.at(path), fs::Permissions::from_mode(0o600)).unwrap();
    }

    fn home(&self) -> Home {
        Home::new(self.folder.path())
    }

    fn at(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn email(&self) -> Result<Email, EmailError> {
        let (settings, _) = sealpress_config::load(&self.home()).unwrap();
        Email::prepare(&self.home(), &settings)
    }

    /// Mails a certificate of this kind under this sending.
    async fn mail(&self, email: &Email, sending: &Sending) -> Result<Accepted, StageError> {
        self.mail_kind(email, sending, Kind::First).await
    }

    async fn mail_kind(
        &self,
        email: &Email,
        sending: &Sending,
        kind: Kind,
    ) -> Result<Accepted, StageError> {
        let (certificate, archived) = self.archived(kind).await;
        email.run(&certificate, (Letter::Certificate(archived), sending.clone())).await
    }

    async fn archived(&self, kind: Kind) -> (Certificate, Archived) {
        let url = ArchiveUrl::Folder("archive".into());
        let clock: sealpress_ledger::Clock = Arc::new(at);
        let archive = Archive::new(&self.home(), &url, TimeZone::UTC, clock);
        let mut certificate = certificate(kind);
        let path = archive.place(&certificate);
        archive.folder().keep(&path, pdf()).unwrap();
        let bytes = pdf().len() as u64;
        let file = ArchivedFile { path, hash: Sha256Hash::of(&pdf()), bytes, at: at() };
        certificate.archived = Some(file);
        let archived = archive.take(&certificate).await.unwrap();
        (certificate, archived)
    }
}

fn at() -> Timestamp {
    "2026-06-15T08:30:00Z".parse().unwrap()
}

fn certificate(kind: Kind) -> Certificate {
    Certificate {
        id: "0197a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b".parse().unwrap(),
        certified: Certified {
            student_no: "B11012345".into(),
            name_zh: Some("王大明".into()),
            name_en: Some("WANG, Da-Ming".into()),
            programme: "資訊工程學系".into(),
            degree: "工學士".into(),
            college: None,
            kind,
            language: Language::Zh,
            certificate_no: "範科大學字第1140001號".into(),
            issued_on: None,
        },
        status: Status::Issued,
        progress: Progress::At(config::Stage::Email),
        waiting_for: None,
        approval: None,
        token: "0123456789abcdef0123456789abcdef".into(),
        drop_name: "B11012345_zh_first.pdf".into(),
        drop_hash: Sha256Hash::of(b""),
        accepted_at: at(),
        archived: None,
        supersedes: None,
        attempts: 1,
        due_at: at(),
        first_tried_at: None,
        handed_on: None,
        last_error: None,
    }
}

const SENDING: &str = "0197a1b2-0000-7e4f-8a5b-6c7d8e9f0a1b";

fn sending(to: &str) -> Sending {
    let id: SendingId = SENDING.parse().unwrap();
    Sending {
        id,
        certificate: certificate(Kind::First).id,
        purpose: Purpose::Certificate,
        route: RouteTaken::Personal,
        to: to.into(),
        message_id: Some(format!("<{SENDING}@example.edu.tw>")),
        created_at: at(),
        state: SendingState::Queued,
    }
}

/// What another maker's Python says of the files in `arguments`.
fn python(program: &str, script: &str, arguments: &[&str]) -> String {
    let output = Command::new(program)
        .args(["-c", script])
        .args(arguments)
        .output()
        .unwrap_or_else(|error| panic!("{program}: {error}; run tests/setup.sh"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
