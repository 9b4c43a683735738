//! Delivery status notifications (RFC 3464) in their frame, `multipart/report` (RFC 6522).

use sealpress_ledger::{EnhancedStatus, SendingId};

use super::mime::Part;
use super::verp;

/// Multiparts around a report: a gateway may have put a disclaimer beside it.
const DEEPEST: usize = 3;

/// What a message is, seen as a report.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Report {
    /// No report.
    None,
    /// A report of another kind: a message was read, somebody complains.
    Other,
    /// It says that it is a delivery status notification, and is none.
    Malformed,
    /// A delivery status notification.
    Delivery(Delivery),
}

/// What a delivery status notification says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Delivery {
    pub(super) says: Says,
    pub(super) returned: Returned,
}

/// What became of the message, over all its recipients.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Says {
    /// It failed for good: for all of them, or only for some.
    Failed { status: Option<EnhancedStatus>, for_all: bool },
    /// It is tried again.
    Delayed,
    /// It arrived, or was handed on.
    Arrived,
}

/// Whose the returned message is, by its Message-ID.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Returned {
    /// Of this sending.
    Ours(SendingId),
    /// Somebody else's, or a relay gave it another Message-ID.
    Foreign,
    /// It was not returned, or has no Message-ID.
    Unknown,
}

/// Reads a message as a report.
pub(super) fn read(message: &Part<'_>) -> Report {
    let is_report = |part: &Part<'_>| part.is("multipart", "report");
    if is_report(message) {
        return of_report(message);
    }
    let mut level = message.parts();
    for _ in 0..DEEPEST {
        if let Some(report) = level.iter().find(|part| is_report(part)) {
            return of_report(report);
        }
        level = level.iter().flat_map(Part::parts).collect();
    }
    Report::None
}

fn of_report(report: &Part<'_>) -> Report {
    match report.parameter("report-type") {
        Some(kind) if kind.eq_ignore_ascii_case("delivery-status") => {}
        Some(_) => return Report::Other,
        None => return Report::Malformed,
    }
    let parts = report.parts();
    let status = parts.iter().find(|part| {
        part.is("message", "delivery-status") || part.is("message", "global-delivery-status")
    });
    let Some(says) = status.and_then(|status| says(&status.decoded())) else {
        return Report::Malformed;
    };
    Report::Delivery(Delivery { says, returned: returned(&parts) })
}

/// What the groups of fields say (RFC 3464, section 2.3); nothing where one is malformed.
fn says(status: &[u8]) -> Option<Says> {
    let (mut failed, mut delayed, mut arrived) = (Vec::new(), 0, 0);
    let mut rest = status;
    while !rest.is_empty() {
        let (group, after) = group(rest);
        rest = after;
        let fields = Part::read(group);
        let recipient = fields.values("Final-Recipient").next();
        let Some(action) = fields.values("Action").next() else {
            // The first group is about the message.
            if recipient.is_some() {
                return None;
            }
            continue;
        };
        recipient?;
        let action = action.split(|c: char| !c.is_ascii_alphabetic()).next()?;
        match action.to_ascii_lowercase().as_str() {
            "failed" => failed.push(status_of(&fields)),
            "delayed" => delayed += 1,
            "delivered" | "relayed" | "expanded" => arrived += 1,
            _ => return None,
        }
    }
    if failed.is_empty() {
        return match (delayed, arrived) {
            (0, 0) => None,
            (0, _) => Some(Says::Arrived),
            (_, _) => Some(Says::Delayed),
        };
    }
    // The one that leaves the most doubt speaks for all.
    let no_such =
        |status: &Option<EnhancedStatus>| status.is_some_and(EnhancedStatus::says_no_such_address);
    let status = failed.iter().find(|status| !no_such(status)).or(failed.first()).copied()?;
    Some(Says::Failed { status, for_all: delayed + arrived == 0 })
}

/// The first group of fields, and what follows it. Groups are apart by empty lines.
fn group(bytes: &[u8]) -> (&[u8], &[u8]) {
    let mut at = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        at += line.len();
        if line.trim_ascii().is_empty() {
            break;
        }
    }
    bytes.split_at(at)
}

