//! Opening a key where the configuration says that it is.

use jiff::Timestamp;
use pades::{
    Certificate, KeyError, KeyName, Pin, Pkcs11Key, Pkcs12Key, RsaPadding, Signer, TokenName,
    TokenPlace,
};
use sealpress_config::{Home, KeyPlace, Padding, SecretError, TokenUri};

/// A key that can't be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Its file can't be read.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// It is there and can't be used.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// How a key is to be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Use {
    /// How an RSA key pads.
    pub padding: Padding,
    /// Signatures at once on a token.
    pub sessions: usize,
    /// When: of several certificates for the key, one that is valid then is used.
    pub at: Timestamp,
}

/// Open the key at `place` with its `password`, a file's or a token's PIN; `more` are certificates
/// that are kept beside it. Blocking.
///
/// # Errors
/// [`OpenError`] says what is missing or wrong.
pub fn open_key(
    home: &Home,
    place: &KeyPlace,
    password: &str,
    more: Vec<Certificate>,
    how: Use,
) -> Result<Box<dyn Signer>, OpenError> {
    let padding = match how.padding {
        Padding::Pkcs1 => RsaPadding::Pkcs1,
        Padding::Pss => RsaPadding::Pss,
    };
    Ok(match place {
        KeyPlace::File(file) => {
            let key = Pkcs12Key::open(&file.read(home)?, password)?;
            Box::new(key.with_padding(padding).with_issuers(more).for_time(how.at))
        }
        KeyPlace::Token(uri) => {
            let (place, pin) = (token_place(uri), Pin::new(password.to_owned()));
            let key = Pkcs11Key::open(&place, &pin, more, padding, how.sessions)?;
            Box::new(key.for_time(how.at))
        }
    })
}

/// Where a `pkcs11:` address says that a key is. Validation has seen to it that the address names
/// its token in one way.
#[must_use]
pub fn token_place(uri: &TokenUri) -> TokenPlace {
    let token = match (&uri.serial, &uri.token, uri.slot) {
        (Some(serial), _, _) => TokenName::Serial(serial.clone()),
        (None, Some(label), _) => TokenName::Label(label.clone()),
        (None, None, slot) => TokenName::Slot(slot.unwrap_or_default()),
    };
    TokenPlace {
        module: uri.module.clone(),
        token,
        key: KeyName { label: uri.object.clone(), id: uri.id.clone() },
    }
}
