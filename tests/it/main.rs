//! The integration tests: one binary, because linking polars takes longer than running them all.

#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

/// Temporary folders, log lines, running the binary.
mod support;

/// Case files: `tests/cases/**.toml`, through the binary.
mod cases;
/// Usage errors, exit codes, closed pipes: what a case file can't say.
mod cli;
/// A real nginx with the supplied configuration.
mod nginx;
/// Databases of places, against the reader that the program uses.
mod places;
/// Properties against naive models.
mod properties;
/// Every command of the README.
mod readme;
/// Reports about recipients.
mod recipients;
/// Reports about recipients, against a naive model.
mod recipients_model;
/// Files of sends: what is said of them, and how they are kept.
mod sends;
/// The event store.
mod store;
/// Rules of the house: layers, lengths, names.
mod tidy;
