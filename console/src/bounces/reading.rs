//! What a message says: that something came back, nothing of ours, or what a person must read.

use sealpress_ledger::{Bounce, BounceKind, SendingId};

use super::dsn::{self, Delivery, Report, Returned, Says};
use super::mime::Part;
use super::verp::{self, Verp};

/// What a message says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reading {
    /// Something came back.
    Bounce(Bounce),
    /// Nothing that changes anything.
    Ignored(Ignored),
    /// A person must read it.
    Unclear(Unclear),
}

/// Why a message changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ignored {
    /// It is still being tried.
    Delayed,
    /// It arrived.
    Arrived,
    /// A report of another kind.
    OtherReport,
    /// A machine answers for its owner.
    AutoReply,
    /// Another's message came back.
    NotOurs,
    /// Anything else: letters, spam.
    NotABounce,
}

/// Why a person must read a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unclear {
    /// It says that it is a delivery status notification, and is none.
    Malformed,
    /// It names two sendings.
    Contradiction,
    /// Something came back, and it does not say what.
    NoSending,
    /// The file can't be read, or is no message.
    Unreadable,
}

/// Reads the beginning of a message.
pub(super) fn read(bytes: &[u8], verp: &Verp) -> Reading {
    // Foreign input and a library of others': whatever it does, it stops no other message.
    std::panic::catch_unwind(|| of(bytes, verp)).unwrap_or(Reading::Unclear(Unclear::Unreadable))
}

/// As [`read`], where nothing goes wrong that must not.
pub(super) fn of(bytes: &[u8], verp: &Verp) -> Reading {
    let message = Part::read(without_postmark(bytes));
    if !message.has_header() {
        return Reading::Unclear(Unclear::Unreadable);
    }
    let Ok(by_address) = verp.sending(&message) else {
        return Reading::Unclear(Unclear::Contradiction);
    };
    match dsn::read(&message) {
        Report::Delivery(delivery) => of_delivery(&delivery, by_address),
        Report::Malformed => Reading::Unclear(Unclear::Malformed),
        Report::Other => Reading::Ignored(Ignored::OtherReport),
        Report::None => without_report(&message, by_address),
    }
}

/// Programs that deliver into a pipe put a line `From ` before the header.
fn without_postmark(bytes: &[u8]) -> &[u8] {
    match bytes.iter().position(|byte| *byte == b'\n') {
        Some(end) if bytes.starts_with(b"From ") => &bytes[end + 1..],
        Some(_) | None => bytes,
    }
}

fn of_delivery(delivery: &Delivery, by_address: Option<SendingId>) -> Reading {
    let (status, for_all) = match delivery.says {
        Says::Failed { status, for_all } => (status, for_all),
        Says::Delayed => return Reading::Ignored(Ignored::Delayed),
        Says::Arrived => return Reading::Ignored(Ignored::Arrived),
    };
    let sending = match (by_address, delivery.returned) {
        (Some(one), Returned::Ours(other)) if one != other => {
            return Reading::Unclear(Unclear::Contradiction);
        }
        (Some(sending), _) | (None, Returned::Ours(sending)) => sending,
        (None, Returned::Foreign) => return Reading::Ignored(Ignored::NotOurs),
        (None, Returned::Unknown) => return Reading::Unclear(Unclear::NoSending),
    };
    let kind = if for_all { BounceKind::Failed } else { BounceKind::Unclear };
    Reading::Bounce(Bounce { sending, status, kind })
}

/// Bounces in a form of their own (qmail's, old Exchange's), answers of machines, letters.
fn without_report(message: &Part<'_>, by_address: Option<SendingId>) -> Reading {
    if !is_from_a_mail_system(message) {
        let ignored = if is_auto_reply(message) { Ignored::AutoReply } else { Ignored::NotABounce };
        return Reading::Ignored(ignored);
    }
    let subject = message.values("Subject").next().unwrap_or_default().to_ascii_lowercase();
    if subject.contains("delay") || subject.starts_with("warning") {
        return Reading::Ignored(Ignored::Delayed);
    }
    let Some(sending) = by_address else { return Reading::Unclear(Unclear::NoSending) };
    let body = message.decoded();
    let status = dsn::status_in(&String::from_utf8_lossy(&body));
    Reading::Bounce(Bounce { sending, status, kind: BounceKind::Unclear })
}

fn is_from_a_mail_system(message: &Part<'_>) -> bool {
    const SYSTEMS: [&str; 3] = ["mailer-daemon", "postmaster", "microsoftexchange"];
    let is_system = |word: &str| {
        let word = word.to_ascii_lowercase();
        SYSTEMS.iter().any(|system| word.starts_with(system))
    };
    // On its own host it may have no domain, or even no brackets.
    let from = |value: &str| is_system(value.trim()) || verp::addresses(value).any(is_system);
    message.values("From").any(from) || message.values("X-Failed-Recipients").next().is_some()
}

/// RFC 3834, section 5, and what was in use before it.
fn is_auto_reply(message: &Part<'_>) -> bool {
    const BY_PRECEDENCE: [&str; 5] = ["auto_reply", "auto-reply", "bulk", "junk", "list"];
    let any_of = |name: &str, test: &dyn Fn(&str) -> bool| {
        message.values(name).any(|value| test(value.trim()))
    };
    any_of("Auto-Submitted", &|value| !value.eq_ignore_ascii_case("no"))
        || any_of("Precedence", &|value| {
            BY_PRECEDENCE.iter().any(|word| value.eq_ignore_ascii_case(word))
        })
        || ["X-Autoreply", "X-Autorespond"].iter().any(|name| message.values(name).next().is_some())
}
