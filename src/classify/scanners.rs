//! The networks that mail security products scan from, as data that the operator can replace.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::Path;

use super::network_file::NetworkFileError;
use super::prefixes::PrefixTable;
use super::scanner_row::{Certainty, ScannerPlace, ScannerRow, Scope};
use crate::model::kind::Kind;

/// The header of the operator's file.
const HEADER: [&str; 3] = ["network", "scope", "certainty"];

/// What the rows of the file are.
const ROWS: &str = "the header network,scope,certainty and rows such as 40.92.0.0/15,both,certain";

/// The scanner table.
#[derive(Clone, Debug)]
pub struct ScannerTable {
    rows: Vec<ScannerRow>,
    /// The rows as indices, by kind of hit and certainty, in the order in which they are asked.
    open: [Places; 2],
    click: [Places; 2],
}

/// The rows of one certainty for one kind of hit, as indices.
#[derive(Clone, Debug)]
struct Places {
    networks: PrefixTable<usize>,
    asns: BTreeMap<u32, usize>,
}

impl ScannerTable {
    /// The table that the program comes with.
    pub fn built_in() -> Self {
        Self::new(BUILT_IN.iter().flat_map(Provider::rows).collect())
    }

    /// Reads the operator's file, which stands in place of the built-in table: CSV with the header
    /// `network,scope,certainty`, where a network is `40.92.0.0/15`, a single address or `AS22843`, a scope `open`,
    /// `click` or `both`, and a certainty `certain` or `probable`. Blank lines and lines that start with `#` are
    /// skipped. The first fault is an error.
    pub fn read(path: &Path) -> Result<Self, NetworkFileError> {
        let name = path.display().to_string();
        match std::fs::read(path) {
            Ok(bytes) => Self::parse(&bytes, &name),
            Err(error) => Err(NetworkFileError::Read { path: name, error }),
        }
    }

    /// Reads such a file from memory; `name` is the file's in errors.
    pub fn parse(bytes: &[u8], name: &str) -> Result<Self, NetworkFileError> {
        let text = String::from_utf8_lossy(bytes);
        let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim).enumerate();
        let mut lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
        let (at, header) =
            lines.next().ok_or_else(|| NetworkFileError::Empty { path: name.to_owned(), expected: ROWS })?;
        if !header.split(',').map(str::trim).eq(HEADER) {
            return Err(fault(name, at, "header", header, "network,scope,certainty"));
        }
        let mut rows = Vec::new();
        let mut seen = BTreeMap::new();
        for (at, line) in lines {
            let row = parse_row(name, at, line)?;
            refuse_twice(&mut seen, name, at, row)?;
            rows.push(row);
        }
        Ok(Self::new(rows))
    }

    fn new(rows: Vec<ScannerRow>) -> Self {
        let places = |kind| Certainty::ALL.map(|certainty| Places::new(&rows, kind, certainty));
        Self { open: places(Kind::Open), click: places(Kind::Click), rows }
    }

    /// The row that is for this kind of hit and holds the address: a certain one if there is one, else a probable
    /// one; among networks the longest prefix, and networks before autonomous systems. `asn` is the address's
    /// autonomous system, where it is known.
    pub fn find(&self, kind: Kind, address: IpAddr, asn: Option<u32>) -> Option<&ScannerRow> {
        let by_certainty = match kind {
            Kind::Open => &self.open,
            Kind::Click => &self.click,
        };
        by_certainty.iter().find_map(|places| places.find(address, asn)).map(|at| &self.rows[at])
    }

    /// Whether a row is for this autonomous system.
    pub fn has_asn(&self, asn: u32) -> bool {
        self.rows.iter().any(|row| row.place == ScannerPlace::Asn(asn))
    }

    /// All rows, in the order of the file.
    pub fn rows(&self) -> &[ScannerRow] {
        &self.rows
    }

    /// Whether some rows can only match where an ASN database is given.
    pub fn needs_asn(&self) -> bool {
        self.rows.iter().any(|row| matches!(row.place, ScannerPlace::Asn(_)))
    }
}

impl Places {
    fn new(rows: &[ScannerRow], kind: Kind, certainty: Certainty) -> Self {
        let mut networks = Vec::new();
        let mut asns = BTreeMap::new();
        for (at, row) in rows.iter().enumerate().filter(|(_, row)| row.certainty == certainty && row.scope.has(kind)) {
            match row.place {
                ScannerPlace::Network(network) => networks.push((network, at)),
                ScannerPlace::Asn(asn) => {
                    asns.insert(asn, at);
                }
            }
        }
        Self { networks: PrefixTable::new(networks), asns }
    }

