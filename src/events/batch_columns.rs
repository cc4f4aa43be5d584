//! The events of a batch as columns of the store's schema.

use std::collections::HashSet;

use hashbrown::HashMap;
use polars::prelude::{DataFrame, PolarsResult};
use polars_arrow::array::{PrimitiveArray, Utf8ViewArray};

use super::batch::{At, Batch};
use super::dictionary::{Coded, Coder, Column, NULL};
use super::frame::schema;
use super::identity::NetworkKey;
use super::names::NameId;
use super::profile::Profile;
use super::sorted::{Messages, Ordered, Values, sorted};
use crate::classify::client::{self, Client};
use crate::classify::pattern::AgentText;
use crate::classify::place_numbers::PlaceCodes;
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
        let agents: HashSet<NameId> = batch.profiles.iter().map(|profile| profile.agent).collect();
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
    pub fn sorted(&self, events: &[At]) -> Vec<Ordered> {
        sorted(self.batch, events, &self.ranks)
    }

    /// The frame of some events, in their order.
    pub fn frame(&self, order: &[Ordered]) -> PolarsResult<DataFrame> {
        let schema = schema();
        let columns = schema.iter_names().zip(self.columns(order));
        let columns = columns.map(|(name, column)| column.decode(name).map(Into::into));
        DataFrame::new(order.len(), columns.collect::<PolarsResult<_>>()?)
    }

    /// The columns of some events, in the order of the schema.
    pub fn columns(&self, order: &[Ordered]) -> Vec<Column> {
        let coder = &mut Coder::default();
        let values = Values::of(self.batch, order);
        let profiles = coder.code(self.batch.profiles.len(), values.profiles.iter().copied());
        let mut of_profiles = Profiled { profiles: &self.batch.profiles, rows: &profiles, coder };
        let [actor, via, reason, agent_reason] = of_profiles.verdicts();
        let [client, client_version, client_kind, os, device] = self.clients(&mut of_profiles);
        let ts_exact = of_profiles.flags(|profile| profile.ts_exact);
        let kind = of_profiles.codes(&[Kind::Open.code(), Kind::Click.code()], |profile| profile.kind as usize);
        let method = self.named(&mut of_profiles, |profile| profile.method);
        let status = of_profiles.map(1 << 16, |profile| profile.status.into()).integers(i64::from);
        let counted = of_profiles.flags(|profile| profile.not_counted.is_none());
        let network_reason = self.named(&mut of_profiles, |profile| profile.network_reason);
        let user_agent = self.named(&mut of_profiles, |profile| profile.agent);
        let gpc = of_profiles.flags(|profile| profile.gpc);
        let purpose = self.named(&mut of_profiles, |profile| profile.purpose);
        let [country, region, city, asn] = self.placed(coder, &values.places);
        let [address, network] = self.networks(coder, &values.networks);
        let rows = order.len();
        vec![
            integers(values.id_hi),
            integers(values.id_lo),
            self.campaigns(coder, &values.campaigns),
            messages(coder, values.messages),
            integers(values.ts_ms),
            ts_exact,
            kind,
            self.names(coder, &values.links),
            self.names(coder, &values.variants),
            method,
            status,
            counted,
            actor,
            via,
            reason,
            agent_reason,
            network_reason,
            Coded::same(0, rows).integers(|_| i64::from(RULES_VERSION)),
            address,
            network,
            user_agent,
            client,
            client_version,
            client_kind,
            os,
            device,
            country,
            region,
            city,
            asn,
            gpc,
            purpose,
            self.names(coder, &values.signatures),
            Coded::same(if self.host.is_empty() { NULL } else { 0 }, rows).texts(|_| self.host),
        ]
    }

    /// A column of names.
    fn names(&self, coder: &mut Coder, numbers: &[u32]) -> Column {
        coder.code(self.names.len(), numbers.iter().copied()).texts(|number| &*self.names[number as usize])
    }

    /// A column of names that profiles have.
    fn named(&self, profiles: &mut Profiled<'_>, name: fn(&Profile) -> NameId) -> Column {
        let rows = profiles.map(self.names.len(), |profile| name(profile).number());
        rows.texts(|number| &*self.names[number as usize])
    }

    /// Campaigns are never null: none is empty.
    fn campaigns(&self, coder: &mut Coder, numbers: &[u32]) -> Column {
        let n = self.names.len();
        let none = place(n);
        let coded = coder.code(n + 1, numbers.iter().map(|number| (*number).min(none)));
        coded.texts(|number| self.names.get(number as usize).map_or("", String::as_str))
    }

    /// The address that is kept, and the hash of its network.
    fn networks(&self, coder: &mut Coder, of_rows: &[Option<Network>]) -> [Column; 2] {
        let mut numbers: HashMap<Network, u32, foldhash::fast::RandomState> = HashMap::default();
        let mut networks: Vec<Network> = Vec::new();
        let number = |network: &Option<Network>| {
            let Some(network) = *network else { return NULL };
            *numbers.entry(network).or_insert_with(|| {
                networks.push(network);
                place(networks.len() - 1)
            })
        };
        let numbers: Vec<u32> = of_rows.iter().map(number).collect();
        let mut coded = || coder.code(networks.len(), numbers.iter().copied());
        [
            coded().written(|number, out| networks[number as usize].write_cut_address(out)),
            coded().integers(|number| self.network_key.hash(networks[number as usize])),
        ]
    }

    /// What is known of the client.
    fn clients(&self, profiles: &mut Profiled<'_>) -> [Column; 5] {
        let microsoft = place(self.names.len());
        let number = |profile: &Profile| {
            if profile.via == Via::Microsoft { microsoft } else { profile.agent.number() }
        };
        let agents = profiles.map(self.clients.len(), number);
        [0, 1, 2, 3, 4].map(|column| profiles.coder.texts(&agents, &self.clients, column))
    }

    /// Country, region, city and autonomous system. No place is a place at first: whether a row has one is as good as
    /// random, and to ask for each row takes longer. Then it is null, once for all columns.
    fn placed(&self, coder: &mut Coder, numbers: &[u32]) -> [Column; 4] {
        let codes = self.places;
        let places = coder.code(codes.len() + 1, numbers.iter().map(|number| number.wrapping_add(1)));
        let places = coder.map(&places, codes.len(), |place| place.checked_sub(1).unwrap_or(NULL));
        let mut column = |column: usize| coder.map(&places, codes.n_texts(), |place| codes.row(place)[column]);
        let [country, region, city] = [0, 1, 2].map(|i| column(i).texts(|code| codes.text(code)));
        let asn = |code| codes.text(code).parse().expect("the number of an autonomous system");
        [country, region, city, column(3).integers(asn)]
    }
}

