//! The store's schema as a polars frame.

use polars::prelude::{DataFrame, DataType, Field, PolarsResult, Schema, Series};

use super::columns::event as column;

/// The version of the event schema. Later versions only add nullable columns.
pub const SCHEMA_VERSION: u32 = 1;

/// All columns with their types, in order.
pub fn schema() -> Schema {
    let text = DataType::String;
    let int = DataType::Int64;
    let flag = DataType::Boolean;
    [
        (column::EVENT_HI, int.clone()),
        (column::EVENT_LO, int.clone()),
        (column::CAMPAIGN, text.clone()),
        (column::MESSAGE, text.clone()),
        (column::TS_MS, int.clone()),
        (column::TS_EXACT, flag.clone()),
        (column::KIND, text.clone()),
        (column::LINK, text.clone()),
        (column::VARIANT, text.clone()),
        (column::METHOD, text.clone()),
        (column::STATUS, int.clone()),
        (column::COUNTED, flag.clone()),
        (column::ACTOR, text.clone()),
        (column::VIA, text.clone()),
        (column::REASON, text.clone()),
        (column::AGENT_REASON, text.clone()),
        (column::NETWORK_REASON, text.clone()),
        (column::RULES, int.clone()),
        (column::ADDRESS, text.clone()),
        (column::NETWORK, int.clone()),
        (column::USER_AGENT, text.clone()),
        (column::CLIENT, text.clone()),
        (column::CLIENT_VERSION, text.clone()),
        (column::CLIENT_KIND, text.clone()),
        (column::OS, text.clone()),
        (column::DEVICE, text.clone()),
        (column::COUNTRY, text.clone()),
        (column::REGION, text.clone()),
        (column::CITY, text.clone()),
        (column::ASN, int),
        (column::GPC, flag),
        (column::PURPOSE, text.clone()),
        (column::SIGNATURE, text.clone()),
        (column::HOST, text),
    ]
    .into_iter()
    .map(|(name, dtype)| Field::new(name.into(), dtype))
    .collect()
}

/// No events, with all columns.
pub fn empty() -> DataFrame {
    DataFrame::empty_with_schema(&schema())
}

/// The frame with all columns of today's schema; those that an older one does not have are null.
pub fn with_all_columns(frame: &DataFrame) -> PolarsResult<DataFrame> {
    let today = schema();
    let columns = today.iter().map(|(name, dtype)| {
        frame.column(name).cloned().unwrap_or_else(|_| Series::full_null(name.clone(), frame.height(), dtype).into())
    });
    DataFrame::new(frame.height(), columns.collect())
}
