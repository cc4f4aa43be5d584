//! Parquet for programs.

use std::io::{self, Write};

use polars::prelude::DataFrame;
use polars_io::parquet::write::ParquetWriter;

/// Writes the frame as one Parquet file.
pub fn write(frame: &DataFrame, out: &mut dyn Write) -> io::Result<()> {
    ParquetWriter::new(out).finish(&mut frame.clone()).map(|_| ()).map_err(io::Error::other)
}
