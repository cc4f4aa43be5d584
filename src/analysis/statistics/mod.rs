//! Rates and comparisons: pure functions of counts, without rows, frames or text.

pub mod proportion;
pub mod difference;
