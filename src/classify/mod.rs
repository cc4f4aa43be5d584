//! Hits → events: who was behind a hit, and by what rule that is known.

pub mod agent;
pub mod client;
pub mod known_agents;
pub mod pattern;
pub mod proxies;
pub mod rules;
pub mod network_file;
pub mod prefixes;
pub mod scanner_row;
pub mod scanners;
pub mod apple_relay;
pub mod asns;
mod place_record;
pub mod places;
