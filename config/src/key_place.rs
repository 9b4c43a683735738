//! Where a signing key is: in a file, or on a token that a PKCS#11 URI names (RFC 7512).

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;

use crate::Secret;

/// Where a signing key is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum KeyPlace {
    /// A PKCS#12 file, by a reference as other secrets have.
    File(Secret),
    /// A key on a token: an HSM, a card.
    Token(TokenUri),
}

/// What a `pkcs11:` URI says of a key. Whatever it leaves out may be anything, as long as one key
/// alone fits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TokenUri {
    /// The maker's library (`module-path`).
    pub module: PathBuf,
    /// The token's label (`token`).
    pub token: Option<String>,
    /// The token's serial number (`serial`).
    pub serial: Option<String>,
    /// The slot's number (`slot-id`).
    pub slot: Option<u64>,
    /// The key's label (`object`).
    pub object: Option<String>,
    /// The key's id (`id`).
    pub id: Option<Vec<u8>>,
}

const SHAPE: &str = "write pkcs11:token=LABEL;object=LABEL?module-path=/usr/lib/….so";

impl TryFrom<String> for KeyPlace {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.strip_prefix("pkcs11:") {
            Some(uri) => token(uri).map(Self::Token),
            None => Secret::try_from(text).map(Self::File).map_err(|_| {
                format!("a key is a file:PATH or credential:NAME of a PKCS#12 file, or on a token: {SHAPE}")
            }),
        }
    }
}

fn token(uri: &str) -> Result<TokenUri, String> {
    let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
    let mut found = TokenUri::default();
    let mut seen = Vec::new();
    let pairs = path.split(';').chain(query.split('&')).filter(|pair| !pair.is_empty());
    for pair in pairs {
        let (name, value) = pair.split_once('=').ok_or_else(|| refused("has a part without ="))?;
        if seen.contains(&name) {
            return Err(refused(&format!("has {name} twice")));
        }
        seen.push(name);
        set(&mut found, name, value)?;
    }
    if found.module.as_os_str().is_empty() {
        return Err(refused("needs module-path, the library of the token's maker"));
    }
    let names = ["token", "serial", "slot-id"].iter().filter(|name| seen.contains(name)).count();
    if names != 1 {
        return Err(refused("needs one of token, serial and slot-id, to tell tokens apart"));
    }
    if found.object.is_none() && found.id.is_none() {
        return Err(refused("needs object or id, to tell keys apart"));
    }
    Ok(found)
}

fn set(found: &mut TokenUri, name: &str, value: &str) -> Result<(), String> {
    let bytes = || percent_decode_str(value).collect::<Vec<u8>>();
    let text = || {
        String::from_utf8(bytes()).map_err(|_| refused(&format!("has a {name} that is no UTF-8")))
    };
    match name {
        "module-path" => found.module = std::ffi::OsString::from_vec(bytes()).into(),
        "token" => found.token = Some(text()?),
        "serial" => found.serial = Some(text()?),
        "slot-id" => {
            let number = value.parse().map_err(|_| refused("has a slot-id that is no number"))?;
            found.slot = Some(number);
        }
        "object" => found.object = Some(text()?),
        "id" => found.id = Some(bytes()),
        "type" if value == "private" => {}
        "pin-value" | "pin-source" => {
            // The value is not shown: it may be the PIN itself.
            return Err(refused(&format!(
                "must not have {name}; name the PIN by a reference under password"
            )));
        }
        other => {
            return Err(refused(&format!(
                "knows no {other}; there are token, serial, slot-id, object, id and module-path"
            )));
        }
    }
    Ok(())
}

fn refused(what: &str) -> String {
    format!("the key's pkcs11: address {what}; {SHAPE}")
}

/// What RFC 7512, section 2.3, lets stand as it is.
const ESCAPED: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

impl fmt::Display for TokenUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let slot = self.slot.map(|slot| slot.to_string());
        let parts = [
            ("token", self.token.as_deref().map(str::as_bytes)),
            ("serial", self.serial.as_deref().map(str::as_bytes)),
            ("slot-id", slot.as_deref().map(str::as_bytes)),
            ("object", self.object.as_deref().map(str::as_bytes)),
            ("id", self.id.as_deref()),
        ];
        f.write_str("pkcs11:")?;
        let mut between = "";
        for (name, value) in parts {
            if let Some(value) = value {
                write!(f, "{between}{name}={}", percent_encode(value, &ESCAPED))?;
                between = ";";
            }
        }
        const IN_PATH: AsciiSet = ESCAPED.remove(b'/');
        let module = percent_encode(self.module.as_os_str().as_bytes(), &IN_PATH);
        write!(f, "?module-path={module}")
    }
}

impl fmt::Display for KeyPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(secret) => secret.fmt(f),
            Self::Token(uri) => uri.fmt(f),
        }
    }
}

impl From<KeyPlace> for String {
    fn from(place: KeyPlace) -> Self {
        place.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<KeyPlace, String> {
        KeyPlace::try_from(text.to_owned())
    }

    #[test]
    fn an_address_reads_back_as_written() {
        let text = "pkcs11:token=School%20HSM;object=%E5%8D%B0;id=%01%FF?module-path=/usr/lib/x.so";
        let KeyPlace::Token(uri) = read(text).unwrap() else { panic!("a token") };
        assert_eq!(uri.token.as_deref(), Some("School HSM"));
        assert_eq!(uri.object.as_deref(), Some("印"));
        assert_eq!(uri.id.as_deref(), Some([1, 255].as_slice()));
        assert_eq!(uri.module.to_str(), Some("/usr/lib/x.so"));
        assert_eq!(uri.to_string(), text);
        let other = "pkcs11:slot-id=3;id=%0A?module-path=/m.so";
        assert_eq!(read(other).unwrap().to_string(), other);
        assert_eq!(read("file:keys/school.p12").unwrap().to_string(), "file:keys/school.p12");
    }

    #[test]
    fn an_address_that_is_not_enough_is_refused() {
        for (text, word) in [
            ("pkcs11:token=a;object=b", "module-path"),
            ("pkcs11:object=b?module-path=/m.so", "needs one of"),
            ("pkcs11:token=a;serial=1;object=b?module-path=/m.so", "needs one of"),
            ("pkcs11:token=a?module-path=/m.so", "needs object"),
            ("pkcs11:token=a;token=b;object=c?module-path=/m.so", "token twice"),
            ("pkcs11:token=a;object=%FF?module-path=/m.so", "no UTF-8"),
            ("pkcs11:slot-id=x;object=b?module-path=/m.so", "no number"),
            ("pkcs11:token=a;library-version=3;object=b?module-path=/m.so", "library-version"),
            ("pkcs11:token=a;type=public;object=b?module-path=/m.so", "type"),
            ("pkcs11:token", "without ="),
            ("keys/school.p12", "pkcs11:"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(word), "{text}: {error}");
        }
    }

    #[test]
    fn a_pin_in_the_address_is_refused_and_not_shown() {
        for text in [
            "pkcs11:token=a;object=b?module-path=/m.so&pin-value=123456",
            "pkcs11:token=a;object=b?pin-source=file:/123456&module-path=/m.so",
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains("pin-") && !error.contains("123456"), "{error}");
        }
    }
}
