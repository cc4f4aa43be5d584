//! Hits → events: who was behind a hit, and by what rule that is known.

pub mod agent;
pub mod claims;
pub mod client;
pub mod known_agents;
pub mod lists;
pub mod names;
pub mod pattern;
pub mod proxies;
pub mod rules;
pub mod shapes;
