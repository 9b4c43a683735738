//! The life of a certificate after its issue: sent again, handed over, recalled, revoked. Each is
//! one transaction, so that of two people who decide at once the second is told so.

use jiff::Timestamp;
use sealpress_config::{Kind, Stage};
use serde_json::json;
use sqlx::Row;

use super::people::{not_possible, set_going};
use super::recipients::{self, Reach, Recipient};
use super::{Ledger, Tx, millis, sendings};
use crate::{
    By, Certificate, CertificateId, EventKind, Grounds, LedgerError, NewSending, Progress, Purpose,
    Reason, RecallReason, RevokeReason, Route, RouteTaken, Sending, SendingId, Status, WaitingFor,
    is_address,
};

impl Ledger {
    /// The school takes back what it mis-issued (誤發收回): a first issue in force. Whoever mails it
    /// now is fenced off. Where it may have gone out, word of the recall is mailed next; where it
    /// has not, nothing is mailed any more.
    ///
    /// # Errors
    /// [`LedgerError::NotPossible`] when it is no first issue, or not in force: somebody else may
    /// have been faster.
    pub async fn recall(
        &self,
        id: CertificateId,
        grounds: &Grounds<RecallReason>,
        by: &By,
        now: Timestamp,
    ) -> Result<Certificate, LedgerError> {
        let (mut tx, certificate) = self.for_change(id).await?;
        match certificate.certified.kind {
            Kind::First => {}
            Kind::Reissue | Kind::Rename => return Err(only_first_issues()),
        }
        in_force(&mut tx, &certificate).await?;
        let stopped = sendings::stop(&mut tx, id, now).await?;
        let notice = Sending::is_notice_owed(&sendings::of(&mut tx, id).await?);
        end_force(&mut tx, id, Status::Recalled, notice, now).await?;
        let detail = json!({ "reason": grounds.reason, "why": grounds.why, "notice": notice,
            "stopped": stopped });
        self.tell(tx, id, EventKind::Recalled, by, now, detail).await
    }

    /// The ministry revokes a certificate in force (撤銷), of whatever kind. Whoever mails it now is
    /// fenced off, and nothing is mailed any more: the ministry tells the graduate itself.
    ///
    /// # Errors
    /// [`LedgerError::NotPossible`] when it is not in force: somebody else may have been faster.
    pub async fn revoke(
        &self,
        id: CertificateId,
        grounds: &Grounds<RevokeReason>,
        by: &By,
        now: Timestamp,
    ) -> Result<Certificate, LedgerError> {
        let (mut tx, certificate) = self.for_change(id).await?;
        in_force(&mut tx, &certificate).await?;
        let stopped = sendings::stop(&mut tx, id, now).await?;
        end_force(&mut tx, id, Status::Revoked, false, now).await?;
        let detail = json!({ "reason": grounds.reason, "why": grounds.why, "stopped": stopped });
        self.tell(tx, id, EventKind::Revoked, by, now, detail).await
    }

    /// A person asks for a new sending of a certificate in force, recorded now as `new`. One that
    /// failed and waits for a person is given up for it.
    ///
    /// # Errors
    /// [`LedgerError::NotPossible`] when it is not in force, its mail is under way, or there is no
    /// address on this route that exists.
    pub async fn resend(
        &self,
        id: CertificateId,
        by: &By,
        route: &Route,
        new: &NewSending,
        now: Timestamp,
    ) -> Result<Certificate, LedgerError> {
        let (mut tx, certificate) = self.for_change(id).await?;
        in_force(&mut tx, &certificate).await?;
        if certificate.progress != Progress::Closed && !mail_is_stuck(&certificate) {
            return Err(not_possible(
                "under_way",
                [
                    "此證書的郵件尚在寄送流程中，請待寄出後再重寄。",
                    "Its mail is still under way; send it again once it is out.",
                ],
            ));
        }
        let to = recipient(&mut tx, &certificate.certified.student_no, route).await?;
        let stopped = sendings::stop(&mut tx, id, now).await?;
        sendings::record(&mut tx, id, Purpose::Certificate, &to, new, now).await?;
        set_going(&mut tx, id, Some(Stage::Email.as_str()), now).await?;
        let detail = json!({ "sending": new.id, "route": to.route.as_str(), "stopped": stopped });
        self.tell(tx, id, EventKind::ResendAsked, by, now, detail).await
    }

    /// The file of a certificate in force was handed over on campus; `sending` is the id that this
    /// is recorded under. A mail under way goes on; one that failed and waits for a person is given
    /// up, because the graduate has the file now.
    ///
    /// # Errors
    /// [`LedgerError::NotPossible`] when it is not in force.
    pub async fn hand_over(
        &self,
        id: CertificateId,
        by: &By,
        sending: SendingId,
        now: Timestamp,
    ) -> Result<Certificate, LedgerError> {
        let (mut tx, certificate) = self.for_change(id).await?;
        in_force(&mut tx, &certificate).await?;
        if mail_is_stuck(&certificate) {
            sendings::stop(&mut tx, id, now).await?;
            set_going(&mut tx, id, Some(Stage::Log.as_str()), now).await?;
        }
        sqlx::query(
            "INSERT INTO sendings (id, certificate, purpose, route, address, created_at, state,
                answered_at) VALUES (?, ?, 'certificate', ?, '', ?, 'downloaded', ?)",
        )
        .bind(sending.to_string())
        .bind(id.to_string())
        .bind(RouteTaken::Hand.as_str())
        .bind(millis(now))
        .bind(millis(now))
        .execute(&mut *tx)
        .await?;
        let detail = json!({ "sending": sending });
        self.tell(tx, id, EventKind::HandedOver, by, now, detail).await
    }
}

