//! What a timestamp authority is asked, and whether its answer is an answer to that
//! (RFC 3161, section 2.4).

use der::asn1::{BitString, Int, OctetString};
use der::{Any, Decode, Encode};
use jiff::{SignedDuration, Timestamp};

use super::asn1::{MessageImprint, PkiStatusInfo, TimeStampReq, TimeStampResp};
use super::{Refusal, TimestampError, Token};
use crate::Trust;
use crate::algorithm::Digest;

/// Most bytes of an answer.
const MOST_BYTES: usize = 64 << 10;

/// How far the authority's clock may be from ours: less than half of what whoever verifies allows,
/// since the clocks of two authorities may differ in both directions.
pub(crate) const CLOCKS_APART: SignedDuration = SignedDuration::from_mins(2);

/// Most letters of an authority's own words that are shown.
const MOST_LETTERS: usize = 200;

/// One question to a timestamp authority.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimestampRequest {
    imprint: Vec<u8>,
    nonce: [u8; 16],
}

impl TimestampRequest {
    /// Ask for the time of what has this SHA-256 digest. `nonce`, sixteen random bytes, ties the
    /// answer to this question.
    #[must_use]
    pub fn new(imprint: &[u8], mut nonce: [u8; 16]) -> Self {
        // Positive, and of a length that does not depend on chance.
        if let Some(first) = nonce.first_mut() {
            *first = *first & 0x7f | 0x40;
        }
        Self { imprint: imprint.to_vec(), nonce }
    }

    /// The request in DER, to be sent as `application/timestamp-query`.
    ///
    /// # Errors
    /// [`TimestampError::NotAToken`] when it can't be encoded, which no digest can bring about.
    pub fn to_der(&self) -> Result<Vec<u8>, TimestampError> {
        self.encode().map_err(|_| TimestampError::NotAToken)
    }

    fn encode(&self) -> der::Result<Vec<u8>> {
        let mut hash_algorithm = Digest::Sha256.identifier();
        // As OpenSSL and Bouncy Castle ask: authorities must take either, and some take one.
        hash_algorithm.parameters = Some(Any::null());
        TimeStampReq {
            version: 1,
            message_imprint: MessageImprint {
                hash_algorithm,
                hashed_message: OctetString::new(self.imprint.as_slice())?,
            },
            nonce: Int::new(&self.nonce)?,
            cert_req: true,
        }
        .to_der()
    }

    /// The token in `response`, an `application/timestamp-reply`: of this digest and nonce, made
    /// by an authority that `trust` trusts with timestamps, within two minutes of `now`.
    ///
    /// # Errors
    /// [`TimestampError`] says what is wrong with the answer.
    pub fn accept(
        &self,
        response: &[u8],
        trust: &Trust,
        now: Timestamp,
    ) -> Result<Token, TimestampError> {
        if response.len() > MOST_BYTES {
            return Err(TimestampError::TooLarge);
        }
        let response =
            TimeStampResp::from_der(response).map_err(|_| TimestampError::NotAnAnswer)?;
        granted(&response.status)?;
        let token = response.time_stamp_token.ok_or(TimestampError::NotAnAnswer)?;
        let token = token.to_der().map_err(|_| TimestampError::NotAToken)?;
        let token = Token::read(&token)?;
        if !token.is_of(Digest::Sha256, &self.imprint) {
            return Err(TimestampError::OtherImprint);
        }
        if token.nonce().is_none_or(|nonce| nonce.as_bytes() != self.nonce) {
            return Err(TimestampError::OtherNonce);
        }
        token.signed()?;
        if token.time().duration_since(now).abs() > CLOCKS_APART {
            return Err(TimestampError::ClocksDiffer { stamped: token.time(), here: now });
        }
        token.path(trust)?;
        Ok(token)
    }
}

/// Whether the status says that a token was granted (RFC 3161, section 2.4.2).
fn granted(status: &PkiStatusInfo) -> Result<(), TimestampError> {
    match status.status {
        0 | 1 => Ok(()),
        3 => Err(refused(status, Refusal::Waiting)),
        _ => Err(refused(status, Refusal::of(status.fail_info.as_ref()))),
    }
}

fn refused(status: &PkiStatusInfo, reason: Refusal) -> TimestampError {
    let words = status.status_string.as_deref().unwrap_or_default().join(" ");
    let words: String =
        words.chars().filter(|letter| !letter.is_control()).take(MOST_LETTERS).collect();
    TimestampError::Refused { reason, words: (!words.is_empty()).then_some(words) }
}

impl Refusal {
    fn of(fail_info: Option<&BitString>) -> Self {
        let is_set = |bit: usize| fail_info.is_some_and(|bits| bits.get(bit) == Some(true));
        let known = [
            (0, Self::BadAlgorithm),
            (2, Self::BadRequest),
            (5, Self::BadRequest),
            (14, Self::TimeNotAvailable),
            (15, Self::PolicyNotAccepted),
            (16, Self::BadRequest),
            (17, Self::BadRequest),
            (25, Self::SystemFailure),
        ];
        let named = known.into_iter().find(|(bit, _)| is_set(*bit));
        named.map_or(Self::Unexplained, |(_, reason)| reason)
    }
}
