//! The campaigns file: what campaigns and their links are called by people.

use std::collections::BTreeMap;
use std::path::Path;

use hashbrown::HashMap;
use jiff::civil::Date;

use super::bad_row::{BadRow, NAMED};
use super::load::IgnoredColumn;

/// The column that every campaigns file has.
const CAMPAIGN: &str = "campaign";

/// What a column is called that labels a link: this, and the link's id.
const LINK: &str = "link:";

/// What may stand between cells.
const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];

/// A campaigns file that can't be used.
#[derive(Debug, thiserror::Error)]
pub enum LabelsError {
    /// The file system refused.
    #[error("{path}: {error}")]
    Io {
        /// The file.
        path: String,
        /// What the system said.
        error: std::io::Error,
    },
    /// The file is not UTF-8.
    #[error("{path}: the file is not UTF-8; save it as CSV in UTF-8")]
    Encoding {
        /// The file.
        path: String,
    },
    /// There is no column `campaign`.
    #[error("{path}: there is no column `campaign`, only {}", found.join(", "))]
    NoCampaign {
        /// The file.
        path: String,
        /// The columns that it has.
        found: Vec<String>,
    },
    /// Two columns have one name.
    #[error("{path}: there are two columns `{column}`; rename one of them")]
    Twice {
        /// The file.
        path: String,
        /// Their name.
        column: String,
    },
}

/// What is known of a campaign; what is not known is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Campaign {
    /// What people call it.
    pub name: Option<String>,
    /// The subject of its mails.
    pub subject: Option<String>,
    /// Its day.
    pub date: Option<Date>,
    /// Who is responsible for it.
    pub owner: Option<String>,
    /// What its links are called, by their ids.
    pub links: BTreeMap<String, String>,
}

/// What campaigns and links are called.
#[derive(Debug, Default)]
pub struct Labels {
    campaigns: HashMap<String, Campaign, foldhash::quality::RandomState>,
}

impl Labels {
    /// What is known of a campaign.
    pub fn campaign(&self, campaign: &str) -> Option<&Campaign> {
        self.campaigns.get(campaign)
    }

    /// What people call a campaign: its name, else its id.
    pub fn campaign_label<'a>(&'a self, campaign: &'a str) -> &'a str {
        self.campaign(campaign).and_then(|known| known.name.as_deref()).unwrap_or(campaign)
    }

    /// What people call a link of a campaign: its label, else its id.
    pub fn link_label<'a>(&'a self, campaign: &str, link: &'a str) -> &'a str {
        self.campaign(campaign).and_then(|known| known.links.get(link)).map_or(link, String::as_str)
    }

    /// How many campaigns are known.
    pub fn len(&self) -> usize {
        self.campaigns.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.campaigns.is_empty()
    }
}

/// What was read.
#[derive(Debug, Default)]
pub struct LoadedLabels {
    /// The labels.
    pub labels: Labels,
    /// The first rows that can't be used.
    pub bad_rows: Vec<BadRow>,
    /// How many there are.
    pub n_bad: u64,
    /// All rows.
    pub n_rows: u64,
    /// Columns that mean nothing.
    pub ignored_columns: Vec<IgnoredColumn>,
}

/// What a column means.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Meaning {
    Campaign,
    Name,
    Subject,
    Date,
    Owner,
    Link(String),
    Nothing,
}

impl Meaning {
    fn of(name: &str) -> Self {
        let lower = name.to_ascii_lowercase();
        match lower.as_str() {
            CAMPAIGN => Self::Campaign,
            "name" => Self::Name,
            "subject" => Self::Subject,
            "date" => Self::Date,
            "owner" => Self::Owner,
            // Ids of links are as they are in the URL: upper and lower case are not the same.
            _ if lower.starts_with(LINK) && name.len() > LINK.len() => Self::Link(name[LINK.len()..].trim().to_owned()),
            _ => Self::Nothing,
        }
    }
}

/// Reads a campaigns file.
pub fn load(path: &Path) -> Result<LoadedLabels, LabelsError> {
    let shown = path.display().to_string();
    match std::fs::read(path) {
        Ok(bytes) => parse(&shown, &bytes),
        Err(error) => Err(LabelsError::Io { path: shown, error }),
    }
}

fn parse(path: &str, bytes: &[u8]) -> Result<LoadedLabels, LabelsError> {
    let text = std::str::from_utf8(bytes).map_err(|_| LabelsError::Encoding { path: path.to_owned() })?;
    let text = text.trim_start_matches('\u{feff}');
    let (mut reader, names) = header(path, text)?;
    let meanings: Vec<Meaning> = names.iter().map(|name| Meaning::of(name)).collect();
    for (place, meaning) in meanings.iter().enumerate() {
        if *meaning != Meaning::Nothing && meanings[..place].contains(meaning) {
            return Err(LabelsError::Twice { path: path.to_owned(), column: names[place].clone() });
        }
    }
    let mut loaded = LoadedLabels::default();
    for (name, _) in
        names.iter().zip(&meanings).filter(|(name, meaning)| **meaning == Meaning::Nothing && !name.is_empty())
    {
        loaded.ignored_columns.push(IgnoredColumn { file: path.to_owned(), column: name.clone() });
    }
    let mut lines: HashMap<String, u64, foldhash::quality::RandomState> = HashMap::default();
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).expect("text in memory can be read, and rows may have any length") {
        loaded.n_rows += 1;
        let line = record.position().map_or(0, csv::Position::line);
        let row = row(&record, &meanings).and_then(|(id, campaign)| match lines.get(&id) {
            Some(first) => Err(format!("campaign {id:?} stands in line {first} already")),
            None => Ok((id, campaign)),
        });
        match row {
            Ok((id, campaign)) => {
                lines.insert(id.clone(), line);
                loaded.labels.campaigns.insert(id, campaign);
            }
            Err(reason) => loaded.add_bad(path, line, reason),
        }
    }
    Ok(loaded)
}

