//! Events ↔ polars frame: the store's schema.

use std::collections::HashMap;

use polars::prelude::{Column, DataFrame, DataType, Field, NamedFrom, PolarsResult, Schema, Series};

use super::columns::event as column;
use super::event::Event;
use super::identity::NetworkKey;
use super::names::{NameId, NameList, readable};
use super::texts::AllTexts;
use crate::classify::client::{self, Client};
use crate::classify::pattern::AgentText;
use crate::classify::rules::RULES_VERSION;
use crate::model::network::Network;

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

/// What all events of a batch share.
#[derive(Debug)]
pub struct Context<'a> {
    names: Vec<String>,
    clients: HashMap<NameId, Option<Client>>,
    texts: &'a AllTexts,
    network_key: NetworkKey,
    host: &'a str,
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
        let mut clients = HashMap::new();
        for event in events.iter().copied().flatten() {
            clients.entry(event.agent).or_insert_with(|| {
                let agent = names.text(event.agent)?;
                client::client(&AgentText::new(agent.as_bytes()))
            });
        }
        Self { names: names.texts().collect(), clients, texts, network_key, host }
    }

    fn name(&self, id: NameId) -> Option<&str> {
        self.names.get(id.index()).map(String::as_str)
    }

    /// Sorts events by campaign, message and time.
    pub fn sort(&self, events: &mut [Event]) {
        let campaign = |event: &Event| self.name(event.campaign).unwrap_or("");
        events.sort_unstable_by(|a, b| {
            (a.campaign != b.campaign)
                .then(|| campaign(a).cmp(campaign(b)))
                .unwrap_or(std::cmp::Ordering::Equal)
                .then(a.message_start.cmp(&b.message_start))
                .then_with(|| self.texts.get(a.message).cmp(self.texts.get(b.message)))
                .then(a.ts_ms.cmp(&b.ts_ms))
                .then(a.id.cmp(&b.id))
        });
    }

    /// The frame of some events, in their order.
    pub fn frame(&self, events: &[Event]) -> PolarsResult<DataFrame> {
        let ints = |name: &str, value: &dyn Fn(&Event) -> i64| {
            Column::from(Series::new(name.into(), events.iter().map(value).collect::<Vec<i64>>()))
        };
        let flags = |name: &str, value: &dyn Fn(&Event) -> bool| {
            Column::from(Series::new(name.into(), events.iter().map(value).collect::<Vec<bool>>()))
        };
        let names = |name: &str, value: &dyn Fn(&Event) -> NameId| self.texts_of(name, events, |e| self.name(value(e)));
        let codes =
            |name: &str, value: &dyn Fn(&Event) -> &'static str| self.texts_of(name, events, |e| Some(value(e)));
        let client = |name: &str, value: &dyn Fn(&Client) -> Option<&str>| {
            self.texts_of(name, events, |e| self.clients.get(&e.agent).and_then(Option::as_ref).and_then(value))
        };
        let missing_text = |name: &str| Column::from(Series::full_null(name.into(), events.len(), &DataType::String));
        let columns = vec![
            ints(column::EVENT_HI, &|e| e.id.hi),
            ints(column::EVENT_LO, &|e| e.id.lo),
            self.texts_of(column::CAMPAIGN, events, |e| Some(self.name(e.campaign).unwrap_or(""))),
            self.messages(events),
            ints(column::TS_MS, &|e| e.ts_ms),
            flags(column::TS_EXACT, &|e| e.ts_exact),
            codes(column::KIND, &|e| e.kind.code()),
            names(column::LINK, &|e| e.link),
            names(column::VARIANT, &|e| e.variant),
            names(column::METHOD, &|e| e.method),
            ints(column::STATUS, &|e| i64::from(e.status)),
            flags(column::COUNTED, &|e| e.not_counted.is_none()),
            codes(column::ACTOR, &|e| e.actor.code()),
            codes(column::VIA, &|e| e.via.code()),
            codes(column::REASON, &|e| e.not_counted.map_or(e.reason.code(), |reason| reason.code())),
            codes(column::AGENT_REASON, &|e| e.agent_reason.code()),
            self.texts_of(column::NETWORK_REASON, events, |e| e.is_own_network.then_some(OWN_NETWORK)),
            ints(column::RULES, &|_| i64::from(RULES_VERSION)),
            self.addresses(events),
            self.networks(events),
            names(column::USER_AGENT, &|e| e.agent),
            client(column::CLIENT, &|c| Some(&c.family)),
            client(column::CLIENT_VERSION, &|c| c.version.as_deref()),
            missing_text(column::CLIENT_KIND),
            client(column::OS, &|c| c.os.as_deref()),
            client(column::DEVICE, &|c| c.device.as_deref()),
            missing_text(column::COUNTRY),
            missing_text(column::REGION),
            missing_text(column::CITY),
            Series::full_null(column::ASN.into(), events.len(), &DataType::Int64).into(),
            flags(column::GPC, &|e| e.gpc),
            names(column::PURPOSE, &|e| e.purpose),
            names(column::SIGNATURE, &|e| e.signature),
            self.texts_of(column::HOST, events, |_| Some(self.host)),
        ];
        DataFrame::new(events.len(), columns)
    }

    fn texts_of<'t>(&'t self, name: &str, events: &[Event], value: impl Fn(&Event) -> Option<&'t str>) -> Column {
        Series::new(name.into(), events.iter().map(value).collect::<Vec<Option<&str>>>()).into()
    }

    fn messages(&self, events: &[Event]) -> Column {
        let text = |event: &Event| -> std::borrow::Cow<'_, str> {
            let bytes = self.texts.get(event.message);
            std::str::from_utf8(bytes).map_or_else(|_| readable(bytes).into(), Into::into)
        };
        Series::new(column::MESSAGE.into(), events.iter().map(text).collect::<Vec<_>>()).into()
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
