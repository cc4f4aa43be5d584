//! Hits → events: what one thread makes of the hits of its blocks.

use hashbrown::HashMap;

use super::batch::ThreadEvents;
use super::event::Event;
use super::identity::{Origin, SourceHash, event_id};
use super::names::{LocalNames, NameId, Names};
use super::profile::{LocalProfiles, Profile, Profiles};
use crate::classify::agent::{AgentVerdicts, RequestSigns, prefetch_header};
use crate::classify::classifier::Classifier;
use crate::classify::known_addresses::KnownAddresses;
use crate::classify::known_agents::KnownAgents;
use crate::classify::network_signs::NetworkSigns;
use crate::classify::place_numbers::{PlaceId, PlaceNumbers};
use crate::logs::field::Field;
use crate::model::actor::Via;
use crate::model::network::Network;
use crate::model::reason::NotCounted;
use crate::tracking::recognizer::{Hit, Recognizer};
use crate::tracking::template::Slot;

/// What all threads share.
#[derive(Clone, Copy, Debug)]
pub struct Shared<'a> {
    /// Tells hits from other lines.
    pub recognizer: &'a Recognizer,
    /// Tells what an address says.
    pub classifier: &'a Classifier,
    /// The names of the batch.
    pub names: &'a Names,
    /// The places of the run.
    pub places: &'a PlaceNumbers,
    /// The profiles of the batch.
    pub profiles: &'a Profiles,
}

/// The state of one thread.
#[derive(Debug)]
pub struct EventMaker {
    events: ThreadEvents,
    owner: u8,
    agents: KnownAgents<Option<NameId>>,
    addresses: KnownAddresses,
    names: LocalNames,
    /// The names of what addresses told: to write the text anew for each hit takes longer.
    network_reasons: HashMap<NetworkSigns, NameId, foldhash::fast::RandomState>,
    profiles: LocalProfiles,
}

impl EventMaker {
    /// No events; `owner` tells the threads apart.
    pub fn new(owner: u8) -> Self {
        Self {
            events: ThreadEvents::new(owner),
            owner,
            agents: KnownAgents::default(),
            addresses: KnownAddresses::default(),
            names: LocalNames::default(),
            network_reasons: HashMap::default(),
            profiles: LocalProfiles::default(),
        }
    }

    /// Hands over the events, and starts anew: names are those of one batch.
    pub fn take(&mut self) -> ThreadEvents {
        self.names = LocalNames::default();
        self.network_reasons.clear();
        self.profiles = LocalProfiles::default();
        self.agents.forget_memos();
        std::mem::replace(&mut self.events, ThreadEvents::new(self.owner))
    }

    /// Makes an event of a hit. `source` and `offset` are the place of its line, by which it is known where no request id
    /// is logged. Gives why it does not count, where it does not.
    pub fn add(&mut self, hit: &Hit<'_>, source: &SourceHash, offset: u64, shared: Shared<'_>) -> Option<NotCounted> {
        let agent_text = || hit.record.text(Field::UserAgent);
        let (agent, agent_name) = self.agents.get(hit.record.raw(Field::UserAgent), agent_text, |_| false);
        let purpose = prefetch_header(hit.record);
        let signs = RequestSigns { is_get: hit.is_get, is_prefetch: purpose.is_some() };
        let verdicts = agent.verdicts;
        let agent_name = *agent_name.get_or_insert_with(|| self.names.id(&agent_text(), shared.names));
        let (network_signs, place) = self.network(hit, &verdicts, shared);
        let verdict = verdicts.judge(hit.kind, signs, &network_signs);
        let id = |slot| hit.ids.get(slot);
        let (campaign, message, link) = (id(Slot::Campaign), id(Slot::Message), id(Slot::Link));
        let origin = match hit.record.raw(Field::RequestId) {
            b"" => Origin::Position { source, offset },
            request_id => Origin::RequestId(request_id),
        };
        let network_reason = self.network_reason(&network_signs, shared.names);
        let names = &mut self.names;
        let mut name = |text: &[u8]| names.id(text, shared.names);
        let profile = Profile {
            agent: agent_name,
            method: name(hit.method),
            purpose: purpose.map_or(NameId::NONE, &mut name),
            network_reason,
            status: hit.status,
            not_counted: hit.not_counted,
            kind: hit.kind,
            actor: verdict.actor,
            via: verdict.via,
            reason: verdict.reason,
            agent_reason: verdicts.agent_reason(hit.kind),
            ts_exact: hit.time.exact,
            gpc: hit.record.raw(Field::SecGpc) == b"1",
        };
        let event = Event {
            id: event_id(origin, hit.kind, campaign, message, link),
            ts_ms: hit.time.ms,
            network: hit.address.map(Network::of),
            message: self.events.texts.push(message),
            campaign: name(campaign),
            link: name(link),
            variant: name(id(Slot::Variant)),
            signature: name(id(Slot::Signature)),
            place: if verdict.via == Via::Direct { place } else { PlaceId::NONE },
            profile: self.profiles.id(profile, shared.profiles),
        };
        self.events.events.push(event);
        hit.not_counted
    }

    fn network_reason(&mut self, signs: &NetworkSigns, names: &Names) -> NameId {
        if signs.is_empty() {
            return NameId::NONE;
        }
        let name = || self.names.id(signs.code().as_bytes(), names);
        *self.network_reasons.entry(*signs).or_insert_with(name)
    }

    /// What the full address tells, before it is cut.
    fn network(&mut self, hit: &Hit<'_>, agent: &AgentVerdicts, shared: Shared<'_>) -> (NetworkSigns, PlaceId) {
        let Some(address) = hit.address else { return (NetworkSigns::default(), PlaceId::NONE) };
        let found = self.addresses.of_hit(agent, address, shared.classifier, shared.places);
        let is_own = shared.recognizer.own.has_network(hit.address);
        (shared.classifier.signs(hit.kind, address, found.asn, is_own), found.place)
    }
}
