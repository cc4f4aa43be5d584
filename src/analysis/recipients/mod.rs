//! Reports about single messages and those who got them: sends and what was seen of each → rows → a frame.

pub mod outcomes;
mod series;
pub mod follow_up;
pub mod not_opened;
pub mod history;
pub mod pace;
