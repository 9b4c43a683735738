//! How often one address may ask for public pages.

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};

/// Addresses that were not heard of are forgotten after so many questions.
const FORGET_EVERY: u32 = 1024;

/// Counts requests by address.
pub(crate) struct Pace {
    limiter: DefaultKeyedRateLimiter<IpAddr>,
    asked: AtomicU32,
}

impl Pace {
    pub(crate) fn new(per_minute: u32) -> Self {
        let quota = Quota::per_minute(NonZeroU32::new(per_minute).unwrap_or(NonZeroU32::MIN));
        Self { limiter: RateLimiter::dashmap(quota), asked: AtomicU32::new(0) }
    }

    /// Whether an address may ask once more now.
    pub(crate) fn may(&self, address: IpAddr) -> bool {
        if self.asked.fetch_add(1, Ordering::Relaxed).is_multiple_of(FORGET_EVERY) {
            self.limiter.retain_recent();
        }
        self.limiter.check_key(&holder(address)).is_ok()
    }
}

/// Who has an IPv6 address has the whole /64 around it (RFC 6177).
fn holder(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_address_has_its_own_measure() {
        let pace = Pace::new(2);
        let asks = |address: &str| pace.may(address.parse().unwrap());
        assert!(asks("203.0.113.9") && asks("203.0.113.9") && !asks("203.0.113.9"));
        assert!(asks("203.0.113.10"));
        assert!(asks("2001:db8::1") && asks("2001:db8::2") && !asks("2001:db8::3"));
    }
}
