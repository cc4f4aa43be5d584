//! Hits → events: who was behind a hit, and by what rule that is known.

pub mod agent;
pub mod claims;
pub mod client;
pub mod client_table;
pub mod known_agents;
pub mod lists;
pub mod mail_client;
pub mod names;
pub mod pattern;
pub mod platform;
pub mod programs;
pub mod proxies;
pub mod rules;
pub mod shapes;
pub mod version;
pub mod network_file;
pub mod prefixes;
pub mod scanner_row;
pub mod scanners;
pub mod apple_relay;
pub mod asns;
mod place_record;
pub mod places;

#[cfg(test)]
mod agents_test;