    fn find(&self, address: IpAddr, asn: Option<u32>) -> Option<usize> {
        self.networks.find(address).or_else(|| self.asns.get(&asn?).copied())
    }
}

fn parse_row(name: &str, at: usize, line: &str) -> Result<ScannerRow, NetworkFileError> {
    let cells: Vec<&str> = line.split(',').map(str::trim).collect();
    let &[network, scope, certainty] = cells.as_slice() else {
        return Err(fault(name, at, "the row", line, "three columns: network,scope,certainty"));
    };
    let network_help = "a network such as 40.92.0.0/15, an address or an AS number such as AS22843";
    Ok(ScannerRow {
        place: ScannerPlace::parse(network).ok_or_else(|| fault(name, at, "network", network, network_help))?,
        scope: Scope::of_code(scope).ok_or_else(|| fault(name, at, "scope", scope, "open, click or both"))?,
        certainty: Certainty::of_code(certainty)
            .ok_or_else(|| fault(name, at, "certainty", certainty, "certain or probable"))?,
        whose: None,
    })
}

/// A place that stands in two rows for one kind of hit: one of them is a mistake, and which one nobody can tell.
fn refuse_twice(
    seen: &mut BTreeMap<(ScannerPlace, Kind), usize>,
    name: &str,
    at: usize,
    row: ScannerRow,
) -> Result<(), NetworkFileError> {
    for kind in [Kind::Open, Kind::Click].into_iter().filter(|kind| row.scope.has(*kind)) {
        if let Some(before) = seen.insert((row.place, kind), at + 1) {
            return Err(NetworkFileError::Twice {
                path: name.to_owned(),
                line: at + 1,
                place: row.place.to_string(),
                before,
            });
        }
    }
    Ok(())
}

fn fault(name: &str, at: usize, column: &'static str, value: &str, expected: &'static str) -> NetworkFileError {
    NetworkFileError::Value { path: name.to_owned(), line: at + 1, column, value: value.to_owned(), expected }
}

/// One provider's part of the built-in table. Its rows are for opens and clicks.
struct Provider {
    whose: &'static str,
    certainty: Certainty,
    places: &'static [&'static str],
}

impl Provider {
    fn rows(&self) -> impl Iterator<Item = ScannerRow> {
        self.places.iter().map(|text| ScannerRow {
            place: ScannerPlace::parse(text).expect("a test reads the built-in table"),
            scope: Scope::Both,
            certainty: self.certainty,
            whose: Some(self.whose),
        })
    }
}

/// The mail filters of Microsoft and Barracuda; and, as probable only, whole autonomous systems of providers whose
/// browser isolation carries people too.
const BUILT_IN: [Provider; 5] = [
    Provider {
        whose: "Microsoft EOP",
        certainty: Certainty::Certain,
        places: &[
            "40.92.0.0/15",
            "40.107.0.0/16",
            "52.100.0.0/14",
            "52.238.78.88/32",
            "104.47.0.0/17",
            "2a01:111:f400::/48",
            "2a01:111:f403::/48",
        ],
    },
    Provider {
        whose: "Barracuda",
        certainty: Certainty::Certain,
        places: &[
            "3.24.133.128/25",
            "15.222.16.128/25",
            "35.157.190.224/27",
            "18.185.115.192/26",
            "18.184.203.224/27",
            "13.200.136.128/25",
            "35.176.92.96/27",
            "18.133.136.128/26",
            "18.133.136.96/27",
            "209.222.82.0/24",
        ],
    },
    Provider { whose: "Proofpoint", certainty: Certainty::Probable, places: &["AS22843", "AS26211", "AS52129"] },
    Provider {
        whose: "Mimecast",
        certainty: Certainty::Probable,
        places: &["AS30031", "AS39588", "AS42427", "AS60492"],
    },
    Provider { whose: "Cisco", certainty: Certainty::Probable, places: &["AS16417"] },
];

#[cfg(test)]
mod tests {
    use super::*;

    fn found(table: &ScannerTable, kind: Kind, address: &str, asn: Option<u32>) -> Option<String> {
        table.find(kind, address.parse().expect("an address"), asn).map(ScannerRow::code)
    }

    fn error(text: &str) -> String {
        ScannerTable::parse(text.as_bytes(), "scanners.csv").expect_err("bad").to_string()
    }

