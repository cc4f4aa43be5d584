//! Events → engagements → metrics: what happened to each message, and what that makes of a group of them.

pub mod timeline;
pub mod opens;
pub mod engagement;
pub mod verdicts;
pub mod message_table;
pub mod statistics;
pub mod sent_outcomes;
pub mod tally;
pub mod sent;
pub mod message_seen;
pub mod dimension;
pub mod findings;
pub mod funnel;
pub mod group_key;
pub mod groups;
pub mod variants;
mod sums;
pub mod fold;
pub mod question;
pub mod recipients;
pub mod detail;
pub mod answer;
