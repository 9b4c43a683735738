//! What a relay's answer means: wait, try again, or ask a person.

use lettre::transport::smtp::Error;
use sealpress_ledger::Reason;

use crate::StageError;

/// What was being asked when it went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// To be let in: greeting, encryption, login.
    Connect,
    /// `MAIL FROM`: the same for every message.
    Sender,
    /// `RCPT TO`.
    Recipient,
    /// `DATA` and the message.
    Message,
}

/// What went wrong. It never holds the relay's words: they may repeat an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Failure {
    /// An answer: its code, and the enhanced one where it has one.
    Said { status: u16, enhanced: Option<Enhanced> },
    /// No answer in time.
    Silent,
    /// No connection, or one that broke, or an answer that is none; which of these.
    Broken(&'static str),
}

/// An enhanced status code (RFC 3463): class, subject, detail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Enhanced {
    class: u16,
    subject: u16,
    detail: u16,
}

impl Failure {
    pub(super) fn of(error: &Error) -> Self {
        match error.status() {
            Some(code) => Self::Said {
                status: u16::from(code),
                // The library shows “permanent error (550): 5.1.1 …”.
                enhanced: error.to_string().split_once("): ").and_then(|(_, said)| enhanced(said)),
            },
            None if error.is_timeout() => Self::Silent,
            None if error.is_tls() => Self::Broken("TLS"),
            None if error.is_client() => Self::Broken("STARTTLS, AUTH"),
            None if error.is_response() => Self::Broken("protocol"),
            None => Self::Broken("connection"),
        }
    }

    fn code(&self) -> String {
        match self {
            Self::Said { status, enhanced: None } => status.to_string(),
            Self::Said { status, enhanced: Some(Enhanced { class, subject, detail }) } => {
                format!("{status} {class}.{subject}.{detail}")
            }
            Self::Silent => "timeout".to_owned(),
            Self::Broken(what) => (*what).to_owned(),
        }
    }
}

/// What a failure means for its message, and for the lane.
pub(super) fn judge(step: Step, failure: &Failure) -> StageError {
    let code = failure.code();
    let (status, enhanced) = match failure {
        Failure::Said { status, enhanced } => (*status, *enhanced),
        Failure::Silent => return StageError::Hold(no_answer(&code)),
        Failure::Broken(_) => {
            return match step {
                Step::Connect | Step::Sender => StageError::Hold(no_answer(&code)),
                // It may be this message that the relay breaks at: that must not hold the lane.
                // If the relay is gone, the next message finds out.
                Step::Recipient | Step::Message => StageError::Retry(broke_off(&code)),
            };
        }
    };
    let subject = enhanced.map(|enhanced| enhanced.subject);
    // 5.1.7 and 5.1.8 are about the sender, which is ours and the same for all.
    let sender = step == Step::Sender || enhanced.is_some_and(Enhanced::is_about_sender);
    match (step, status) {
        // 421: the relay closes; 530, 535 and their like: it does not let us in at all.
        (Step::Connect, _) | (_, 421 | 454 | 530 | 534 | 535 | 538) => {
            StageError::Hold(no_answer(&code))
        }
        (_, 0..500) => StageError::Retry(later(&code)),
        _ if sender => StageError::Hold(sender_refused(&code)),
        _ if subject == Some(1) => StageError::Reject(address_refused(&code)),
        // Without an enhanced code, these alone speak of the mailbox (RFC 5321 section 4.2.3).
        (Step::Recipient, 550 | 551 | 553) if subject.is_none() => {
            StageError::Reject(address_refused(&code))
        }
        _ => StageError::Reject(mail_refused(&code)),
    }
}

impl Enhanced {
    const fn is_about_sender(self) -> bool {
        self.subject == 1 && matches!(self.detail, 7 | 8)
    }
}

/// The enhanced status code at the beginning of an answer.
fn enhanced(said: &str) -> Option<Enhanced> {
    let word = said.split([' ', '\r', '\n']).next()?;
    let mut parts = word.split('.').map(|part| part.parse::<u16>().ok());
    let (class, subject, detail) = (parts.next()??, parts.next()??, parts.next()??);
    let fits = matches!(class, 4 | 5) && subject < 1000 && detail < 1000 && parts.next().is_none();
    fits.then_some(Enhanced { class, subject, detail })
}

fn no_answer(code: &str) -> Reason {
    Reason::new(
        "relay_down",
        [
            format!("郵件主機沒有回應或拒絕連線（{code}）。"),
            format!("The mail relay does not answer or does not let us in ({code})."),
        ],
        [
            "請檢查郵件主機、網路與 mail 設定；恢復後會自動繼續寄送。",
            "Check the relay, the network and the section mail of the configuration; mail resumes by itself.",
        ],
    )
}

