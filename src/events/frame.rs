//! Events ↔ polars frame: the store's schema.

use std::collections::HashSet;
use std::sync::Arc;

use polars::prelude::{
    AnyValue, ChunkTake, Column, DataFrame, DataType, Field, IdxSize, Int64Chunked, IntoSeries, NamedFrom,
    NewChunkedArray, PolarsResult, Scalar, Schema, Series, StringChunked,
};
use rayon::prelude::*;

use super::columns::event as column;
use super::event::Event;
use super::identity::NetworkKey;
use super::names::{NameId, NameList, readable};
use super::texts::AllTexts;
use crate::classify::client::{self, Client};
use crate::classify::known_addresses::NumberedPlace;
use crate::classify::pattern::AgentText;
use crate::classify::rules::RULES_VERSION;
use crate::model::actor::{Actor, Via};
use crate::model::client_kind::Device;
use crate::model::kind::Kind;
use crate::model::network::Network;
use crate::model::reason::{NotCounted, Reason};

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

/// What all events of a batch share. Each distinct text is held once; columns only point at it.
#[derive(Debug)]
pub struct Context<'a> {
    names: Vec<String>,
    /// The place of each name among all names in alphabetical order.
    ranks: Vec<u32>,
    /// The names as a column, and what is known of the clients that they are; no name is the entry behind
    /// them, and the client behind Microsoft's proxy the last one.
    columns: NameColumns,
    places: PlaceColumns,
    texts: &'a AllTexts,
    network_key: NetworkKey,
    host: &'a str,
}

/// Columns with one entry a name.
#[derive(Debug)]
struct NameColumns {
    text: StringChunked,
    family: StringChunked,
    version: StringChunked,
    kind: StringChunked,
    os: StringChunked,
    device: StringChunked,
}

impl NameColumns {
    fn new(names: &[String], agents: &HashSet<NameId>) -> Self {
        let client = |(i, name): (usize, &String)| {
            let is_agent = agents.contains(&NameId::from_index(i));
            is_agent.then(|| client::client(&AgentText::new(name.as_bytes()))).flatten()
        };
        // Of Microsoft's proxy only the network is known; its agent would be taken for the client.
        let more = [None, Some(client::via_client(Via::Microsoft))];
        let clients: Vec<Option<Client>> = names.iter().enumerate().map(client).chain(more).collect();
        let of = |name: &str, value: fn(&Client) -> Option<&str>| {
            StringChunked::from_iter_options(name.into(), clients.iter().map(|c| c.as_ref().and_then(value)))
        };
        let texts = names.iter().map(|name| Some(name.as_str())).chain([None, None]);
        Self {
            text: StringChunked::from_iter_options("text".into(), texts),
            family: of(column::CLIENT, |c| Some(&c.family)),
            version: of(column::CLIENT_VERSION, |c| c.version.as_deref()),
            kind: of(column::CLIENT_KIND, |c| Some(c.kind.code())),
            os: of(column::OS, |c| c.os.as_deref()),
            device: of(column::DEVICE, |c| c.device.map(Device::code)),
        }
    }
}

/// Columns with one entry a place; no place is the last entry.
#[derive(Debug)]
struct PlaceColumns {
    n: usize,
    country: StringChunked,
    region: StringChunked,
    city: StringChunked,
    asn: Int64Chunked,
}

impl PlaceColumns {
    fn new(places: &[Arc<NumberedPlace>]) -> Self {
        let of = |name: &str, value: fn(&NumberedPlace) -> Option<&str>| {
            let values = places.iter().map(|place| value(place)).chain([None]);
            StringChunked::from_iter_options(name.into(), values)
        };
        let asn = places.iter().map(|place| place.asn.map(i64::from)).chain([None]);
        Self {
            n: places.len(),
            country: of(column::COUNTRY, |place| place.country.as_deref()),
            region: of(column::REGION, |place| place.region.as_deref()),
            city: of(column::CITY, |place| place.city.as_deref()),
            asn: Int64Chunked::from_iter_options(column::ASN.into(), asn),
        }
    }

