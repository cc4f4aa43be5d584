//! One file a command.

pub(crate) mod check;
pub(crate) mod explain;
pub(crate) mod export;
pub(crate) mod ingest;
pub(crate) mod query;
pub(crate) mod report;
pub(crate) mod rules;
pub(crate) mod sends;
pub(crate) mod store;
