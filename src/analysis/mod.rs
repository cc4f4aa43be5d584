//! Events → engagements → metrics: what happened to each message, and what that makes of a campaign.

pub mod timeline;
pub mod opens;
pub mod engagement;
pub mod funnel;
pub mod detail;
pub mod verdicts;
pub mod message_table;
pub mod campaigns;
pub mod statistics;
