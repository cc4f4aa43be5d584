//! The events of a batch as columns of the store's schema.

use std::borrow::Cow;
use std::collections::HashSet;

use hashbrown::HashMap;
use polars::prelude::{DataFrame, PolarsResult};
use polars_arrow::array::{Array, BooleanArray, PrimitiveArray, Utf8ViewArray};
use polars_arrow::bitmap::Bitmap;
use rayon::prelude::*;

use super::batch::{At, Batch};
use super::dictionary::{Coder, NULL, decode};
use super::event::Event;
use super::frame::schema;
use super::identity::NetworkKey;
use super::names::{NameId, readable};
use crate::classify::client::{self, Client};
use crate::classify::known_addresses::PlaceCodes;
use crate::classify::pattern::AgentText;
use crate::classify::rules::RULES_VERSION;
use crate::model::actor::{Actor, Via};
use crate::model::client_kind::Device;
use crate::model::kind::Kind;
use crate::model::network::Network;
use crate::model::reason::{NotCounted, Reason};
use crate::model::text_codes::TextCodes;

/// What all events of a batch share.
#[derive(Debug)]
pub struct BatchColumns<'a> {
    batch: &'a Batch,
    names: Vec<String>,
    /// The place of each name among all names in alphabetical order.
    ranks: Vec<u32>,
    /// Name, version, kind, system and device of the client that each name is; behind them Microsoft's proxy.
    clients: TextCodes<5>,
    places: &'a PlaceCodes,
    network_key: NetworkKey,
    host: &'a str,
}

impl<'a> BatchColumns<'a> {
    /// Prepares the texts of a batch: each user agent is looked up once.
    pub fn new(batch: &'a Batch, places: &'a PlaceCodes, network_key: NetworkKey, host: &'a str) -> Self {
        let agents: HashSet<NameId> = batch.iter().map(|event| event.agent).collect();
        let names: Vec<String> = batch.names.texts().collect();
        let mut sorted: Vec<u32> = (0..).take(names.len()).collect();
        sorted.sort_by_key(|i| &names[*i as usize]);
        let mut ranks = vec![0; names.len()];
        for (rank, i) in (1..).zip(sorted) {
            ranks[i as usize] = rank;
        }
        let mut clients = TextCodes::default();
        for (i, name) in names.iter().enumerate() {
            let is_agent = agents.contains(&NameId::from_index(i));
            push(&mut clients, is_agent.then(|| client::client(&AgentText::new(name.as_bytes()))).flatten().as_ref());
        }
        // Of Microsoft's proxy only the network is known; its agent would be taken for the client.
        push(&mut clients, Some(&client::via_client(Via::Microsoft)));
        Self { batch, names, ranks, clients, places, network_key, host }
    }

    /// Events sorted by campaign, message and time, in parallel.
    pub fn sorted(&self, events: &[At]) -> Vec<Event> {
        let key = |at: &At| {
            let event = self.batch.event(*at);
            (self.ranks.get(event.campaign.index()).copied().unwrap_or(0), event.message_start, *at)
        };
        // Events are large: what is sorted is where they are.
        let mut order: Vec<(u32, u64, At)> = events.iter().map(key).collect();
        order.par_sort_unstable_by(|a, b| {
            (a.0, a.1).cmp(&(b.0, b.1)).then_with(|| {
                let [a, b] = [a, b].map(|(_, _, at)| self.batch.event(*at));
                let texts = self.batch.texts.get(a.message).cmp(self.batch.texts.get(b.message));
                texts.then_with(|| (a.ts_ms, a.id).cmp(&(b.ts_ms, b.id)))
            })
        });
        order.into_par_iter().map(|(_, _, at)| *self.batch.event(at)).collect()
    }

    /// The frame of some events, in their order.
    pub fn frame(&self, events: &[Event]) -> PolarsResult<DataFrame> {
        let schema = schema();
        let columns = schema.iter_names().zip(self.columns(events));
        let columns = columns.map(|(name, column)| decode(name, &*column).map(Into::into));
        DataFrame::new(events.len(), columns.collect::<PolarsResult<_>>()?)
    }

    /// The columns of some events, in the order of the schema.
    pub fn columns(&self, events: &[Event]) -> Vec<Box<dyn Array>> {
        let coder = &mut Coder::default();
        let mut columns = vec![
            integers(events, |e| e.id.hi),
            integers(events, |e| e.id.lo),
            self.campaigns(coder, events),
            self.messages(coder, events),
            integers(events, |e| e.ts_ms),
            flags(events, |e| e.ts_exact),
            codes(coder, events, &[Kind::Open.code(), Kind::Click.code()], |e| e.kind as usize),
            self.named(coder, events, |e| e.link),
            self.named(coder, events, |e| e.variant),
            self.named(coder, events, |e| e.method),
            integers(events, |e| i64::from(e.status)),
        ];
        columns.extend(self.verdicts(coder, events));
        columns.extend(self.networks(coder, events));
        columns.push(self.named(coder, events, |e| e.agent));
        columns.extend(self.clients(coder, events));
        columns.extend(self.placed(coder, events));
        let no_host = if self.host.is_empty() { NULL } else { 0 };
        columns.extend([
            flags(events, |e| e.gpc),
            self.named(coder, events, |e| e.purpose),
            self.named(coder, events, |e| e.signature),
            coder.code(1, events.iter().map(|_| no_host)).texts(|_| self.host),
        ]);
        columns
    }

    /// A column of names.
    fn named(&self, coder: &mut Coder, events: &[Event], name: fn(&Event) -> NameId) -> Box<dyn Array> {
        let coded = coder.code(self.names.len(), events.iter().map(|e| name(e).number()));
        coded.texts(|number| &*self.names[number as usize])
    }

