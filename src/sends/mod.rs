//! Sends files → sends: who each message was sent to, held compactly, and found by campaign and message.
//!
//! CSV and Parquet files become one table of [`chunk`]s; the [`index`] tells which row a hit belongs to. A row that
//! can't be read is named and left out; nothing in it is guessed. A campaigns file has [`labels`] for people.

pub mod column;
pub mod time;
pub mod bad_row;
pub mod error;
pub mod chunk;
pub mod index;
pub mod table;
pub mod csv_pieces;
pub mod csv_file;
pub mod frame;
pub mod parquet_file;
pub mod load;
pub mod merge;
pub mod labels;

#[cfg(test)]
mod tests;
