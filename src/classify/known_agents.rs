//! One thread's memory of the user agents that it has met: each is classified once.

use std::borrow::Cow;
use std::hash::{BuildHasher, Hasher};

use hashbrown::HashMap;

use super::agent::AgentVerdicts;

/// Distinct agents that are remembered, at most: a log of forged agents must not fill the memory.
const MAX_AGENTS: usize = 1 << 18;

/// What is known of an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownAgent {
    /// The verdicts of the rules.
    pub verdicts: AgentVerdicts,
    /// Whether it is the operator's own.
    pub is_own: bool,
    /// A hash of it, the same for the same agent whatever the log's escaping.
    pub hash: u32,
}

/// Agents by their text as it stands in the log.
#[derive(Debug, Default)]
pub struct KnownAgents {
    known: HashMap<Box<[u8]>, KnownAgent, foldhash::fast::RandomState>,
}

impl KnownAgents {
    /// What is known of the agent `raw`; at first sight it is decoded and classified.
    pub fn get<'a>(
        &mut self,
        raw: &[u8],
        decode: impl FnOnce() -> Cow<'a, [u8]>,
        is_own: impl FnOnce(&[u8]) -> bool,
    ) -> KnownAgent {
        if let Some(known) = self.known.get(raw) {
            return *known;
        }
        if self.known.len() >= MAX_AGENTS {
            self.known.clear();
        }
        let agent = decode();
        let known = KnownAgent { verdicts: AgentVerdicts::of(&agent), is_own: is_own(&agent), hash: hash(&agent) };
        self.known.insert(raw.into(), known);
        known
    }
}

fn hash(agent: &[u8]) -> u32 {
    let mut hasher = foldhash::quality::FixedState::default().build_hasher();
    hasher.write(agent);
    u32::try_from(hasher.finish() >> 32).expect("32 bits fit")
}
