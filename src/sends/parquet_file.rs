//! A Parquet file of sends, one row group a thread at a time.

use std::fs::File;
use std::path::Path;

use polars::prelude::PolarsError;
use polars_io::SerReader;
use polars_io::parquet::read::{ParallelStrategy, ParquetReader};
use rayon::prelude::*;

use super::error::SendsError;
use super::frame;
use super::load::{FileRows, Reading};

/// Reads a file, in the current rayon pool.
pub fn read(reading: &Reading<'_>, path: &Path) -> Result<FileRows, SendsError> {
    let open = || File::open(path).map_err(|error| SendsError::io(reading.path, error));
    let failed = |error: PolarsError| SendsError::Parquet { path: reading.path.to_owned(), reason: error.to_string() };
    let mut reader = ParquetReader::new(open()?);
    let metadata = reader.get_metadata().map_err(failed)?.clone();
    let schema = reader.schema().map_err(failed)?;
    let layout = frame::layout(reading.path, schema.iter_names().map(|name| name.as_str()))?;
    // In the order of the file, so that the columns of the frame are, too.
    let mut places: Vec<usize> = layout.places.iter().flatten().copied().collect();
    places.sort_unstable();
    let mut narrow = layout.clone();
    for place in narrow.places.iter_mut().flatten() {
        *place = places.partition_point(|other| *other < *place);
    }
    let mut groups = Vec::new();
    let mut start = 0;
    for group in &metadata.row_groups {
        groups.push((start, group.num_rows()));
        start += group.num_rows();
    }
    let parts = groups.into_par_iter().with_max_len(1).map(|(start, rows)| {
        let mut reader = ParquetReader::new(open()?);
        reader.set_metadata(metadata.clone());
        let frame = reader
            .with_projection(Some(places.clone()))
            .with_slice(Some((start, rows)))
            .read_parallel(ParallelStrategy::None)
            .finish()
            .map_err(failed)?;
        frame::part(reading, &narrow, &frame, start as u64 + 1)
    });
    let parts = parts.collect::<Result<Vec<_>, _>>()?;
    Ok(FileRows { columns: layout.columns(), ignored: layout.ignored, parts })
}
