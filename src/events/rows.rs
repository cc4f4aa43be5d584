//! Frames of events → rows that are sorted and folded.

use hashbrown::HashMap;
use polars::prelude::{BooleanChunked, DataFrame, Int64Chunked, PolarsResult, StringChunked};

use super::attributes::{Attribute, AttributeColumns};
use super::columns::event as column;
use super::names::{LocalNames, NameId, Names};
use super::row::{Row, Signs};
use super::table::KeyHash;
use super::texts::TextRef;
use crate::classify::known_agents::KnownAgents;
use crate::classify::network_signs::NetworkSigns;
use crate::model::actor::{Actor, Via};
use crate::model::kind::Kind;
use crate::model::reason::{NotCounted, Reason};
use crate::model::suspicion::Suspicions;
use crate::tracking::own::Own;
use crate::tracking::unsubscribe::UnsubscribeLinks;

/// The columns that rows are made of.
pub const COLUMNS: [&str; 14] = [
    column::EVENT_LO,
    column::CAMPAIGN,
    column::MESSAGE,
    column::TS_MS,
    column::KIND,
    column::LINK,
    column::METHOD,
    column::COUNTED,
    column::ACTOR,
    column::VIA,
    column::REASON,
    column::NETWORK_REASON,
    column::NETWORK,
    column::USER_AGENT,
];

/// The texts of an event that an older schema may not have.
const TEXTS: [&str; 8] = [
    column::KIND,
    column::LINK,
    column::METHOD,
    column::ACTOR,
    column::VIA,
    column::REASON,
    column::NETWORK_REASON,
    column::USER_AGENT,
];

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

/// Tells the campaign of a message.
pub type CampaignOf<'a> = &'a (dyn Fn(&[u8]) -> Option<&'a str> + Sync);

/// One thread's way from frames to rows.
#[derive(Debug)]
pub struct RowMaker {
    hash: KeyHash,
    names: LocalNames,
    agents: KnownAgents,
    unsubscribe: HashMap<NameId, bool>,
}

/// The columns of a frame.
#[derive(Debug)]
pub struct EventColumns<'f> {
    height: usize,
    ids: &'f Int64Chunked,
    times: &'f Int64Chunked,
    campaigns: &'f StringChunked,
    messages: &'f StringChunked,
    counted: &'f BooleanChunked,
    networks: Option<&'f Int64Chunked>,
    texts: [Option<&'f StringChunked>; TEXTS.len()],
    attributes: AttributeColumns<'f>,
}

impl<'f> EventColumns<'f> {
    /// The columns of a frame that has all that no schema lacks.
    pub fn of(frame: &'f DataFrame, attributes: &[Attribute]) -> PolarsResult<Self> {
        Ok(Self {
            height: frame.height(),
            ids: frame.column(column::EVENT_LO)?.i64()?,
            times: frame.column(column::TS_MS)?.i64()?,
            campaigns: frame.column(column::CAMPAIGN)?.str()?,
            messages: frame.column(column::MESSAGE)?.str()?,
            counted: frame.column(column::COUNTED)?.bool()?,
            networks: frame.column(column::NETWORK).ok().and_then(|column| column.i64().ok()),
            texts: TEXTS.map(|name| frame.column(name).ok()?.str().ok()),
            attributes: AttributeColumns::of(frame, attributes),
        })
    }

    /// How many events there are.
    pub fn height(&self) -> usize {
        self.height
    }

    /// The message id of an event.
    pub fn message(&self, at: usize) -> &'f str {
        self.messages.get(at).unwrap_or_default()
    }
}

impl RowMaker {
    /// Keys are made with this hash.
    pub fn new(hash: KeyHash) -> Self {
        Self { hash, names: LocalNames::default(), agents: KnownAgents::default(), unsubscribe: HashMap::default() }
    }

    /// The row of an event. `message` is where its message id is kept.
    pub fn row(
        &mut self,
        columns: &EventColumns<'_>,
        at: usize,
        message: TextRef,
        names: &Names,
        deciding: Deciding<'_>,
    ) -> Row {
        let [kind, link_name, method, actor, via, reason, network_reason, agent_text] =
            columns.texts.map(|texts| texts.and_then(|texts| texts.get(at)).unwrap_or_default());
        let own = deciding.own;
        let (agent, ()) =
            self.agents.get(agent_text.as_bytes(), || agent_text.as_bytes().into(), |agent| own.has_agent(agent));
        let network = NetworkSigns::of_code(network_reason);
        let message_id = columns.message(at).as_bytes();
        let not_counted = if columns.counted.get(at) == Some(false) {
            Some(NotCounted::of_code(reason).unwrap_or(NotCounted::Status))
        } else {
            (network.is_own || agent.is_own || own.has_message(message_id)).then_some(NotCounted::Own)
        };
        let in_url = columns.campaigns.get(at).unwrap_or_default();
        let by_message = deciding.campaign_of.filter(|_| in_url.is_empty());
        let campaign = by_message.and_then(|campaign_of| campaign_of(message_id)).unwrap_or(in_url);
        let campaign = self.names.id(campaign.as_bytes(), names);
        let link = self.names.id(link_name.as_bytes(), names);
        let is_unsubscribe = link != NameId::NONE
            && *self.unsubscribe.entry(link).or_insert_with(|| deciding.unsubscribe.has(link_name.as_bytes()));
        Row {
            key: self.hash.key(campaign, message_id),
            ts_ms: columns.times.get(at).unwrap_or_default(),
            request: columns.ids.get(at).unwrap_or_default().cast_unsigned().max(1),
            message,
            network: columns.networks.and_then(|n| n.get(at)).map_or(Row::NO_NETWORK, i64::cast_unsigned),
            campaign,
            link,
            group: columns.attributes.name(at, &mut self.names, names),
            agent: agent.hash,
            kind: if kind == Kind::Click.code() { Kind::Click } else { Kind::Open },
            actor: Actor::of_code(actor).unwrap_or(Actor::Unknown),
            via: Via::of_code(via).unwrap_or(Via::Direct),
            reason: Reason::of_code(reason).unwrap_or(Reason::Browser),
            not_counted,
            suspicions: Suspicions::default(),
            signs: Signs::of(&agent.verdicts, method.as_bytes(), &network, is_unsubscribe),
        }
    }
}
