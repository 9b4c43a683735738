//! The second factor: one-time codes by the clock (TOTP, RFC 6238: SHA-1, six digits, 30 seconds),
//! as every authenticator program has them.

use jiff::Timestamp;
use std::io;
use totp_rs::{Builder, Secret, Totp};

/// A secret (base32) of these bits; RFC 4226, section 4, asks for 160.
pub(crate) fn secret(bits: &[u8; 20]) -> String {
    Secret::new_stack(*bits).to_base32()
}

/// What an authenticator program reads from a picture or a link.
///
/// # Errors
/// The secret is none.
pub(crate) fn uri(secret: &str, name: &str, issuer: &str) -> io::Result<String> {
    // A colon would end the issuer's name.
    let issuer = issuer.replace(':', " ");
    let builder = Builder::new().with_account_name(name).with_issuer(Some(issuer.as_str()));
    totp(builder, secret)?.to_url().map_err(io::Error::other)
}

/// The time step of a code, where it is right now, or was within the step before or will be
/// within the next: telephones and hosts differ by seconds, and people type.
///
/// # Errors
/// The secret is none.
pub(crate) fn step(secret: &str, code: &str, now: Timestamp) -> io::Result<Option<i64>> {
    let typed: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    let seconds = u64::try_from(now.as_second()).unwrap_or_default();
    let step = totp(Builder::new(), secret)?.check(&typed, seconds);
    Ok(step.and_then(|step| i64::try_from(step).ok()))
}

/// The library's defaults are ours: SHA-1, six digits, 30 seconds, one step either way.
fn totp(builder: Builder, secret: &str) -> io::Result<Totp> {
    let secret = Secret::try_from_base32(secret).map_err(io::Error::other)?;
    builder.with_secret(secret).build().map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret of RFC 6238, appendix B.
    const RFC: &[u8; 20] = b"12345678901234567890";

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn codes_are_those_of_the_standard() {
        let secret = secret(RFC);
        // Appendix B, the last six of its eight digits.
        for (second, code) in [(59, "287082"), (1_111_111_109, "081804"), (2_000_000_000, "279037")]
        {
            assert_eq!(step(&secret, code, at(second)).unwrap(), Some(second / 30), "{second}");
        }
    }

    #[test]
    fn a_code_is_good_for_one_step_either_way() {
        let secret = secret(RFC);
        for (second, good) in [(0, true), (29, true), (89, true), (90, false), (3_000, false)] {
            // The code of the seconds 30 to 59.
            let found = step(&secret, "287 082", at(second)).unwrap();
            assert_eq!(found, good.then_some(1), "{second}");
        }
        assert_eq!(step(&secret, "28708", at(59)).unwrap(), None);
    }

    #[test]
    fn an_authenticator_reads_whose_it_is() {
        let uri = uri(&secret(RFC), "wang", "國立範例: 大學").unwrap();
        assert!(uri.starts_with("otpauth://totp/"), "{uri}");
        assert!(uri.contains(":wang?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"), "{uri}");
    }
}
