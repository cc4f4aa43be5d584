//! One file a command.

pub(crate) mod ingest;
pub(crate) mod report;
pub(crate) mod store;
