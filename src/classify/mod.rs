//! Hits → events: who was behind a hit, by what rule that is known, with which client and where.

pub mod pattern;
pub mod names;
pub mod lists;
pub mod claims;
pub mod shapes;
pub mod version;
pub mod platform;
pub mod proxies;
pub mod programs;
pub mod client_table;
pub mod mail_client;
pub mod client;
pub mod network_file;
pub mod prefixes;
pub mod scanner_row;
pub mod scanners;
pub mod apple_relay;
pub mod asns;
mod place_record;
pub mod places;
pub mod network_signs;
pub mod rules;
pub mod agent;
pub mod known_agents;
mod block_table;
pub mod place_numbers;
pub mod classifier;
pub mod known_addresses;

#[cfg(test)]
mod agents_test;
