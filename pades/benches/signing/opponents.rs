//! What signs without us.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use cryptoki::context::Pkcs11;
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, ObjectClass};
use cryptoki::session::UserType;
use cryptoki::types::AuthPin;
use p12_keystore::Pkcs12Archive;
use std::hint::black_box;
use std::process::Command;

use crate::softhsm;

/// aws-lc-rs with the same key.
pub(crate) fn bare<'a>(pkcs12: &[u8], password: &str, message: &'a [u8]) -> Box<dyn FnMut() + 'a> {
    let archive = Pkcs12Archive::from_pkcs12(pkcs12, password).unwrap();
    let key = archive.keys[0].key.as_der();
    let random = SystemRandom::new();
    if let Ok(pair) = RsaKeyPair::from_pkcs8(key) {
        let mut signature = vec![0; pair.public_modulus_len()];
        return Box::new(move || {
            pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).unwrap();
            black_box(&signature);
        });
    }
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, key).unwrap();
    Box::new(move || {
        black_box(pair.sign(&random, message).unwrap());
    })
}

/// `cryptoki` with the same key on the same token, in one session; the token hashes nothing.
pub(crate) fn token_alone<'a>(kind: &str, message: &'a [u8]) -> Box<dyn FnMut() + 'a> {
    let module = Pkcs11::new(softhsm::module()).unwrap();
    let slots = module.get_slots_with_initialized_token().unwrap();
    let slot = slots
        .into_iter()
        .find(|slot| module.get_token_info(*slot).unwrap().label() == kind)
        .unwrap();
    let session = module.open_ro_session(slot).unwrap();
    // Logged in already where a key of ours is open.
    let _ = session.login(UserType::User, Some(&AuthPin::new(softhsm::PIN.into())));
    let key = session.find_objects(&[Attribute::Class(ObjectClass::PRIVATE_KEY)]).unwrap()[0];
    let mechanism = if kind.starts_with("rsa") { Mechanism::RsaPkcs } else { Mechanism::Ecdsa };
    // A DigestInfo of SHA-256 is this long.
    let length = if kind.starts_with("rsa") { 51 } else { 32 };
    Box::new(move || drop(black_box(session.sign(&mechanism, key, &message[..length]).unwrap())))
}

/// What `openssl speed` reaches with a key of this kind: the fourth field is the signatures
/// per second, of RSA and of ECDSA.
pub(crate) fn openssl_speed(kind: &str) -> f64 {
    let done =
        Command::new("openssl").args(["speed", "-mr", "-seconds", "1", kind]).output().unwrap();
    let said = String::from_utf8(done.stdout).unwrap();
    let line = said.lines().find(|line| line.starts_with("+F2:") || line.starts_with("+F4:"));
    line.unwrap().split(':').nth(3).unwrap().parse().unwrap()
}
