//! Client addresses. People live in ranges that belong to nobody (documentation, benchmarking, shared address space);
//! mail proxies and scanners come from the public ranges that a report has to recognise.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::rng::Rng;

/// The networks that RFC 5737 keeps for documentation.
const DOCUMENTATION: [[u8; 3]; 3] = [[192, 0, 2], [198, 51, 100], [203, 0, 113]];

/// Where a person reads mail: mostly an address of their own, sometimes an office shared with many, sometimes IPv6.
pub(crate) fn person(rng: &mut Rng) -> IpAddr {
    match rng.below(100) {
        0..9 => documentation_v6(rng),
        9..17 => documentation(rng),
        17..28 => benchmarking(rng),
        _ => carrier(rng),
    }
}

/// An address of Gmail's image proxy.
pub(crate) fn google(rng: &mut Rng) -> IpAddr {
    if rng.one_in(5) {
        v4([74, 125, 208 + byte_below(rng, 10), byte(rng)])
    } else {
        v4([66, 249, 80 + byte_below(rng, 16), byte(rng)])
    }
}

/// An address that Google's crawler comes from.
pub(crate) fn googlebot(rng: &mut Rng) -> IpAddr {
    v4([66, 249, 64 + byte_below(rng, 16), byte(rng)])
}

/// An address of Apple's mail privacy proxies.
pub(crate) fn apple(rng: &mut Rng) -> IpAddr {
    if rng.one_in(3) { v4([17, 57 + byte_below(rng, 2), byte(rng), byte(rng)]) } else { apple_relay(rng) }
}

/// An address that mail privacy protection shares with iCloud Private Relay.
pub(crate) fn apple_relay(rng: &mut Rng) -> IpAddr {
    v4([104, 28, byte(rng), byte(rng)])
}

/// An address of Yahoo's image proxy.
pub(crate) fn yahoo(rng: &mut Rng) -> IpAddr {
    v4([98, 137, 64 + byte_below(rng, 8), byte(rng)])
}

/// An address of Microsoft's mail filter, which scans what it delivers.
pub(crate) fn microsoft_filter(rng: &mut Rng) -> IpAddr {
    if rng.one_in(12) {
        IpAddr::V6(Ipv6Addr::new(0x2a01, 0x111, 0xf403, low(rng), 0, 0, 0, low(rng)))
    } else {
        v4([40, 107, byte(rng), byte(rng)])
    }
}

/// An address of Barracuda's filter.
pub(crate) fn barracuda(rng: &mut Rng) -> IpAddr {
    v4([209, 222, 82, byte(rng)])
}

/// An address in one of the documentation networks: few addresses, so many people share one.
pub(crate) fn documentation(rng: &mut Rng) -> IpAddr {
    let [a, b, c] = *rng.pick(&DOCUMENTATION);
    v4([a, b, c, 1 + byte_below(rng, 254)])
}

/// An address in 198.18.0.0/15.
pub(crate) fn benchmarking(rng: &mut Rng) -> IpAddr {
    v4([198, 18 + byte_below(rng, 2), byte(rng), byte(rng)])
}

/// An address in 100.64.0.0/10, four million of them.
fn carrier(rng: &mut Rng) -> IpAddr {
    v4([100, 64 + byte_below(rng, 64), byte(rng), byte(rng)])
}

/// An address in 2001:db8::/32, with a network of its own.
fn documentation_v6(rng: &mut Rng) -> IpAddr {
    let network = [0x2001, 0xdb8, low(rng), low(rng) & 0xff];
    let host = [low(rng), low(rng), low(rng), low(rng)];
    let [a, b, c, d] = network;
    let [e, f, g, h] = host;
    IpAddr::V6(Ipv6Addr::new(a, b, c, d, e, f, g, h))
}

fn v4(octets: [u8; 4]) -> IpAddr {
    IpAddr::V4(Ipv4Addr::from(octets))
}

fn byte(rng: &mut Rng) -> u8 {
    rng.bits() as u8
}

fn byte_below(rng: &mut Rng, limit: u8) -> u8 {
    rng.below(u64::from(limit)) as u8
}

fn low(rng: &mut Rng) -> u16 {
    rng.bits() as u16
}
