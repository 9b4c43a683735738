//! The cookies. All have the prefix `__Host-`: a browser takes them over HTTPS alone, for this
//! host alone (RFC 6265bis, section 4.1.3.2).

use axum::http::{HeaderMap, HeaderValue, header};

use crate::tongue::Tongue;

/// Holds the session's token.
pub(crate) const SESSION: &str = "__Host-sealpress";
/// Holds what a form before the login must carry too.
pub(crate) const FORM: &str = "__Host-sealpress-form";
/// Holds the language.
const LANGUAGE: &str = "__Host-sealpress-language";

/// The value of a cookie.
pub(crate) fn read<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}

/// The language that a person chose; Chinese where they chose none.
pub(crate) fn language(headers: &HeaderMap) -> Tongue {
    match read(headers, LANGUAGE) {
        Some("en") => Tongue::En,
        _ => Tongue::Zh,
    }
}

/// Sets a cookie until the browser closes. `value` is our own: letters, digits, `-` and `_`.
pub(crate) fn set(name: &str, value: &str) -> Option<HeaderValue> {
    HeaderValue::from_str(&format!("{name}={value}; Path=/; Secure; HttpOnly; SameSite=Strict"))
        .ok()
}

/// Takes a cookie away.
pub(crate) fn clear(name: &str) -> Option<HeaderValue> {
    HeaderValue::from_str(&format!("{name}=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0"))
        .ok()
}

/// Remembers a language for a year.
pub(crate) fn set_language(tongue: Tongue) -> HeaderValue {
    HeaderValue::from_static(match tongue {
        Tongue::Zh => {
            "__Host-sealpress-language=zh; Path=/; Secure; SameSite=Strict; Max-Age=31536000"
        }
        Tongue::En => {
            "__Host-sealpress-language=en; Path=/; Secure; SameSite=Strict; Max-Age=31536000"
        }
    })
}
