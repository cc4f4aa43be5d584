//! The tables and their columns, with what they mean.

use polars::prelude::{Column, DataFrame, DataType, NamedFrom, PolarsResult, Schema, Series, TimeUnit, TimeZone};

use super::HasSends;
use crate::analysis::message_table::FROM_SENDS;
use crate::analysis::tally::{COUNTERS, RATES};
use crate::events::columns::{campaign, engagement, event, hit, send};
use crate::events::frame;

/// A table that can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableName {
    /// Every stored hit.
    Events,
    /// Every message of which a hit counts.
    Engagements,
    /// Every campaign.
    Campaigns,
    /// Every send.
    Sends,
}

impl TableName {
    /// Every table.
    pub const ALL: [Self; 4] = [Self::Events, Self::Engagements, Self::Campaigns, Self::Sends];

    /// Its name in SQL.
    pub fn name(self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::Engagements => "engagements",
            Self::Campaigns => "campaigns",
            Self::Sends => "sends",
        }
    }

    /// What a row of it is.
    fn words(self) -> &'static str {
        match self {
            Self::Events => "a hit, as it is stored and as all hits of its message judge it",
            Self::Engagements => "a message of which a hit counts",
            Self::Campaigns => "a campaign, as `report` shows it",
            Self::Sends => "a message as it was sent; with sends",
        }
    }
}

/// A column and what it means.
type Described = (&'static str, DataType, &'static str);

/// The columns of `events` that are made when they are asked for.
pub(super) const JUDGED: [&str; 6] =
    [hit::FINAL_COUNTED, hit::FINAL_ACTOR, hit::FINAL_REASON, hit::SUSPICIONS, hit::IS_DUPLICATE, hit::OPEN];

/// The columns of a table. Those of sends are all that files may have.
fn columns(table: TableName, has_sends: HasSends) -> Vec<Described> {
    match table {
        TableName::Events => events(),
        TableName::Engagements => {
            let is_there = |(name, ..): &Described| has_sends == HasSends::Yes || !is_from_sends(name);
            engagements().into_iter().filter(is_there).collect()
        }
        TableName::Campaigns => campaigns(has_sends),
        TableName::Sends => sends(),
    }
}

/// Whether only sends know this column of `engagements`.
pub(super) fn is_from_sends(name: &str) -> bool {
    FROM_SENDS.contains(&name)
}

/// The names of a table's columns.
pub(super) fn column_names(table: TableName, has_sends: HasSends) -> impl Iterator<Item = &'static str> {
    columns(table, has_sends).into_iter().map(|(name, ..)| name)
}

/// The types of a table's columns.
pub(super) fn schema(table: TableName, has_sends: HasSends) -> Schema {
    columns(table, has_sends)
        .into_iter()
        .map(|(name, dtype, _)| polars::prelude::Field::new(name.into(), dtype))
        .collect()
}

/// An instant.
pub(super) fn instant() -> DataType {
    DataType::Datetime(TimeUnit::Milliseconds, Some(TimeZone::UTC))
}

fn events() -> Vec<Described> {
    let stored = frame::schema();
    // The words live longer than the schema, whose names polars would lend.
    let of_store = |list: &'static [(&'static str, &'static str)]| {
        list.iter().filter_map(|(name, words)| Some((*name, stored.get(name)?.clone(), *words))).collect::<Vec<_>>()
    };
    let (flag, text) = (DataType::Boolean, DataType::String);
    let times = vec![(hit::TIME, instant(), "when it was logged, UTC"), (hit::DATE, DataType::Date, "its day, UTC")];
    let judged = vec![
        (hit::FINAL_COUNTED, flag.clone(), "whether it counts, by all hits of the message"),
        (hit::FINAL_ACTOR, text.clone(), "human, unknown or machine, by all hits; null where it does not count"),
        (hit::FINAL_REASON, text.clone(), "the rule that decided, or why it does not count"),
        (hit::SUSPICIONS, text, "what looks odd about it"),
        (hit::IS_DUPLICATE, flag, "whether it is an earlier event again"),
        (hit::OPEN, DataType::Int64, "which open of its message it belongs to, from 1"),
    ];
    [times, of_store(&STORED_FIRST), judged, of_store(&STORED)].concat()
}

