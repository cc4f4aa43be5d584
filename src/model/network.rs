//! Client networks: an address cut to the part that is kept.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::num::NonZeroU64;

/// An address cut to /24 (IPv4) or /48 (IPv6): what the program calls "the same network". An IPv4 address that is
/// written inside IPv6 (`::ffff:192.0.2.1`) is the IPv4 address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Network(
    /// One more than the kept bits: an optional network is then no larger than a network.
    NonZeroU64,
);

const V6_TAG: u64 = 1 << 48;

impl Network {
    /// The network that an address belongs to.
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(v4) => Self::of_bits(u64::from(u32::from(v4) >> 8)),
            IpAddr::V6(v6) => {
                let high = u64::try_from(u128::from(v6) >> 80).expect("48 bits fit into 64");
                Self::of_bits(V6_TAG | high)
            }
        }
    }

    fn of_bits(bits: u64) -> Self {
        Self(NonZeroU64::MIN.saturating_add(bits))
    }

    /// The kept bits, with a mark that tells IPv6 from IPv4.
    pub fn bits(self) -> u64 {
        self.0.get() - 1
    }

    /// The address that is kept of an address of this network: the rest of it is zero.
    pub fn cut_address(self) -> IpAddr {
        let bits = self.bits();
        if bits & V6_TAG == 0 {
            let bits = u32::try_from(bits).expect("24 bits fit into 32") << 8;
            IpAddr::V4(Ipv4Addr::from(bits))
        } else {
            IpAddr::V6(Ipv6Addr::from(u128::from(bits & !V6_TAG) << 80))
        }
    }
}

impl Network {
    /// Writes [`Network::cut_address`]. Ingest writes millions of them, and most are IPv4, for which the formatter of std
    /// takes many times as long.
    pub fn write_cut_address(self, out: &mut String) {
        match self.cut_address() {
            IpAddr::V4(v4) => {
                for (i, octet) in v4.octets().into_iter().enumerate() {
                    if i > 0 {
                        out.push('.');
                    }
                    for (unit, is_shown) in [(100, octet >= 100), (10, octet >= 10), (1, true)] {
                        if is_shown {
                            out.push(char::from(b'0' + octet / unit % 10));
                        }
                    }
                }
            }
            v6 @ IpAddr::V6(_) => out.push_str(&v6.to_string()),
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = self.cut_address();
        write!(f, "{address}/{}", if address.is_ipv4() { 24 } else { 48 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_addresses() {
        for (address, network) in [
            ("192.0.2.77", "192.0.2.0/24"),
            ("0.0.0.0", "0.0.0.0/24"),
            ("255.255.255.255", "255.255.255.0/24"),
            ("::ffff:192.0.2.1", "192.0.2.0/24"),
            ("2001:db8:1:2::3", "2001:db8:1::/48"),
            ("::1", "::/48"),
        ] {
            let address: IpAddr = address.parse().expect("an address");
            assert_eq!(Network::of(address).to_string(), network);
        }
    }

    #[test]
    fn writes_addresses_as_std_does() {
        let v4 = (0..=u8::MAX).map(|octet| IpAddr::from([octet, octet.wrapping_mul(7), octet.reverse_bits(), 9]));
        for address in v4.chain(["::1", "2001:db8:1:2::3"].map(|text| text.parse().expect("an address"))) {
            let network = Network::of(address);
            let mut out = "x".to_owned();
            network.write_cut_address(&mut out);
            assert_eq!(out, format!("x{}", network.cut_address()));
        }
    }
}
