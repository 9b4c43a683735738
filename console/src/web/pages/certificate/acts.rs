//! What a person may do to a certificate now, each act with its consequence in a sentence.

use sealpress_config::Kind;
use sealpress_ledger::{
    Certificate, Progress, RecallReason, RevokeReason, Right, Status, Student, WaitingFor,
};

use crate::web::page::Page;

/// A value of a form with its words.
type Choice = (&'static str, String);

/// An act that is offered, and what its form asks.
#[derive(Default)]
pub(super) struct Offer {
    pub(super) path: &'static str,
    pub(super) title: &'static str,
    pub(super) consequence: String,
    pub(super) reasons: Vec<Choice>,
    pub(super) why: bool,
    pub(super) routes: Vec<Choice>,
    pub(super) file: bool,
    pub(super) kinds: Vec<Choice>,
    pub(super) password: bool,
    pub(super) danger: bool,
    /// The form stands open: it was just refused.
    pub(super) open: bool,
}

/// The acts that fit the certificate and the person's rights. The ledger decides again when one is
/// done: what is offered here may have been overtaken.
pub(super) fn offers(
    page: &Page,
    certificate: &Certificate,
    student: Option<&Student>,
    refused: Option<&str>,
) -> Vec<Offer> {
    let issued = certificate.status == Status::Issued;
    let waits = certificate.waiting_for == Some(WaitingFor::Approval);
    let first = certificate.certified.kind == Kind::First;
    let possible = [
        (Right::Approve, waits, approve as fn(&Page, &Certificate, Option<&Student>) -> Offer),
        (Right::Approve, waits, refuse),
        (Right::Resend, issued, resend),
        (Right::Resend, issued, hand_over),
        (Right::Reissue, issued, reissue),
        (Right::Recall, issued && first, recall),
        (Right::Revoke, issued, revoke),
    ];
    possible
        .into_iter()
        .filter(|(right, fits, _)| *fits && page.may(right))
        .map(|(_, _, offer)| {
            let offer = offer(page, certificate, student);
            Offer { open: refused == Some(offer.path), ..offer }
        })
        .collect()
}

fn approve(page: &Page, _: &Certificate, _: Option<&Student>) -> Offer {
    Offer {
        path: "approve",
        title: page.tongue.pick("核可", "Approve"),
        consequence: page
            .t(
                "頁面與名冊資料相符，證書將簽章、歸檔並寄給畢業生。",
                "The page agrees with the roster: the certificate will be signed, archived and mailed.",
            )
            .to_owned(),
        ..Offer::default()
    }
}

fn refuse(page: &Page, _: &Certificate, _: Option<&Student>) -> Offer {
    Offer {
        path: "refuse",
        title: page.tongue.pick("退件", "Refuse"),
        consequence: page
            .t(
                "這一件不發證，原檔移到 inbox/failed；修正後可重新投件。",
                "It is not issued; its file goes to inbox/failed and may be dropped again.",
            )
            .to_owned(),
        why: true,
        danger: true,
        ..Offer::default()
    }
}

fn resend(page: &Page, certificate: &Certificate, student: Option<&Student>) -> Offer {
    let address = |one: fn(&Student) -> Option<&String>| student.and_then(one).cloned();
    let personal = address(|student| student.email.as_ref());
    let school = address(|student| student.school_email.as_ref());
    let of = |word: &str, address: String| format!("{word}（{address}）");
    let routes = [
        personal.map(|to| ("personal", of(page.t("個人信箱", "personal address"), to))),
        school.map(|to| ("school", of(page.t("學校信箱", "school address"), to))),
        Some(("corrected", page.t("其他地址", "another address").to_owned())),
    ];
    let consequence = match certificate.progress {
        Progress::Closed => page.t(
            "以新的 Message-ID 再寄一次同一份 PDF。",
            "The same PDF is mailed once more, with a new Message-ID.",
        ),
        Progress::At(_) => page.t(
            "證書的郵件還在處理中；寄送停住時可改寄其他地址。",
            "Its mail is still under way; where it is stuck, it can go elsewhere.",
        ),
    };
    Offer {
        path: "resend",
        title: page.tongue.pick("重寄", "Resend"),
        consequence: consequence.to_owned(),
        routes: routes.into_iter().flatten().collect(),
        ..Offer::default()
    }
}

fn hand_over(page: &Page, _: &Certificate, _: Option<&Student>) -> Offer {
    Offer {
        path: "hand-over",
        title: page.tongue.pick("登記現場交付", "Record a hand-over"),
        consequence: page
            .t(
                "記錄畢業生已在現場取得 PDF 原檔（例如隨身碟），不再列為未送達。",
                "Records that the graduate took the PDF on campus; it no longer counts as undelivered.",
            )
            .to_owned(),
        ..Offer::default()
    }
}

fn reissue(page: &Page, certificate: &Certificate, _: Option<&Student>) -> Offer {
    let kinds = [Kind::Reissue, Kind::Rename];
    let language = certificate.certified.language.zh();
    Offer {
        path: "reissue",
        title: page.tongue.pick("補證／更名", "Reissue or rename"),
        consequence: match page.tongue {
            crate::tongue::Tongue::Zh => format!(
                "以列印系統新產生的{language}證書 PDF 發一張新證書；新證書生效時，這一張即被取代。更名前請先更新名冊。"
            ),
            crate::tongue::Tongue::En => "A new certificate is made of the new PDF; when it is in force, it takes the place of this one. For a rename, update the roster first.".to_owned(),
        },
        file: true,
        kinds: kinds
            .iter()
            .map(|kind| (kind.as_str(), page.t(kind.zh(), kind.as_str()).to_owned()))
            .collect(),
        ..Offer::default()
    }
}

fn recall(page: &Page, certificate: &Certificate, _: Option<&Student>) -> Offer {
    let mail = match certificate.progress {
        Progress::Closed => page.t(
            "畢業生會收到收回通知。",
            "the graduate gets a notice of recall.",
        ),
        Progress::At(_) => page.t(
            "尚未寄出的郵件會攔下；已寄出時，畢業生會收到收回通知。",
            "mail that is not out is stopped; where it is out, the graduate gets a notice of recall.",
        ),
    };
    Offer {
        path: "recall",
        title: page.tongue.pick("收回（誤發）", "Recall"),
        consequence: format!(
            "{}{mail}",
            page.t("證書立即失效，無法復原；", "It is void from now on, for good; ")
        ),
        reasons: RecallReason::ALL
            .iter()
            .map(|reason| (reason.as_str(), page.t(reason.zh(), reason.en()).to_owned()))
            .collect(),
        why: true,
        password: true,
        danger: true,
        ..Offer::default()
    }
}

fn revoke(page: &Page, _: &Certificate, _: Option<&Student>) -> Offer {
    Offer {
        path: "revoke",
        title: page.tongue.pick("撤銷", "Revoke"),
        consequence: page
            .t(
                "證書立即失效，無法復原；公開查驗會顯示「已撤銷」。",
                "It is void from now on, for good; public verification says that it was revoked.",
            )
            .to_owned(),
        reasons: RevokeReason::ALL
            .iter()
            .map(|reason| (reason.as_str(), page.t(reason.zh(), reason.en()).to_owned()))
            .collect(),
        why: true,
        danger: true,
        ..Offer::default()
    }
}