/// `Status`, or where it has none that is one, what the other side said.
fn status_of(fields: &Part<'_>) -> Option<EnhancedStatus> {
    let status = fields.values("Status").next().and_then(|text| text.split_whitespace().next());
    status
        .and_then(|status| status.parse().ok())
        .or_else(|| fields.values("Diagnostic-Code").find_map(status_in))
}

/// The first enhanced status code of a failure in a text.
pub(super) fn status_in(text: &str) -> Option<EnhancedStatus> {
    text.split(|c: char| !c.is_ascii_digit() && c != '.')
        .map(|word| word.trim_matches('.'))
        .filter(|word| word.starts_with(['4', '5']))
        .find_map(|word| word.parse().ok())
}

/// The Message-ID of the message, or of the header, that was returned.
fn returned(parts: &[Part<'_>]) -> Returned {
    let whole = ["rfc822", "global"];
    let header = ["rfc822-headers", "global-headers"];
    let Some(part) = parts.iter().find(|part| {
        whole.iter().any(|subtype| part.is("message", subtype))
            || header.iter().any(|subtype| part.is("text", subtype) || part.is("message", subtype))
    }) else {
        return Returned::Unknown;
    };
    let body = part.decoded();
    let header = Part::read(&body);
    match header.values("Message-ID").next() {
        Some(id) => verp::of_message_id(id).map_or(Returned::Foreign, Returned::Ours),
        None => Returned::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Option<Says> {
        says(text.as_bytes())
    }

    fn failed(status: &str, for_all: bool) -> Option<Says> {
        Some(Says::Failed { status: status.parse().ok(), for_all })
    }

    const FAILED: &str = "\nFinal-Recipient: rfc822; a@b\nAction: failed\nStatus: 5.1.1\n";

    #[test]
    fn a_group_is_a_recipient() {
        let of = |rest: &str| said(&format!("Reporting-MTA: dns; x\n{FAILED}{rest}"));
        assert_eq!(of(""), failed("5.1.1", true));
        let doubt = FAILED.replace("5.1.1", "5.2.2");
        assert_eq!(of(&doubt), failed("5.2.2", true), "the one in doubt speaks");
        for other in ["delayed", "relayed", "delivered", "Expanded"] {
            let group = FAILED.replace("failed", other);
            assert_eq!(of(&group), failed("5.1.1", false), "{other}");
        }
        assert_eq!(said(&FAILED.replace("failed", "delayed")), Some(Says::Delayed));
        assert_eq!(said(&FAILED.replace("failed", "relayed")), Some(Says::Arrived));
    }

    #[test]
    fn what_lacks_a_field_is_malformed() {
        assert_eq!(said(""), None);
        assert_eq!(said("Reporting-MTA: dns; x\n"), None);
        assert_eq!(said("Action: failed\nStatus: 5.1.1\n"), None);
        assert_eq!(said("Final-Recipient: rfc822; a@b\nStatus: 5.1.1\n"), None);
        assert_eq!(said(&FAILED.replace("failed", "exploded")), None);
    }

    #[test]
    fn a_status_is_taken_from_where_it_stands() {
        let group = |rest: &str| format!("Final-Recipient: rfc822; a@b\nAction: failed\n{rest}");
        assert_eq!(said(&group("Status: 5.1.1 (no such user)\n")), failed("5.1.1", true));
        let spoken = group("Status: oops\nDiagnostic-Code: smtp; 550-5.2.1 disabled.\n");
        assert_eq!(said(&spoken), failed("5.2.1", true));
        // A general status is one; what the other side said does not sharpen it.
        let general = group("Status: 5.0.0\nDiagnostic-Code: smtp; 550 5.1.1 no\n");
        assert_eq!(said(&general), failed("5.0.0", true));
        assert_eq!(said(&group("")), failed("", true));
        assert_eq!(status_in("host 5.1.1.9 said: 550 No such user"), None);
        assert_eq!(status_in("(#5.1.1)"), "5.1.1".parse().ok());
    }
}
