//! Records → hits: which URLs are tracking URLs, what ids they carry, whose request it was and whether it counts.

pub mod candidates;
pub mod client;
pub mod counting;
pub mod matcher;
pub mod near_miss;
pub mod own;
pub mod prefilter;
pub mod template;
pub mod signature;
pub mod recognizer;
pub mod unsubscribe;
pub mod url;
