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
    /// When it takes over from the one that signs now.
    #[serde(default)]
    pub takes_over: Option<Timestamp>,
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
    /// It takes over before its certificate is valid, which is from then on.
    TakesOverEarly(Timestamp),
    /// An issuer's certificate is missing, so that others can't follow the chain to its root.
    LinkMissing,
}

impl KeyNote {
    /// What to see to at `now`, the gravest first. One that is `relieved` by another in time may
    /// end.
    fn alarms(&self, now: Timestamp, relieved: bool) -> Vec<KeyAlarm> {
        let dates = match self {
            Self::Fails(reason) => return vec![KeyAlarm::Fails(reason.clone())],
            Self::Opens(dates) => dates,
        };
        let mut alarms = Vec::new();
        let left = dates.ends_first.duration_since(now);
        if dates.until < now || (dates.from > now && dates.takes_over.is_none()) {
            alarms.push(KeyAlarm::OutOfDate(dates.until));
        } else if dates.takes_over.is_some_and(|day| day < dates.from) {
            alarms.push(KeyAlarm::TakesOverEarly(dates.from));
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
            Self::EndsIn(_) | Self::TakesOverEarly(_) | Self::LinkMissing => false,
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
            Self::TakesOverEarly(from) => [
                format!(
                    "下一把金鑰的憑證在接手日尚未生效（自 {from} 起有效），請改訂 sign.next.from"
                ),
                format!(
                    "the next key takes over before its certificate is valid (from {from} on); change sign.next.from"
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
    let in_time = |present: &KeyDates, next: &KeyDates| {
        let begins = next.takes_over.unwrap_or(now).max(next.from);
        begins <= present.ends_first && next.ends_first > begins
    };
    let relieved = match notes {
        [KeyNote::Opens(present), KeyNote::Opens(next)] => in_time(present, next),
        _ => false,
    };
    notes.iter().enumerate().flat_map(|(at, note)| note.alarms(now, at == 0 && relieved)).collect()
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
            takes_over: None,
        }
    }

    /// A key that takes over on a day.
    fn next(day: i64, from: i64, until: i64) -> KeyNote {
        KeyNote::Opens(KeyDates { takes_over: Some(at(day)), ..key(from, until) })
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
    fn a_key_that_takes_over_in_time_relieves_the_one_before_it() {
        let old = KeyNote::Opens(key(-900, 30));
        let alarms = |next: KeyNote| key_alarms(&[old.clone(), next], at(0));
        assert_eq!(alarms(next(20, 10, 900)), []);
        assert_eq!(alarms(next(31, 10, 900)), [KeyAlarm::EndsIn(30)], "too late");
        let early = [KeyAlarm::EndsIn(30), KeyAlarm::TakesOverEarly(at(40))];
        assert_eq!(alarms(next(20, 40, 900)), early);
        let broken = Reason::new("key_unreadable", ["", ""], ["", ""]);
        let both = [KeyAlarm::EndsIn(30), KeyAlarm::Fails(broken.clone())];
        assert_eq!(alarms(KeyNote::Fails(broken)), both);
        assert_eq!(alarms(next(20, 10, 50)), [KeyAlarm::EndsIn(50)], "it ends soon itself");
    }
}