fn sender_refused(code: &str) -> Reason {
    Reason::new(
        "sender_refused",
        [
            format!("郵件主機不接受本系統的寄件地址（{code}）。"),
            format!("The mail relay does not take our sender address ({code})."),
        ],
        [
            "請檢查設定檔的 mail.from 與 mail.bounce，或請郵件主機管理者開放；之後會自動繼續寄送。",
            "Check mail.from and mail.bounce in the configuration, or ask whoever runs the relay to allow them; mail resumes by itself.",
        ],
    )
}

fn later(code: &str) -> Reason {
    Reason::new(
        "relay_later",
        [
            format!("郵件主機要求稍後再試（{code}）。"),
            format!("The mail relay asks to try later ({code})."),
        ],
        ["系統會自動再試。", "It is tried again by itself."],
    )
}

fn broke_off(code: &str) -> Reason {
    Reason::new(
        "relay_broke_off",
        [
            format!("郵件主機在收信途中中斷連線（{code}）。"),
            format!("The mail relay broke off while it took the message ({code})."),
        ],
        [
            "系統會以同一 Message-ID 自動再試；若持續發生請洽郵件主機管理者。",
            "It is tried again by itself under the same Message-ID; if it goes on, ask whoever runs the relay.",
        ],
    )
}

fn address_refused(code: &str) -> Reason {
    Reason::new(
        "address_refused",
        [
            format!("收件地址不存在或被拒收（{code}）。"),
            format!("The address does not exist or is refused ({code})."),
        ],
        [
            "請向畢業生確認地址，更正名冊後以 sealpress jobs retry 重試。證書已發證並歸檔。",
            "Ask the graduate for an address, mend the roster, then run `sealpress jobs retry`. The certificate is issued and archived.",
        ],
    )
}

fn mail_refused(code: &str) -> Reason {
    Reason::new(
        "mail_refused",
        [
            format!("郵件主機拒收此郵件（{code}）。"),
            format!("The mail relay refuses the message ({code})."),
        ],
        [
            "請洽郵件主機管理者了解原因，再以 sealpress jobs retry 重試。",
            "Ask whoever runs the relay why, then run `sealpress jobs retry`.",
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enhanced_codes_stand_at_the_beginning() {
        let of = |class, subject, detail| Some(Enhanced { class, subject, detail });
        assert_eq!(enhanced("5.1.1 <someone@example.org>: unknown"), of(5, 1, 1));
        assert_eq!(enhanced("4.7.0\r\n4.7.0 slow down"), of(4, 7, 0));
        for text in ["no such user at 5.1.1", "5.1", "5.1.1.1 is my address", "2.1.0 ok", ""] {
            assert_eq!(enhanced(text), None, "{text}");
        }
    }

    /// What is judged: the kind of error, and its reason's code.
    fn judged(step: Step, status: u16, said: &str) -> (char, String) {
        let failure = Failure::Said { status, enhanced: enhanced(said) };
        match judge(step, &failure) {
            StageError::Hold(reason) => ('h', reason.code),
            StageError::Retry(reason) => ('r', reason.code),
            StageError::Reject(reason) => ('x', reason.code),
        }
    }

    #[test]
    fn a_refusal_means_what_it_answers() {
        use Step::{Connect, Message, Recipient, Sender};
        for (step, status, said, kind, code) in [
            (Connect, 554, "no", 'h', "relay_down"),
            (Connect, 450, "busy", 'h', "relay_down"),
            (Connect, 535, "5.7.8 wrong password", 'h', "relay_down"),
            (Sender, 421, "4.3.2 closing", 'h', "relay_down"),
            (Sender, 530, "5.7.0 log in first", 'h', "relay_down"),
            (Sender, 452, "4.3.1 full", 'r', "relay_later"),
            (Sender, 550, "5.7.1 not you", 'h', "sender_refused"),
            (Recipient, 450, "4.2.1 greylisted", 'r', "relay_later"),
            (Recipient, 550, "5.1.1 unknown", 'x', "address_refused"),
            (Recipient, 550, "unknown", 'x', "address_refused"),
            (Recipient, 554, "5.1.10 null mx", 'x', "address_refused"),
            (Recipient, 550, "5.1.8 bad sender domain", 'h', "sender_refused"),
            (Recipient, 554, "5.7.1 relaying denied", 'x', "mail_refused"),
            (Recipient, 552, "mailbox full", 'x', "mail_refused"),
            (Message, 451, "4.3.0 try later", 'r', "relay_later"),
            (Message, 550, "spam", 'x', "mail_refused"),
            (Message, 552, "5.3.4 too big", 'x', "mail_refused"),
            (Message, 550, "5.1.1 unknown after all", 'x', "address_refused"),
        ] {
            assert_eq!(judged(step, status, said), (kind, code.to_owned()), "{status} {said}");
        }
    }
}
