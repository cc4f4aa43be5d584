//! The integration tests: one binary, because linking polars takes longer than running them all.

#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

/// Temporary folders, log lines, running the binary.
mod support;

/// Case files: `tests/cases/**.toml`, through the binary.
mod cases;
/// Usage errors, exit codes, closed pipes: what a case file can't say.
mod cli;
/// `check`: its answers and exit codes, for people and for Nagios.
mod check;
/// `export`: folders that are whole, and written only where something changed.
mod export;
/// One message, hit by hit.
mod explain;
/// What is remembered of addresses, against the databases.
mod known_addresses;
/// The rules that look at addresses.
mod networks;
/// A real nginx with the supplied configuration.
mod nginx;
/// Databases of places, against the reader that the program uses.
mod places;
/// Which hits get a place.
mod places_of_hits;
/// Properties against naive models.
mod properties;
/// SQL, against the other reports, a naive model and DuckDB.
mod query;
/// SQL where it is known what was sent.
mod query_sends;
/// Rates against naive models.
mod rates;
/// Every command of the README.
mod readme;
/// Reports about recipients.
mod recipients;
/// Reports about recipients, against a naive model.
mod recipients_model;
/// Files of sends: what is said of them, and how they are kept.
mod sends;
/// Where all hits went, and the rules that say so.
mod reasons;
/// Every report on the sample logs, in every format.
mod samples;
/// Signed URLs.
mod signature;
/// The event store.
mod store;
/// Rules of the house: layers, lengths, names.
mod tidy;
