//! RSASSA-PSS: what its parameters say (RFC 4055, section 3.1; RFC 4056).

use aws_lc_rs::signature::{
    RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, RsaParameters,
    RsaPssSaltLength, VerificationAlgorithm,
};
use der::oid::db::rfc5912;
use der::{Any, Decode, Encode, Sequence};
use x509_cert::spki::AlgorithmIdentifierOwned;

use super::Digest;

/// `RSASSA-PSS-params`. What is left out means SHA-1, which nobody here accepts, a salt of 20
/// bytes, and the one trailer that there is.
#[derive(Sequence)]
struct Parameters {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    hash: Option<AlgorithmIdentifierOwned>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    mask: Option<AlgorithmIdentifierOwned>,
    #[asn1(context_specific = "2", tag_mode = "EXPLICIT", optional = "true")]
    salt_length: Option<u16>,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT", optional = "true")]
    trailer: Option<u8>,
}

/// `AlgorithmIdentifier` of PSS with this digest throughout, and a salt of its length.
pub(super) fn identifier(digest: Digest) -> der::Result<AlgorithmIdentifierOwned> {
    let hash = AlgorithmIdentifierOwned { oid: digest.oid(), parameters: Some(Any::null()) };
    let parameters = Parameters {
        mask: Some(AlgorithmIdentifierOwned {
            oid: rfc5912::ID_MGF_1,
            parameters: Some(Any::from_der(&hash.to_der()?)?),
        }),
        hash: Some(hash),
        salt_length: Some(digest.length()),
        trailer: None,
    };
    Ok(AlgorithmIdentifierOwned {
        oid: rfc5912::ID_RSASSA_PSS,
        parameters: Some(Any::from_der(&parameters.to_der()?)?),
    })
}

/// How to verify what such an identifier names with `key`, an `RSAPublicKey`: one digest for
/// message and mask, and a salt as long as the digest or as the key allows, which are what
/// producers use.
pub(super) fn verification(
    parameters: Option<&Any>,
    key: &[u8],
) -> Option<(Digest, &'static dyn VerificationAlgorithm)> {
    let parameters: Parameters = parameters?.decode_as().ok()?;
    let digest = digest_named(&parameters.hash?)?;
    let mask = parameters.mask?;
    let of_mask: AlgorithmIdentifierOwned = mask.parameters.as_ref()?.decode_as().ok()?;
    let known = mask.oid == rfc5912::ID_MGF_1
        && digest_named(&of_mask) == Some(digest)
        && parameters.trailer.is_none_or(|trailer| trailer == 1);
    if !known {
        return None;
    }
    let salt = parameters.salt_length.unwrap_or(20);
    let longest = longest_salt(digest, key)?;
    let with: &'static dyn VerificationAlgorithm = if salt == digest.length() {
        match digest {
            Digest::Sha256 => &RSA_PSS_2048_8192_SHA256,
            Digest::Sha384 => &RSA_PSS_2048_8192_SHA384,
            Digest::Sha512 => &RSA_PSS_2048_8192_SHA512,
        }
    } else if salt == longest {
        match digest {
            Digest::Sha256 => {
                &const { RSA_PSS_2048_8192_SHA256.with_pss_salt_length(RsaPssSaltLength::Max) }
            }
            Digest::Sha384 => {
                &const { RSA_PSS_2048_8192_SHA384.with_pss_salt_length(RsaPssSaltLength::Max) }
            }
            Digest::Sha512 => {
                &const { RSA_PSS_2048_8192_SHA512.with_pss_salt_length(RsaPssSaltLength::Max) }
            }
        }
    } else {
        return None;
    };
    Some((digest, with))
}

/// The digest, without parameters or with NULL (RFC 4055, section 2.1).
fn digest_named(algorithm: &AlgorithmIdentifierOwned) -> Option<Digest> {
    let plain = algorithm.parameters.as_ref().is_none_or(|any| *any == Any::null());
    Digest::from_oid(algorithm.oid).filter(|_| plain)
}

/// RFC 8017, section 9.1.1: what is left of the encoded message besides digest and two bytes.
fn longest_salt(digest: Digest, key: &[u8]) -> Option<u16> {
    let bits = u16::try_from(RsaParameters::public_modulus_len(key).ok()?).ok()?;
    (bits.checked_add(6)? / 8).checked_sub(digest.length())?.checked_sub(2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RsaPadding;
    use crate::key::MemoryKey;
    use aws_lc_rs::rsa::{KeyPair, KeySize};

    fn edited(edit: impl FnOnce(&mut Parameters)) -> Any {
        let identifier = identifier(Digest::Sha256).unwrap();
        let mut parameters = identifier.parameters.unwrap().decode_as().unwrap();
        edit(&mut parameters);
        Any::from_der(&parameters.to_der().unwrap()).unwrap()
    }

    #[test]
    fn parameters_of_something_weaker_are_refused() {
        let key = MemoryKey::Rsa(KeyPair::generate(KeySize::Rsa2048).unwrap());
        let known = |parameters: &Any| verification(Some(parameters), key.public()).is_some();
        assert!(known(&edited(|_| ())));
        assert!(known(&edited(|all| all.trailer = Some(1))));
        assert!(known(&edited(|all| all.salt_length = Some(256 - 32 - 2))));
        let sha1 = AlgorithmIdentifierOwned { oid: rfc5912::ID_SHA_1, parameters: None };
        let sha384 = Digest::Sha384.identifier();
        for (what, refused) in [
            ("no hash is SHA-1", edited(|all| all.hash = None)),
            ("SHA-1", edited(|all| all.hash = Some(sha1))),
            ("no mask is SHA-1", edited(|all| all.mask = None)),
            ("another mask", edited(|all| all.mask = Some(sha384.clone()))),
            ("a mask of another hash", edited(|all| all.hash = Some(sha384))),
            ("no salt", edited(|all| all.salt_length = Some(0))),
            ("no length of salt is 20", edited(|all| all.salt_length = None)),
            ("another trailer", edited(|all| all.trailer = Some(2))),
        ] {
            assert!(!known(&refused), "{what}");
        }
        assert!(verification(None, key.public()).is_none());
    }

    #[test]
    fn a_signature_fits_its_salt_alone() {
        let key = MemoryKey::Rsa(KeyPair::generate(KeySize::Rsa2048).unwrap());
        let signature = key.sign(RsaPadding::Pss, b"message").unwrap();
        let fits = |parameters: &Any, message: &[u8]| {
            let (_, with) = verification(Some(parameters), key.public()).unwrap();
            aws_lc_rs::signature::UnparsedPublicKey::new(with, key.public())
                .verify(message, &signature)
                .is_ok()
        };
        assert!(fits(&edited(|_| ()), b"message"));
        assert!(!fits(&edited(|_| ()), b"another"));
        assert!(!fits(&edited(|all| all.salt_length = Some(222)), b"message"));
    }
}
