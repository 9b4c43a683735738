//! A reissue (補證) or a rename (更名) from the desk: the new page lies down in the inbox as the
//! print system would lay it, with a sidecar that says for what it is. From there the way is the
//! same for both.

use sealpress_config::{Home, Kind, Settings};
use sealpress_ledger::{By, Certificate, CertificateId, LedgerError, Reason, Right, Status};
use serde_json::json;
use std::io::{self, Write};
use std::path::Path;
use uuid::Uuid;

use super::{Desk, Person, Undone};

impl Desk {
    /// Gives the inbox a new page for a certificate in force. Returns the name of the drop.
    ///
    /// # Errors
    /// [`Undone`]; nothing lies in the inbox then.
    pub(crate) async fn reissue(
        &self,
        person: &Person,
        by: &By,
        id: CertificateId,
        kind: Kind,
        pdf: &[u8],
    ) -> Result<String, Undone> {
        const WHAT: &str = "reissue";
        self.allowed(person, Right::Reissue, WHAT, Some(id), by).await?;
        let (ledger, now) = (&self.opened.ledger, (self.opened.clock)());
        let earlier = ledger.certificate(id).await?.ok_or(LedgerError::NoCertificate(id))?;
        if let Err(reason) = fits(&self.opened.settings, &earlier, kind, pdf) {
            ledger.act_not_possible(&reason.code, WHAT, id, by, now).await?;
            return Err(LedgerError::NotPossible(reason).into());
        }
        let stem = format!("desk-{}", Uuid::now_v7());
        let drop = format!("{stem}.pdf");
        // First the word of who asked: a page in the inbox that nobody asked for can't be then.
        ledger.reissue_asked(id, &drop, kind, by, now).await?;
        let inbox = inbox(&self.opened.home, &self.opened.settings);
        let (sidecar, pdf) = (sidecar(&earlier, kind), pdf.to_vec());
        let laid = tokio::task::spawn_blocking(move || lay_down(&inbox, &stem, &sidecar, &pdf));
        match laid.await.map_err(io::Error::other).and_then(|laid| laid) {
            Ok(()) => Ok(drop),
            Err(error) => {
                tracing::error!(certificate = %id, %error, "a page from the desk can't be laid in the inbox");
                Err(LedgerError::NotPossible(not_laid()).into())
            }
        }
    }
}

fn inbox(home: &Home, settings: &Settings) -> std::path::PathBuf {
    home.resolve(&settings.inbox.path)
}

/// What can be said at once. The inbox looks at everything again.
fn fits(settings: &Settings, earlier: &Certificate, kind: Kind, pdf: &[u8]) -> Result<(), Reason> {
    let language = earlier.certified.language;
    let flow = settings.flows.iter().any(|flow| flow.kind == kind && flow.language == language);
    if kind == Kind::First || !flow {
        return Err(Reason::new(
            "flow_not_issued",
            [
                format!("本校不辦理{}的{}。", language.zh(), kind.zh()),
                format!("The school issues no {kind} in {language}."),
            ],
            [
                "請選擇其他種類，或洽系統管理人員調整設定。",
                "Choose another kind, or have `flows` changed.",
            ],
        ));
    }
    if earlier.status != Status::Issued {
        return Err(Reason::new(
            "not_in_force",
            [
                "這張證書目前不是有效狀態，不能補證或更名。",
                "The certificate is not in force, so nothing can take its place.",
            ],
            ["請查看這張證書的歷程。", "Look at its history."],
        ));
    }
    sealpress_inbox::preflight::begins_as_pdf(pdf)
}

/// What the new page is for. Who it is for, the roster says.
fn sidecar(earlier: &Certificate, kind: Kind) -> Vec<u8> {
    let one = &earlier.certified;
    json!({ "student_no": one.student_no, "kind": kind, "language": one.language,
        "programme": one.programme, "degree": one.degree })
    .to_string()
    .into_bytes()
}

/// The sidecar first, and each under its name only when it is whole: the inbox takes a page
/// together with what is said about it.
fn lay_down(inbox: &Path, stem: &str, sidecar: &[u8], pdf: &[u8]) -> io::Result<()> {
    for (ending, bytes) in [("json", sidecar), ("pdf", pdf)] {
        let mut file =
            tempfile::Builder::new().prefix(".desk-").suffix(".tmp").tempfile_in(inbox)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist_noclobber(inbox.join(format!("{stem}.{ending}")))
            .map_err(|error| error.error)?;
    }
    Ok(())
}

fn not_laid() -> Reason {
    Reason::new(
        "inbox_not_writable",
        [
            "新的頁面無法放進投件資料夾，沒有送件。",
            "The new page can't be laid in the inbox; nothing was sent.",
        ],
        [
            "請系統管理人員檢查 inbox 的權限與磁碟空間。",
            "Have the permissions of inbox/ and the disk checked.",
        ],
    )
}
