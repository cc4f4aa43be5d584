//! Clients by what only their own agents have: a table that is data.

use std::sync::OnceLock;

use super::names::{Found, NameSet};
use super::version;
use crate::model::client_kind::ClientKind;

/// A table of clients, one a line: mark, name, kind, system and where the version is, with tabs between. Lines that
/// start with `# ` are comments.
#[derive(Debug)]
pub struct ClientTable {
    lines: &'static str,
    marks: NameSet,
    rows: OnceLock<Vec<Row>>,
}

/// One client of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its name.
    pub family: &'static str,
    /// What kind it is.
    pub kind: ClientKind,
    /// Its system, for agents that name none.
    pub os: Option<&'static str>,
    place: VersionPlace,
}

/// Where the version of a client stands in its agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum VersionPlace {
    Behind,
    Brackets,
    At(&'static str),
    Fixed(&'static str),
    Nowhere,
}

/// A client that was found in an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownClient {
    /// Its row.
    pub row: Row,
    end: usize,
}

impl ClientTable {
    /// The table of these lines.
    pub const fn new(lines: &'static str) -> Self {
        Self { lines, marks: NameSet::new(lines), rows: OnceLock::new() }
    }

    /// The first client of the table whose mark is in a text in lower case.
    pub fn first_in(&self, text: &[u8]) -> Option<KnownClient> {
        let Found { index, end, .. } = self.marks.first_in(text)?;
        let rows = self.rows.get_or_init(|| {
            let lines = self.lines.lines().filter(|line| !line.is_empty() && !line.starts_with("# "));
            lines.map(|line| Row::of(line).expect("every line of the tables is a row")).collect()
        });
        Some(KnownClient { row: rows[index], end })
    }
}

impl Row {
    fn of(line: &'static str) -> Option<Self> {
        let mut cells = line.split('\t').skip(1);
        let family = cells.next()?;
        let kind = ClientKind::from_code(cells.next()?)?;
        let os = Some(cells.next()?).filter(|os| *os != "-");
        let place = match cells.next()? {
            "behind" => VersionPlace::Behind,
            "brackets" => VersionPlace::Brackets,
            "none" => VersionPlace::Nowhere,
            other => match other.split_at_checked(1)? {
                ("@", mark) => VersionPlace::At(mark),
                ("=", text) => VersionPlace::Fixed(text),
                _ => return None,
            },
        };
        Some(Self { family, kind, os, place })
    }
}

impl KnownClient {
    /// The version of the client, from its agent as it was sent.
    pub fn version(&self, agent: &[u8]) -> Option<String> {
        match self.row.place {
            VersionPlace::Behind => version::behind(agent, self.end),
            VersionPlace::Brackets => {
                version::in_brackets(agent, self.end).or_else(|| version::behind(agent, self.end))
            }
            VersionPlace::At(mark) => version::at(agent, mark),
            VersionPlace::Fixed(text) => Some(text.to_owned()),
            VersionPlace::Nowhere => None,
        }
    }
}
