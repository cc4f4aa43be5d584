//! What one thread does with the lines of its blocks.

use hashbrown::HashMap;

use super::crowd;
use crate::classify::agent::{RequestSigns, prefetch_header};
use crate::classify::classifier::Classifier;
use crate::classify::known_addresses::{Found, KnownAddresses};
use crate::classify::known_agents::KnownAgents;
use crate::classify::network_signs::NetworkSigns;
use crate::classify::place_numbers::PlaceNumbers;
use crate::events::attributes::{Asked, Attribute, LogAttributes};
use crate::events::names::{LocalNames, NameId, Names};
use crate::events::row::{Row, Signs};
use crate::events::rows::CampaignOf;
use crate::events::table::{KeyHash, Rows};
use crate::events::texts::TextRef;
use crate::logs::block_notes::BlockNote;
use crate::logs::blocks::Block;
use crate::logs::field::Field;
use crate::logs::time::TimeCache;
use crate::model::account::Account;
use crate::model::actor::Via;
use crate::model::network::Network;
use crate::model::reason::NotCounted;
use crate::model::suspicion::Suspicions;
use crate::tracking::candidates::{Candidate, Candidates};
use crate::tracking::recognizer::{Hit, Line, Recognizer};
use crate::tracking::template::Slot;

/// What all threads share.
#[derive(Clone, Copy)]
pub(super) struct Shared<'a> {
    pub(super) recognizer: &'a Recognizer,
    pub(super) classifier: &'a Classifier,
    pub(super) names: &'a Names,
    pub(super) places: &'a PlaceNumbers,
    /// The values that each row must have.
    pub(super) attributes: &'a [Attribute],
    /// Tells the campaign of hits whose URL names none.
    pub(super) campaign_of: Option<CampaignOf<'a>>,
}

/// The state of one thread.
#[derive(Debug)]
pub(super) struct Worker {
    pub(super) rows: Rows,
    pub(super) account: Account,
    pub(super) newest_ms: Option<i64>,
    pub(super) direct: crowd::Hits,
    state: State,
}

/// What makes the next line cheaper.
#[derive(Debug)]
struct State {
    hash: KeyHash,
    agents: KnownAgents,
    addresses: KnownAddresses,
    attributes: LogAttributes,
    groups: LocalNames,
    campaigns: LocalNames,
    links: LocalNames,
    unsubscribe: HashMap<NameId, bool>,
}

impl Worker {
    pub(super) fn new(owner: u8, hash: KeyHash) -> Self {
        Self {
            rows: Rows::new(owner),
            account: Account::default(),
            newest_ms: None,
            direct: crowd::Hits::default(),
            state: State {
                hash,
                agents: KnownAgents::default(),
                addresses: KnownAddresses::default(),
                attributes: LogAttributes::default(),
                groups: LocalNames::default(),
                campaigns: LocalNames::default(),
                links: LocalNames::default(),
                unsubscribe: HashMap::default(),
            },
        }
    }

    /// Works on the lines of a block. Rejected lines are also appended to `kept`.
    pub(super) fn block(&mut self, block: Block<'_>, shared: Shared<'_>, mut kept: Option<&mut Vec<u8>>) -> BlockNote {
        let mut note = BlockNote { place: (block.source, block.index), lines: 0, rejected: Vec::new() };
        let mut cache = TimeCache::default();
        for Candidate { skipped, line } in Candidates::new(block.bytes, shared.recognizer) {
            note.lines += skipped;
            self.account.not_tracking += skipped;
            let Some((_, line)) = line else { break };
            match shared.recognizer.line(line, &mut cache, |hit| self.hit(hit, shared)) {
                Line::NotTracking => self.account.not_tracking += 1,
                Line::Rejected(reason) => {
                    self.account.rejected[reason as usize] += 1;
                    note.reject(note.lines, reason, line);
                    if let Some(kept) = &mut kept {
                        kept.extend_from_slice(line);
                        kept.push(b'\n');
                    }
                }
                Line::Hit(()) => {}
            }
            note.lines += 1;
        }
        self.account.lines += note.lines;
        note
    }

    fn hit(&mut self, hit: &Hit<'_>, shared: Shared<'_>) {
        let Shared { recognizer, classifier, names, places, attributes, campaign_of } = shared;
        self.newest_ms = self.newest_ms.max(Some(hit.time.ms));
        let state = &mut self.state;
        let raw_agent = hit.record.raw(Field::UserAgent);
        let (agent, ()) =
            state.agents.get(raw_agent, || hit.record.text(Field::UserAgent), |agent| recognizer.own.has_agent(agent));
        let message = hit.ids.get(Slot::Message);
        let own = &recognizer.own;
        let is_own = || agent.is_own || own.has_network(hit.address) || own.has_message(message);
        let not_counted = hit.not_counted.or_else(|| is_own().then_some(NotCounted::Own));
        let found = hit
            .address
            .map_or(Found::NOTHING, |address| state.addresses.of_hit(&agent.verdicts, address, classifier, places));
        let network = hit
            .address
            .map_or_else(NetworkSigns::default, |address| classifier.signs(hit.kind, address, found.asn, false));
        let signs = RequestSigns { is_get: hit.is_get, is_prefetch: prefetch_header(hit.record).is_some() };
        let verdict = agent.verdicts.judge(hit.kind, signs, &network);
        match not_counted {
            Some(reason) => self.account.not_counted[reason as usize] += 1,
            None => self.account.events += 1,
        }
        let client_network = hit.address.map(Network::of);
        if let Some(network) = client_network.filter(|_| verdict.via == Via::Direct && not_counted.is_none()) {
            self.direct.count(network);
        }
        let in_url = hit.ids.get(Slot::Campaign);
        let by_message = campaign_of.filter(|_| in_url.is_empty());
        let campaign = by_message.and_then(|campaign_of| campaign_of(message)).map_or(in_url, str::as_bytes);
        let campaign = state.campaigns.id(campaign, names);
        let link_name = hit.ids.get(Slot::Link);
        let link = state.links.id(link_name, names);
        let is_unsubscribe = link != NameId::NONE
            && *state.unsubscribe.entry(link).or_insert_with(|| recognizer.unsubscribe.has(link_name));
        let request_id = hit.record.raw(Field::RequestId);
        let group = if attributes.is_empty() {
            NameId::NONE
        } else {
            let agent_text = hit.record.text(Field::UserAgent);
            let variant = hit.ids.get(Slot::Variant);
            let asked = Asked { agent: (&agent_text, agent.hash), via: verdict.via, place: found.place, variant };
            state.attributes.name(attributes, asked, places, &mut state.groups, names)
        };
        let row = Row {
            key: state.hash.key(campaign, message),
            ts_ms: hit.time.ms,
            request: if request_id.is_empty() { 0 } else { state.hash.request(request_id) },
            message: TextRef::default(),
            network: client_network.map_or(Row::NO_NETWORK, Network::bits),
            campaign,
            link,
            group,
            agent: agent.hash,
            kind: hit.kind,
            actor: verdict.actor,
            via: verdict.via,
            reason: verdict.reason,
            not_counted,
            suspicions: Suspicions::default(),
            signs: Signs::of(&agent.verdicts, hit.method, &network, is_unsubscribe),
        };
        self.rows.push(message, row);
    }
}