/// The profiles of some rows: what follows from a profile is looked at once for each of them.
struct Profiled<'a> {
    profiles: &'a [Profile],
    rows: &'a Coded,
    coder: &'a mut Coder,
}

impl Profiled<'_> {
    /// The rows with a number of their profiles that is under `n`, or [`NULL`].
    fn map(&mut self, n: usize, number: impl Fn(&Profile) -> u32) -> Coded {
        self.coder.map(self.rows, n, |profile| number(&self.profiles[profile as usize]))
    }

    fn codes(&mut self, codes: &[&'static str], code: impl Fn(&Profile) -> usize) -> Column {
        self.map(codes.len(), |profile| place(code(profile))).texts(|number| codes[number as usize])
    }

    fn flags(&self, flag: impl Fn(&Profile) -> bool) -> Column {
        self.rows.flags(|profile| flag(&self.profiles[profile as usize]))
    }

    /// Who they are, what hides them, why, and why by the agent alone.
    fn verdicts(&mut self) -> [Column; 4] {
        let reasons: Vec<&'static str> =
            Reason::ALL.iter().map(|r| r.code()).chain(NotCounted::ALL.iter().map(|r| r.code())).collect();
        let reason = |profile: &Profile| {
            profile.not_counted.map_or(profile.reason as usize, |reason| Reason::ALL.len() + reason as usize)
        };
        [
            self.codes(&Actor::ALL.map(Actor::code), |profile| profile.actor as usize),
            self.codes(&Via::ALL.map(Via::code), |profile| profile.via as usize),
            self.codes(&reasons, reason),
            self.codes(&reasons, |profile| profile.agent_reason as usize),
        ]
    }
}

/// Messages: where most are there twice, as a dictionary.
fn messages(coder: &mut Coder, messages: Messages) -> Column {
    let Messages { keys, texts } = messages;
    if texts.len() == keys.len() {
        Column::Array(Utf8ViewArray::from(texts).boxed())
    } else if texts.len() * 2 > keys.len() {
        Column::Array(Messages { keys, texts }.repeated().boxed())
    } else {
        coder.code(texts.len(), keys.into_iter()).texts(|number| texts.value(number as usize))
    }
}

fn push(clients: &mut TextCodes<5>, client: Option<&Client>) {
    clients.push(client.map_or([None; 5], |client| {
        let device = client.device.map(Device::code);
        [Some(&client.family), client.version.as_deref(), Some(client.kind.code()), client.os.as_deref(), device]
    }));
}

fn integers(values: Vec<i64>) -> Column {
    Column::Array(PrimitiveArray::from_vec(values).boxed())
}

fn place(n: usize) -> u32 {
    u32::try_from(n).expect("a row group has fewer than four billion values")
}
