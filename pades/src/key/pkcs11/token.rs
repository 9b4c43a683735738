//! A token: finding it, logging in, and what lies on it.

use cryptoki::error::{Error, RvError};
use cryptoki::object::{
    Attribute, AttributeType, CertificateType, KeyType, ObjectClass, ObjectHandle,
};
use cryptoki::session::{Session, SessionState, UserType};
use cryptoki::slot::{Slot, TokenInfo};
use der::Decode;
use der::asn1::ObjectIdentifier;
use der::oid::db::rfc5912;

use super::super::{KeyError, RsaPadding};
use super::fault::Fault;
use super::module::Entered;
use super::place::{KeyName, Pin, TokenName};
use crate::{Certificate, SignatureAlgorithm};

/// Most certificates that are read from a token.
const MOST_CERTIFICATES: usize = 64;

/// The slot in which the token is.
pub(super) fn find(module: &Entered<'_>, name: &TokenName) -> Result<(Slot, TokenInfo), Fault> {
    let mut found = Vec::new();
    for slot in module.get_slots_with_token()? {
        // A broken reader in one slot is no reason to miss the token in another.
        let Ok(info) = module.get_token_info(slot) else { continue };
        let it = match name {
            TokenName::Label(label) => info.label().trim_end() == label,
            TokenName::Serial(serial) => info.serial_number().trim_end() == serial,
            TokenName::Slot(number) => slot.id() == *number,
        };
        if it && info.token_initialized() {
            found.push((slot, info));
        }
    }
    match (found.pop(), found.is_empty()) {
        (Some(one), true) => Ok(one),
        (Some(_), false) => Err(KeyError::SeveralTokens.into()),
        (None, _) => Err(Fault::Lost(KeyError::TokenNotFound)),
    }
}

/// What a session is for.
#[derive(Clone, Copy)]
pub(super) enum Access {
    /// Signing.
    Read,
    /// Making a key, or writing certificates.
    Write,
}

/// A session with the token, logged in. It is not closed when dropped: [`close`] it.
pub(super) fn open(
    module: &Entered<'_>,
    token: &TokenName,
    pin: &Pin,
    access: Access,
) -> Result<(Session, Slot), Fault> {
    let (slot, info) = find(module, token)?;
    let session = match access {
        Access::Read => module.open_ro_session_no_drop(slot)?,
        Access::Write => module.open_rw_session_no_drop(slot)?,
    };
    match log_in(module, &session, &info, pin) {
        Ok(()) => Ok((session, slot)),
        Err(fault) => {
            close(session);
            Err(fault)
        }
    }
}

/// Close a session of the module's present start.
pub(super) fn close(session: Session) {
    // What can't be closed is gone already.
    let _ = session.close();
}

fn log_in(
    module: &Entered<'_>,
    session: &Session,
    info: &TokenInfo,
    pin: &Pin,
) -> Result<(), Fault> {
    // Held until it is done: who waits here finds that somebody has logged in for all, or failed.
    let mut refused = module.refused();
    let public = matches!(
        session.get_session_info()?.session_state(),
        SessionState::RoPublic | SessionState::RwPublic
    );
    if !public || !info.login_required() {
        return Ok(());
    }
    enter_pin(&mut refused, session, info, UserType::User, pin)
}

/// Enter the PIN once more, for the one signature that was begun in this session: what cards ask
/// whose key must not sign unnoticed.
pub(super) fn confirm(
    module: &Entered<'_>,
    session: &Session,
    slot: Slot,
    pin: &Pin,
) -> Result<(), Fault> {
    let mut refused = module.refused();
    let info = module.get_token_info(slot)?;
    enter_pin(&mut refused, session, &info, UserType::ContextSpecific, pin)
}

fn enter_pin(
    refused: &mut Vec<(String, Pin)>,
    session: &Session,
    info: &TokenInfo,
    user: UserType,
    pin: &Pin,
) -> Result<(), Fault> {
    let token = info.serial_number();
    if refused.iter().any(|(serial, wrong)| serial == token && wrong == pin) {
        return Err(KeyError::PinWrong.into());
    }
    before_login(info.user_pin_locked(), info.user_pin_final_try())?;
    match session.login(user, Some(&pin.to_auth())) {
        Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(()),
        Err(error) => {
            let fault = Fault::from(error);
            if matches!(fault, Fault::Lasting(KeyError::PinWrong)) {
                refused.push((token.to_owned(), pin.clone()));
            }
            Err(fault)
        }
    }
}

