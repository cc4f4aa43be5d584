//! Email open and click reports from nginx access logs.
//!
//! The code reads like this sentence: **bytes → lines → records → hits → events → store → engagements → metrics →
//! reports.** The modules stand in that order, and each imports only from those above it. The library never prints,
//! exits, reads the environment or the clock: that is the binary's part. Its interface is for the binary and the
//! tests, and changes with them.

pub mod model;
pub mod logs;
pub mod tracking;
pub mod classify;
pub mod events;
pub mod sends;
pub mod store;
pub mod analysis;
pub mod report;
pub mod ingest;
pub mod survey;
pub mod query;
pub mod export;
