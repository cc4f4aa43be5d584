//! Rates and comparisons: pure functions of counts, without rows, frames or text.

pub mod proportion;
pub mod difference;
pub mod fisher;
pub mod significance;
mod quadrature;
pub mod chance;
pub mod comparison;
pub mod estimate;
pub mod percentile;
