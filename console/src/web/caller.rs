//! From where a request comes, and whether that may be.

use axum::http::HeaderMap;
use ipnet::IpNet;
use sealpress_config::{Networks, Serve};
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// The caller that a proxy could not name. In no network but the whole internet.
const NOBODY: IpAddr = IpAddr::V6(Ipv6Addr::UNSPECIFIED);

/// A part of the pages that only some networks may reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// Staff pages, the login among them.
    Staff,
    /// The Web API.
    Api,
    /// Figures for monitoring.
    Metrics,
}

/// Knows proxies and networks.
#[derive(Debug)]
pub(crate) struct Callers {
    proxies: Vec<IpNet>,
    networks: Networks,
}

impl Callers {
    pub(crate) fn new(serve: &Serve) -> Self {
        Self { proxies: serve.trusted_proxies.clone(), networks: serve.networks.clone() }
    }

    /// The caller's address: the peer's, or where the peer is a trusted proxy, the last address
    /// in `X-Forwarded-For` that no trusted proxy has. What stands before it, anyone may have
    /// written. Where a trusted proxy's word is no address, the caller is nobody: the proxy's own
    /// address would open what is for its network.
    pub(crate) fn address(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let trusted = |address: &IpAddr| self.proxies.iter().any(|net| net.contains(address));
        let mut caller = peer.to_canonical();
        for value in headers.get_all("x-forwarded-for").iter().rev() {
            for word in value.as_bytes().rsplit(|byte| *byte == b',') {
                if !trusted(&caller) {
                    return caller;
                }
                let Some(before) = said(word) else { return NOBODY };
                caller = before.to_canonical();
            }
        }
        caller
    }

    /// Whether this address may reach a part.
    pub(crate) fn may_reach(&self, part: Part, address: IpAddr) -> bool {
        let networks = match part {
            Part::Staff => &self.networks.staff,
            Part::Api => &self.networks.api,
            Part::Metrics => &self.networks.metrics,
        };
        networks.iter().any(|net| net.contains(&address))
    }
}

/// The address in a proxy's word; some add the port.
fn said(word: &[u8]) -> Option<IpAddr> {
    let word = std::str::from_utf8(word).ok()?.trim();
    word.parse().ok().or_else(|| Some(word.parse::<SocketAddr>().ok()?.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn address(proxies: &[&str], peer: &str, forwarded: &[&str]) -> String {
        let serve = Serve {
            trusted_proxies: proxies.iter().map(|net| net.parse().unwrap()).collect(),
            ..Serve::default()
        };
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append("x-forwarded-for", HeaderValue::from_str(value).unwrap());
        }
        Callers::new(&serve).address(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn only_a_trusted_proxy_is_believed() {
        assert_eq!(address(&[], "198.51.100.7", &["10.0.0.1"]), "198.51.100.7");
        assert_eq!(address(&["10.0.0.0/8"], "10.0.0.1", &["203.0.113.9"]), "203.0.113.9");
        assert_eq!(address(&["10.0.0.0/8"], "::ffff:10.0.0.1", &["203.0.113.9"]), "203.0.113.9");
    }

    #[test]
    fn what_the_caller_wrote_before_the_proxies_is_not_believed() {
        let forwarded = ["127.0.0.1, 203.0.113.9", "10.0.0.2"];
        assert_eq!(address(&["10.0.0.0/8"], "10.0.0.1", &forwarded), "203.0.113.9");
        for before in ["rubbish", "", "10.0.0.9, x", "\u{e9}"] {
            let forwarded = format!("{before}, 203.0.113.9");
            assert_eq!(address(&["10.0.0.0/8"], "10.0.0.1", &[&forwarded]), "203.0.113.9");
            let forwarded = [before, "203.0.113.9"];
            assert_eq!(address(&["10.0.0.0/8"], "10.0.0.1", &forwarded), "203.0.113.9");
        }
    }

    #[test]
    fn whom_a_proxy_can_not_name_is_not_the_proxy() {
        for said in ["rubbish", "unknown", "203.0.113.9, _hidden"] {
            assert_eq!(address(&["10.0.0.0/8"], "10.0.0.1", &[said]), "::");
        }
        assert!(!Callers::new(&Serve::default()).may_reach(Part::Staff, NOBODY));
        assert_eq!(address(&["10.0.0.0/8"], "10.0.0.1", &["203.0.113.9:4711"]), "203.0.113.9");
        assert_eq!(address(&["10.0.0.0/8"], "10.0.0.1", &["[2001:db8::1]:80"]), "2001:db8::1");
    }

    #[test]
    fn parts_are_for_their_networks() {
        let callers = Callers::new(&Serve::default());
        let may = |part, address: &str| callers.may_reach(part, address.parse().unwrap());
        assert!(may(Part::Staff, "192.168.1.5") && may(Part::Staff, "127.0.0.1"));
        assert!(!may(Part::Staff, "203.0.113.9") && !may(Part::Api, "192.168.1.5"));
        assert!(may(Part::Metrics, "::1"));
    }
}
