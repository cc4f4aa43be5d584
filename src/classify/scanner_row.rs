//! One network of a mail security product: where it is, what is believed of it, and how that is written.

use std::fmt;

use ipnet::IpNet;

use super::prefixes::canonical;
use crate::model::kind::Kind;
use crate::tracking::client::parse_network;

/// How sure it is that a scanner made a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Certainty {
    /// Only scanners are there.
    Certain,
    /// People are there too (browser isolation): a scanner is believed in only shortly after sending.
    Probable,
}

impl Certainty {
    /// Every certainty, the surest first.
    pub const ALL: [Self; 2] = [Self::Certain, Self::Probable];

    /// The stable code, as stored and as it stands in the file.
    pub fn code(self) -> &'static str {
        match self {
            Self::Certain => "certain",
            Self::Probable => "probable",
        }
    }

    /// The certainty with this code.
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|certainty| certainty.code() == code)
    }
}

/// The kinds of hit that a row is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Pixel requests.
    Open,
    /// Link requests.
    Click,
    /// Pixel and link requests.
    Both,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 3] = [Self::Open, Self::Click, Self::Both];

    /// The code, as it stands in the file.
    pub fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Click => "click",
            Self::Both => "both",
        }
    }

    /// The scope with this code.
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.code() == code)
    }

    /// Whether the row is for this kind of hit.
    pub fn has(self, kind: Kind) -> bool {
        match self {
            Self::Open => kind == Kind::Open,
            Self::Click => kind == Kind::Click,
            Self::Both => true,
        }
    }
}

/// Where a scanner is. It is written `40.92.0.0/15` or `AS22843`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ScannerPlace {
    /// In a network.
    Network(IpNet),
    /// Anywhere in an autonomous system.
    Asn(u32),
}

impl ScannerPlace {
    /// Reads `40.92.0.0/15`, a single address or `AS22843`; `None` where it is none of them. Bits behind the prefix
    /// are dropped.
    pub fn parse(text: &str) -> Option<Self> {
        match text.get(..2) {
            Some(head) if head.eq_ignore_ascii_case("AS") => text[2..].parse().ok().map(Self::Asn),
            _ => parse_network(text).ok().map(|network| Self::Network(canonical(network))),
        }
    }
}

impl fmt::Display for ScannerPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Network(network) => network.fmt(f),
            Self::Asn(number) => write!(f, "AS{number}"),
        }
    }
}

/// A row of the scanner table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScannerRow {
    /// Where the scanner is.
    pub place: ScannerPlace,
    /// The kinds of hit that it is for.
    pub scope: Scope,
    /// How sure it is.
    pub certainty: Certainty,
    /// Whose scanner it is; `None` for rows of the operator's file.
    pub whose: Option<&'static str>,
}

impl ScannerRow {
    /// The stable code, as stored: `certain 40.92.0.0/15`, `probable AS22843`.
    pub fn code(&self) -> String {
        format!("{} {}", self.certainty.code(), self.place)
    }
}

/// What a code of [`ScannerRow::code`] says; `None` where it is no such code.
pub fn parse_code(code: &str) -> Option<(Certainty, ScannerPlace)> {
    let (certainty, place) = code.split_once(' ')?;
    Some((Certainty::of_code(certainty)?, ScannerPlace::parse(place)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_can_be_read_again() {
        for (text, certainty, code) in [
            ("40.92.0.0/15", Certainty::Certain, "certain 40.92.0.0/15"),
            ("40.92.7.7/15", Certainty::Certain, "certain 40.92.0.0/15"),
            ("52.238.78.88", Certainty::Probable, "probable 52.238.78.88/32"),
            ("2a01:111:f400::/48", Certainty::Certain, "certain 2a01:111:f400::/48"),
            ("::ffff:40.92.0.0/111", Certainty::Certain, "certain 40.92.0.0/15"),
            ("as22843", Certainty::Probable, "probable AS22843"),
        ] {
            let place = ScannerPlace::parse(text).expect("a place");
            let row = ScannerRow { place, scope: Scope::Both, certainty, whose: None };
            assert_eq!(row.code(), code);
            assert_eq!(parse_code(code), Some((certainty, place)));
        }
    }

    #[test]
    fn nothing_else_is_a_code() {
        for code in
            ["", "certain", "certain ", "sure 40.92.0.0/15", "certain AS", "certain ASx", "probable 1.2.3", "é 1"]
        {
            assert_eq!(parse_code(code), None, "{code:?}");
        }
    }
}
