//! What one thread does with the lines of its blocks.

use hashbrown::HashMap;

use super::notes::BlockNote;
use crate::classify::agent::{RequestSigns, announces_prefetch};
use crate::classify::known_agents::KnownAgents;
use crate::events::names::{LocalNames, NameId, Names};
use crate::events::row::Row;
use crate::events::table::{KeyHash, Rows};
use crate::logs::blocks::Block;
use crate::logs::field::Field;
use crate::logs::record::Record;
use crate::logs::time::TimeCache;
use crate::model::account::Account;
use crate::model::actor::Via;
use crate::model::network::Network;
use crate::model::reason::NotCounted;
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
        for (skipped, line) in Candidates::new(block.bytes, recognizer) {
            note.lines += skipped;
            self.account.not_tracking += skipped;
            let Some(line) = line else { break };
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
        let signs = RequestSigns { is_get: hit.is_get, is_prefetch: is_prefetch(hit.record) };
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

/// Whether one of the four purpose headers announces a prefetch. Nearly always all four are missing.
fn is_prefetch(record: &Record<'_>) -> bool {
    [Field::SecPurpose, Field::Purpose, Field::XPurpose, Field::XMoz]
        .iter()
        .any(|field| !record.raw(*field).is_empty() && announces_prefetch(record.raw(*field)))
}

/// The lines of a block that may hold a tracking URL, each with the number of lines before it that can't. The last
/// item has no line and the number of lines behind the last candidate. With `strict`, every line is a candidate.
struct Candidates<'a> {
    bytes: &'a [u8],
    recognizer: &'a Recognizer,
    at: usize,
    done: bool,
}

impl<'a> Candidates<'a> {
    fn new(bytes: &'a [u8], recognizer: &'a Recognizer) -> Self {
        Self { bytes, recognizer, at: 0, done: false }
    }

    fn next_start(&self) -> Option<usize> {
        if self.recognizer.strict {
            return (self.at < self.bytes.len()).then_some(self.at);
        }
        let found = self.recognizer.matcher.prefilter().find(self.bytes, self.at)?;
        let newline = memchr::memrchr(b'\n', &self.bytes[self.at..found]);
        Some(newline.map_or(self.at, |newline| self.at + newline + 1))
    }
}

impl<'a> Iterator for Candidates<'a> {
    type Item = (u64, Option<&'a [u8]>);

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let Some(start) = self.next_start() else {
            self.done = true;
            return Some((count_lines(&self.bytes[self.at..]), None));
        };
        let skipped = count_lines(&self.bytes[self.at..start]);
        let end = memchr::memchr(b'\n', &self.bytes[start..]).map_or(self.bytes.len(), |newline| start + newline);
        self.at = (end + 1).min(self.bytes.len());
        let line = &self.bytes[start..end];
        Some((skipped, Some(line.strip_suffix(b"\r").unwrap_or(line))))
    }
}

/// Lines, a last one without its newline included.
fn count_lines(bytes: &[u8]) -> u64 {
    let newlines = memchr::memchr_iter(b'\n', bytes).count();
    let open = usize::from(bytes.last().is_some_and(|last| *last != b'\n'));
    (newlines + open) as u64
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