/// To count rows polars reads the first of the smallest columns: a stored flag stands before those that are judged.
const STORED_FIRST: [(&str, &str); 5] = [
    (event::CAMPAIGN, "its campaign; '' where neither the URL nor sends name one"),
    (event::MESSAGE, "its message"),
    (event::KIND, "open or click"),
    (event::LINK, "the link of a click"),
    (event::COUNTED, "whether it counts, by itself"),
];

const STORED: [(&str, &str); 29] = [
    (event::ACTOR, "human, unknown or machine, by itself"),
    (event::VIA, "direct, or the mail provider's proxy"),
    (event::REASON, "the rule that decided by the hit alone"),
    (event::AGENT_REASON, "the rule that the user agent alone decides by"),
    (event::NETWORK_REASON, "what the full address said"),
    (event::VARIANT, "the variant, where the URL has one"),
    (event::TS_MS, "when it was logged, in milliseconds since 1970 UTC"),
    (event::TS_EXACT, "whether milliseconds were logged"),
    (event::METHOD, "GET, HEAD, …"),
    (event::STATUS, "the server's answer"),
    (event::RULES, "the version of the rules"),
    (event::ADDRESS, "the address, cut to /24 or /48"),
    (event::NETWORK, "a keyed hash of the network"),
    (event::USER_AGENT, "the user agent"),
    (event::CLIENT, "the mail program or browser"),
    (event::CLIENT_VERSION, "its version"),
    (event::CLIENT_KIND, "what kind of client it is"),
    (event::OS, "the operating system"),
    (event::DEVICE, "the kind of device"),
    (event::COUNTRY, "the country, from the address"),
    (event::REGION, "the region"),
    (event::CITY, "the city"),
    (event::ASN, "the autonomous system's number"),
    (event::GPC, "whether Global Privacy Control was signalled"),
    (event::PURPOSE, "the header that announced a prefetch"),
    (event::SIGNATURE, "the URL's signature"),
    (event::HOST, "the host whose log it was"),
    (event::EVENT_HI, "the upper half of its identity"),
    (event::EVENT_LO, "the lower half of its identity"),
];

fn engagements() -> Vec<Described> {
    let (int, flag, text) = (DataType::Int64, DataType::Boolean, DataType::String);
    vec![
        (campaign::CAMPAIGN, text.clone(), "its campaign; '' where neither the URL nor sends name one"),
        (engagement::MESSAGE, text.clone(), "its id"),
        (
            engagement::SEEN,
            text.clone(),
            "opened-by-human, opened-by-unknown, clicked-only, unknown-click-only, machine-only",
        ),
        (campaign::CONFIRMED, flag.clone(), "whether a person opened or clicked"),
        (campaign::OPENS_HUMAN, int.clone(), "opens by people"),
        (campaign::OPENS_UNKNOWN, int.clone(), "opens that may be anybody's"),
        (campaign::CLICKS, int.clone(), "clicks by people"),
        (campaign::UNKNOWN_CLICKS, int.clone(), "clicks that may be anybody's"),
        (campaign::MACHINE_CLICKS, int.clone(), "clicks by machines"),
        (campaign::PIXEL_HITS, int.clone(), "pixel requests"),
        (campaign::MACHINE_PIXEL_HITS, int.clone(), "pixel requests by machines"),
        (engagement::LINKS, int.clone(), "distinct links clicked by people"),
        (engagement::UNSUBSCRIBED, flag.clone(), "whether a person followed an unsubscribe link"),
        (engagement::FIRST_HUMAN_OPEN, instant(), "when the first open by a person began"),
        (engagement::FIRST_HUMAN_CLICK, instant(), "the first click by a person"),
        (campaign::FIRST_SEEN, instant(), "the first hit by a person"),
        (campaign::LAST_SEEN, instant(), "the last hit by a person"),
        (engagement::NETWORKS, int, "networks from which people came directly; several: perhaps forwarded"),
        (engagement::HAS_APPLE_MPP, flag, "whether Apple fetched the pixel by itself"),
        (send::RECIPIENT, text.clone(), "who it was sent to; with sends"),
        (send::SENDER, text.clone(), "who sent it; with sends"),
        (send::VARIANT, text, "the version of the message; with sends"),
        (send::SENT_AT, instant(), "when it was sent; with sends"),
        (engagement::SECONDS_TO_OPEN, DataType::Float64, "from sending to the first open by a person; with sends"),
        (engagement::SECONDS_TO_CLICK, DataType::Float64, "from sending to the first click by a person; with sends"),
    ]
}

