//! How long a signature is to last: the baseline profiles of ETSI EN 319 142-1, section 6.

mod error;
mod lasting;

pub use error::ProfileError;
pub use lasting::{Services, certify_as};

use std::str::FromStr;

/// A PAdES baseline profile; a later one holds all that an earlier one does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Profile {
    /// B-B: the signature alone. It proves no time.
    BB,
    /// B-T: with a timestamp of the signature.
    BT,
    /// B-LT: with certificates and revocation data too, so that it verifies without a network.
    BLT,
    /// B-LTA: with a timestamp of all that too, so that it outlives the certificates.
    BLTA,
}

/// A word that names no profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is no signature profile; it is b-b, b-t, b-lt or b-lta")]
pub struct NotAProfile;

impl Profile {
    /// Every profile, in order.
    pub const ALL: [Self; 4] = [Self::BB, Self::BT, Self::BLT, Self::BLTA];

    /// The word in configuration and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BB => "b-b",
            Self::BT => "b-t",
            Self::BLT => "b-lt",
            Self::BLTA => "b-lta",
        }
    }
}

impl FromStr for Profile {
    type Err = NotAProfile;

    fn from_str(word: &str) -> Result<Self, NotAProfile> {
        Self::ALL.into_iter().find(|profile| profile.as_str() == word).ok_or(NotAProfile)
    }
}

impl std::fmt::Display for Profile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_read_back_in_order() {
        for profile in Profile::ALL {
            assert_eq!(profile.to_string().parse(), Ok(profile));
        }
        assert!(Profile::ALL.is_sorted());
        assert_eq!("B-LTA".parse::<Profile>(), Err(NotAProfile));
    }
}
