//! Apple's addresses: its own network, and the exits of iCloud Private Relay, which Mail Privacy Protection uses too.

use std::net::IpAddr;
use std::path::Path;

use ipnet::{IpNet, Ipv4Net};

use super::network_file::NetworkFileError;
use super::prefixes::PrefixTable;

/// What a row of the list is.
const ROW: &str = "a network as in Apple's list: 172.224.226.0/27,GB,GB-EN,London,";

/// The network that Apple itself owns, 17.0.0.0/8.
const OWN: Ipv4Net = Ipv4Net::new_assert(std::net::Ipv4Addr::new(17, 0, 0, 0), 8);

/// Which addresses are Apple's. An address alone proves nothing: prefetches and people use the same exits.
#[derive(Clone, Debug)]
pub struct AppleRelay {
    networks: PrefixTable<()>,
}

impl Default for AppleRelay {
    /// Knows Apple's own network only.
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

impl AppleRelay {
    /// Reads Apple's list (mask-api.icloud.com/egress-ip-ranges.csv): rows of `prefix,country,region,city,` without
    /// a header, of which only the prefix is used. Blank lines and lines that start with `#` are skipped. The first
    /// row that is no network is an error, and so is a file without rows. 287 000 rows take 0.06 s.
    pub fn read(path: &Path) -> Result<Self, NetworkFileError> {
        let name = path.display().to_string();
        match std::fs::read(path) {
            Ok(bytes) => Self::parse(&bytes, &name),
            Err(error) => Err(NetworkFileError::Read { path: name, error }),
        }
    }

    /// Reads the list from memory; `name` is the file's in errors.
    pub fn parse(bytes: &[u8], name: &str) -> Result<Self, NetworkFileError> {
        let mut networks = Vec::new();
        for (at, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
            let line = line.trim_ascii();
            if line.is_empty() || line.starts_with(b"#") {
                continue;
            }
            let network = line.split(|byte| *byte == b',').next().unwrap_or_default();
            networks.push(parse_prefix(network).ok_or_else(|| NetworkFileError::Value {
                path: name.to_owned(),
                line: at + 1,
                column: "prefix",
                value: String::from_utf8_lossy(network).into_owned(),
                expected: ROW,
            })?);
        }
        if networks.is_empty() {
            return Err(NetworkFileError::Empty { path: name.to_owned(), expected: ROW });
        }
        Ok(Self::new(networks))
    }

    fn new(mut networks: Vec<IpNet>) -> Self {
        networks.push(OWN.into());
        Self { networks: PrefixTable::new(networks.into_iter().map(|network| (network, ()))) }
    }

    /// Whether the address is Apple's.
    pub fn has(&self, address: IpAddr) -> bool {
        self.networks.find(address).is_some()
    }
}

fn parse_prefix(text: &[u8]) -> Option<IpNet> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(relay: &AppleRelay, addresses: &[(&str, bool)]) {
        for (address, expected) in addresses {
            assert_eq!(relay.has(address.parse().expect("an address")), *expected, "{address}");
        }
    }

    #[test]
    fn knows_its_own_network_without_a_list() {
        check(
            &AppleRelay::default(),
            &[("17.0.0.1", true), ("::ffff:17.255.0.1", true), ("18.0.0.1", false), ("172.224.226.1", false)],
        );
    }

    #[test]
    fn reads_the_list() {
        let list = "172.224.226.0/27,GB,GB-EN,London,\r\n172.224.226.40/31,GB,,,\n\n2a02:26f7:b3c4:4000::/64,US,US-CA,Los Angeles,";
        let relay = AppleRelay::parse(list.as_bytes(), "list").expect("valid");
        check(
            &relay,
            &[
                ("172.224.226.31", true),
                ("172.224.226.32", false),
                ("172.224.226.41", true),
                ("2a02:26f7:b3c4:4000::1", true),
                ("2a02:26f7:b3c4:4001::1", false),
                ("17.1.2.3", true),
            ],
        );
    }

    #[test]
    fn a_bad_row_is_named() {
        let error = |text: &[u8]| AppleRelay::parse(text, "relay.csv").expect_err("bad").to_string();
        assert_eq!(
            error(b"172.224.226.0/27,GB,,,\n172.224.226.0/33,GB,,,\n"),
            "relay.csv:2: prefix is \"172.224.226.0/33\": expected a network as in Apple's list: 172.224.226.0/27,GB,GB-EN,London,"
        );
        assert!(error(b"<html>\n").starts_with("relay.csv:1: prefix is \"<html>\""));
        assert!(error(b"\xFF\xFE1,GB\n").starts_with("relay.csv:1: prefix is"));
        assert!(error(b"\n").starts_with("relay.csv: there is nothing in it"));
        let missing = AppleRelay::read(Path::new("/nowhere/relay.csv")).expect_err("missing").to_string();
        assert!(missing.starts_with("/nowhere/relay.csv: "), "{missing}");
    }
}
