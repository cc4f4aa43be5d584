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

/// Agents by their text as it stands in the log, each with a memo of who looks them up.
#[derive(Debug, Default)]
pub struct KnownAgents<M = ()> {
    known: HashMap<Vec<u8>, (KnownAgent, M), foldhash::fast::RandomState>,
}

impl<M: Default> KnownAgents<M> {
    /// What is known of the agent `raw`, and its memo; at first sight it is decoded and classified, and the memo empty.
    pub fn get<'a>(
        &mut self,
        raw: &[u8],
        decode: impl FnOnce() -> Cow<'a, [u8]>,
        is_own: impl FnOnce(&[u8]) -> bool,
    ) -> (KnownAgent, &mut M) {
        if self.known.len() >= MAX_AGENTS && !self.known.contains_key(raw) {
            self.known.clear();
        }
        let (known, memo) = self.known.entry_ref(raw).or_insert_with(|| {
            let agent = decode();
            let known = KnownAgent { verdicts: AgentVerdicts::of(&agent), is_own: is_own(&agent), hash: hash(&agent) };
            (known, M::default())
        });
        (*known, memo)
    }

    /// Empties all memos.
    pub fn forget_memos(&mut self) {
        self.known.values_mut().for_each(|(_, memo)| *memo = M::default());
    }
}

fn hash(agent: &[u8]) -> u32 {
    let mut hasher = foldhash::quality::FixedState::default().build_hasher();
    hasher.write(agent);
    u32::try_from(hasher.finish() >> 32).expect("32 bits fit")
}
