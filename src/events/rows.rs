//! Stored events → rows that are sorted and folded.

use hashbrown::HashMap;
use polars_arrow::array::StaticArray;

use super::attributes::{Attribute, join};
use super::event_columns::EventColumns;
use super::keyed_texts::KeyedTexts;
use super::names::{LocalNames, NameId, Names};
use super::row::{Row, Signs};
use super::table::KeyHash;
use super::texts::TextRef;
use crate::classify::known_agents::{KnownAgent, KnownAgents};
use crate::classify::network_signs::NetworkSigns;
use crate::model::actor::{Actor, Via};
use crate::model::kind::Kind;
use crate::model::reason::{NotCounted, Reason};
use crate::model::suspicion::Suspicions;
use crate::tracking::own::Own;
use crate::tracking::unsubscribe::UnsubscribeLinks;

/// What is decided when events are read, and never stored.
#[derive(Clone, Copy)]
pub struct Deciding<'a> {
    /// What the operator named as their own.
    pub own: &'a Own,
    /// The links that unsubscribe.
    pub unsubscribe: &'a UnsubscribeLinks,
    /// The values that each row must have.
    pub attributes: &'a [Attribute],
    /// Tells the campaign of hits whose URL names none, by their message; an empty one is none.
    pub campaign_of: Option<CampaignOf<'a>>,
}

impl<'a> Deciding<'a> {
    /// The campaign of a hit whose URL names none, where its message tells it.
    pub fn campaign_told(&self, message: &[u8]) -> Option<&'a str> {
        self.campaign_of.and_then(|campaign_of| campaign_of(message))
    }
}

/// Tells the campaign of a message.
pub type CampaignOf<'a> = &'a (dyn Fn(&[u8]) -> Option<&'a str> + Sync);

/// One thread's way from columns to rows.
#[derive(Debug)]
pub struct RowMaker {
    hash: KeyHash,
    names: LocalNames,
    agents: KnownAgents,
}

impl RowMaker {
    /// Keys are made with this hash.
    pub fn new(hash: KeyHash) -> Self {
        Self { hash, names: LocalNames::default(), agents: KnownAgents::default() }
    }

    /// Looks up what the texts of some events mean.
    pub fn look_up<'r, 'd>(
        &'r mut self,
        columns: &'r EventColumns,
        names: &'r Names,
        deciding: Deciding<'d>,
    ) -> RowColumns<'r, 'd> {
        let Self { hash, names: local, agents } = self;
        let mut name = |text: Option<&str>| local.id(text.unwrap_or_default().as_bytes(), names);
        let agent = |text: Option<&str>| {
            let text = text.unwrap_or_default().as_bytes();
            agents.get(text, || text.into(), |agent| deciding.own.has_agent(agent)).0
        };
        let link = |text: Option<&str>| {
            let link = name(text);
            (link, link != NameId::NONE && text.is_some_and(|text| deciding.unsubscribe.has(text.as_bytes())))
        };
        let links = Meanings::of(columns.links.as_ref(), link);
        let reason = |text: Option<&str>| {
            let text = text.unwrap_or_default();
            (Reason::of_code(text).unwrap_or(Reason::Browser), NotCounted::of_code(text).unwrap_or(NotCounted::Status))
        };
        let kind = |text: Option<&str>| if text == Some(Kind::Click.code()) { Kind::Click } else { Kind::Open };
        RowColumns {
            campaigns: columns.campaigns.map(|text| text.is_some_and(|text| !text.is_empty()).then(|| name(text))),
            links,
            kinds: Meanings::of(columns.kinds.as_ref(), kind),
            methods: Meanings::of(columns.methods.as_ref(), Option::unwrap_or_default),
            actors: Meanings::of(columns.actors.as_ref(), |text| {
                text.and_then(Actor::of_code).unwrap_or(Actor::Unknown)
            }),
            vias: Meanings::of(columns.vias.as_ref(), |text| text.and_then(Via::of_code).unwrap_or(Via::Direct)),
            reasons: Meanings::of(columns.reasons.as_ref(), reason),
            networks: Meanings::of(columns.network_reasons.as_ref(), |text| {
                NetworkSigns::of_code(text.unwrap_or_default())
            }),
            agents: Meanings::of(columns.agents.as_ref(), agent),
            groups: GroupNames::default(),
            columns,
            hash,
            local,
            names,
            deciding,
        }
    }
}

/// What the values of a column mean.
#[derive(Debug)]
struct Meanings<'c, T> {
    keys: Option<&'c KeyedTexts>,
    values: Vec<T>,
}

