//! Parquet for programs.

use std::io::{self, Write};

use polars::prelude::{DataFrame, PolarsError};
use polars_io::parquet::write::ParquetWriter;

/// Writes the frame as one Parquet file.
pub fn write(frame: &DataFrame, out: &mut dyn Write) -> io::Result<()> {
    ParquetWriter::new(out).finish(&mut frame.clone()).map(|_| ()).map_err(io_error)
}

/// The I/O error itself, so that a closed pipe is known as one.
fn io_error(error: PolarsError) -> io::Error {
    match error {
        PolarsError::IO { error, .. } => io::Error::new(error.kind(), error),
        other => io::Error::other(other),
    }
}