    /// The four columns of some events.
    fn gather(&self, events: &[Event]) -> PolarsResult<[Column; 4]> {
        let places: Vec<IdxSize> = events.iter().map(|e| place(e.place.index().min(self.n))).collect();
        Ok([
            self.country.take(&places)?.into_series().into(),
            self.region.take(&places)?.into_series().into(),
            self.city.take(&places)?.into_series().into(),
            self.asn.take(&places)?.into_series().into(),
        ])
    }
}

impl<'a> Context<'a> {
    /// Prepares the texts of a batch: each user agent is looked up once.
    pub fn new(
        events: &[&[Event]],
        names: &NameList,
        texts: &'a AllTexts,
        places: &[Arc<NumberedPlace>],
        network_key: NetworkKey,
        host: &'a str,
    ) -> Self {
        let agents: HashSet<NameId> = events.iter().copied().flatten().map(|event| event.agent).collect();
        let names: Vec<String> = names.texts().collect();
        let mut sorted: Vec<u32> = (0..).take(names.len()).collect();
        sorted.sort_by_key(|i| &names[*i as usize]);
        let mut ranks = vec![0; names.len()];
        for (rank, i) in (1..).zip(sorted) {
            ranks[i as usize] = rank;
        }
        let columns = NameColumns::new(&names, &agents);
        let places = PlaceColumns::new(places);
        Self { names, ranks, columns, places, texts, network_key, host }
    }

    /// Sorts events by campaign, message and time, in parallel.
    pub fn sort(&self, events: &mut [Event]) {
        let campaign = |event: &Event| self.ranks.get(event.campaign.index()).copied().unwrap_or(0);
        events.par_sort_unstable_by(|a, b| {
            (campaign(a), a.message_start)
                .cmp(&(campaign(b), b.message_start))
                .then_with(|| self.texts.get(a.message).cmp(self.texts.get(b.message)))
                .then_with(|| (a.ts_ms, a.id).cmp(&(b.ts_ms, b.id)))
        });
    }

