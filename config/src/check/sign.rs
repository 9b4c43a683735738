//! What the section `sign` must say.

use super::{Wrong, wrong};
use crate::{Profile, Sign};

/// Cards sign one thing after another, and no HSM of a school needs more at once than this.
const SESSIONS: std::ops::RangeInclusive<usize> = 1..=64;

pub(super) fn check(sign: &Sign) -> Result<(), Wrong> {
    if sign.profile != Profile::BB && sign.tsa.is_empty() {
        return Err(wrong("sign.profile", "needs sign.tsa: a TSA confirms the time"));
    }
    if !SESSIONS.contains(&sign.sessions) {
        return Err(wrong("sign.sessions", "must be from 1 to 64"));
    }
    if sign.patience.0.is_zero() {
        return Err(wrong("sign.patience", "must be longer than nothing, as 10s"));
    }
    for (at, tsa) in sign.tsa.iter().enumerate() {
        if !is_http(&tsa.url) {
            let key = format!("sign.tsa.{at}.url");
            return Err(wrong(&key, "must be an address that starts with http:// or https://"));
        }
        let few =
            sign.profile == Profile::BLTA && tsa.limit.is_some_and(|one| one.requests.get() < 2);
        if few {
            let key = format!("sign.tsa.{at}.limit.requests");
            return Err(wrong(
                &key,
                "must be 2 at least: b-lta takes two timestamps a certificate",
            ));
        }
        if tsa.limit.is_some_and(|limit| limit.per.0.is_zero()) {
            let key = format!("sign.tsa.{at}.limit.per");
            return Err(wrong(&key, "must be longer than nothing, as 20m"));
        }
    }
    let next = sign.next.as_ref();
    if next.is_some_and(|next| next.key == sign.key) {
        return Err(wrong("sign.next.key", "is sign.key itself"));
    }
    Ok(())
}

fn is_http(url: &str) -> bool {
    let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let plain = url.chars().all(|c| c.is_ascii_graphic());
    // A name and a password before an @ would be a literal secret.
    plain
        && host
            .is_some_and(|host| !host.is_empty() && !host.starts_with('/') && !host.contains('@'))
}
