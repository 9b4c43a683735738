//! The desk: who looks at a page first, the people who may log in, and how the pages are served.

use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;

use crate::{Role, Secret, Span};

/// Which certificates wait for a person's look at the page although a program can read it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Approval {
    /// None.
    #[default]
    None,
    /// Of each day, kind, language and college the first; the others wait for it.
    FirstOfBatch,
    /// All.
    All,
}

/// People and their sessions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct People {
    /// Roles that need a second factor.
    pub second_factor: Vec<Role>,
    /// A session without a click for so long ends.
    pub idle: Span,
    /// A session of this age ends.
    pub session: Span,
    /// How long a one-time link is good for.
    pub link: Span,
}

/// The pages and the Web API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Serve {
    /// Where HTTPS listens; behind a proxy, HTTP.
    pub listen: SocketAddr,
    /// Where HTTP listens that only redirects to HTTPS.
    pub redirect: Option<SocketAddr>,
    /// Certificate and key of HTTPS; without them, a proxy in front speaks HTTPS.
    pub tls: Option<Tls>,
    /// Proxies whose word on the caller's address is taken (`X-Forwarded-For`).
    pub trusted_proxies: Vec<IpNet>,
    /// Who may come to what is not public.
    pub networks: Networks,
    /// Most requests a minute to the public pages from one address.
    pub public_per_minute: u32,
    /// Largest upload, in bytes; what is larger is refused before it is read.
    pub max_upload_bytes: u64,
}

/// Certificate and key of HTTPS. Both are read again when they change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// The chain (PEM), relative to the home.
    pub certificate: PathBuf,
    /// The key (PEM).
    pub key: Secret,
}

/// The networks from which each part may be reached; an empty list is nobody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Networks {
    /// Staff pages, the login among them.
    pub staff: Vec<IpNet>,
    /// The Web API.
    pub api: Vec<IpNet>,
    /// The figures for monitoring.
    pub metrics: Vec<IpNet>,
}

impl Default for People {
    fn default() -> Self {
        Self {
            second_factor: Vec::new(),
            idle: Span::secs(30 * 60),
            session: Span::secs(12 * 3600),
            link: Span::secs(24 * 3600),
        }
    }
}

impl Default for Serve {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8443)),
            redirect: None,
            tls: Some(Tls {
                certificate: "keys/https.crt".into(),
                key: Secret::File("keys/https.key".into()),
            }),
            trusted_proxies: Vec::new(),
            networks: Networks::default(),
            public_per_minute: 60,
            max_upload_bytes: 50 * 1024 * 1024,
        }
    }
}

impl Default for Networks {
    /// The host itself, and for staff the addresses that no one outside can have (RFC 1918,
    /// RFC 4193).
    fn default() -> Self {
        let v4 = |a, b, prefix| IpNet::new(IpAddr::V4(Ipv4Addr::new(a, b, 0, 0)), prefix);
        let host = [v4(127, 0, 8), IpNet::new(IpAddr::V6(Ipv6Addr::LOCALHOST), 128)];
        let unique = IpNet::new(IpAddr::V6(Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0)), 7);
        let school = [v4(10, 0, 8), v4(172, 16, 12), v4(192, 168, 16), unique];
        let host: Vec<IpNet> = host.into_iter().flatten().collect();
        let staff = host.iter().copied().chain(school.into_iter().flatten()).collect();
        Self { staff, api: host.clone(), metrics: host }
    }
}