    #[test]
    fn the_built_in_table_knows_its_networks() {
        let table = ScannerTable::built_in();
        assert_eq!(table.rows().len(), 25);
        assert!(table.needs_asn());
        for (address, asn, code) in [
            ("40.107.1.1", Some(8075), Some("certain 40.107.0.0/16")),
            ("40.93.255.255", None, Some("certain 40.92.0.0/15")),
            ("40.94.0.0", None, None),
            ("52.238.78.88", None, Some("certain 52.238.78.88/32")),
            ("104.47.128.0", None, None),
            ("::ffff:104.47.127.255", None, Some("certain 104.47.0.0/17")),
            ("2a01:111:f403:c::1", None, Some("certain 2a01:111:f403::/48")),
            ("2a01:111:f401::1", None, None),
            ("209.222.82.9", Some(22843), Some("certain 209.222.82.0/24")),
            ("192.0.2.1", Some(22843), Some("probable AS22843")),
            ("192.0.2.1", Some(16417), Some("probable AS16417")),
            ("192.0.2.1", Some(8075), None),
        ] {
            for kind in [Kind::Open, Kind::Click] {
                assert_eq!(found(&table, kind, address, asn).as_deref(), code, "{address} {asn:?}");
            }
        }
    }

    #[test]
    fn a_file_decides_by_kind_certainty_and_prefix() {
        let text = "\u{feff}# mine\n\nnetwork, scope, certainty\n10.0.0.0/8,click,certain\n10.1.0.0/16,both,probable\n\
                    10.2.0.9,both,certain\nAS64500,open,certain\r\n  # the rest\nAS64501,both,probable\n";
        let table = ScannerTable::parse(text.as_bytes(), "x").expect("valid");
        assert_eq!(table.rows().len(), 5);
        for (kind, address, asn, code) in [
            (Kind::Click, "10.1.0.1", None, Some("certain 10.0.0.0/8")),
            (Kind::Open, "10.1.0.1", None, Some("probable 10.1.0.0/16")),
            (Kind::Open, "10.1.0.1", Some(64500), Some("certain AS64500")),
            (Kind::Open, "10.1.0.1", Some(64501), Some("probable 10.1.0.0/16")),
            (Kind::Click, "10.2.0.9", Some(64501), Some("certain 10.2.0.9/32")),
            (Kind::Open, "10.3.0.0", None, None),
            (Kind::Click, "192.0.2.1", Some(64500), None),
            (Kind::Open, "40.107.1.1", None, None),
        ] {
            assert_eq!(found(&table, kind, address, asn).as_deref(), code, "{kind:?} {address} {asn:?}");
        }
        let none = ScannerTable::parse(b"network,scope,certainty\n", "x").expect("no rows switch the rule off");
        assert!(none.rows().is_empty() && !none.needs_asn());
    }

    #[test]
    fn faults_are_named() {
        let head = "network,scope,certainty\n";
        for (text, expected) in [
            (
                format!("{head}# x\n\n10.0.0.0/33,both,certain\n"),
                "scanners.csv:4: network is \"10.0.0.0/33\": expected a network such as 40.92.0.0/15, an address or an \
                 AS number such as AS22843",
            ),
            (
                format!("{head}10.0.0.0/8,opens,certain"),
                "scanners.csv:2: scope is \"opens\": expected open, click or both",
            ),
            (format!("{head}AS1,open,sure"), "scanners.csv:2: certainty is \"sure\": expected certain or probable"),
            (
                format!("{head}AS1,open"),
                "scanners.csv:2: the row is \"AS1,open\": expected three columns: network,scope,certainty",
            ),
            (
                "10.0.0.0/8,both,certain".to_owned(),
                "scanners.csv:1: header is \"10.0.0.0/8,both,certain\": expected network,scope,certainty",
            ),
            (
                format!("{head}AS1,open,certain\n10.0.0.1/8,both,certain\nAS1,both,probable\n"),
                "scanners.csv:4: AS1 stands in line 2 already; keep one of the two",
            ),
            (
                "# nothing\n".to_owned(),
                "scanners.csv: there is nothing in it: expected the header network,scope,certainty and rows such as \
                 40.92.0.0/15,both,certain",
            ),
        ] {
            assert_eq!(error(&text), expected);
        }
        let missing = ScannerTable::read(Path::new("/nowhere/scanners.csv")).expect_err("missing").to_string();
        assert!(missing.starts_with("/nowhere/scanners.csv: "), "{missing}");
        let split = format!("{head}AS1,open,certain\nAS1,click,probable\n");
        assert!(ScannerTable::parse(split.as_bytes(), "x").is_ok(), "one row for each kind");
    }
}
