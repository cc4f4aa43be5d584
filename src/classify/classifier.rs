//! Everything that classification is told from outside: scanner networks, Apple's exits, places.

use std::net::IpAddr;

use super::apple_relay::AppleRelay;
use super::asns;
use super::network_signs::NetworkSigns;
use super::places::Places;
use super::scanners::ScannerTable;
use crate::model::kind::Kind;

/// What addresses are looked up in.
#[derive(Debug)]
pub struct Classifier {
    /// The networks of mail scanners.
    pub scanners: ScannerTable,
    /// The exits of iCloud Private Relay.
    pub apple_relay: AppleRelay,
    /// Places and autonomous systems; without a database nothing is found.
    pub places: Places,
}

impl Default for Classifier {
    fn default() -> Self {
        Self { scanners: ScannerTable::built_in(), apple_relay: AppleRelay::default(), places: Places::default() }
    }
}

impl Classifier {
    /// Whether a rule asks for this autonomous system.
    pub fn asks_for(&self, asn: u32) -> bool {
        asns::is_microsoft(asn) || self.scanners.has_asn(asn)
    }

    /// What is known of a hit's address. Takes the autonomous system where a database knows it.
    pub fn signs(&self, kind: Kind, address: IpAddr, asn: Option<u32>, is_own: bool) -> NetworkSigns {
        let scanner = self.scanners.find(kind, address, asn);
        NetworkSigns {
            is_own,
            scanner: scanner.map(|row| (row.certainty, row.place)),
            microsoft: asn.filter(|asn| asns::is_microsoft(*asn)),
            is_apple_relay: self.apple_relay.has(address),
        }
    }
}
