//! What the full address told, in a form that outlives it: the store keeps this text when the address is cut.

use super::asns;
use super::scanner_row::{Certainty, ScannerPlace, parse_code};

/// What is known of the address of one hit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct NetworkSigns {
    /// It is in a network that the operator named as their own.
    pub is_own: bool,
    /// It is in a row of the scanner table that is for this kind of hit: how certain that row is, and where it is.
    pub scanner: Option<(Certainty, ScannerPlace)>,
    /// It is Microsoft's, by this autonomous system.
    pub microsoft: Option<u32>,
    /// It is an exit of iCloud Private Relay, or Apple's own.
    pub is_apple_relay: bool,
}

const OWN: &str = "own";
const APPLE_RELAY: &str = "apple-relay";
const MICROSOFT: &str = "microsoft AS";

impl NetworkSigns {
    /// Whether there is nothing to tell.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether the address is in a certain row of the scanner table.
    pub fn is_scanner(&self) -> bool {
        matches!(self.scanner, Some((Certainty::Certain, _)))
    }

    /// Whether the address is in a probable row of the scanner table.
    pub fn is_probable_scanner(&self) -> bool {
        matches!(self.scanner, Some((Certainty::Probable, _)))
    }

    /// Whether the address is one that Outlook on the web fetches images from.
    pub fn is_microsoft_proxy(&self) -> bool {
        self.microsoft.is_some_and(asns::is_microsoft_proxy)
    }

    /// The text that is stored: `certain 40.92.0.0/15; microsoft AS8075`. Empty where there is nothing to tell.
    pub fn code(&self) -> String {
        let own = self.is_own.then(|| OWN.to_owned());
        let scanner = self.scanner.map(|(certainty, place)| format!("{} {place}", certainty.code()));
        let microsoft = self.microsoft.map(|asn| format!("{MICROSOFT}{asn}"));
        let apple = self.is_apple_relay.then(|| APPLE_RELAY.to_owned());
        [own, scanner, microsoft, apple].into_iter().flatten().collect::<Vec<_>>().join("; ")
    }

    /// Reads a stored text. Parts that a later version wrote are passed over.
    pub fn of_code(code: &str) -> Self {
        let mut signs = Self::default();
        for part in code.split("; ") {
            if part == OWN {
                signs.is_own = true;
            } else if part == APPLE_RELAY {
                signs.is_apple_relay = true;
            } else if let Some(asn) = part.strip_prefix(MICROSOFT) {
                signs.microsoft = asn.parse().ok();
            } else {
                signs.scanner = signs.scanner.or(parse_code(part));
            }
        }
        signs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_read_as_it_was_written() {
        let all = NetworkSigns {
            is_own: true,
            scanner: Some((Certainty::Probable, ScannerPlace::Asn(22_843))),
            microsoft: Some(8075),
            is_apple_relay: true,
        };
        assert_eq!(all.code(), "own; probable AS22843; microsoft AS8075; apple-relay");
        for signs in [all, NetworkSigns::default(), NetworkSigns { microsoft: Some(8074), ..NetworkSigns::default() }] {
            assert_eq!(NetworkSigns::of_code(&signs.code()), signs);
            assert_eq!(signs.code().is_empty(), signs.is_empty());
        }
        assert_eq!(NetworkSigns::of_code("from-the-future x; own").code(), "own");
    }
}
