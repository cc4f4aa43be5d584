//! The client's address: the peer's, or what proxies say that the operator has declared.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::IpNet;

use crate::logs::field::Field;
use crate::logs::record::Record;
use crate::logs::short_text::position_in;

/// Where the client's address comes from.
#[derive(Clone, Debug, Default)]
pub struct ClientAddress {
    /// Whether the configuration names a field other than `$remote_addr`.
    forwarded: bool,
    trusted: Vec<IpNet>,
    trust_unix: bool,
}

impl ClientAddress {
    /// `client_ip` is the variable with the address, `trusted` the proxies whose word is taken for it. `unix:` among
    /// them trusts peers on a Unix socket.
    pub fn new(client_ip: &str, trusted: &[String]) -> Result<Self, String> {
        let mut networks = Vec::new();
        for text in trusted.iter().filter(|text| *text != "unix:") {
            networks.push(parse_network(text)?);
        }
        Ok(Self {
            forwarded: client_ip.trim_start_matches('$') != "remote_addr",
            trusted: networks,
            trust_unix: trusted.iter().any(|text| text == "unix:"),
        })
    }

    /// The client's address; `None` where the log has none that can be read (`unix:`, a host name).
    ///
    /// A forwarded list (`client, proxy, proxy`) is read from its end: each declared proxy vouches for the address
    /// before it, and the first one that is no declared proxy is the client. What an undeclared peer claims is
    /// ignored.
    pub fn of(&self, record: &Record<'_>) -> Option<IpAddr> {
        let peer = parse_address(record.raw(Field::RemoteAddr));
        if !self.forwarded {
            return peer;
        }
        let peer_is_trusted = match peer {
            Some(peer) => self.is_trusted(peer),
            None => record.raw(Field::RemoteAddr).is_empty() || self.trust_unix,
        };
        if !peer_is_trusted {
            return peer;
        }
        let list = record.text(Field::Client);
        let mut client = peer;
        for entry in list.rsplit(|b| *b == b',') {
            let Some(address) = parse_address(entry.trim_ascii()) else { break };
            client = Some(address);
            if !self.is_trusted(address) {
                break;
            }
        }
        client
    }

    fn is_trusted(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.trusted.iter().any(|network| network.contains(&address))
    }
}

/// An address in text, also as `[2001:db8::1]:443` or `192.0.2.1:443`.
fn parse_address(text: &[u8]) -> Option<IpAddr> {
    if let Some(address) = dotted(text) {
        return Some(IpAddr::V4(address));
    }
    let text = std::str::from_utf8(text).ok()?;
    text.parse()
        .ok()
        .or_else(|| text.parse().ok().map(|socket: std::net::SocketAddr| socket.ip()))
        .or_else(|| text.strip_prefix('[')?.strip_suffix(']')?.parse().ok().map(IpAddr::V6))
}

/// Four decimal numbers with dots between them, as nginx writes addresses. Every line has one, and where its dots are is as
/// good as random: nothing is asked byte by byte, and all bytes are in one number.
fn dotted(text: &[u8]) -> Option<Ipv4Addr> {
    // A dot behind the last octet, too.
    let (mut next, mut rest) = up_to_15(text).map(|[low, high]| match text.len() {
        n @ 8.. => (low, high | u64::from(b'.') << ((n - 8) * 8)),
        n => (low | u64::from(b'.') << (n * 8), high),
    })?;
    let mut octets = [0; 4];
    let mut at = 0;
    for octet in &mut octets {
        let bytes @ [a, b, c, d, ..] = next.to_le_bytes();
        let n = position_in(b'.', bytes)?;
        *octet = decimal(u32::from_le_bytes([a, b, c, d]), n)?;
        let bits = (n + 1) * 8;
        next = next >> bits | rest << (64 - bits);
        rest >>= bits;
        at += n + 1;
    }
    (at == text.len() + 1).then(|| Ipv4Addr::from(octets))
}

/// The bytes of a text as two numbers, the first in the lowest bits.
fn up_to_15(text: &[u8]) -> Option<[u64; 2]> {
    match (text.len(), text.first_chunk(), text.last_chunk()) {
        (16.., _, _) => None,
        (8, Some(all), _) => Some([u64::from_le_bytes(*all), 0]),
        // The last eight bytes overlap the first, whose part of them is moved out.
        (n, Some(first), Some(last)) => Some([u64::from_le_bytes(*first), u64::from_le_bytes(*last) >> ((16 - n) * 8)]),
        _ => Some([text.iter().rev().fold(0, |bytes, byte| bytes << 8 | u64::from(*byte)), 0]),
    }
}

