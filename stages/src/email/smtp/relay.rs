//! The way to the relay: name, encryption, login.

use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use sealpress_config::{Home, Mail};

use super::PATIENCE;
use super::answer::Failure;
use crate::email::EmailError;

/// A relay and how it is spoken to.
pub(super) struct Relay {
    host: String,
    port: u16,
    tls: Tls,
    login: Option<Credentials>,
    hello: ClientId,
}

/// When the conversation is encrypted.
enum Tls {
    /// From the first byte (`smtps://`).
    Wrapped(TlsParameters),
    /// From STARTTLS on, or not at all.
    Required(TlsParameters),
    /// From STARTTLS on, where the relay offers it.
    Offered(TlsParameters),
}

impl Relay {
    pub(super) fn new(home: &Home, url: &str, mail: &Mail) -> Result<Self, EmailError> {
        let refuse =
            || EmailError::Transport(format!("“{url}” is no relay; write smtp://HOST:PORT"));
        let (scheme, place) = url.split_once("://").ok_or_else(refuse)?;
        let wrapped = scheme == "smtps";
        let place = place.strip_suffix('/').unwrap_or(place);
        let (host, port) = host_and_port(place).ok_or_else(refuse)?;
        let port = port.unwrap_or(if wrapped { 465 } else { 25 });
        let login = match (&mail.user, &mail.password) {
            (Some(user), Some(password)) => {
                Some(Credentials::new(user.clone(), password.read_line(home)?.to_string()))
            }
            (Some(_), None) | (None, Some(_) | None) => None,
        };
        let here = matches!(host.as_str(), "localhost" | "127.0.0.1" | "::1");
        let tls = Tls::new(&host, wrapped, login.is_some() && !here)?;
        Ok(Self { host, port, tls, login, hello: ClientId::default() })
    }

    /// A connection on which mail may be handed over.
    pub(super) async fn connect(&self) -> Result<AsyncSmtpConnection, Failure> {
        let failed = |error| Failure::of(&error);
        // The library calls a certificate that is not trusted a broken connection.
        let unencrypted = |error| match Failure::of(&error) {
            Failure::Broken("connection") => Failure::Broken("TLS"),
            other => other,
        };
        let wrapped = match &self.tls {
            Tls::Wrapped(tls) => Some(tls.clone()),
            Tls::Required(_) | Tls::Offered(_) => None,
        };
        let place = (self.host.as_str(), self.port);
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(place, Some(PATIENCE), &self.hello, wrapped, None)
                .await
                .map_err(failed)?;
        match &self.tls {
            Tls::Required(tls) => {
                connection.starttls(tls.clone(), &self.hello).await.map_err(unencrypted)?;
            }
            Tls::Offered(tls) if connection.can_starttls() => {
                connection.starttls(tls.clone(), &self.hello).await.map_err(unencrypted)?;
            }
            Tls::Offered(_) | Tls::Wrapped(_) => {}
        }
        if let Some(login) = &self.login {
            connection.auth(DEFAULT_MECHANISMS, login).await.map_err(failed)?;
        }
        Ok(connection)
    }
}

impl Tls {
    fn new(host: &str, wrapped: bool, secret: bool) -> Result<Self, EmailError> {
        let refuse =
            |error: lettre::transport::smtp::Error| EmailError::Transport(error.to_string());
        if wrapped || secret {
            // A password never leaves the machine in the clear, nor goes to who knows whom.
            let tls = TlsParameters::new(host.to_owned()).map_err(refuse)?;
            return Ok(if wrapped { Self::Wrapped(tls) } else { Self::Required(tls) });
        }
        // Without a login, encryption is a gift: a relay of the house with a certificate of its
        // own making is better than one without, and would be taken without (RFC 7435).
        let tls = TlsParameters::builder(host.to_owned())
            .dangerous_accept_invalid_certs(true)
            .dangerous_accept_invalid_hostnames(true)
            .build()
            .map_err(refuse)?;
        Ok(Self::Offered(tls))
    }
}

/// `relay`, `relay:587`, `[::1]`, `[::1]:25`.
fn host_and_port(place: &str) -> Option<(String, Option<u16>)> {
    let (host, port) = match place.strip_prefix('[') {
        Some(rest) => {
            let (host, after) = rest.split_once(']')?;
            match after.strip_prefix(':') {
                Some(port) => (host, Some(port)),
                None if after.is_empty() => (host, None),
                None => return None,
            }
        }
        None => match place.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (place, None),
        },
    };
    let port = port.map(str::parse).transpose().ok()?;
    let sane = |c: char| c.is_ascii_alphanumeric() || ".-_:".contains(c);
    (!host.is_empty() && host.chars().all(sane)).then(|| (host.to_owned(), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relays_are_named_with_and_without_port() {
        for (place, expected) in [
            ("relay", Some(("relay", None))),
            ("relay.example.edu.tw:587", Some(("relay.example.edu.tw", Some(587)))),
            ("[::1]", Some(("::1", None))),
            ("[::1]:2525", Some(("::1", Some(2525)))),
            ("", None),
            ("relay:smtp", None),
            ("relay:99999", None),
            ("[::1", None),
            ("a relay", None),
        ] {
            let expected = expected.map(|(host, port): (&str, _)| (host.to_owned(), port));
            assert_eq!(host_and_port(place), expected, "{place}");
        }
    }
}
