//! Having a token draw a key pair (PKCS#11 3.0, section 5.18.4).

use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, AttributeType, ObjectClass, ObjectHandle};
use cryptoki::session::Session;
use cryptoki::types::Ulong;
use der::asn1::{BitString, ObjectIdentifier, OctetStringRef, UintRef};
use der::oid::db::rfc5912;
use der::{Any, Decode, Encode, Sequence};
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};

use super::super::{KeyError, KeyKind};
use super::fault::Fault;

/// 65537, as all the world uses it.
const EXPONENT: [u8; 3] = [1, 0, 1];

/// What a kind of key is to a token.
#[derive(Clone, Copy)]
enum Shape {
    /// The modulus' bits.
    Rsa(u64),
    Curve(ObjectIdentifier),
}

impl Shape {
    const fn of(kind: KeyKind) -> Self {
        match kind {
            KeyKind::P256 => Self::Curve(rfc5912::SECP_256_R_1),
            KeyKind::P384 => Self::Curve(rfc5912::SECP_384_R_1),
            KeyKind::Rsa2048 => Self::Rsa(2048),
            KeyKind::Rsa3072 => Self::Rsa(3072),
            KeyKind::Rsa4096 => Self::Rsa(4096),
        }
    }
}

/// `RSAPublicKey` (RFC 8017, appendix A.1.1).
#[derive(Sequence)]
struct RsaPublicKey<'a> {
    modulus: UintRef<'a>,
    exponent: UintRef<'a>,
}

/// Make a key pair of that label and id, whose private half can't leave the token, and give back
/// its `SubjectPublicKeyInfo` in DER. A private key that has the label or the id already is not
/// touched.
pub(super) fn key_pair(
    session: &Session,
    label: &str,
    id: &[u8],
    kind: KeyKind,
) -> Result<Vec<u8>, Fault> {
    for name in [Attribute::Label(label.into()), Attribute::Id(id.into())] {
        let wanted = [Attribute::Class(ObjectClass::PRIVATE_KEY), name];
        if !session.find_objects(&wanted)?.is_empty() {
            return Err(KeyError::TokenKeyExists.into());
        }
    }
    let shape = Shape::of(kind);
    let named = [Attribute::Token(true), Attribute::Label(label.into()), Attribute::Id(id.into())];
    let mut public = named.to_vec();
    public.extend([Attribute::Private(false), Attribute::Verify(true)]);
    let mut private = named.to_vec();
    private.extend([
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        Attribute::Sign(true),
    ]);
    let mechanism = match shape {
        Shape::Rsa(bits) => {
            public.push(Attribute::ModulusBits(Ulong::new(bits)));
            public.push(Attribute::PublicExponent(EXPONENT.to_vec()));
            Mechanism::RsaPkcsKeyPairGen
        }
        Shape::Curve(curve) => {
            public.push(Attribute::EcParams(curve.to_der()?));
            Mechanism::EccKeyPairGen
        }
    };
    let (public, _) = session.generate_key_pair(&mechanism, &public, &private)?;
    public_info(session, public, shape)
}

fn public_info(session: &Session, key: ObjectHandle, shape: Shape) -> Result<Vec<u8>, Fault> {
    let (mut modulus, mut exponent, mut point) = (Vec::new(), Vec::new(), Vec::new());
    let wanted = [AttributeType::Modulus, AttributeType::PublicExponent, AttributeType::EcPoint];
    for attribute in session.get_attributes(key, &wanted)? {
        match attribute {
            Attribute::Modulus(bytes) => modulus = bytes,
            Attribute::PublicExponent(bytes) => exponent = bytes,
            Attribute::EcPoint(bytes) => point = bytes,
            _ => {}
        }
    }
    let (algorithm, bits) = match shape {
        Shape::Rsa(_) => {
            let (modulus, exponent) = (UintRef::new(&modulus)?, UintRef::new(&exponent)?);
            let key = RsaPublicKey { modulus, exponent }.to_der()?;
            let oid = rfc5912::RSA_ENCRYPTION;
            (AlgorithmIdentifierOwned { oid, parameters: Some(Any::null()) }, key)
        }
        Shape::Curve(curve) => {
            let parameters = Some(Any::from_der(&curve.to_der()?)?);
            // The point in an OCTET STRING, and with older modules without.
            let bits = <&OctetStringRef>::from_der(&point).map(|inner| inner.as_bytes().to_vec());
            let oid = rfc5912::ID_EC_PUBLIC_KEY;
            (AlgorithmIdentifierOwned { oid, parameters }, bits.unwrap_or(point))
        }
    };
    let subject_public_key = BitString::from_bytes(&bits)?;
    Ok(SubjectPublicKeyInfoOwned { algorithm, subject_public_key }.to_der()?)
}