    /// The frame of some events, in their order.
    pub fn frame(&self, events: &[Event]) -> PolarsResult<DataFrame> {
        let n = events.len();
        let ints = |name: &str, value: &dyn Fn(&Event) -> i64| {
            Column::from(Series::new(name.into(), events.iter().map(value).collect::<Vec<i64>>()))
        };
        let flags = |name: &str, value: &dyn Fn(&Event) -> bool| {
            Column::from(Series::new(name.into(), events.iter().map(value).collect::<Vec<bool>>()))
        };
        let names = |name: &str, value: fn(&Event) -> NameId| self.gather(name, &self.columns.text, events, value);
        let client = |name: &str, known: &StringChunked| self.gather_clients(name, known, events);
        let codes = |name: &str, codes: &[&'static str], value: &dyn Fn(&Event) -> usize| -> PolarsResult<Column> {
            let known = StringChunked::from_slice(name.into(), codes);
            let places: Vec<IdxSize> = events.iter().map(|e| place(value(e))).collect();
            Ok(known.take(&places)?.into_series().into())
        };
        let constant = |name: &str, dtype: DataType, value: AnyValue<'static>| {
            Column::new_scalar(name.into(), Scalar::new(dtype, value), n)
        };
        let reasons: Vec<&'static str> =
            Reason::ALL.iter().map(|r| r.code()).chain(NotCounted::ALL.iter().map(|r| r.code())).collect();
        let reason = |e: &Event| e.not_counted.map_or(e.reason as usize, |r| Reason::ALL.len() + r as usize);
        let [country, region, city, asn] = self.places.gather(events)?;
        let host = if self.host.is_empty() { AnyValue::Null } else { AnyValue::StringOwned(self.host.into()) };
        let columns = vec![
            ints(column::EVENT_HI, &|e| e.id.hi),
            ints(column::EVENT_LO, &|e| e.id.lo),
            self.campaigns(events)?,
            self.messages(events),
            ints(column::TS_MS, &|e| e.ts_ms),
            flags(column::TS_EXACT, &|e| e.ts_exact),
            codes(column::KIND, &[Kind::Open.code(), Kind::Click.code()], &|e| e.kind as usize)?,
            names(column::LINK, |e| e.link)?,
            names(column::VARIANT, |e| e.variant)?,
            names(column::METHOD, |e| e.method)?,
            ints(column::STATUS, &|e| i64::from(e.status)),
            flags(column::COUNTED, &|e| e.not_counted.is_none()),
            codes(column::ACTOR, &Actor::ALL.map(Actor::code), &|e| e.actor as usize)?,
            codes(column::VIA, &Via::ALL.map(Via::code), &|e| e.via as usize)?,
            codes(column::REASON, &reasons, &reason)?,
            codes(column::AGENT_REASON, &reasons, &|e| e.agent_reason as usize)?,
            names(column::NETWORK_REASON, |e| e.network_reason)?,
            constant(column::RULES, DataType::Int64, AnyValue::Int64(i64::from(RULES_VERSION))),
            self.addresses(events),
            self.networks(events),
            names(column::USER_AGENT, |e| e.agent)?,
            client(column::CLIENT, &self.columns.family)?,
            client(column::CLIENT_VERSION, &self.columns.version)?,
            client(column::CLIENT_KIND, &self.columns.kind)?,
            client(column::OS, &self.columns.os)?,
            client(column::DEVICE, &self.columns.device)?,
            country,
            region,
            city,
            asn,
            flags(column::GPC, &|e| e.gpc),
            names(column::PURPOSE, |e| e.purpose)?,
            names(column::SIGNATURE, |e| e.signature)?,
            constant(column::HOST, DataType::String, host),
        ];
        DataFrame::new(n, columns)
    }

    /// A column that points at the entries of names.
    fn gather(
        &self,
        name: &str,
        known: &StringChunked,
        events: &[Event],
        value: fn(&Event) -> NameId,
    ) -> PolarsResult<Column> {
        let places: Vec<IdxSize> = events.iter().map(|e| place(value(e).index().min(self.names.len()))).collect();
        Ok(known.take(&places)?.with_name(name.into()).into_series().into())
    }

    fn gather_clients(&self, name: &str, known: &StringChunked, events: &[Event]) -> PolarsResult<Column> {
        let n = self.names.len();
        let at = |e: &Event| if e.via == Via::Microsoft { n + 1 } else { e.agent.index().min(n) };
        let places: Vec<IdxSize> = events.iter().map(|e| place(at(e))).collect();
        Ok(known.take(&places)?.with_name(name.into()).into_series().into())
    }

    /// Campaigns are never null: none is empty.
    fn campaigns(&self, events: &[Event]) -> PolarsResult<Column> {
        let texts = self.names.iter().map(String::as_str).chain([""]);
        let known = StringChunked::from_iter_values(column::CAMPAIGN.into(), texts);
        self.gather(column::CAMPAIGN, &known, events, |e| e.campaign)
    }

    fn messages(&self, events: &[Event]) -> Column {
        let text = |event: &Event| -> std::borrow::Cow<'_, str> {
            let bytes = self.texts.get(event.message);
            std::str::from_utf8(bytes).map_or_else(|_| readable(bytes).into(), Into::into)
        };
        StringChunked::from_iter_values(column::MESSAGE.into(), events.iter().map(text)).into_series().into()
    }

    fn addresses(&self, events: &[Event]) -> Column {
        let text = |event: &Event| event.network.map(|network| network.cut_address().to_string());
        Series::new(column::ADDRESS.into(), events.iter().map(text).collect::<Vec<_>>()).into()
    }

    fn networks(&self, events: &[Event]) -> Column {
        let hash = |event: &Event| event.network.map(|network: Network| self.network_key.hash(network));
        Series::new(column::NETWORK.into(), events.iter().map(hash).collect::<Vec<_>>()).into()
    }
}

fn place(n: usize) -> IdxSize {
    IdxSize::try_from(n).expect("a batch has fewer than four billion texts")
}
