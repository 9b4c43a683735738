//! The history: append-only, each event bound to the one before it.

use jiff::Timestamp;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{CertificateId, Sha256Hash};

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $text:literal / $zh:literal / $en:literal),+ $(,)?) => {
        /// What happened. Stored; a word once released keeps its meaning.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum EventKind { $($(#[$doc])* $variant),+ }

        impl EventKind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word in the ledger.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// What staff read: `[zh-TW, English]`.
            #[must_use]
            pub const fn words(self) -> [&'static str; 2] {
                match self { $(Self::$variant => [$zh, $en]),+ }
            }
        }
    };
}

kinds! {
    /// A drop became a certificate.
    Accepted = "accepted" / "收件，成為證書" / "accepted",
    /// A drop was refused, before or after it became a certificate.
    Refused = "refused" / "退件" / "refused",
    /// A person looked at the page and let it go on.
    Approved = "approved" / "核可" / "approved",
    /// Archived, in force.
    Issued = "issued" / "歸檔並生效" / "archived, in force",
    /// Another certificate took its place.
    Superseded = "superseded" / "由較新的證書取代" / "superseded",
    /// A stage failed and is tried again.
    Retried = "retried" / "失敗，稍後重試" / "failed, tried again later",
    /// A worker died over it; another took it.
    TakenOver = "taken_over" / "工作程序中斷，由另一個接手" / "its worker died, another took over",
    /// It waits for a person.
    Parked = "parked" / "停住，等待人員處理" / "waits for a person",
    /// A person let it try again.
    Released = "released" / "人員要求重試" / "let try again",
    /// A sending and its Message-ID were recorded, before anything was sent.
    SendingQueued = "sending_queued" / "郵件排入寄送" / "mail recorded",
    /// The relay took the message.
    SendingAccepted = "sending_accepted" / "郵件主機已收下" / "mail taken by the relay",
    /// The relay refused the message for good.
    SendingRefused = "sending_refused" / "郵件主機拒收" / "mail refused by the relay",
    /// A person asked for a new sending.
    ResendAsked = "resend_asked" / "要求重寄" / "resend asked for",
    /// The mail was not sent, because the certificate is no longer in force.
    MailStopped = "mail_stopped" / "不寄送（已非有效）" / "mail stopped, no longer in force",
    /// Everything is done.
    Closed = "closed" / "完成" / "closed",
    /// A person paused a lane.
    LanePaused = "lane_paused" / "暫停佇列" / "lane paused",
    /// A person let a lane go on.
    LaneResumed = "lane_resumed" / "恢復佇列" / "lane resumed",
    /// A lane waits for a dependency.
    LaneHeld = "lane_held" / "佇列等待外部服務" / "lane held",
    /// The dependency is back.
    LaneReleased = "lane_released" / "外部服務恢復" / "lane released",
    /// Students were imported.
    RosterImported = "roster_imported" / "匯入名冊" / "roster imported",
    /// The school took it back as mis-issued.
    Recalled = "recalled" / "收回（誤發）" / "recalled",
    /// The ministry revoked it.
    Revoked = "revoked" / "教育部撤銷" / "revoked by the ministry",
    /// A message came back.
    Bounced = "bounced" / "退信" / "mail came back",
    /// An address does not exist: nothing is sent there.
    AddressSuppressed = "address_suppressed" / "地址不存在，停用" / "address suppressed",
    /// A person lets mail go to a suppressed address again.
    AddressReleased = "address_released" / "地址恢復使用" / "address released",
    /// A person looked at a bounce.
    BounceReviewed = "bounce_reviewed" / "退信已由人員判讀" / "bounce reviewed",
    /// The file was handed over on campus.
    HandedOver = "handed_over" / "現場交付" / "handed over on campus",
    /// A list or a file was taken out.
    Exported = "exported" / "匯出或下載" / "taken out",
    /// A person asked for a reissue or a rename from the desk.
    ReissueAsked = "reissue_asked" / "櫃台送件補證／更名" / "reissue or rename asked for",
    /// A person was added.
    UserAdded = "user_added" / "新增人員" / "person added",
    /// An administrator locked a person out.
    UserLocked = "user_locked" / "停用人員" / "person locked",
    /// An administrator let a person in again.
    UserUnlocked = "user_unlocked" / "恢復人員" / "person unlocked",
    /// A person's roles changed.
    RolesChanged = "roles_changed" / "角色變更" / "roles changed",
    /// A one-time link to set a password was made.
    LinkMade = "link_made" / "產生一次性連結" / "one-time link made",
    /// A person set their password.
    PasswordSet = "password_set" / "設定密碼" / "password set",
    /// A person proved a second factor.
    SecondFactorSet = "second_factor_set" / "設定第二因素" / "second factor set",
    /// An administrator cleared a person's second factor.
    SecondFactorCleared = "second_factor_cleared" / "清除第二因素" / "second factor cleared",
    /// A token of the Web API was made.
    TokenMade = "token_made" / "產生存取權杖" / "token made",
    /// A token of the Web API was ended.
    TokenEnded = "token_ended" / "停用存取權杖" / "token ended",
    /// A person logged in.
    LoggedIn = "logged_in" / "登入" / "logged in",
    /// A person logged out.
    LoggedOut = "logged_out" / "登出" / "logged out",
    /// A login was refused: wrong name, password or code, or locked.
    LoginRefused = "login_refused" / "登入被拒" / "login refused",
    /// An act was refused: its person has no right to it, or it does not fit.
    ActRefused = "act_refused" / "動作被拒" / "act refused",
}

/// An event as the ledger keeps it. The kind is text here: a history must be readable even where
/// a newer version wrote it.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Event {
    /// Place in the history, from 1.
    pub seq: i64,
    /// Whose history it belongs to, if a certificate's.
    pub certificate: Option<CertificateId>,
    /// What happened.
    pub kind: String,
    /// Who did it: `system`, or a person's name.
    pub actor: String,
    /// When.
    pub at: Timestamp,
    /// More, without personal data.
    pub detail: Value,
    /// Digest of this event and, through it, of all before it.
    pub hash: Sha256Hash,
}

/// What an event's digest is taken over, so that any later change of any event shows.
pub(crate) struct Link<'a> {
    pub(crate) previous: &'a str,
    pub(crate) seq: i64,
    pub(crate) certificate: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) actor: &'a str,
    pub(crate) at: i64,
    pub(crate) detail: &'a str,
}

impl Link<'_> {
    /// SHA-256 over the fields, each preceded by its length, so that no two histories read alike.
    pub(crate) fn hash(&self) -> Sha256Hash {
        let mut sha = Sha256::new();
        let (seq, at) = (self.seq.to_string(), self.at.to_string());
        for field in
            [self.previous, &seq, self.certificate, self.kind, self.actor, &at, self.detail]
        {
            sha.update((field.len() as u64).to_be_bytes());
            sha.update(field.as_bytes());
        }
        let digest: [u8; 32] = sha.finalize().into();
        digest.into()
    }
}

/// What the first event is bound to.
pub(crate) const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";
