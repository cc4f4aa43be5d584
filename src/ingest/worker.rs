//! What one thread does with the lines of its blocks: events.

use crate::classify::agent::{RequestSigns, prefetch_header};
use crate::classify::known_agents::KnownAgents;
use crate::events::batch::{DAY_MS, ThreadEvents};
use crate::events::event::{Event, sort_start};
use crate::events::identity::{Origin, event_id};
use crate::events::names::{LocalNames, NameId, Names};
use crate::logs::block_notes::BlockNote;
use crate::logs::field::Field;
use crate::logs::time::TimeCache;
use crate::model::account::Account;
use crate::model::network::Network;
use crate::model::reason::NotCounted;
use crate::tracking::candidates::{Candidate, Candidates};
use crate::tracking::recognizer::{Hit, Line, Recognizer};
use crate::tracking::template::Slot;

/// What all blocks of a batch share.
#[derive(Clone, Copy)]
pub(super) struct Shared<'a> {
    pub(super) recognizer: &'a Recognizer,
    pub(super) names: &'a Names,
    /// The first day that the store keeps, in milliseconds since 1970 UTC.
    pub(super) floor_ms: i64,
}

/// Whole lines of one source.
#[derive(Clone, Copy)]
pub(super) struct Lines<'a> {
    /// The source's id.
    pub(super) source: &'a str,
    /// Where the lines start.
    pub(super) start: u64,
    pub(super) bytes: &'a [u8],
    /// The place of the block, for the numbers of rejected lines.
    pub(super) place: (usize, u64),
}

/// The state of one thread.
pub(super) struct Worker {
    pub(super) events: ThreadEvents,
    pub(super) account: Account,
    owner: u8,
    agents: KnownAgents,
    names: LocalNames,
}

impl Worker {
    pub(super) fn new(owner: u8) -> Self {
        Self {
            events: ThreadEvents::new(owner),
            account: Account::default(),
            owner,
            agents: KnownAgents::default(),
            names: LocalNames::default(),
        }
    }

    /// Hands over what was read, and starts anew: names are those of one batch.
    pub(super) fn take(&mut self) -> (ThreadEvents, Account) {
        self.names = LocalNames::default();
        let events = std::mem::replace(&mut self.events, ThreadEvents::new(self.owner));
        (events, std::mem::take(&mut self.account))
    }

    pub(super) fn lines(&mut self, lines: Lines<'_>, shared: Shared<'_>) -> BlockNote {
        let mut note = BlockNote { place: lines.place, lines: 0, rejected: Vec::new() };
        let mut cache = TimeCache::default();
        for Candidate { skipped, line } in Candidates::new(lines.bytes, shared.recognizer) {
            note.lines += skipped;
            self.account.not_tracking += skipped;
            let Some((at, line)) = line else { break };
            let offset = lines.start + at as u64;
            match shared.recognizer.line(line, &mut cache, |hit| self.hit(hit, lines.source, offset, shared)) {
                Line::NotTracking => self.account.not_tracking += 1,
                Line::Rejected(reason) => {
                    self.account.rejected[reason as usize] += 1;
                    note.reject(note.lines, reason, line);
                }
                Line::Hit(()) => {}
            }
            note.lines += 1;
        }
        self.account.lines += note.lines;
        note
    }

    fn hit(&mut self, hit: &Hit<'_>, source: &str, offset: u64, shared: Shared<'_>) {
        if hit.time.ms.div_euclid(DAY_MS) * DAY_MS < shared.floor_ms {
            self.account.pruned += 1;
            return;
        }
        let agent_text = hit.record.text(Field::UserAgent);
        let agent = self.agents.get(hit.record.raw(Field::UserAgent), || agent_text.clone(), |_| false);
        let purpose = prefetch_header(hit.record);
        let signs = RequestSigns { is_get: hit.is_get, is_prefetch: purpose.is_some() };
        let verdict = agent.verdicts.judge(hit.kind, signs);
        let not_counted = (!hit.status_counts).then_some(NotCounted::Status);
        match not_counted {
            Some(reason) => self.account.not_counted[reason as usize] += 1,
            None => self.account.events += 1,
        }
        let id = |slot| hit.ids.get(slot);
        let (campaign, message, link) = (id(Slot::Campaign), id(Slot::Message), id(Slot::Link));
        let origin = match hit.record.raw(Field::RequestId) {
            b"" => Origin::Position { source, offset },
            request_id => Origin::RequestId(request_id),
        };
        let names = &mut self.names;
        let mut name = |text: &[u8]| names.id(text, shared.names);
        let event = Event {
            id: event_id(origin, hit.kind, campaign, message, link),
            ts_ms: hit.time.ms,
            message: self.events.texts.push(message),
            message_start: sort_start(message),
            campaign: name(campaign),
            link: name(link),
            variant: name(id(Slot::Variant)),
            method: name(hit.method),
            agent: name(&agent_text),
            purpose: purpose.map_or(NameId::NONE, &mut name),
            signature: name(id(Slot::Signature)),
            network: hit.address.map(Network::of),
            status: hit.status,
            not_counted,
            kind: hit.kind,
            actor: verdict.actor,
            via: verdict.via,
            reason: verdict.reason,
            agent_reason: agent.verdicts.agent_reason(hit.kind),
            ts_exact: hit.time.exact,
            is_own_network: shared.recognizer.own.has_network(hit.address),
            gpc: hit.record.raw(Field::SecGpc) == b"1",
        };
        self.events.events.push(event);
    }
}