    /// Campaigns are never null: none is empty.
    fn campaigns(&self, coder: &mut Coder, events: &[Event]) -> Box<dyn Array> {
        let n = self.names.len();
        let none = u32::try_from(n).unwrap_or(NULL);
        let coded = coder.code(n + 1, events.iter().map(|e| e.campaign.number().min(none)));
        coded.texts(|number| self.names.get(number as usize).map_or("", String::as_str))
    }

    /// Messages: where most are there twice, as a dictionary.
    fn messages(&self, coder: &mut Coder, events: &[Event]) -> Box<dyn Array> {
        let text = |event: &Event| -> Cow<'_, str> {
            let bytes = self.batch.texts.get(event.message);
            std::str::from_utf8(bytes).map_or_else(|_| readable(bytes).into(), Into::into)
        };
        let mut first = Vec::new();
        let mut last: Option<&Event> = None;
        let numbers: Vec<u32> = (0..)
            .zip(events)
            .map(|(at, event)| {
                let is_same = last.is_some_and(|last| {
                    last.message_start == event.message_start
                        && self.batch.texts.get(last.message) == self.batch.texts.get(event.message)
                });
                if !is_same {
                    first.push(at);
                    last = Some(event);
                }
                place(first.len() - 1)
            })
            .collect();
        if first.len() * 2 > events.len() {
            return Utf8ViewArray::from_slice_values(events.iter().map(text).collect::<Vec<_>>()).boxed();
        }
        let coded = coder.code(first.len(), numbers.into_iter());
        coded.texts(|number| text(&events[first[number as usize]]))
    }

    /// Whether they count, who they are and why, and the rules' version.
    fn verdicts(&self, coder: &mut Coder, events: &[Event]) -> [Box<dyn Array>; 7] {
        let reasons: Vec<&'static str> =
            Reason::ALL.iter().map(|r| r.code()).chain(NotCounted::ALL.iter().map(|r| r.code())).collect();
        let reason = |e: &Event| e.not_counted.map_or(e.reason as usize, |r| Reason::ALL.len() + r as usize);
        [
            flags(events, |e| e.not_counted.is_none()),
            codes(coder, events, &Actor::ALL.map(Actor::code), |e| e.actor as usize),
            codes(coder, events, &Via::ALL.map(Via::code), |e| e.via as usize),
            codes(coder, events, &reasons, reason),
            codes(coder, events, &reasons, |e| e.agent_reason as usize),
            self.named(coder, events, |e| e.network_reason),
            coder.code(1, events.iter().map(|_| 0)).integers(|_| i64::from(RULES_VERSION)),
        ]
    }

    /// The address that is kept, and the hash of its network.
    fn networks(&self, coder: &mut Coder, events: &[Event]) -> [Box<dyn Array>; 2] {
        let mut numbers: HashMap<Network, u32, foldhash::fast::RandomState> = HashMap::default();
        let mut networks: Vec<Network> = Vec::new();
        let number = |event: &Event| {
            let Some(network) = event.network else { return NULL };
            *numbers.entry(network).or_insert_with(|| {
                networks.push(network);
                place(networks.len() - 1)
            })
        };
        let numbers: Vec<u32> = events.iter().map(number).collect();
        let coded = coder.code(networks.len(), numbers.into_iter());
        [
            coded.texts(|number| networks[number as usize].cut_address().to_string()),
            coded.integers(|number| self.network_key.hash(networks[number as usize])),
        ]
    }

    /// What is known of the client.
    fn clients(&self, coder: &mut Coder, events: &[Event]) -> [Box<dyn Array>; 5] {
        let microsoft = place(self.names.len());
        let number = |e: &Event| if e.via == Via::Microsoft { microsoft } else { e.agent.number() };
        let agents = coder.code(self.clients.len(), events.iter().map(number));
        [0, 1, 2, 3, 4].map(|column| coder.texts(&agents, &self.clients, column))
    }

    /// Country, region, city and autonomous system.
    fn placed(&self, coder: &mut Coder, events: &[Event]) -> [Box<dyn Array>; 4] {
        let codes = self.places;
        let places = coder.code(codes.len(), events.iter().map(|e| e.place.number()));
        let asns = coder.map(&places, codes.n_texts(), |number| codes.row(number)[3]);
        [
            coder.texts(&places, codes, 0),
            coder.texts(&places, codes, 1),
            coder.texts(&places, codes, 2),
            asns.integers(|code| codes.text(code).parse().expect("the number of an autonomous system")),
        ]
    }
}

fn push(clients: &mut TextCodes<5>, client: Option<&Client>) {
    clients.push(client.map_or([None; 5], |client| {
        let device = client.device.map(Device::code);
        [Some(&client.family), client.version.as_deref(), Some(client.kind.code()), client.os.as_deref(), device]
    }));
}

fn integers(events: &[Event], value: impl Fn(&Event) -> i64) -> Box<dyn Array> {
    PrimitiveArray::from_vec(events.iter().map(value).collect()).boxed()
}

fn flags(events: &[Event], value: impl Fn(&Event) -> bool) -> Box<dyn Array> {
    BooleanArray::from(events.iter().map(value).collect::<Bitmap>()).boxed()
}

fn codes(
    coder: &mut Coder,
    events: &[Event],
    codes: &[&'static str],
    value: impl Fn(&Event) -> usize,
) -> Box<dyn Array> {
    coder.code(codes.len(), events.iter().map(|e| place(value(e)))).texts(|number| codes[number as usize])
}

fn place(n: usize) -> u32 {
    u32::try_from(n).expect("a row group has fewer than four billion values")
}