/// Whether its mail failed in a way that only a person mends: no worker has it.
fn mail_is_stuck(certificate: &Certificate) -> bool {
    certificate.progress == Progress::At(Stage::Email)
        && certificate.waiting_for == Some(WaitingFor::Person)
}

/// Takes a certificate out of force, and out of the hands of whoever has it: a run of an earlier
/// number changes nothing any more. What is left of its way is due now.
async fn end_force(
    tx: &mut Tx,
    id: CertificateId,
    status: Status,
    notice: bool,
    now: Timestamp,
) -> Result<(), LedgerError> {
    sqlx::query(
        "UPDATE certificates SET status = ?, progress = CASE WHEN ? THEN 'email' ELSE progress END,
            run = run + 1, worker = NULL, waiting_for = NULL, attempts = 0, crashes = 0,
            first_tried_at = NULL, last_error = NULL, due_at = ?, begun_at = ?, rung_at = 0
         WHERE id = ? AND status = 'issued'",
    )
    .bind(status.as_str())
    .bind(notice)
    .bind(millis(now))
    .bind(millis(now))
    .bind(id.to_string())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The address that a person asks for.
async fn recipient(tx: &mut Tx, student_no: &str, route: &Route) -> Result<Recipient, LedgerError> {
    let roster = recipients::of_roster(tx, student_no).await?.into_iter();
    let there: Vec<Recipient> = match route {
        Route::Roster => roster.collect(),
        Route::Personal => roster.filter(|to| to.route == RouteTaken::Personal).collect(),
        Route::School => roster.filter(|to| to.route == RouteTaken::School).collect(),
        Route::Corrected(address) if is_address(address.trim()) => {
            vec![Recipient { route: RouteTaken::Corrected, address: address.trim().to_owned() }]
        }
        Route::Corrected(_) => return Err(no_such_address()),
    };
    match recipients::reach(tx, there).await? {
        Reach::To(to) => Ok(to),
        Reach::NoAddress => Err(no_address()),
        Reach::Suppressed => Err(suppressed()),
    }
}

/// That a certificate is in force, or who or what ended that.
async fn in_force(tx: &mut Tx, certificate: &Certificate) -> Result<(), LedgerError> {
    let ended = |code, [zh, en]: [String; 2]| Err(not_possible(code, [&zh, &en]));
    match certificate.status {
        Status::Issued => Ok(()),
        Status::Recalled => {
            let who = who(tx, certificate.id, EventKind::Recalled).await?;
            ended(
                "already_recalled",
                [format!("此證書已由 {who} 收回。"), format!("{who} recalled it already.")],
            )
        }
        Status::Revoked => {
            let who = who(tx, certificate.id, EventKind::Revoked).await?;
            ended(
                "already_revoked",
                [format!("此證書已由 {who} 撤銷。"), format!("{who} revoked it already.")],
            )
        }
        Status::Superseded => ended(
            "superseded",
            [
                "此證書已由補證或更名後的證書取代。".into(),
                "A reissue or rename took its place already.".into(),
            ],
        ),
        Status::Pending | Status::Rejected => {
            ended("not_issued", ["此件沒有發證。".into(), "It is not issued.".into()])
        }
    }
}

/// Who did this to a certificate last.
async fn who(tx: &mut Tx, id: CertificateId, kind: EventKind) -> Result<String, LedgerError> {
    let row = sqlx::query(
        "SELECT actor FROM events WHERE certificate = ? AND kind = ? ORDER BY seq DESC LIMIT 1",
    )
    .bind(id.to_string())
    .bind(kind.as_str())
    .fetch_optional(&mut **tx)
    .await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?.unwrap_or_else(|| "?".to_owned()))
}

fn only_first_issues() -> LedgerError {
    LedgerError::NotPossible(Reason::new(
        "only_first_issues",
        [
            "只有初發證書能收回；補證與更名不能。",
            "Only a first issue can be recalled; a reissue or a rename can't.",
        ],
        [
            "內容有誤時請再補發一份取代它；學位應撤銷時請洽教育部。",
            "If its content is wrong, reissue it; if the degree is to be revoked, ask the ministry.",
        ],
    ))
}

fn no_such_address() -> LedgerError {
    LedgerError::NotPossible(Reason::new(
        "bad_address",
        ["輸入的不是電子郵件地址。", "What was given is no e-mail address."],
        ["請檢查後重新輸入。", "Look at it, and give it again."],
    ))
}

fn no_address() -> LedgerError {
    LedgerError::NotPossible(Reason::new(
        "no_address",
        ["名冊中沒有這個地址。", "The roster has no such address for this graduate."],
        [
            "請在名冊補上後重新匯入，或改寄到其他地址。",
            "Add it to the roster and import it, or send it to another address.",
        ],
    ))
}

fn suppressed() -> LedgerError {
    LedgerError::NotPossible(Reason::new(
        "address_suppressed",
        [
            "這個地址先前退信，顯示不存在，已停止寄送。",
            "Mail to this address came back because it does not exist; nothing is sent there.",
        ],
        [
            "請改寄到其他地址；確認地址正確時，請先解除停寄。",
            "Send it to another address; if it is right after all, release it first.",
        ],
    ))
}