impl<'c, T: Copy> Meanings<'c, T> {
    fn of(texts: Option<&'c KeyedTexts>, mut meaning: impl FnMut(Option<&'c str>) -> T) -> Self {
        let values = match texts {
            Some(texts) => texts.map(meaning),
            None => vec![meaning(None)],
        };
        Self { keys: texts, values }
    }

    fn get(&self, at: usize) -> T {
        self.values[self.keys.map_or(0, |texts| texts.key(at))]
    }
}

/// The names of what rows are grouped by, by the keys of the values.
#[derive(Debug, Default)]
struct GroupNames {
    /// A number for each pair of the number so far and the next key.
    numbers: HashMap<(u32, u32), u32, foldhash::fast::RandomState>,
    names: HashMap<u32, NameId, foldhash::fast::RandomState>,
}

/// Events whose texts are looked up.
pub struct RowColumns<'r, 'd> {
    columns: &'r EventColumns,
    hash: &'r KeyHash,
    local: &'r mut LocalNames,
    names: &'r Names,
    deciding: Deciding<'d>,
    /// The campaign of each value; none where the URL names none.
    campaigns: Vec<Option<NameId>>,
    links: Meanings<'r, (NameId, bool)>,
    kinds: Meanings<'r, Kind>,
    methods: Meanings<'r, &'r str>,
    actors: Meanings<'r, Actor>,
    vias: Meanings<'r, Via>,
    reasons: Meanings<'r, (Reason, NotCounted)>,
    networks: Meanings<'r, NetworkSigns>,
    agents: Meanings<'r, KnownAgent>,
    groups: GroupNames,
}

impl RowColumns<'_, '_> {
    /// The row of an event, still without the place of its message id.
    pub fn row(&mut self, at: usize) -> Row {
        let agent = self.agents.get(at);
        let network = self.networks.get(at);
        let (reason, why_not) = self.reasons.get(at);
        let message_id = self.columns.message(at).as_bytes();
        let not_counted = if self.columns.counted.get(at) == Some(false) {
            Some(why_not)
        } else {
            let is_own = network.is_own || agent.is_own || self.deciding.own.has_message(message_id);
            is_own.then_some(NotCounted::Own)
        };
        let campaign = self.campaigns[self.columns.campaigns.key(at)].unwrap_or_else(|| {
            self.local.id(self.deciding.campaign_told(message_id).unwrap_or_default().as_bytes(), self.names)
        });
        let (link, is_unsubscribe) = self.links.get(at);
        let network_hash = self.columns.networks.as_ref().and_then(|networks| networks.get(at));
        Row {
            key: self.hash.key(campaign, message_id),
            ts_ms: self.columns.times.get(at).unwrap_or_default(),
            request: self.columns.ids.get(at).unwrap_or_default().cast_unsigned().max(1),
            message: TextRef::default(),
            network: network_hash.map_or(Row::NO_NETWORK, i64::cast_unsigned),
            campaign,
            link,
            group: self.group(at),
            agent: agent.hash,
            kind: self.kinds.get(at),
            actor: self.actors.get(at),
            via: self.vias.get(at),
            reason,
            not_counted,
            suspicions: Suspicions::default(),
            signs: Signs::of(&agent.verdicts, self.methods.get(at).as_bytes(), &network, is_unsubscribe),
        }
    }

    /// The values of the attributes that are asked for, as one name.
    fn group(&mut self, at: usize) -> NameId {
        let attributes = &self.columns.attributes;
        if attributes.is_empty() {
            return NameId::NONE;
        }
        let mut number = 0;
        for column in attributes {
            let key = column.as_ref().map_or(0, |texts| u32::try_from(texts.key(at)).unwrap_or(u32::MAX));
            let next = u32::try_from(self.groups.numbers.len()).expect("there are no more than rows");
            number = *self.groups.numbers.entry((number, key)).or_insert(next + 1);
        }
        *self.groups.names.entry(number).or_insert_with(|| {
            let values = attributes.iter().map(|texts| texts.as_ref()?.get(at).map(str::to_owned));
            self.local.id(join(values).as_bytes(), self.names)
        })
    }
}