/// Finds the delimiter: the first that sets `campaign` apart.
fn header<'a>(path: &str, text: &'a str) -> Result<(csv::Reader<&'a [u8]>, Vec<String>), LabelsError> {
    let mut most: Vec<String> = Vec::new();
    for delimiter in DELIMITERS {
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .from_reader(text.as_bytes());
        let mut record = csv::StringRecord::new();
        reader.read_record(&mut record).expect("text in memory can be read");
        let names: Vec<String> = record.iter().map(|name| name.trim().to_owned()).collect();
        if names.iter().any(|name| Meaning::of(name) == Meaning::Campaign) {
            return Ok((reader, names));
        }
        if names.len() > most.len() {
            most = names;
        }
    }
    let found = most.iter().take(20).map(|name| format!("`{}`", name.escape_debug())).collect();
    Err(LabelsError::NoCampaign { path: path.to_owned(), found })
}

/// What a row says, or what is wrong with it.
fn row(record: &csv::StringRecord, meanings: &[Meaning]) -> Result<(String, Campaign), String> {
    if record.len() != meanings.len() {
        return Err(format!("the row has {} cells, and the header {}", record.len(), meanings.len()));
    }
    let mut id = String::new();
    let mut campaign = Campaign::default();
    for (cell, meaning) in record.iter().map(str::trim).zip(meanings).filter(|(cell, _)| !cell.is_empty()) {
        let text = Some(cell.to_owned());
        match meaning {
            Meaning::Campaign => cell.clone_into(&mut id),
            Meaning::Name => campaign.name = text,
            Meaning::Subject => campaign.subject = text,
            Meaning::Owner => campaign.owner = text,
            Meaning::Date => {
                let is_day = !cell.contains(['T', ' ']);
                let date = cell.parse::<Date>().ok().filter(|_| is_day);
                campaign.date = Some(date.ok_or_else(|| format!("date {cell:?} is no day; write it as 2026-11-09"))?);
            }
            Meaning::Link(link) => {
                campaign.links.insert(link.clone(), cell.to_owned());
            }
            Meaning::Nothing => {}
        }
    }
    if id.is_empty() { Err("campaign is empty".to_owned()) } else { Ok((id, campaign)) }
}

impl LoadedLabels {
    fn add_bad(&mut self, path: &str, line: u64, reason: String) {
        self.n_bad += 1;
        if self.bad_rows.len() < NAMED {
            self.bad_rows.push(BadRow { file: path.to_owned(), line, column: None, value: String::new(), reason });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> LoadedLabels {
        parse("campaigns.csv", text.as_bytes()).expect("labels")
    }

    #[test]
    fn labels_campaigns_and_their_links() {
        let text = "\u{feff}Campaign;name;subject;date;owner;link:shop;link:Story-1;budget\n\
            spring-sale;Spring sale;\"20 %; only today\";2026-11-02;Ann;To the shop;;5\n\
            weekly;;;;;;The story;\n";
        let loaded = read(text);
        let labels = &loaded.labels;
        assert_eq!((loaded.n_rows, loaded.n_bad, labels.len()), (2, 0, 2));
        let sale = labels.campaign("spring-sale").expect("known");
        assert_eq!((sale.subject.as_deref(), sale.owner.as_deref()), (Some("20 %; only today"), Some("Ann")));
        assert_eq!(sale.date, Some(jiff::civil::date(2026, 11, 2)));
        let campaigns = ["spring-sale", "weekly", "other"].map(|id| labels.campaign_label(id));
        assert_eq!(campaigns, ["Spring sale", "weekly", "other"]);
        let links = [("spring-sale", "shop"), ("spring-sale", "Story-1"), ("weekly", "Story-1"), ("x", "shop")];
        let links = links.map(|(campaign, link)| labels.link_label(campaign, link));
        assert_eq!(links, ["To the shop", "Story-1", "The story", "shop"]);
        assert_eq!(loaded.ignored_columns[0].column, "budget");
    }

    #[test]
    fn names_what_is_wrong() {
        let loaded = read("campaign,date\na,2026-11-02\n,2026-11-02\nb,soon\na,\nc\nd,2026-11-02T08:00\n");
        let bad: Vec<String> = loaded.bad_rows.iter().map(ToString::to_string).collect();
        let expected = [
            "campaigns.csv:3: campaign is empty",
            "campaigns.csv:4: date \"soon\" is no day; write it as 2026-11-09",
            "campaigns.csv:5: campaign \"a\" stands in line 2 already",
            "campaigns.csv:6: the row has 1 cells, and the header 2",
            "campaigns.csv:7: date \"2026-11-02T08:00\" is no day; write it as 2026-11-09",
        ];
        assert_eq!(bad, expected);
        assert_eq!((loaded.n_rows, loaded.labels.len()), (6, 1));
        for (text, part) in [
            ("id,name\n", "there is no column `campaign`, only `id`, `name`"),
            ("", "there is no column `campaign`"),
            ("campaign,link:a,link:a\n", "there are two columns `link:a`"),
        ] {
            let error = parse("c.csv", text.as_bytes()).expect_err(text).to_string();
            assert!(error.contains(part), "{error}");
        }
        assert!(matches!(parse("c.csv", b"campaign\n\xFF\n"), Err(LabelsError::Encoding { .. })));
    }
}
