//! Hits → events: who was behind a hit, and by what rule that is known.

pub mod agent;
pub mod client;
pub mod known_agents;
pub mod pattern;
pub mod prefixes;
pub mod proxies;
pub mod rules;
