//! What is known of a signing key besides the key.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::Reason;

/// A certificate that ends within this time is an alarm: a CA takes weeks.
const SOON: SignedDuration = SignedDuration::from_hours(60 * 24);

/// What is known of a signing key. Stored as JSON: fields are added with a default, never renamed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyNote {
    /// It opens.
    Opens(KeyDates),
    /// It can't be used, and why.
    Fails(Reason),
}

/// The dates of a key that opens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyDates {
    /// Whom its certificate names: the school.
    pub subject: String,
    /// The certificate's serial number, in hexadecimal.
    pub serial: String,
    /// From when its certificate is valid.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// When the first of its issuers' certificates ends, or its own.
    pub ends_first: Timestamp,
    /// Whether its issuers are known up to a root that is trusted.
    pub complete: bool,
}

/// What a person has to see to before nothing can be signed any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyAlarm {
    /// It can't be used.
    Fails(Reason),
    /// Its certificate is not valid now.
    OutOfDate(Timestamp),
    /// Its certificate, or an issuer's, ends in so many days.
    EndsIn(i64),
    /// An issuer's certificate is missing, so that others can't follow the chain to its root.
    LinkMissing,
}

impl KeyNote {
    /// What to see to at `now`, the gravest first. A key that `takes_over` may begin later; one
    /// that is `relieved` by another in time may end.
    #[must_use]
    pub fn alarms(&self, now: Timestamp, takes_over: bool, relieved: bool) -> Vec<KeyAlarm> {
        let dates = match self {
            Self::Fails(reason) => return vec![KeyAlarm::Fails(reason.clone())],
            Self::Opens(dates) => dates,
        };
        let mut alarms = Vec::new();
        let left = dates.ends_first.duration_since(now);
        if dates.until < now || (dates.from > now && !takes_over) {
            alarms.push(KeyAlarm::OutOfDate(dates.until));
        } else if left < SOON && !relieved {
            alarms.push(KeyAlarm::EndsIn(left.as_hours().max(0) / 24));
        }
        if !dates.complete {
            alarms.push(KeyAlarm::LinkMissing);
        }
        alarms
    }
}

impl KeyAlarm {
    /// Whether it keeps the key from signing.
    #[must_use]
    pub const fn stops(&self) -> bool {
        match self {
            Self::Fails(_) | Self::OutOfDate(_) => true,
            Self::EndsIn(_) | Self::LinkMissing => false,
        }
    }

    /// In words, `[zh-TW, English]`.
    #[must_use]
    pub fn says(&self) -> [String; 2] {
        match self {
            Self::Fails(reason) => [reason.message_zh.clone(), reason.message_en.clone()],
            Self::OutOfDate(until) => [
                format!("簽章憑證不在有效期內（至 {until}）"),
                format!("the signing certificate is not valid now (it ends {until})"),
            ],
            Self::EndsIn(days) => [
                format!("簽章憑證或其上層憑證將於 {days} 天後到期，請換發"),
                format!(
                    "the signing certificate, or one of its issuers', ends in {days} days; renew it"
                ),
            ],
            Self::LinkMissing => [
                "簽章憑證缺少上層憑證，他人無法驗證到根憑證；請補在 sign.chain".to_owned(),
                "a link to the root is missing, so that others can't verify; add it to sign.chain"
                    .to_owned(),
            ],
        }
    }
}

/// The alarms of all keys, the one that signs now first.
#[must_use]
pub fn key_alarms(notes: &[KeyNote], now: Timestamp) -> Vec<KeyAlarm> {
    let relieved = matches!(notes, [_, KeyNote::Opens(next)] if next.until > now);
    let each = notes.iter().enumerate();
    each.flat_map(|(at, note)| note.alarms(now, at > 0, at == 0 && relieved)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(days: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + days * 86_400).unwrap()
    }

    fn key(from: i64, until: i64) -> KeyDates {
        KeyDates {
            subject: "O=School".into(),
            serial: "01".into(),
            from: at(from),
            until: at(until),
            ends_first: at(until),
            complete: true,
        }
    }

    #[test]
    fn what_ends_within_sixty_days_is_an_alarm() {
        let alarms = |until| key_alarms(&[KeyNote::Opens(key(-1, until))], at(0));
        assert_eq!(alarms(61), []);
        assert_eq!(alarms(59), [KeyAlarm::EndsIn(59)]);
        assert_eq!(alarms(-1), [KeyAlarm::OutOfDate(at(-1))]);
        let issuer = KeyDates { ends_first: at(10), ..key(-1, 900) };
        assert_eq!(key_alarms(&[KeyNote::Opens(issuer)], at(0)), [KeyAlarm::EndsIn(10)]);
    }

    #[test]
    fn a_missing_link_is_an_alarm() {
        let open = KeyDates { complete: false, ..key(-1, 900) };
        assert_eq!(key_alarms(&[KeyNote::Opens(open)], at(0)), [KeyAlarm::LinkMissing]);
    }

    #[test]
    fn a_key_that_takes_over_relieves_the_one_before_it() {
        let (old, next) = (KeyNote::Opens(key(-900, 30)), KeyNote::Opens(key(10, 900)));
        assert_eq!(key_alarms(&[old.clone(), next], at(0)), []);
        let broken = Reason::new("key_unreadable", ["", ""], ["", ""]);
        let alarms = key_alarms(&[old.clone(), KeyNote::Fails(broken.clone())], at(0));
        assert_eq!(alarms, [KeyAlarm::EndsIn(30), KeyAlarm::Fails(broken)]);
        let short = KeyNote::Opens(key(10, 50));
        assert_eq!(key_alarms(&[old, short], at(0)), [KeyAlarm::EndsIn(50)]);
    }
}
