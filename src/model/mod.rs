//! The vocabulary: the words that every other module uses. No I/O, no frames, no command line.

pub mod account;
pub mod actor;
pub mod client_kind;
pub mod kind;
pub mod network;
pub mod reason;
pub mod suspicion;
pub mod text_codes;
pub mod send;
pub mod window;
