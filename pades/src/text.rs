//! Text strings and dates of PDF (ISO 32000-2, sections 7.9.2 and 7.9.4), and a date of ASN.1.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

/// A text string: ASCII as it is, anything else as UTF-16BE with its mark.
pub(crate) fn text_string(text: &str) -> Vec<u8> {
    if text.is_ascii() {
        return text.as_bytes().to_vec();
    }
    let units = text.encode_utf16().flat_map(u16::to_be_bytes);
    [0xFE, 0xFF].into_iter().chain(units).collect()
}

/// A date, in UTC.
pub(crate) fn date(at: Timestamp) -> String {
    at.strftime("D:%Y%m%d%H%M%SZ").to_string()
}

/// The moment that a date names; all fields down to the second must be there.
pub(crate) fn parse_date(text: &[u8]) -> Option<Timestamp> {
    let text = std::str::from_utf8(text).ok()?.strip_prefix("D:")?;
    if !text.is_ascii() {
        return None;
    }
    let (digits, zone) = text.split_at_checked(14)?;
    let civil = DateTime::strptime("%Y%m%d%H%M%S", digits).ok()?;
    offset(zone)?.to_timestamp(civil).ok()
}

/// `Z`, `Z00'00'`, `+08'00'`, `+08'00` or nothing, which counts as UTC.
fn offset(zone: &str) -> Option<Offset> {
    let sign = match zone.as_bytes().first() {
        None | Some(b'Z') => return Some(Offset::UTC),
        Some(b'+') => 1,
        Some(b'-') => -1,
        Some(_) => return None,
    };
    let mut parts = zone.get(1..)?.split('\'').filter(|part| !part.is_empty());
    let mut part = || parts.next().map_or(Some(0), |part| part.parse::<i32>().ok());
    let (hours, minutes) = (part()?, part()?);
    if !(0..24).contains(&hours) || !(0..60).contains(&minutes) {
        return None;
    }
    Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()
}

/// The moment that the text of a `GeneralizedTime` names, with fractions of a second where it has
/// them (RFC 3161, section 2.4.2), which the decoder of X.509's times does not read.
pub(crate) fn parse_generalized_time(text: &[u8]) -> Option<Timestamp> {
    let digits = text.strip_suffix(b"Z")?;
    let plain = digits.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.');
    if !plain || !(14..=24).contains(&digits.len()) {
        return None;
    }
    let civil = DateTime::strptime("%Y%m%d%H%M%S%.f", digits).ok()?;
    Offset::UTC.to_timestamp(civil).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_is_written_as_utf_16() {
        assert_eq!(text_string("Seal"), b"Seal");
        assert_eq!(text_string("印"), [0xFE, 0xFF, 0x53, 0x70]);
        assert_eq!(text_string("𠮷"), [0xFE, 0xFF, 0xD8, 0x42, 0xDF, 0xB7]);
    }

    #[test]
    fn a_date_reads_back() {
        let at: Timestamp = "2026-06-15T08:30:05Z".parse().unwrap();
        assert_eq!(date(at), "D:20260615083005Z");
        for text in [
            "D:20260615083005Z",
            "D:20260615163005+08'00'",
            "D:20260615163005+08'00",
            "D:20260615083005",
        ] {
            assert_eq!(parse_date(text.as_bytes()), Some(at), "{text}");
        }
        for text in
            ["", "D:2026", "D:20261315083005Z", "D:20260615083005+99'00'", "D:2026061508300五"]
        {
            assert_eq!(parse_date(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn a_generalized_time_may_have_fractions() {
        for (text, at) in [
            ("20260615083005Z", "2026-06-15T08:30:05Z"),
            ("20260615083005.25Z", "2026-06-15T08:30:05.25Z"),
        ] {
            assert_eq!(parse_generalized_time(text.as_bytes()), at.parse().ok(), "{text}");
        }
        for text in
            ["", "Z", "202606150830Z", "20260615083005", "20260615083005+0800", "2026061508300 Z"]
        {
            assert_eq!(parse_generalized_time(text.as_bytes()), None, "{text}");
        }
    }
}
