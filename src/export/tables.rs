//! The tables of each campaign, cut out of those of all campaigns.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::{DataFrame, NamedFrom, PolarsResult, Series};

use super::{ExportError, folder_name};
use crate::analysis::dimension::Dimension;
use crate::analysis::group_key::Label;
use crate::analysis::groups::{Group, Groups};
use crate::events::attributes::Attribute;
use crate::events::columns::campaign as column;
use crate::report::cell::Zone;
use crate::report::{self, DataFormat};
use crate::sends::column::Column;
use crate::sends::table::Sends;

/// A table: the name of its files, and what it is by.
pub type Kind = (&'static str, &'static [Dimension]);

/// The tables of hits; the first has one row.
const OF_HITS: [Kind; 5] = [
    ("summary", &[Dimension::Campaign]),
    ("links", &[Dimension::Campaign, Dimension::Link]),
    ("days", &[Dimension::Campaign, Dimension::Day]),
    ("clients", &[Dimension::Campaign, Dimension::Attribute(Attribute::Client)]),
    ("reasons", &[Dimension::Campaign, Dimension::Kind, Dimension::Actor, Dimension::Reason]),
];

/// The tables of sends, and the column that they need.
const OF_SENDS: [(Kind, Column); 2] = [
    (("variants", &[Dimension::Campaign, Dimension::Variant]), Column::Variant),
    (("domains", &[Dimension::Campaign, Dimension::RecipientDomain]), Column::Recipient),
];

/// The values that the rows must have for all tables.
pub const READ_BY: &[Dimension] = &[Dimension::Campaign, Dimension::Attribute(Attribute::Client)];

/// The tables that can be made.
pub fn kinds(sends: Option<&Sends>) -> Vec<Kind> {
    let of_sends = OF_SENDS.iter().filter(|(_, needed)| sends.is_some_and(|sends| sends.has_column(*needed)));
    OF_HITS.into_iter().chain(of_sends.map(|(kind, _)| *kind)).collect()
}

/// The tables of all campaigns.
#[derive(Debug)]
pub struct Tables<'a> {
    /// Each with what it is by, the summary first.
    tables: Vec<(&'static str, &'a Groups)>,
    zone: &'a Zone,
}

/// The files of a folder, by their names.
pub type Files = BTreeMap<String, Vec<u8>>;

impl<'a> Tables<'a> {
    /// Takes the groups of [`kinds`], in their order.
    pub fn new(kinds: &[Kind], groups: &'a [Groups], zone: &'a Zone) -> Self {
        Self { tables: kinds.iter().map(|(name, _)| *name).zip(groups).collect(), zone }
    }

    fn summary(&self) -> &'a Groups {
        self.tables[0].1
    }

    /// The campaigns that have a folder.
    pub fn campaigns(&self) -> Vec<&'a Label> {
        self.summary().groups.iter().map(|group| &group.labels[0]).collect()
    }

    /// The files of a campaign.
    pub fn files(&self, campaign: &Label) -> Result<Files, ExportError> {
        let mut files = Files::new();
        for (name, groups) in &self.tables {
            // Groups are in the order of their labels, and the campaign is the first.
            let start = groups.groups.partition_point(|group| group.labels[0] < *campaign);
            let is_it = |group: &&Group| group.labels[0] == *campaign;
            let own: Vec<Group> = groups.groups[start..].iter().take_while(is_it).cloned().collect();
            let own = Groups { by: groups.by.clone(), groups: own, base: groups.base, ..Groups::default() };
            let frame = own.frame()?;
            for (suffix, format) in [("csv", DataFormat::Csv), ("parquet", DataFormat::Parquet)] {
                files.insert(format!("{name}.{suffix}"), self.bytes(&frame, format)?);
            }
        }
        Ok(files)
    }

    /// The index: every campaign with its folder, where it has one of these.
    pub fn index(&self, folders: &BTreeSet<String>) -> Result<Files, ExportError> {
        let frame = self.index_frame(folders)?;
        let csv = self.bytes(&frame, DataFormat::Csv)?;
        let json = self.bytes(&frame, DataFormat::Json)?;
        Ok(Files::from([("index.csv".to_owned(), csv), ("index.json".to_owned(), json)]))
    }

    fn index_frame(&self, folders: &BTreeSet<String>) -> PolarsResult<DataFrame> {
        let mut frame = self.summary().frame()?;
        let folder = |label: &&Label| Some(folder(label)).filter(|name| folders.contains(name));
        let mut names: Vec<Option<String>> = self.campaigns().iter().map(folder).collect();
        // The campaigns that are folded into one have none.
        names.resize(frame.height(), None);
        frame.insert_column(1, Series::new(column::FOLDER.into(), names).into())?;
        Ok(frame)
    }

    fn bytes(&self, frame: &DataFrame, format: DataFormat) -> Result<Vec<u8>, ExportError> {
        let mut bytes = Vec::new();
        report::write(frame, format, self.zone, &mut bytes).map_err(|error| ExportError::io("a table", error))?;
        Ok(bytes)
    }
}

/// The folder of a campaign.
pub fn folder(campaign: &Label) -> String {
    folder_name::of(if let Label::Text(name) = campaign { Some(name) } else { None })
}
