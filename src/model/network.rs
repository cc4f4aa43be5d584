//! Client networks: an address cut to the part that is kept.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An address cut to /24 (IPv4) or /48 (IPv6): what the program calls "the same network". An IPv4 address that is
/// written inside IPv6 (`::ffff:192.0.2.1`) is the IPv4 address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Network(u64);

const V6_TAG: u64 = 1 << 48;

impl Network {
    /// The network that an address belongs to.
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(v4) => Self(u64::from(u32::from(v4) >> 8)),
            IpAddr::V6(v6) => {
                let high = u64::try_from(u128::from(v6) >> 80).expect("48 bits fit into 64");
                Self(V6_TAG | high)
            }
        }
    }
}

impl Network {
    /// The kept bits, with a mark that tells IPv6 from IPv4.
    pub fn bits(self) -> u64 {
        self.0
    }

    /// The address that is kept of an address of this network: the rest of it is zero.
    pub fn cut_address(self) -> IpAddr {
        if self.0 & V6_TAG == 0 {
            let bits = u32::try_from(self.0).expect("24 bits fit into 32") << 8;
            IpAddr::V4(Ipv4Addr::from(bits))
        } else {
            IpAddr::V6(Ipv6Addr::from(u128::from(self.0 & !V6_TAG) << 80))
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
}
