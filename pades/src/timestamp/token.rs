//! A timestamp token: CMS around what the authority states (RFC 3161, section 2.4.2).

use der::asn1::{Int, OctetString};
use der::oid::db::rfc3161;
use der::{Decode, Tag, Tagged};
use jiff::Timestamp;

use super::TimestampError;
use super::asn1::TstInfo;
use crate::algorithm::Digest;
use crate::signer_info::{OneSigner, signed_data};
use crate::text::parse_generalized_time;
use crate::verify::Purpose;
use crate::{Certificate, Trust};

/// Most bytes of a token.
const MOST_BYTES: usize = 64 << 10;

/// A timestamp, as an authority signed it.
pub struct Token {
    der: Vec<u8>,
    stated: OctetString,
    info: TstInfo,
    digest: Digest,
    time: Timestamp,
    signer: OneSigner,
}

impl Token {
    /// Read a token, believing nothing of it.
    pub(crate) fn read(der: &[u8]) -> Result<Self, TimestampError> {
        if der.len() > MOST_BYTES {
            return Err(TimestampError::TooLarge);
        }
        Self::parse(der).ok_or(TimestampError::NotAToken)
    }

    fn parse(der: &[u8]) -> Option<Self> {
        let data = signed_data(der)?;
        if data.encap_content_info.econtent_type != rfc3161::ID_CT_TST_INFO {
            return None;
        }
        let stated: OctetString = data.encap_content_info.econtent.as_ref()?.decode_as().ok()?;
        let info = TstInfo::from_der(stated.as_bytes()).ok()?;
        let critical = info.extensions.iter().flatten().any(|extension| extension.critical);
        if info.version != 1 || critical || info.gen_time.tag() != Tag::GeneralizedTime {
            return None;
        }
        let digest = Digest::from_oid(info.message_imprint.hash_algorithm.oid)?;
        let time = parse_generalized_time(info.gen_time.value())?;
        let signer = OneSigner::read(data)?;
        Some(Self { der: der.to_vec(), stated, info, digest, time, signer })
    }

    /// The time that the authority states.
    #[must_use]
    pub const fn time(&self) -> Timestamp {
        self.time
    }

    /// The token in DER, as it came.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The certificates that came with it: the authority's own first, the others in no order.
    pub fn certificates(&self) -> impl Iterator<Item = &Certificate> {
        std::iter::once(self.signer.leaf()).chain(self.signer.others())
    }

    /// Whether it is of what the parts are, one after the other.
    pub(crate) fn covers(&self, parts: &[&[u8]]) -> bool {
        self.is_of(self.digest, &self.digest.of(parts))
    }

    /// Whether it is of what has this digest.
    pub(crate) fn is_of(&self, digest: Digest, imprint: &[u8]) -> bool {
        self.digest == digest && self.info.message_imprint.hashed_message.as_bytes() == imprint
    }

    /// The nonce that it answers.
    pub(super) const fn nonce(&self) -> Option<&Int> {
        self.info.nonce.as_ref()
    }

    /// Whether the signature is over what is stated, the attributes name the certificate that
    /// made it, and that one is for timestamps alone. Where it leads to is not asked.
    pub(crate) fn signed(&self) -> Result<(), TimestampError> {
        let signs = self.signer.signs(rfc3161::ID_CT_TST_INFO, &[self.stated.as_bytes()]);
        if !signs || !self.signer.holds() {
            Err(TimestampError::BadSignature)
        } else if !self.signer.names_leaf() {
            Err(TimestampError::OtherCertificate)
        } else if !self.signer.leaf().may_stamp_times() {
            Err(TimestampError::NotForTimestamps)
        } else {
            Ok(())
        }
    }

    /// The certificates from the authority's own to a root that is trusted with timestamps, valid
    /// at the token's time.
    pub(crate) fn path(&self, trust: &Trust) -> Result<Vec<Certificate>, TimestampError> {
        let leaf = self.signer.leaf();
        if !leaf.validity().contains(self.time) {
            return Err(TimestampError::CertificateEnded);
        }
        trust
            .path(Purpose::Timestamps, leaf, self.signer.others(), self.time)
            .ok_or(TimestampError::NotTrusted)
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Token").field("time", &self.time).finish_non_exhaustive()
    }
}
