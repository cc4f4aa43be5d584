//! Events → engagements → metrics: what happened to each message, and what that makes of a campaign.

pub mod campaigns;
pub mod engagement;
pub mod opens;
pub mod statistics;
