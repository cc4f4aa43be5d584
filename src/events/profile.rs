//! What many events have in common, as one small integer: an event in memory is then one line of the processor's cache,
//! and what follows from these values is looked up once for all events that share them.

use std::hash::{Hash, Hasher};
use std::sync::Mutex;

use hashbrown::HashMap;

use super::names::NameId;
use crate::model::actor::{Actor, Via};
use crate::model::kind::Kind;
use crate::model::reason::{NotCounted, Reason};

/// How a hit was made, and what was made of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Profile {
    /// The user agent.
    pub agent: NameId,
    /// The method.
    pub method: NameId,
    /// The header that announced a prefetch.
    pub purpose: NameId,
    /// What the full address told, as [`NetworkSigns::code`].
    ///
    /// [`NetworkSigns::code`]: crate::classify::network_signs::NetworkSigns::code
    pub network_reason: NameId,
    /// The server's answer.
    pub status: u16,
    /// Why it does not count, where it does not.
    pub not_counted: Option<NotCounted>,
    /// Open or click.
    pub kind: Kind,
    /// Who was behind it.
    pub actor: Actor,
    /// What hides where it was made from.
    pub via: Via,
    /// The rule that decided.
    pub reason: Reason,
    /// The rule that the agent alone decides by.
    pub agent_reason: Reason,
    /// Whether milliseconds were logged.
    pub ts_exact: bool,
    /// Whether Global Privacy Control was signalled.
    pub gpc: bool,
}

impl Hash for Profile {
    /// Three numbers: to hash field by field takes several times as long, and every hit is looked up.
    fn hash<H: Hasher>(&self, state: &mut H) {
        let pair = |high: NameId, low: NameId| u64::from(high.number()) << 32 | u64::from(low.number());
        let bytes = [
            self.not_counted.map_or(u8::MAX, |reason| reason as u8),
            self.kind as u8 | u8::from(self.ts_exact) << 1 | u8::from(self.gpc) << 2 | (self.actor as u8) << 3,
            self.via as u8,
            self.reason as u8,
            self.agent_reason as u8,
            0,
        ];
        let [a, b, c, d, e, f] = bytes;
        let [g, h] = self.status.to_le_bytes();
        state.write_u64(pair(self.agent, self.method));
        state.write_u64(pair(self.purpose, self.network_reason));
        state.write_u64(u64::from_le_bytes([a, b, c, d, e, f, g, h]));
    }
}

/// The number of a profile among those of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProfileId(u32);

impl ProfileId {
    /// The place in the list of profiles.
    pub fn index(self) -> usize {
        self.0 as usize
    }

    /// The same as a number: that of a dictionary's entry.
    pub fn number(self) -> u32 {
        self.0
    }
}

type Ids = HashMap<Profile, ProfileId, foldhash::fast::RandomState>;

/// All profiles of a batch. Each thread looks in its [`LocalProfiles`] first.
#[derive(Debug, Default)]
pub struct Profiles {
    ids: Mutex<Ids>,
}

impl Profiles {
    fn insert(&self, profile: Profile) -> ProfileId {
        let mut ids = self.ids.lock().expect("no thread panicked with the lock");
        let next = ProfileId(u32::try_from(ids.len()).expect("a batch has fewer than four billion events"));
        *ids.entry(profile).or_insert(next)
    }

    /// All profiles, each at the place of its number.
    pub fn into_list(self) -> Vec<Profile> {
        let ids = self.ids.into_inner().expect("no thread panicked with the lock");
        let mut list: Vec<(Profile, ProfileId)> = ids.into_iter().collect();
        list.sort_unstable_by_key(|(_, id)| id.0);
        list.into_iter().map(|(profile, _)| profile).collect()
    }
}

/// One thread's copy of the profiles that it has met.
#[derive(Debug, Default)]
pub struct LocalProfiles {
    ids: Ids,
}

impl LocalProfiles {
    /// The number of a profile.
    pub fn id(&mut self, profile: Profile, profiles: &Profiles) -> ProfileId {
        *self.ids.entry(profile).or_insert_with(|| profiles.insert(profile))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_agree_on_profiles() {
        let open = Profile {
            agent: NameId::from_index(3),
            method: NameId::from_index(1),
            purpose: NameId::NONE,
            network_reason: NameId::NONE,
            status: 200,
            not_counted: None,
            kind: Kind::Open,
            actor: Actor::Human,
            via: Via::Direct,
            reason: Reason::Browser,
            agent_reason: Reason::Browser,
            ts_exact: false,
            gpc: false,
        };
        let not_counted = Profile { status: 404, not_counted: Some(NotCounted::Status), ..open };
        let profiles = Profiles::default();
        let (mut one, mut other) = (LocalProfiles::default(), LocalProfiles::default());
        let a = one.id(open, &profiles);
        let b = other.id(not_counted, &profiles);
        assert_eq!((other.id(open, &profiles), one.id(not_counted, &profiles)), (a, b));
        assert_eq!(profiles.into_list(), [open, not_counted]);
    }
}