/// The number under 256 that the first one to three bytes write, without a zero before it.
fn decimal(bytes: u32, n: usize) -> Option<u8> {
    const ZEROS: u32 = u32::from_le_bytes([b'0'; 4]);
    if !(1..=3).contains(&n) {
        return None;
    }
    // The last digit comes into the highest bits, and zeros before the first.
    let missing = (4 - n) * 8;
    let digits = (bytes << missing | (ZEROS & ((1 << missing) - 1))) ^ ZEROS;
    let is_decimal = (digits.wrapping_add(0x7676_7676) | digits) & 0x8080_8080 == 0;
    let [_, hundreds, tens, ones] = digits.to_le_bytes();
    let number = u32::from(hundreds) * 100 + u32::from(tens) * 10 + u32::from(ones);
    let has_zero = n > 1 && (digits >> missing) & 0xFF == 0;
    u8::try_from(number).ok().filter(|_| is_decimal && !has_zero)
}

/// A network such as `10.0.0.0/8`, or a single address.
pub fn parse_network(text: &str) -> Result<IpNet, String> {
    let network = text.parse().or_else(|_| text.parse().map(|address: IpAddr| IpNet::from(address)));
    network.map_err(|_| format!("{text:?} is no network: write it as 192.0.2.0/24, 2001:db8::/32 or 192.0.2.1"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logs::escape::Escape;

    fn client(address: &ClientAddress, peer: &str, forwarded: &str) -> Option<String> {
        let mut record = Record::empty(Escape::Default);
        record.set(Field::RemoteAddr, peer.as_bytes());
        record.set(Field::Client, forwarded.as_bytes());
        address.of(&record).map(|ip| ip.to_string())
    }

    #[test]
    fn dotted_addresses_are_those_of_std() {
        let numbers = [
            "0", "9", "10", "99", "100", "199", "200", "255", "256", "299", "300", "999", "00", "01", "010", "", "a",
            "/", ":", "1a", "a1", "\u{B0}", "1:0", "000", "1000", "-", " 1",
        ];
        for (i, number) in numbers.iter().enumerate() {
            for text in [
                format!("{number}.2.3.4"),
                format!("1.{number}.{}.4", numbers[(i * 5 + 3) % numbers.len()]),
                format!("1.2.3.{number}"),
                format!("1.2.{number}"),
                format!("1.2.3.4.{number}"),
            ] {
                assert_eq!(dotted(text.as_bytes()), text.parse().ok(), "{text}");
            }
        }
    }

    #[test]
    fn believes_declared_proxies_only() {
        let plain = ClientAddress::new("remote_addr", &[]).expect("valid");
        let trusted = ["10.0.0.0/8", "192.0.2.1", "unix:"].map(str::to_owned);
        let behind = ClientAddress::new("http_x_forwarded_for", &trusted).expect("valid");
        for (address, peer, forwarded, expected) in [
            (&plain, "198.51.100.7", "203.0.113.9", Some("198.51.100.7")),
            (&plain, "unix:", "", None),
            (&behind, "198.51.100.7", "203.0.113.9", Some("198.51.100.7")),
            (&behind, "10.1.2.3", "203.0.113.9", Some("203.0.113.9")),
            (&behind, "10.1.2.3", "1.1.1.1, 203.0.113.9, 192.0.2.1", Some("203.0.113.9")),
            (&behind, "10.1.2.3", "", Some("10.1.2.3")),
            (&behind, "10.1.2.3", "-", Some("10.1.2.3")),
            (&behind, "10.1.2.3", "bogus", Some("10.1.2.3")),
            (&behind, "10.1.2.3", "10.0.0.9", Some("10.0.0.9")),
            (&behind, "unix:", "2001:db8::1", Some("2001:db8::1")),
            (&behind, "::ffff:10.1.2.3", "[2001:db8::1]:443", Some("2001:db8::1")),
        ] {
            assert_eq!(client(address, peer, forwarded).as_deref(), expected, "{peer} {forwarded}");
        }
        assert!(ClientAddress::new("x", &["10.0.0".to_owned()]).is_err());
    }
}
