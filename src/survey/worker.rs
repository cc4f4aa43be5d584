//! What one thread does with the lines of its blocks.

use hashbrown::HashMap;

use crate::classify::agent::{RequestSigns, prefetch_header};
use crate::classify::known_agents::KnownAgents;
use crate::events::names::{LocalNames, NameId, Names};
use crate::events::row::Row;
use crate::events::table::{KeyHash, Rows};
use crate::logs::block_notes::BlockNote;
use crate::logs::blocks::Block;
use crate::logs::field::Field;
use crate::logs::time::TimeCache;
use crate::model::account::Account;
use crate::model::actor::Via;
use crate::model::network::Network;
use crate::model::reason::NotCounted;
use crate::tracking::candidates::{Candidate, Candidates};
use crate::tracking::recognizer::{Hit, Line, Recognizer};
use crate::tracking::template::Slot;

/// The state of one thread.
#[derive(Debug)]
pub(super) struct Worker {
    pub(super) rows: Rows,
    pub(super) account: Account,
    pub(super) newest_ms: Option<i64>,
    pub(super) crowds: Crowds,
    state: State,
}

/// What makes the next line cheaper.
#[derive(Debug)]
struct State {
    hash: KeyHash,
    agents: KnownAgents,
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
            crowds: Crowds::default(),
            state: State {
                hash,
                agents: KnownAgents::default(),
                campaigns: LocalNames::default(),
                links: LocalNames::default(),
                unsubscribe: HashMap::default(),
            },
        }
    }

    /// Works on the lines of a block. Rejected lines are also appended to `kept`.
    pub(super) fn block(
        &mut self,
        block: Block<'_>,
        recognizer: &Recognizer,
        names: &Names,
        mut kept: Option<&mut Vec<u8>>,
    ) -> BlockNote {
        let mut note = BlockNote { place: (block.source, block.index), lines: 0, rejected: Vec::new() };
        let mut cache = TimeCache::default();
        for Candidate { skipped, line } in Candidates::new(block.bytes, recognizer) {
            note.lines += skipped;
            self.account.not_tracking += skipped;
            let Some((_, line)) = line else { break };
            match recognizer.line(line, &mut cache, |hit| self.hit(hit, recognizer, names)) {
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

    fn hit(&mut self, hit: &Hit<'_>, recognizer: &Recognizer, names: &Names) {
        self.newest_ms = self.newest_ms.max(Some(hit.time.ms));
        let state = &mut self.state;
        let raw_agent = hit.record.raw(Field::UserAgent);
        let agent =
            state.agents.get(raw_agent, || hit.record.text(Field::UserAgent), |agent| recognizer.own.has_agent(agent));
        let message = hit.ids.get(Slot::Message);
        let not_counted = if !hit.status_counts {
            Some(NotCounted::Status)
        } else if agent.is_own || recognizer.own.has_network(hit.address) || recognizer.own.has_message(message) {
            Some(NotCounted::Own)
        } else {
            None
        };
        if let Some(reason) = not_counted {
            self.account.not_counted[reason as usize] += 1;
            return;
        }
        let signs = RequestSigns { is_get: hit.is_get, is_prefetch: prefetch_header(hit.record).is_some() };
        let verdict = agent.verdicts.judge(hit.kind, signs);
        if let Some(address) = hit.address.filter(|_| verdict.via == Via::Direct) {
            self.crowds.count(Network::of(address));
        }
        let campaign = state.campaigns.id(hit.ids.get(Slot::Campaign), names);
        let link_name = hit.ids.get(Slot::Link);
        let link = state.links.id(link_name, names);
        let is_unsubscribe = link != NameId::NONE
            && *state.unsubscribe.entry(link).or_insert_with(|| recognizer.unsubscribe.has(link_name));
        let request_id = hit.record.raw(Field::RequestId);
        self.account.events += 1;
        self.rows.push_message(message, |text| Row {
            key: state.hash.key(campaign, message),
            ts_ms: hit.time.ms,
            request: if request_id.is_empty() { 0 } else { state.hash.request(request_id) },
            message: text,
            campaign,
            link,
            kind: hit.kind,
            actor: verdict.actor,
            reason: verdict.reason,
            is_unsubscribe,
        });
    }
}

/// Direct hits by network.
#[derive(Debug, Default)]
pub(super) struct Crowds {
    hits: HashMap<Network, u64, foldhash::fast::RandomState>,
}

impl Crowds {
    fn count(&mut self, network: Network) {
        *self.hits.entry(network).or_default() += 1;
    }

    pub(super) fn add(&mut self, other: Self) {
        for (network, n) in other.hits {
            *self.hits.entry(network).or_default() += n;
        }
    }

    /// The network with the most hits, its hits, and all hits.
    pub(super) fn largest(&self) -> Option<(Network, u64, u64)> {
        let all = self.hits.values().sum();
        self.hits.iter().max_by_key(|(network, n)| (**n, **network)).map(|(network, n)| (*network, *n, all))
    }
}
