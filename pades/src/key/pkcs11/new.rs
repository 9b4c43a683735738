//! A key that a token drew, and the certificates that come for a token's key.

use cryptoki::object::{Attribute, AttributeType, CertificateType, ObjectClass, ObjectHandle};
use cryptoki::session::Session;
use der::Encode;
use std::path::Path;

use super::super::{KeyError, KeyKind, KeyPair, RsaPadding, Signer};
use super::fault::Fault;
use super::mechanism::Way;
use super::module::Module;
use super::place::{KeyName, Pin, TokenName, TokenPlace};
use super::pool::Pool;
use super::token::{self, Access};
use super::{Pkcs11Key, generate};
use crate::algorithm::Digest;
use crate::{Certificate, SignatureAlgorithm};

/// A key pair that was made on a token; its private half never leaves it.
pub struct NewTokenKey {
    pool: Pool,
    way: Way,
    algorithm: SignatureAlgorithm,
    public: Vec<u8>,
}

impl NewTokenKey {
    /// Make a key of that label and id on the token.
    ///
    /// # Errors
    /// [`KeyError::TokenKeyExists`] when a private key has the label or the id already, and
    /// another [`KeyError`] when the token makes none.
    pub fn make(
        module: &Path,
        token: &TokenName,
        pin: &Pin,
        (label, id): (&str, &[u8]),
        kind: KeyKind,
    ) -> Result<Self, KeyError> {
        let key = KeyName { label: Some(label.to_owned()), id: Some(id.to_owned()) };
        let place = TokenPlace { module: module.to_owned(), token: token.clone(), key };
        let public = writing(&place, pin, |session| generate::key_pair(session, label, id, kind))?;
        let pool = Pool::new(&place, pin, 1)?;
        let (way, algorithm) = pool.run(|module, opened| {
            let algorithm = token::algorithm(&opened.session, opened.key, RsaPadding::Pkcs1)?;
            Ok((Way::choose(module, opened, algorithm)?, algorithm))
        })?;
        Ok(Self { pool, way, algorithm, public })
    }
}

impl KeyPair for NewTokenKey {
    fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    fn public_key(&self) -> &[u8] {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        self.pool.sign(self.way, message)
    }
}

/// Write the certificate of the key at `place`, and its issuers, beside it; what is there already
/// stays as it is. Gives back the chain, the key's own certificate first.
///
/// # Errors
/// [`KeyError::KeyAndCertificateDiffer`] when none of them is the key's, and another [`KeyError`]
/// when the token takes none.
pub fn write_certificates(
    place: &TokenPlace,
    pin: &Pin,
    certificates: Vec<Certificate>,
) -> Result<Vec<Certificate>, KeyError> {
    let key = Pkcs11Key::open(place, pin, certificates.clone(), RsaPadding::Pkcs1, 1)?;
    if !certificates.contains(key.certificate()) {
        return Err(KeyError::KeyAndCertificateDiffer);
    }
    writing(place, pin, |session| {
        let (label, own_id) = names(session, token::private_key(session, &place.key)?)?;
        let there = token::certificates(session)?;
        for (number, one) in key.chain().iter().enumerate() {
            // Whoever reads the token finds the key's certificate by the key's id.
            let id =
                if number == 0 { own_id.clone() } else { Digest::Sha256.of(&[one.public_key()]) };
            if !there.contains(one) {
                session.create_object(&object(one, label.clone(), id)?)?;
            }
        }
        Ok(())
    })?;
    Ok(key.chain().to_vec())
}

/// Do `work` in a session that may write.
fn writing<T>(
    place: &TokenPlace,
    pin: &Pin,
    work: impl FnOnce(&Session) -> Result<T, Fault>,
) -> Result<T, KeyError> {
    let module = Module::at(&place.module)?;
    let entered = module.enter();
    let (session, _) = token::open(&entered, &place.token, pin, Access::Write)?;
    let done = work(&session);
    token::close(session);
    Ok(done?)
}

/// Label and id of an object.
fn names(session: &Session, object: ObjectHandle) -> Result<(Vec<u8>, Vec<u8>), Fault> {
    let (mut label, mut id) = (Vec::new(), Vec::new());
    for attribute in session.get_attributes(object, &[AttributeType::Label, AttributeType::Id])? {
        match attribute {
            Attribute::Label(is) => label = is,
            Attribute::Id(is) => id = is,
            _ => {}
        }
    }
    Ok((label, id))
}

fn object(certificate: &Certificate, label: Vec<u8>, id: Vec<u8>) -> der::Result<Vec<Attribute>> {
    let tbs = certificate.parsed().tbs_certificate();
    Ok(vec![
        Attribute::Class(ObjectClass::CERTIFICATE),
        Attribute::CertificateType(CertificateType::X_509),
        Attribute::Token(true),
        Attribute::Private(false),
        Attribute::Label(label),
        Attribute::Id(id),
        Attribute::Subject(tbs.subject().to_der()?),
        Attribute::Issuer(tbs.issuer().to_der()?),
        Attribute::SerialNumber(tbs.serial_number().to_der()?),
        Attribute::Value(certificate.der().to_vec()),
    ])
}