fn campaigns(has_sends: HasSends) -> Vec<Described> {
    let counters = COUNTERS.into_iter().map(|name| (name, DataType::Int64, "as `report` counts it"));
    let mut columns = vec![(campaign::CAMPAIGN, DataType::String, "its name; '' is that of hits that name none")];
    columns.extend(counters);
    columns.push((campaign::FIRST_SEEN, instant(), "the first hit by a person"));
    columns.push((campaign::LAST_SEEN, instant(), "the last hit by a person"));
    if has_sends == HasSends::Yes {
        let rate = |name| (name, DataType::Float64, "as `report` has it; with sends");
        let count = |name| (name, DataType::Int64, "as `report` counts it; with sends");
        columns.extend([count(campaign::TRACKED), rate(RATES[0]), rate(RATES[1])]);
        columns.push(count(campaign::BASE_WITHOUT_APPLE));
        columns.extend(RATES[2..].iter().map(|name| rate(name)));
    }
    columns
}

fn sends() -> Vec<Described> {
    let text = DataType::String;
    vec![
        (send::MESSAGE, text.clone(), "the message's id"),
        (send::CAMPAIGN, text.clone(), "its campaign; '' for none"),
        (send::RECIPIENT, text.clone(), "who it was sent to"),
        (send::SENDER, text.clone(), "who sent it"),
        (send::VARIANT, text.clone(), "the version of the message"),
        (send::SENT_AT, instant(), "when it was sent"),
        (send::SENT_AT_MS, DataType::Int64, "the same in milliseconds since 1970 UTC"),
        (send::STATUS, text.clone(), "what became of it"),
        (send::CONSENT, text, "whether the recipient agreed to be tracked"),
    ]
}

/// Every column of every table, as a table.
pub fn frame() -> PolarsResult<DataFrame> {
    let rows: Vec<(TableName, Described)> = TableName::ALL
        .into_iter()
        .flat_map(|table| columns(table, HasSends::Yes).into_iter().map(move |column| (table, column)))
        .collect();
    let texts = |name: &str, value: &dyn Fn(&(TableName, Described)) -> String| {
        Column::from(Series::new(name.into(), rows.iter().map(value).collect::<Vec<_>>()))
    };
    let columns = vec![
        texts("table", &|(table, _)| table.name().to_owned()),
        texts("column", &|(_, (name, ..))| (*name).to_owned()),
        texts("type", &|(_, (_, dtype, _))| type_name(dtype).to_owned()),
        texts("means", &|(_, (.., words))| (*words).to_owned()),
    ];
    DataFrame::new(rows.len(), columns)
}

fn type_name(dtype: &DataType) -> &'static str {
    match dtype {
        DataType::Int64 => "integer",
        DataType::Float64 => "number",
        DataType::Boolean => "boolean",
        DataType::Date => "date",
        DataType::Datetime(..) => "time",
        _ => "text",
    }
}

/// The tables with their columns, for the help.
pub fn help() -> String {
    let table = |table: TableName| {
        let names: Vec<&str> = column_names(table, HasSends::Yes).collect();
        format!("  {}: {}\n      {}\n", table.name(), table.words(), names.join(", "))
    };
    TableName::ALL.into_iter().map(table).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stored_column_is_there() {
        let schema = schema(TableName::Events, HasSends::No);
        assert_eq!(schema.len(), frame::schema().len() + 8);
        assert!(frame::schema().iter().all(|(name, dtype)| schema.get(name) == Some(dtype)));
    }
}
