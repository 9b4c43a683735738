//! A bounce: a message that came back, and what it says of the address.

use serde::Serialize;
use std::fmt;
use std::str::FromStr;

use crate::SendingId;

/// An enhanced mail system status code (RFC 3463, section 2): class, subject, detail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct EnhancedStatus {
    class: u8,
    subject: u16,
    detail: u16,
}

/// Text that is no enhanced status code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an enhanced status code; they look like 5.1.1")]
pub struct NotAStatus;

impl EnhancedStatus {
    /// Whether it says that the address does not exist and will not: 5.1.x (RFC 3463, section
    /// 3.2), but for 5.1.7 and 5.1.8, which are about the sender's address, ours and the same for
    /// all.
    #[must_use]
    pub const fn says_no_such_address(self) -> bool {
        self.class == 5 && self.subject == 1 && !matches!(self.detail, 7 | 8)
    }
}

impl fmt::Display for EnhancedStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.class, self.subject, self.detail)
    }
}

impl FromStr for EnhancedStatus {
    type Err = NotAStatus;

    fn from_str(text: &str) -> Result<Self, NotAStatus> {
        let number = |part: &str| {
            let digits =
                (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
            if digits { part.parse::<u16>().map_err(|_| NotAStatus) } else { Err(NotAStatus) }
        };
        let mut parts = text.split('.');
        let (Some(class), Some(subject), Some(detail), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(NotAStatus);
        };
        let class = match class {
            "2" => 2,
            "4" => 4,
            "5" => 5,
            _ => return Err(NotAStatus),
        };
        Ok(Self { class, subject: number(subject)?, detail: number(detail)? })
    }
}

impl Serialize for EnhancedStatus {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// How sure a bounce is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BounceKind {
    /// A delivery status notification (RFC 3464) that says failed, and nothing else.
    Failed,
    /// It came back in a form of its own, or says that it failed for some and not for others.
    Unclear,
}

/// A message that came back. It holds no address: which one, the sending says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounce {
    /// What came back.
    pub sending: SendingId,
    /// Why, where it says so.
    pub status: Option<EnhancedStatus>,
    /// How sure it is.
    pub kind: BounceKind,
}

impl Bounce {
    /// Whether nothing may be sent to the address any more; else a person looks at it.
    #[must_use]
    pub fn suppresses(&self) -> bool {
        match self.kind {
            BounceKind::Failed => self.status.is_some_and(EnhancedStatus::says_no_such_address),
            BounceKind::Unclear => false,
        }
    }
}

/// What became of a bounce.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BounceOutcome {
    /// Recorded; nothing is sent to the address any more.
    Suppressed,
    /// Recorded; a person is to look at it.
    ToReview,
    /// It was recorded before; nothing was changed.
    AlreadyKnown,
    /// The ledger has no such sending; nothing was changed.
    NoSuchSending,
    /// The sending did not go out, by what the ledger says: the relay refused it, it was stopped,
    /// or its file was handed over. Nothing was changed.
    NotSent,
}

/// What a person makes of a bounce that was to be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BounceVerdict {
    /// The address may be written to again: a full mailbox, a relay's mood.
    Keep,
    /// Nothing is sent to the address any more.
    Suppress,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_three_numbers_and_nothing_else() {
        for text in ["5.1.1", "4.4.7", "2.0.0", "5.7.606"] {
            assert_eq!(text.parse::<EnhancedStatus>().unwrap().to_string(), text);
        }
        for text in ["", "5", "5.1", "5.1.1.1", "3.1.1", "5.1.x", "5.+1.1", "5.1.1000", "5..1"] {
            assert!(text.parse::<EnhancedStatus>().is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_said_of_our_own_address_suppresses_nobody() {
        let says = |text: &str| text.parse::<EnhancedStatus>().unwrap().says_no_such_address();
        assert!(says("5.1.1") && says("5.1.0") && says("5.1.10"));
        assert!(!says("5.1.7") && !says("5.1.8"));
        assert!(!says("4.1.1") && !says("5.0.0") && !says("5.2.1") && !says("2.1.5"));
    }
}
