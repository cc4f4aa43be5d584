//! Events ↔ polars frame: the store's schema.

use std::collections::HashSet;

use polars::prelude::{
    AnyValue, ChunkTake, Column, DataFrame, DataType, Field, IdxSize, IntoSeries, NamedFrom, NewChunkedArray,
    PolarsResult, Scalar, Schema, Series, StringChunked,
};
use rayon::prelude::*;

use super::columns::event as column;
use super::event::Event;
use super::identity::NetworkKey;
use super::names::{NameId, NameList, readable};
use super::texts::AllTexts;
use crate::classify::client::{self, Client};
use crate::classify::pattern::AgentText;
use crate::classify::rules::RULES_VERSION;
use crate::model::actor::{Actor, Via};
use crate::model::client_kind::Device;
use crate::model::kind::Kind;
use crate::model::network::Network;
use crate::model::reason::{NotCounted, Reason};

/// The version of the event schema. Later versions only add nullable columns.
pub const SCHEMA_VERSION: u32 = 1;

/// What `network_reason` says of an address in a network of the operator's own.
pub const OWN_NETWORK: &str = "own";

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

/// What all events of a batch share. Each distinct text is held once; columns only point at it.
#[derive(Debug)]
pub struct Context<'a> {
    names: Vec<String>,
    /// The place of each name among all names in alphabetical order.
    ranks: Vec<u32>,
    /// The names as a column, and what is known of the clients that they are; no name is the last entry.
    columns: NameColumns,
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
        let clients: Vec<Option<Client>> = names.iter().enumerate().map(client).chain([None]).collect();
        let of = |name: &str, value: fn(&Client) -> Option<&str>| {
            StringChunked::from_iter_options(name.into(), clients.iter().map(|c| c.as_ref().and_then(value)))
        };
        let texts = names.iter().map(|name| Some(name.as_str())).chain([None]);
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

impl<'a> Context<'a> {
    /// Prepares the texts of a batch: each user agent is looked up once.
    pub fn new(
        events: &[&[Event]],
        names: &NameList,
        texts: &'a AllTexts,
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
        Self { names, ranks, columns, texts, network_key, host }
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
        let client = |name: &str, known: &StringChunked| self.gather(name, known, events, |e| e.agent);
        let codes = |name: &str, codes: &[&'static str], value: &dyn Fn(&Event) -> usize| -> PolarsResult<Column> {
            let known = StringChunked::from_slice(name.into(), codes);
            let places: Vec<IdxSize> = events.iter().map(|e| place(value(e))).collect();
            Ok(known.take(&places)?.into_series().into())
        };
        let constant = |name: &str, dtype: DataType, value: AnyValue<'static>| {
            Column::new_scalar(name.into(), Scalar::new(dtype, value), n)
        };
        let missing = |name: &str, dtype: DataType| constant(name, dtype, AnyValue::Null);
        let reasons: Vec<&'static str> =
            Reason::ALL.iter().map(|r| r.code()).chain(NotCounted::ALL.iter().map(|r| r.code())).collect();
        let reason = |e: &Event| e.not_counted.map_or(e.reason as usize, |r| Reason::ALL.len() + r as usize);
        let network_reason = |e: &Event| usize::from(!e.is_own_network);
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
            self.gather_from(column::NETWORK_REASON, &[Some(OWN_NETWORK), None], events, network_reason)?,
            constant(column::RULES, DataType::Int64, AnyValue::Int64(i64::from(RULES_VERSION))),
            self.addresses(events),
            self.networks(events),
            names(column::USER_AGENT, |e| e.agent)?,
            client(column::CLIENT, &self.columns.family)?,
            client(column::CLIENT_VERSION, &self.columns.version)?,
            client(column::CLIENT_KIND, &self.columns.kind)?,
            client(column::OS, &self.columns.os)?,
            client(column::DEVICE, &self.columns.device)?,
            missing(column::COUNTRY, DataType::String),
            missing(column::REGION, DataType::String),
            missing(column::CITY, DataType::String),
            missing(column::ASN, DataType::Int64),
            flags(column::GPC, &|e| e.gpc),
            names(column::PURPOSE, |e| e.purpose)?,
            names(column::SIGNATURE, |e| e.signature)?,
            constant(column::HOST, DataType::String, AnyValue::StringOwned(self.host.into())),
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

    fn gather_from(
        &self,
        name: &str,
        known: &[Option<&str>],
        events: &[Event],
        value: impl Fn(&Event) -> usize,
    ) -> PolarsResult<Column> {
        let known = StringChunked::from_slice_options(name.into(), known);
        let places: Vec<IdxSize> = events.iter().map(|e| place(value(e))).collect();
        Ok(known.take(&places)?.into_series().into())
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
