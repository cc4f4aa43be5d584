//! Frames → terminal, CSV, JSON, Parquet.

pub mod cell;
pub mod csv;
pub mod explain;
pub mod file;
pub mod frame_table;
pub mod funnel_text;
pub mod group_table;
pub mod json;
pub mod parquet;
pub mod prose;
pub mod rate;
pub mod reason_table;
pub mod recipients;
pub mod rule_list;
pub mod sanitize;
pub mod sentence;
pub mod text_table;
pub mod variants;

use std::io::{self, Write};

use polars::prelude::DataFrame;

use cell::Zone;

/// A format that other programs read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DataFormat {
    /// Comma-separated values with a header.
    Csv,
    /// A list of objects.
    Json,
    /// Apache Parquet.
    Parquet,
}

/// Writes a frame. Times are written in `zone`, in Parquet always as UTC instants.
pub fn write(frame: &DataFrame, format: DataFormat, zone: &Zone, out: &mut dyn Write) -> io::Result<()> {
    match format {
        DataFormat::Csv => csv::write(frame, zone, out),
        DataFormat::Json => json::write(frame, zone, out),
        DataFormat::Parquet => parquet::write(frame, out),
    }
}
