//! Timestamps in a document: of a signature, and of all that stands before them (RFC 3161; ETSI EN
//! 319 142-1, section 5.4.3).

use jiff::Timestamp;

use super::chain::{self, Purpose};
use super::evidence::{Known, Moment};
use super::one::Context;
use super::report::Report;
use super::{CheckCode, Finding};
use crate::{TimestampError, Token};

/// A timestamp that is what it says, whether or not its authority is trusted.
pub(super) struct Stamp {
    pub(super) time: Timestamp,
    /// Whether the authority is trusted, so that the time is proven.
    pub(super) proves: bool,
    /// What is known of the authority's chain.
    pub(super) known: Option<Known>,
}

/// Judge the timestamp `der` of what `parts` are, one after the other. It is known to have existed
/// at `seen`: then its authority's certificates must have been valid, and not revoked.
pub(super) fn judge(
    context: &Context<'_>,
    report: &mut Report,
    der: &[u8],
    parts: &[&[u8]],
    seen: Timestamp,
) -> Option<Stamp> {
    let token = report.check(CheckCode::Timestamp, read(der, parts, seen))?;
    let mut certificates = token.certificates().cloned();
    let leaf = certificates.next()?;
    let mut others: Vec<_> = certificates.collect();
    others.extend(context.store.certificates.iter().cloned());
    let path = context
        .trust
        .path(Purpose::Timestamps, &leaf, &others, seen)
        .filter(|_| leaf.validity().contains(token.time()));
    let trusted = path.as_ref().map(|_| ()).ok_or([
        "時戳服務的憑證無法連到信任的根憑證，或已過期而無法再證明時間",
        "the timestamp authority's certificate does not lead to a root that is trusted, or has ended and proves no time any more",
    ]);
    let proves = report.check(CheckCode::TimestampChain, trusted).is_some();
    let path = path.unwrap_or_else(|| chain::upward(&leaf, &others));
    let moment = Moment { used: seen, now: context.now };
    let known = context.store.known(&path, moment).map(|mut known| {
        known.complete &= proves;
        known
    });
    let known = report.check(CheckCode::Revocation, known);
    Some(Stamp { time: token.time(), proves: proves && known.is_some(), known })
}

fn read(der: &[u8], parts: &[&[u8]], seen: Timestamp) -> Result<Token, Finding> {
    let token = Token::read(der).map_err(|error| finding(&error))?;
    if !token.covers(parts) {
        return Err(finding(&TimestampError::OtherImprint));
    }
    token.signed().map_err(|error| finding(&error))?;
    if token.time() > seen.checked_add(super::CLOCK_SKEW).unwrap_or(seen) {
        return Err(["時戳的時間在未來", "the timestamp's time lies in the future"]);
    }
    Ok(token)
}

const fn finding(error: &TimestampError) -> Finding {
    match error {
        TimestampError::OtherImprint => {
            ["時戳屬於另一份文件或另一個簽章", "the timestamp is of another document or signature"]
        }
        TimestampError::BadSignature => {
            ["時戳的簽章不正確", "the timestamp's signature does not hold"]
        }
        TimestampError::OtherCertificate => [
            "時戳指定的憑證不是簽發它的憑證",
            "the timestamp names another certificate than the one that signed it",
        ],
        TimestampError::NotForTimestamps => [
            "簽發時戳的憑證不是時戳專用憑證",
            "the timestamp was signed with a certificate that is not meant for timestamps alone",
        ],
        TimestampError::NotAToken
        | TimestampError::TooLarge
        | TimestampError::NotAnAnswer
        | TimestampError::Unavailable(_)
        | TimestampError::LimitReached
        | TimestampError::Refused { .. }
        | TimestampError::OtherNonce
        | TimestampError::CertificateEnded
        | TimestampError::NotTrusted
        | TimestampError::ClocksDiffer { .. } => {
            ["時戳的結構無法讀取", "the timestamp has a structure that can't be read"]
        }
    }
}