/// A process that is started again and again with a wrong PIN must not lock the token, so that
/// the last try is a person's.
const fn before_login(locked: bool, last_try: bool) -> Result<(), KeyError> {
    match (locked, last_try) {
        (true, _) => Err(KeyError::PinLocked),
        (false, true) => Err(KeyError::PinLastTry),
        (false, false) => Ok(()),
    }
}

/// The one private key of that name.
pub(super) fn private_key(session: &Session, name: &KeyName) -> Result<ObjectHandle, Fault> {
    let mut wanted = vec![Attribute::Class(ObjectClass::PRIVATE_KEY)];
    wanted.extend(name.label.as_ref().map(|label| Attribute::Label(label.clone().into_bytes())));
    wanted.extend(name.id.as_ref().map(|id| Attribute::Id(id.clone())));
    match session.find_objects(&wanted)?.as_slice() {
        [] => Err(KeyError::KeyNotFound.into()),
        [one] => Ok(*one),
        [_, ..] => Err(KeyError::SeveralTokenKeys.into()),
    }
}

/// Whether the token asks for the PIN before each signature of the key (CKA_ALWAYS_AUTHENTICATE).
pub(super) fn asks_each_time(session: &Session, key: ObjectHandle) -> Result<bool, Fault> {
    let attributes = session.get_attributes(key, &[AttributeType::AlwaysAuthenticate])?;
    Ok(attributes.iter().any(|one| matches!(one, Attribute::AlwaysAuthenticate(true))))
}

/// How that key signs, an RSA key with `padding`.
pub(super) fn algorithm(
    session: &Session,
    key: ObjectHandle,
    padding: RsaPadding,
) -> Result<SignatureAlgorithm, Fault> {
    let wanted = [AttributeType::KeyType, AttributeType::Modulus, AttributeType::EcParams];
    let (mut kind, mut modulus, mut curve) = (None, 0, None);
    for attribute in session.get_attributes(key, &wanted)? {
        match attribute {
            Attribute::KeyType(is) => kind = Some(is),
            Attribute::Modulus(bytes) => modulus = bytes.len(),
            Attribute::EcParams(der) => curve = ObjectIdentifier::from_der(&der).ok(),
            _ => {}
        }
    }
    match (kind, modulus, curve) {
        (Some(KeyType::RSA), 256 | 384 | 512, _) => Ok(SignatureAlgorithm::of_rsa(padding)),
        (Some(KeyType::EC), _, Some(rfc5912::SECP_256_R_1)) => {
            Ok(SignatureAlgorithm::EcdsaP256Sha256)
        }
        (Some(KeyType::EC), _, Some(rfc5912::SECP_384_R_1)) => {
            Ok(SignatureAlgorithm::EcdsaP384Sha384)
        }
        _ => Err(KeyError::KindUnsupported.into()),
    }
}

/// The certificates on the token; what is none that we can read is somebody else's.
pub(super) fn certificates(session: &Session) -> Result<Vec<Certificate>, Fault> {
    let wanted = [
        Attribute::Class(ObjectClass::CERTIFICATE),
        Attribute::CertificateType(CertificateType::X_509),
    ];
    let mut found = Vec::new();
    for handle in session.find_objects(&wanted)?.into_iter().take(MOST_CERTIFICATES) {
        for attribute in session.get_attributes(handle, &[AttributeType::Value])? {
            if let Attribute::Value(der) = attribute {
                found.extend(Certificate::from_der(&der));
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_try_before_a_token_locks_is_left_to_a_person() {
        assert_eq!(before_login(false, false), Ok(()));
        assert_eq!(before_login(false, true), Err(KeyError::PinLastTry));
        assert_eq!(before_login(true, false), Err(KeyError::PinLocked));
    }
}
