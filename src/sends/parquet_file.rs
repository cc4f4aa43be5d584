//! A Parquet file of sends, one row group a thread at a time.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use polars::prelude::{PlSmallStr, PolarsError};
use polars_io::SerReader;
use polars_io::parquet::metadata::FileMetadata;
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
    let mut metadata = FileMetadata::clone(reader.get_metadata().map_err(failed)?);
    // Without the hint of the program that wrote it, a dictionary or category is text: polars reads those types only
    // with a feature that costs build time.
    metadata.key_value_metadata = None;
    let metadata = Arc::new(metadata);
    reader.set_metadata(metadata.clone());
    let schema = reader.schema().map_err(failed)?;
    let layout = frame::layout(reading.path, schema.iter_names().map(PlSmallStr::as_str))?;
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

#[cfg(test)]
mod tests {
    use std::io::Write;

    use jiff::tz::TimeZone;
    use polars::prelude::{
        Column, DataFrame, DataType, IntoSeries, NamedFrom, NewChunkedArray, Series, StringChunked, TimeUnit,
        TimeZone as FrameZone,
    };
    use polars_io::parquet::write::ParquetWriter;

    use crate::sends::error::SendsError;
    use crate::sends::frame::to_frame;
    use crate::sends::load::{Loaded, Options, load};
    use crate::sends::table::Send;

    fn load_columns(columns: Vec<Column>, zone: Option<&str>) -> Result<Loaded, SendsError> {
        let height = columns[0].len();
        load_frame(&mut DataFrame::new(height, columns).unwrap(), zone)
    }

    fn load_frame(frame: &mut DataFrame, zone: Option<&str>) -> Result<Loaded, SendsError> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        ParquetWriter::new(file.as_file_mut()).with_row_group_size(Some(2)).finish(frame).unwrap();
        let zone = zone.map(|name| TimeZone::get(name).unwrap());
        load(&[file.path().to_owned()], &Options { zone })
    }

    fn messages() -> Column {
        let ids = ["m1", "m2", "m3", "m4", "m5"];
        StringChunked::from_slice("message".into(), &ids).into_series().into()
    }

    fn times(dtype: &DataType) -> Column {
        let ms = [Some(1_782_892_800_123_i64), None, Some(1_794_211_200_000), None, Some(1_774_751_400_000)];
        let per_ms = match dtype {
            DataType::Datetime(TimeUnit::Nanoseconds, _) => 1_000_000,
            DataType::Datetime(TimeUnit::Microseconds, _) => 1000,
            _ => 1,
        };
        let numbers: Vec<Option<i64>> = ms.iter().map(|ms| ms.map(|ms| ms * per_ms)).collect();
        Series::new("sent_at".into(), numbers).cast(dtype).unwrap().into()
    }

    #[test]
    fn reads_every_row_group() {
        let mut out = tempfile::NamedTempFile::new().unwrap();
        write!(
            out,
            "message,campaign,recipient,sent_at,consent\nm1,a,A@X.org,2026-11-09T08:00:00Z,no\nm2,,,,\nm3,b,,,yes\n\
             m3,b,,,yes\nm3,a,,,\nm4,b,b@x.org,,\n"
        )
        .unwrap();
        let csv = load(&[out.path().to_owned()], &Options::default()).unwrap();
        let mut frame = to_frame(&csv.sends).unwrap();
        let parquet = load_frame(&mut frame, None).unwrap();
        assert_eq!((frame.height(), parquet.n_rows, parquet.n_bad), (5, 5, 0));
        assert!(to_frame(&parquet.sends).unwrap().equals_missing(&frame));
    }

    #[test]
    fn reads_time_stamps_of_every_unit() {
        for unit in [TimeUnit::Nanoseconds, TimeUnit::Microseconds, TimeUnit::Milliseconds] {
            let zoned = DataType::Datetime(unit, Some(FrameZone::UTC));
            let loaded = load_columns(vec![messages(), times(&zoned)], None).unwrap();
            let read: Vec<_> = loaded.sends.iter().map(Send::sent_at_ms).collect();
            let expected = [Some(1_782_892_800_123), None, Some(1_794_211_200_000), None, Some(1_774_751_400_000)];
            assert_eq!((read, loaded.n_bad), (expected.to_vec(), 0), "{unit:?}");

            let local = DataType::Datetime(unit, None);
            let loaded = load_columns(vec![messages(), times(&local)], Some("Europe/Berlin")).unwrap();
            let read: Vec<_> = loaded.sends.iter().map(Send::sent_at_ms).collect();
            assert_eq!(read, [Some(1_782_885_600_123), None, Some(1_794_207_600_000), None], "{unit:?}");
            let bad = loaded.bad_rows[0].to_string();
            assert!(bad.contains(":5: sent_at \"2026-03-29T02:30:00\" does not exist in the time zone"), "{bad}");

            let loaded = load_columns(vec![messages(), times(&local)], None).unwrap();
            assert_eq!((loaded.n_bad, loaded.bad_rows[1].line, loaded.sends.len()), (3, 3, 2));
        }
    }

    #[test]
    fn takes_numbers_as_ids_and_no_other_type() {
        let numbers: Column = Series::new("message".into(), [7_i64, 8, 7]).into();
        let loaded = load_columns(vec![numbers.clone()], None).unwrap();
        assert_eq!(loaded.sends.iter().map(Send::message).collect::<Vec<_>>(), ["7", "8"]);
        assert_eq!(loaded.duplicates.n_identical, 1);

        let consent: Column = Series::new("consent".into(), [Some(true), Some(false), None]).into();
        let nothing: Column = Series::new("sent_at".into(), [None::<i64>, None, None]).into();
        let loaded = load_columns(vec![numbers.with_name("Message ".into()), consent, nothing], None).unwrap();
        assert_eq!((loaded.n_bad, loaded.duplicates.n_differing), (0, 1));

        let dates: Column = Series::new("sent_at".into(), [1_i32, 2, 3, 4, 5]).cast(&DataType::Date).unwrap().into();
        let numbers: Column = Series::new("sent_at".into(), [1_i64, 2, 3, 4, 5]).into();
        let floats: Column = Series::new("variant".into(), [1.5_f64, 2.0, 3.0, 4.0, 5.0]).into();
        for (column, part) in [
            (dates, "the column `sent_at` is date; it must be a time stamp, or text such as"),
            (numbers, "the column `sent_at` is i64; it must be"),
            (floats, "the column `variant` is f64; it must be text, or whole numbers"),
        ] {
            let error = load_columns(vec![messages(), column], None).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
    }
}
